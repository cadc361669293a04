"""Dot products: plain, with biases, and with gravity on the pairs that nobody rated."""

from __future__ import annotations

from typing import Any

from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import BIAS_SETTINGS, MOVIE_EMBEDDING, USER_EMBEDDING, Batch, architecture


@architecture(
    "dot",
    title="Dot product",
    formula="r̂ = p·q",
    explain="The plainest matrix factorization: a user likes a movie as far as their vectors point the same way. "
    "It must spend dimensions on what a bias would say in one number, so it fits slowly.",
)
def dot(m: ModelBuilder) -> Any:
    return m.rating(m.dot(m.user_embedding(), m.movie_embedding()))


@architecture(
    "dot-bias",
    title="Dot product with biases",
    formula="r̂ = b_user + b_movie + p·q",
    explain="Biases say who rates high and what is rated high, so the vectors are free to say who likes what. "
    "The classic of the Netflix Prize, quick and hard to beat on rating error.",
    settings=BIAS_SETTINGS,
)
def dot_bias(m: ModelBuilder) -> Any:
    return m.rating(m.dot(m.user_embedding(), m.movie_embedding()), m.user_bias(), m.movie_bias())


def gravity_loss(tf: Any, rows: dict[str, Any], batch: Batch, settings: dict[str, Any]) -> Any:
    """`gravity` times the mean of (p·q)² over all pairs of the batch's users and movies, rated or not.

    Σ (p·q)² over all pairs is the trace of (PᵀP)(QᵀQ): two matrices of the embedding size squared, no pair is ever
    formed. Google's recommendation systems course calls it gravity; Krichene et al. 2019, "Efficient training on very
    large corpora via Gramian estimation".
    """
    counted = batch.weight[:, None]
    p, q = counted * rows[USER_EMBEDDING], counted * rows[MOVIE_EMBEDDING]
    pairs = tf.reduce_sum(tf.matmul(p, p, transpose_a=True) * tf.matmul(q, q, transpose_a=True))
    return settings["gravity"] * pairs / tf.reduce_sum(batch.weight) ** 2


@architecture(
    "dot-bias-gravity",
    title="Dot product with biases and gravity",
    formula="r̂ = b_user + b_movie + p·q,   with gravity · mean over all pairs of (p·q)²",
    explain="Ratings alone leave the pairs that nobody rated free to be anything; gravity pulls them all towards "
    "no opinion. Neighbors gain a little, at a small cost in rating error; what people watch teaches more.",
    settings=BIAS_SETTINGS | {"gravity"},
    auxiliary=gravity_loss,
)
def dot_bias_gravity(m: ModelBuilder) -> Any:
    return dot_bias(m)

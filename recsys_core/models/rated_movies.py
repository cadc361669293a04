"""Users described by the movies they rated, instead of by vectors of their own: a new user needs no training.

A user who rated n movies with vectors q_j and missed what was expected of each by e_j has two vectors:
how they rate, Σ (e_j − ē)·q_j / (n + `DAMPING`), and what they watch, Σ q_j / n. After Paterek 2007, "Improving
regularized singular value decomposition for collaborative filtering" (NSVD), and Kabbur et al. 2013, "FISM".
In training the rating to be predicted is left out of both, else it would be predicted from itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import (
    BIAS_SETTINGS,
    MOVIE_EMBEDDING,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    architecture,
)
from recsys_core.models.watching import WATCHING_SETTINGS, watching_loss

DAMPING = 50
"""Ratings' worth by which few ratings count for little."""
SLICE = 64
"""At most so many ratings of one user lie side by side in training: each is described by the others."""


def user_vectors(
    user: np.ndarray, movie: np.ndarray, surprise: np.ndarray, movie_vectors: np.ndarray, n_users: int
) -> tuple[np.ndarray, np.ndarray]:
    """How each user rates and what they watch, float32 `(n_users, size)` each; zeros for a user without ratings.

    `user`, `movie`: int `(n,)`, rows of users and of `movie_vectors` `(n_movies, size)`; `surprise`: `(n,)`, rating
    minus what is expected of the movie, in stars.
    """
    from scipy import sparse

    shape = (n_users, len(movie_vectors))
    counts = np.bincount(user, minlength=n_users).astype(np.float32)[:, None]
    mean = np.bincount(user, surprise, n_users).astype(np.float32)[:, None] / np.maximum(counts, 1)
    centered = (surprise - mean[user, 0]).astype(np.float32)
    liking = sparse.csr_array((centered, (user, movie)), shape) @ movie_vectors
    watching = sparse.csr_array((np.ones_like(centered), (user, movie)), shape) @ movie_vectors
    return liking / (counts + DAMPING), watching / np.maximum(counts, 1)


def order_by_user(user: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random order of the ratings in which up to `SLICE` ratings of a user lie side by side: int32 `(n,)`.

    Which ratings share a slice, and the order of the slices, are drawn anew at each call. `user`: int `(n,)`.
    """
    order = rng.permutation(len(user)).astype(np.int32)
    order = order[np.argsort(user[order], kind="stable")]
    first = np.flatnonzero(np.diff(user[order], prepend=-1)).astype(np.int32)
    counts = np.diff(first, append=np.int32(len(user)))
    place = np.arange(len(user), dtype=np.int32) - np.repeat(first, counts)
    slice_of = np.cumsum(place % SLICE == 0, dtype=np.int32) - 1
    shuffled = rng.permutation(slice_of[-1] + 1).astype(np.int32)
    return order[np.argsort(shuffled[slice_of], kind="stable")]


def make_layer(tf: Any, keras: Any, step: Any) -> Any:
    """The Keras layer that describes each example's user by their other ratings of the same batch.

    Called on `[movie vectors (batch, size), expected ratings (batch, 1), liking, watching]`, it returns the two vectors
    `(batch, size)`; outside training the two that it is given. `step.batch` is the `registry.Batch` being traced.
    """

    class OtherRatings(keras.layers.Layer):
        def call(self, inputs: Any, training: bool = False) -> Any:
            vectors, expected, *looked_up = inputs
            if not training:
                return tuple(looked_up)
            batch = step.batch
            is_other = (batch.user[:, None] == batch.user[None, :]) & (batch.movie[:, None] != batch.movie[None, :])
            counted = tf.cast(is_other, tf.float32) * batch.weight[None, :]
            surprise = batch.rating[:, None] - tf.stop_gradient(expected)
            sums = tf.matmul(
                counted, tf.concat([tf.ones_like(surprise), surprise, vectors, surprise * vectors], axis=1)
            )
            n, total, watching, liking = tf.split(sums, [1, 1, vectors.shape[1], vectors.shape[1]], axis=1)
            mean = total / tf.maximum(n, 1.0)
            return (liking - mean * watching) / (n + DAMPING), watching / tf.maximum(n, 1.0)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return tuple(input_shape[2:])

    return OtherRatings(name="other_ratings")


@architecture(
    "rated-movies",
    title="Mean of rated movies",
    formula="r̂ = b_user + b_movie + p·q   with   p = Σ (e − ē)·q / (n + 50) over the user's n ratings",
    explain="Users have no vectors of their own: they are the mean of the movies they rated, liked more than "
    "expected (e) pulling and liked less pushing. A new user needs no training, and each movie's one vector does all "
    "the work.",
    settings=BIAS_SETTINGS | WATCHING_SETTINGS,
    user_tables=(USER_EMBEDDING, USER_WATCH_EMBEDDING),
    penalties={MOVIE_EMBEDDING: "watch_penalty"},
    reads_ratings=True,
    compares_pairs=True,
    auxiliary=watching_loss,
)
def rated_movies(m: ModelBuilder) -> Any:
    q, b_movie = m.movie_embedding(), m.movie_bias()
    p, w = m.described_user(q, b_movie)
    return {"rating": m.rating(m.dot(p, q), m.user_bias(), b_movie), "watch": m.dot(w, q)}

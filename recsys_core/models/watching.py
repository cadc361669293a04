"""Which movies people choose, learned beside how they rate them."""

from __future__ import annotations

from typing import Any

from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import (
    BIAS_SETTINGS,
    MOVIE_EMBEDDING,
    USER_EMBEDDING,
    USER_WATCH_EMBEDDING,
    Batch,
    architecture,
)

WATCHING_SETTINGS = frozenset({"watch_weight", "watch_penalty", "popularity_correction"})

PARTS, SMALLEST_PART = 4, 128
"""Into so many parts, of no fewer examples, a batch is divided at most: an example is compared with its own part."""


def watching_loss(tf: Any, rows: dict[str, Any], batch: Batch, settings: dict[str, Any]) -> Any:
    """`watch_weight` times the mean `watching_surprise` at each user's movie."""
    surprise = watching_surprise(tf, rows[USER_WATCH_EMBEDDING], rows[MOVIE_EMBEDDING], batch, settings)
    return settings["watch_weight"] * tf.reduce_sum(batch.weight * surprise) / tf.reduce_sum(batch.weight)


def watching_surprise(tf: Any, w: Any, q: Any, batch: Batch, settings: dict[str, Any]) -> Any:
    """Cross-entropy `(batch,)` of finding each example's movie among those of its part of the batch, by w·q:
    `(batch, size)` both.

    A batch draws movies by their popularity, so this softmax learns how much more than by popularity alone a user
    watches a movie. Subtracting log-popularity (Yi et al. 2019, "Sampling-bias-corrected neural modeling for large
    corpus item recommendations") makes the vectors hold popularity as well, by the share `popularity_correction`.
    Other occurrences of the same movie are no wrong answers: they are left out.

    Within the halves of a batch there are half of its pairs, which teach as much as all of them (docs/quality.md).
    Every n-th example makes a part, so that ratings which lie side by side because a user gave them are spread.
    """
    correction = settings["popularity_correction"] * batch.log_popularity
    size = int(batch.movie.shape[0])
    n_parts = parts_of(size)
    parts = [
        _surprise(tf, *(of_all[start::n_parts] for of_all in (w, q, correction, batch.user, batch.movie, batch.weight)))
        for start in range(n_parts)
    ]
    # Back in the order of the batch, as a table that is read row by row.
    longest = -(-size // n_parts)
    columns = [tf.pad(part, [[0, longest - part.shape[0]]]) for part in parts]
    return tf.reshape(tf.stack(columns, axis=1), (-1,))[:size]


def parts_of(batch_size: int) -> int:
    """Into how many parts a batch is divided."""
    return max(1, min(PARTS, batch_size // SMALLEST_PART))


def _surprise(tf: Any, w: Any, q: Any, correction: Any, user: Any, movie: Any, weight: Any) -> Any:
    """That of each example among all that are given, `(n,)`.

    The gradient is the softmax less the right answer, from the exponentials that the loss has taken: what automatic
    differentiation makes of it goes over all pairs several times more, a sixth of `default`'s training.
    """
    place = tf.range(tf.shape(movie)[0])
    is_wrong = (movie[:, None] != movie[None, :]) & (user[:, None] != user[None, :])
    counts = (is_wrong | (place[:, None] == place[None, :])) & (weight > 0)

    @tf.custom_gradient
    def surprise(w: Any, q: Any) -> Any:
        scores = tf.where(counts, tf.matmul(w, q, transpose_b=True) - correction, -1e9)
        highest = tf.reduce_max(scores, axis=1)
        shares = tf.exp(scores - highest[:, None])
        total = tf.reduce_sum(shares, axis=1)
        own = tf.reduce_sum(w * q, axis=1) - correction

        def gradient(upstream: Any) -> tuple[Any, Any]:
            of_scores = shares * (upstream / total)[:, None]
            right = upstream[:, None]
            return tf.matmul(of_scores, q) - right * q, tf.matmul(of_scores, w, transpose_a=True) - right * w

        return highest + tf.math.log(total) - own, gradient

    return surprise(w, q)


@architecture(
    "rate-and-watch",
    title="Rate and watch",
    formula="r̂ = b_user + b_movie + p·q   and   P(watch) ∝ popularity · exp(w·q)",
    explain="Each user has two vectors, one for how they rate and one for what they watch, and each movie one that "
    "serves both. Predictions stay sharp, and neighbors become movies that the same people choose.",
    settings=BIAS_SETTINGS | WATCHING_SETTINGS,
    user_tables=(USER_EMBEDDING, USER_WATCH_EMBEDDING),
    penalties={USER_WATCH_EMBEDDING: "watch_penalty", MOVIE_EMBEDDING: "watch_penalty"},
    compares_pairs=True,
    auxiliary=watching_loss,
)
def rate_and_watch(m: ModelBuilder) -> Any:
    p, w, q = m.user_embedding(), m.user_embedding(USER_WATCH_EMBEDDING), m.movie_embedding()
    return {"rating": m.rating(m.dot(p, q), m.user_bias(), m.movie_bias()), "watch": m.dot(w, q)}

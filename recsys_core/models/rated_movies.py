"""Users described by the movies they rated, instead of by vectors of their own: a new user needs no training.

A user who rated n movies with vectors q_j and missed what was expected of each by e_j has two vectors:
how they rate, Σ (e_j − ē)·q_j / (n + `DAMPING`), and what they watch, Σ q_j / n. After Paterek 2007, "Improving
regularized singular value decomposition for collaborative filtering" (NSVD), and Kabbur et al. 2013, "FISM".
In training the rating to be predicted is left out of both, else it would be predicted from itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from recsys_core.training.backend import tensorflow

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


def make_layer(step: Any) -> Any:
    """The Keras layer that describes each example's user by their other ratings of the same batch.

    Called on `[movie vectors (batch, size), expected ratings (batch, 1), liking, watching]`, it returns the two vectors
    `(batch, size)`; outside training the two that it is given. `step.batch` is the `program.Batch` being traced.
    """
    tf, keras = tensorflow()

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

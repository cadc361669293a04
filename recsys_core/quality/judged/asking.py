"""Which pairs of movies people are asked about: near by the run, near by item-item cosine, and drawn at random."""

from __future__ import annotations

import itertools
import zlib

import numpy as np
from scipy import sparse

from recsys_core.data.ratings import Ratings
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality import measures

KNOWN = 250
"""Movies that are asked about: those most rated, which people are likeliest to know."""
NEAR = 10
PAIRS = 300
"""More than anybody answers; what is skipped is among them."""
_TRIES = 10

Rows = tuple[int, int]


def pairs_to_ask(embeddings: MovieEmbeddings, ratings: Ratings | None, name: str) -> list[Rows]:
    """Pairs of rows of `embeddings` in the order in which to ask about them, the same for the same `name`.

    A third each are neighbors by cosine, neighbors by item-item cosine in `ratings` (if they are there), and any two,
    all of them among the `KNOWN` most rated and in an order that does not tell which: what one method finds near alone
    could not tell it from another. No pair comes twice. Raises `QueryError` for fewer than three movies with vectors.
    """
    with_vector = np.flatnonzero(embeddings.has_vector)
    known = with_vector[np.argsort(-embeddings.n_ratings[with_vector], kind="stable")][:KNOWN]
    if len(known) < 3:
        raise QueryError(f"There must be three movies with training ratings to ask about. Received: {len(known)}.")
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    k = min(NEAR, len(known) - 1)
    lists = [measures.cosine_neighbors(embeddings.vectors[known], k), measures.random_neighbors(len(known), k, rng)]
    if ratings is not None:
        ids = embeddings.movies["movie_id"].to_numpy()[known]
        lists.append(measures.item_cosine_neighbors(_columns(ratings, ids), k))
    asked: list[Rows] = []
    seen: set[frozenset[int]] = set()
    kinds = itertools.chain.from_iterable(rng.permutation(len(lists)).tolist() for _ in range(PAIRS * _TRIES))
    for kind in kinds:
        one = int(rng.integers(len(known)))
        pair = (int(known[one]), int(known[rng.choice(lists[kind][one])]))
        if frozenset(pair) not in seen:
            seen.add(frozenset(pair))
            asked.append(pair)
        if len(asked) == PAIRS:
            break
    return asked


def _columns(ratings: Ratings, movie_ids: np.ndarray) -> sparse.csr_matrix:
    """The ratings of these movies, sparse float32 `(n_movies, n_users)`."""
    order = np.argsort(movie_ids)
    place = np.searchsorted(movie_ids, ratings.movie_id, sorter=order).clip(0, len(movie_ids) - 1)
    row = order[place]
    theirs = movie_ids[row] == ratings.movie_id
    users, user = np.unique(ratings.user_id[theirs], return_inverse=True)
    shape = (len(movie_ids), len(users))
    return sparse.csr_matrix((ratings.rating[theirs], (row[theirs], user)), shape=shape, dtype=np.float32)

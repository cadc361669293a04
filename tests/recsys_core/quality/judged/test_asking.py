"""Which pairs are asked about: near ones by two methods and any two, without a sign of which."""

import numpy as np
import pytest

from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.judged import asking
from recsys_core.quality.judged.asking import pairs_to_ask
from tests.exploring import blobs, movies_of


def test_pairs_are_near_by_the_run_near_by_ratings_or_any(checkerboard, monkeypatch):
    """Of 30 movies: the run knows three groups of ten, the ratings tell even from odd; half of them are well known."""
    monkeypatch.setattr(asking, "KNOWN", 15)
    monkeypatch.setattr(asking, "NEAR", 4)
    vectors, groups = blobs(3, 10)
    movies = movies_of(30, movie_id=np.arange(30), n_ratings=np.where(np.arange(30) % 10 < 5, 90, 3))
    known = MovieEmbeddings(vectors, movies)
    pairs = pairs_to_ask(known, checkerboard, "mine")
    assert pairs == pairs_to_ask(known, checkerboard, "mine") != pairs_to_ask(known, checkerboard, "yours")
    assert all(movies["n_ratings"][list(pair)].eq(90).all() and pair[0] != pair[1] for pair in pairs)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    first = np.array(pairs[:30])
    same_group, same_parity = (groups[first[:, 0]] == groups[first[:, 1]]), np.ptp(first % 2, axis=1) == 0
    # By chance alone it would be 4 and 6.4 of 14.
    assert same_group.sum() > 10
    assert same_parity.sum() > 15
    without = np.array(pairs_to_ask(known, None, "mine")[:30])
    assert (groups[without[:, 0]] == groups[without[:, 1]]).sum() > same_group.sum() - 5


def test_two_movies_are_too_few():
    with pytest.raises(QueryError, match="three movies with training ratings"):
        pairs_to_ask(MovieEmbeddings(np.eye(3, 2, dtype=np.float32), movies_of(3)), None, "mine")

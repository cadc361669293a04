"""Where neighbors moved, by genre, popularity and decade, counted by hand."""

import numpy as np
import pytest

from recsys_core.compare.groups import by_decade, by_genre, by_popularity
from recsys_core.compare.neighbors import compare_neighbors
from recsys_core.explore.labels import NO_GENRE
from tests.recsys_core.compare.pairs import K, keep_seeds, run_on, some_vectors


def test_groups_are_means_over_their_movies(tmp_path):
    ids = np.arange(1, 81)
    first, second = (run_on(tmp_path / name, ids, some_vectors(ids, seed)) for name, seed in (("a", 0), ("b", 1)))
    keep_seeds(first, [first.movie_vectors])
    comparison = compare_neighbors(first, second, k=K)
    overlap, movies = comparison.overlap, comparison.movies
    genres = by_genre(comparison).set_index("group")
    assert set(genres.index) == {"Drama", "Comedy", "Action", NO_GENRE}
    assert genres["overlap"].is_monotonic_increasing
    is_drama = movies["genres"].str.contains("Drama").to_numpy()
    assert genres.loc["Drama", "n"] == is_drama.sum() == 40
    assert genres.loc["Drama", "overlap"] == pytest.approx(overlap[is_drama].mean())
    assert genres["noise"].tolist() == [1.0] * 4
    bands = by_popularity(comparison)
    assert bands["group"].tolist() == ["20–49", "50–99", "100+"]
    assert bands["n"].tolist() == [19, 50, 11]
    decades = by_decade(comparison)
    assert decades["group"].tolist() == ["1980s", "1990s", "2000s"]
    assert decades["n"].sum() == 80

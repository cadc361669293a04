"""Places by name on a map whose corners belong to genres."""

import numpy as np

from recsys_core.maps.regions import regions
from tests.exploring import movies_of


def test_a_genre_is_named_where_it_is_at_home():
    rng = np.random.default_rng(0)
    n = 300
    places = rng.uniform(0, 10, (n, 2))
    corner = (places < 3).all(axis=1)
    far = (places > 7.5).all(axis=1)
    genres = np.where(corner, "Horror|Drama", np.where(far, "Western", np.where(np.arange(n) % 2, "Drama", "Comedy")))
    years = np.where(corner, 1983.0, np.where(np.arange(n) % 3, 1995.0, 2004.0))
    movies = movies_of(n, genres=genres, year=years, title=[f"Film {i} (alias)" for i in range(n)])
    found = {region.genre: region for region in regions(places, movies)}
    assert set(found) == {"Horror", "Western"}
    horror = found["Horror"]
    assert horror.decade == "1980s"
    assert max(horror.at) < 3
    best_known = np.flatnonzero(corner)[:2]
    assert set(horror.titles) <= {f"Film {i}" for i in np.flatnonzero(corner)}
    assert horror.name == "Horror 1980s"
    assert horror.known.startswith("Film ")
    assert len(best_known) == len(horror.titles) == 2


def test_a_map_of_few_movies_has_no_regions():
    assert regions(np.zeros((20, 2)), movies_of(20)) == []

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import QueryError
from recsys_core.explore.clusters import NO_CLUSTER, cluster, describe_selection, name_clusters
from tests.exploring import blobs, movies_of


@pytest.mark.parametrize("settings", [{"method": "kmeans", "n_clusters": 4}, {"method": "hdbscan"}], ids=str)
def test_separate_groups_are_found_whatever_their_labels(settings):
    vectors, groups = blobs()
    labels = cluster(vectors, **settings)
    assert labels.dtype == np.int32
    inside = labels >= 0
    assert inside.mean() > 0.9
    table = pd.crosstab(labels[inside], groups[inside])
    assert table.shape == (4, 4)
    assert ((table > 0).sum(axis=1) == 1).all()
    np.testing.assert_array_equal(cluster(vectors, **settings), labels)


def test_the_largest_cluster_comes_first():
    vectors, groups = blobs(n_blobs=3, n_each=60)
    keep = np.concatenate(
        [np.flatnonzero(groups == 0)[:10], np.flatnonzero(groups == 1)[:40], np.flatnonzero(groups == 2)]
    )
    assert np.bincount(cluster(vectors[keep], n_clusters=3)).tolist() == [60, 40, 10]


def test_movies_between_clusters_belong_to_none():
    vectors, _ = blobs(n_blobs=3)
    stray = -np.ones((1, 12), np.float32)
    assert cluster(np.vstack([vectors, stray]), method="hdbscan")[-1] == -1


def test_hardly_rated_movies_are_no_part_of_hdbscan():
    rng = np.random.default_rng(0)
    directions = np.eye(3)[np.repeat([0, 1, 2], 40)] + rng.normal(0, 0.02, (120, 3))
    counts = np.where(np.arange(120) % 4 == 0, 1, 50)
    labels = cluster(directions, method="hdbscan", min_cluster_size=10, counts=counts)
    assert (labels[counts == 1] == NO_CLUSTER).all()
    assert set(labels[counts == 50]) == {0, 1, 2}
    everybody = cluster(directions, method="hdbscan", min_cluster_size=10, counts=np.ones(120))
    assert set(everybody) == {0, 1, 2}  # where nothing else is left, hardly rated movies count


def test_a_cluster_is_named_by_genre_decade_and_best_known_titles():
    movies = pd.DataFrame(
        {
            "title": ["The Matrix", "Alien (Huitième passager, Le)", "Dark Star", "Casablanca", "Notorious", "Laura"],
            "year": [1999, 1992, 1994, 1942, 1946, 1944],
            "genres": ["Sci-Fi|IMAX", "Sci-Fi|Horror", "Sci-Fi|IMAX", "Romance", "Romance|Film-Noir", "Film-Noir"],
            "n_ratings": [90, 95, 3, 80, 70, 10],
            "mean_rating": 4.0,
        }
    )
    movies = pd.concat([movies] * 4, ignore_index=True)
    first, second = name_clusters(np.tile([0, 0, 0, 1, 1, 1], 4), movies)
    assert first.name == "Sci-Fi, Horror · 1990s · Alien, Alien"
    assert (first.label, first.n_movies, first.decade) == (0, 12, "1990s")
    assert set(second.genres) == {"Romance", "Film-Noir"}
    assert second.name.endswith("1940s · Casablanca, Casablanca")


def test_movies_outside_all_clusters_get_no_name():
    assert name_clusters(np.full(3, -1), movies_of(3)) == []
    (only,) = name_clusters(np.zeros(3, int), movies_of(3))
    assert only.name == "Film 0, Film 1"


def test_a_selection_is_told_by_what_it_has_more_and_less_of():
    n_movies = 200
    selected = np.arange(n_movies) < 50
    movies = movies_of(
        n_movies,
        genres=np.where(selected, "Horror", "Drama"),
        year=np.where(selected, np.tile([1980.0, 1990.0], 100), 1990.0),
        mean_rating=3.2,
    )
    found = describe_selection(selected, movies).set_index("trait")
    assert found.loc["Horror", ["share_selected", "share_rest"]].tolist() == [1, 0]
    assert found.loc["Horror", "lift"] > 10
    assert found.loc["Drama", "lift"] < 0.2
    assert found.loc["1980s", ["kind", "n_selected", "share_selected"]].tolist() == ["Decade", 25, 0.5]
    assert found.loc["Rated 3 to 3.5", "lift"] == pytest.approx(1)
    assert found.index[0] == "Horror"
    assert found.index[-1] == "Rated 3 to 3.5"


def test_one_movie_does_not_make_a_rule():
    movies = movies_of(1_000, genres=["Western"] + ["Western", "Drama", "Drama", "Drama"] * 249 + ["Drama"] * 3)
    one = describe_selection(np.arange(1_000) == 0, movies).set_index("trait")
    assert one.loc["Western", "share_selected"] == 1
    assert 1 < one.loc["Western", "lift"] < 2


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "magic"},
        {"n_clusters": 1},
        {"n_clusters": 10_000},
        {"method": "hdbscan", "min_cluster_size": 1},
        {"method": "hdbscan", "min_cluster_size": 10_000},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(QueryError, match="Received: "):
        cluster(blobs()[0], **settings)


def test_selections_without_a_rest_are_refused():
    for selected in (np.zeros(3, bool), np.ones(3, bool), np.ones(4, bool)):
        with pytest.raises(QueryError, match="selected"):
            describe_selection(selected, movies_of(3))
    with pytest.raises(QueryError, match="finite"):
        cluster(np.full((3, 2), np.nan))

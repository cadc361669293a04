"""A data set of one's own: added once, loaded again as it was, removed, and never half there."""

import json

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.catalog import BUILT_IN, DataSet, find_data_set, known_size, load_ratings, remembered
from recsys_core.data.library.folder import (
    data_dir,
    files_of_the_owner,
    list_data_sets,
    own_data_set,
    remove_data_set,
    restore_data_set,
)
from recsys_core.errors import Cancelled, DataError
from recsys_core.jobs.data_sets import add_data_set
from tests.recsys_core.data.importing.published import EDITIONS, as_zip, books
from tests.recsys_core.data.importing.test_reading import check_published


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "sets"))
    return tmp_path / "sets"


@pytest.fixture
def added(tmp_path):
    return add_data_set(as_zip(tmp_path / "ML 100k.zip", EDITIONS["100k"]()))


def test_what_was_added_is_loaded_again_as_it_was(added):
    found = find_data_set("ml-100k")
    assert (added.id, found.name, len(found.fingerprint)) == ("ml-100k", "ML 100k", 32)
    loaded = load_ratings(found)
    check_published(loaded)
    assert (loaded.id, loaded.fingerprint) == (found.id, found.fingerprint)
    assert not loaded.rating.flags.writeable
    assert remembered(found) == found
    assert [each.id for each in list_data_sets()] == ["ml-100k"]
    assert {each.name for each in data_dir().iterdir()} == {"ml-100k"}


def test_the_same_content_has_the_same_fingerprint_and_other_content_another(tmp_path, added):
    again = add_data_set(as_zip(tmp_path / "other.zip", EDITIONS["double colon"]()), name="ML 100k")
    assert again.id == "ml-100k-2"
    assert again.info.fingerprint == added.info.fingerprint
    changed = EDITIONS["csv"]()
    changed["ml-latest-small/ratings.csv"] = changed["ml-latest-small/ratings.csv"].replace(b"4.0", b"3.5")
    assert add_data_set(as_zip(tmp_path / "c.zip", changed)).info.fingerprint != added.info.fingerprint


def test_one_that_is_gone_or_changed_is_said_to_be(tmp_path, added):
    before = find_data_set(added.id)
    remove_data_set(added.id)
    assert list_data_sets() == []
    with pytest.raises(DataError, match="'ml-100k', which is not there any more"):
        remembered(before)
    restore_data_set(added.id)
    assert remembered(before) == before
    remove_data_set(added.id)
    other = tmp_path / "ml-100k.csv"
    other.write_bytes(books())
    add_data_set(other)
    with pytest.raises(DataError, match="'ml-100k', which has changed since"):
        remembered(before)


def test_ids_are_never_paths_and_the_built_in_one_stays(tmp_path, added):
    for odd in ("../sets/ml-100k", "/etc", ".", "", "a/b", BUILT_IN):
        assert own_data_set(odd) is None
        with pytest.raises(DataError, match="`data` must be the id of a data set"):
            remove_data_set(odd)
    assert add_data_set(as_zip(tmp_path / "b.zip", EDITIONS["csv"]()), name=BUILT_IN).id == f"{BUILT_IN}-2"
    assert find_data_set(BUILT_IN).name.startswith("MovieLens")
    (data_dir() / "link").symlink_to(data_dir() / "ml-100k")
    assert "link" not in {each.id for each in list_data_sets()}


@pytest.mark.parametrize("name", ["info.json", "ratings.parquet", "movies.parquet"])
def test_a_damaged_one_is_said_to_be_and_hides_no_other(tmp_path, added, name):
    add_data_set(as_zip(tmp_path / "other.zip", EDITIONS["csv"]()))
    file = added.path / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"x" * len(content[len(content) // 2 :])
    file.write_bytes(content)
    damaged = own_data_set(added.id)
    with pytest.raises(DataError, match=f"damaged or missing {name}"):
        damaged.ratings()
    assert [each.id for each in list_data_sets()] == ["ml-100k", "other"]


def test_what_fails_leaves_nothing(tmp_path, data_folder):
    bad = tmp_path / "bad.csv"
    bad.write_text("userId,movieId,rating\na,b,c\n")
    with pytest.raises(DataError):
        add_data_set(bad)
    with pytest.raises(Cancelled):
        add_data_set(as_zip(tmp_path / "it.zip", EDITIONS["csv"]()), should_stop=lambda: True)
    assert not data_folder.exists() or not list(data_folder.iterdir())


def test_how_many_ratings_it_has_is_known_without_reading_them(added):
    found = DataSet(added.id, "", added.info.fingerprint)
    assert known_size(found) == added.info.n_ratings
    assert known_size(DataSet(added.id, "", "0" * 32)) is None
    assert known_size(DataSet("nobody", "", "0" * 32)) is None


def test_files_of_the_owner_are_those_in_the_folder_itself(data_folder):
    data_folder.mkdir()
    for name in ("mine.csv", "notes.md", ".hidden.csv", "ml.zip"):
        (data_folder / name).write_text("x")
    (data_folder / "link.csv").symlink_to("/etc/passwd")
    assert [each.name for each in files_of_the_owner()] == ["mine.csv", "ml.zip"]


def test_the_default_folder_is_beside_the_runs(tmp_path, monkeypatch):
    monkeypatch.delenv("RECSYS_DATA_DIR")
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path / "here" / "runs"))
    assert data_dir() == tmp_path / "here" / "datasets"


def test_aggregates_are_those_of_the_table(tmp_path):
    path = tmp_path / "books.csv"
    path.write_bytes(books())
    about = add_data_set(path).aggregates
    counts = about.counts
    assert (counts.n_ratings, counts.n_users, counts.n_movies, counts.first_time) == (6, 3, 3, None)
    assert counts.density == pytest.approx(6 / 9)
    assert dict(zip(about.rating_values, about.rating_counts, strict=True)) == dict.fromkeys((2.5, 4, 7, 8, 9.5, 10), 1)
    assert about.cross.users == ("anna", "béla", "carl")
    assert about.cross.movies == ("Dune", "Emma", "=Sum(1)")
    assert about.cross.ratings == ((9.5, 4, None), (8, None, 2.5), (7, 10, None))
    assert (about.tail[0], about.tail[33], about.tail[-1], about.half_of_ratings) == (0, 0.5, 1, 1)
    assert about.activity_counts[: len(about.activity_edges) - 1] == (0, 3)


def test_aggregates_of_the_built_in_ratings(built_in):
    from recsys_core.data.library.aggregates import aggregates_of, movies_of

    about = aggregates_of(built_in)
    assert about.counts.n_ratings == sum(about.rating_counts) == sum(about.month_counts) == 100_004
    assert sum(about.activity_counts) == about.counts.n_users == 671
    assert (about.months[0], about.months[-1]) == ("1995-01", "2016-10")
    assert len(about.cross.users) == len(about.cross.movies) == 50
    drama = next(each for each in about.genres if each.genre == "Drama")
    is_drama = built_in.movies.set_index("movie_id")["genres"].str.contains("Drama")[built_in.movie_id].to_numpy()
    assert drama.n_ratings == is_drama.sum()
    assert drama.mean == pytest.approx(float(built_in.rating[is_drama].mean()), abs=1e-3)
    movies = movies_of(built_in)
    assert movies["n_ratings"].is_monotonic_decreasing
    assert movies["n_ratings"].sum() == 100_004
    assert json.loads(about.model_dump_json())["cross"]["movies"][0] == movies["title"].iloc[0]
    assert isinstance(movies, pd.DataFrame)
    assert np.isfinite(about.median_activity)

"""Ratings on their way: packed, kept by fingerprint, and the same when they are unpacked."""

import dataclasses
import os

import numpy as np
import pytest

from recsys_core.data.catalog import DataSet, load_ratings
from recsys_core.data.ratings import Ratings
from recsys_core.errors import DataError
from recsys_core.jobs.cluster import data_there
from recsys_core.jobs.cluster.data_there import FOLDER_NAME, MOST_KEPT, is_there, pack, unpack


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def named(ratings, number) -> Ratings:
    return dataclasses.replace(ratings, id=f"books-{number}", fingerprint=f"{number:032x}", notices=("One left out.",))


def same(first, second) -> bool:
    columns = ("user_id", "movie_id", "rating", "timestamp")
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        and getattr(first, name).dtype == getattr(second, name).dtype
        for name in columns
    ) and first.movies.equals(second.movies)


def test_what_is_unpacked_is_what_was_packed(tiny):
    ratings = named(tiny, 1)
    there = unpack(pack(ratings))
    assert same(there, ratings)
    assert (there.id, there.fingerprint, there.name, there.notices) == (
        ratings.id, ratings.fingerprint, "tiny", ratings.notices
    )  # fmt: skip


def test_a_damaged_pack_is_refused(tiny):
    packed = pack(named(tiny, 2))
    for damaged in (b"", b"PK", packed[: len(packed) // 2], packed.replace(b"PAR1", b"PAR2")):
        with pytest.raises(DataError, match="a damaged pack"):
            unpack(damaged)


def test_what_was_brought_once_is_there_for_whoever_asks_next(tiny, data_folder, monkeypatch):
    ratings = named(tiny, 3)
    data_set = DataSet(ratings.id, "Books", ratings.fingerprint)
    assert not is_there(data_set)
    assert is_there(data_set, pack(ratings))
    assert same(load_ratings(data_set), ratings)
    assert load_ratings(data_set).name == "Books"
    # Another process of this machine has not got it in memory.
    monkeypatch.setattr(data_there, "load_ratings", _never)
    assert is_there(data_set)
    assert is_there(dataclasses.replace(data_set, id="same-books", name="The same"))
    assert load_ratings(DataSet("same-books", "", ratings.fingerprint)).name == "The same"
    (kept,) = (data_folder / FOLDER_NAME).iterdir()
    kept.write_bytes(b"damaged")
    assert not is_there(data_set)
    assert not kept.exists()


def test_the_machine_keeps_some_and_none_under_a_path(tiny, data_folder):
    for number in range(10, 12 + MOST_KEPT):
        assert is_there(DataSet(f"books-{number}", "", f"{number:032x}"), pack(named(tiny, number)))
        os.utime(data_folder / FOLDER_NAME / f"{number:032x}.zip", (number, number))
    assert len([*(data_folder / FOLDER_NAME).iterdir()]) == MOST_KEPT
    with pytest.raises(DataError, match="hexadecimal"):
        is_there(DataSet("x", "", "../../outside"), pack(tiny))


def test_a_disk_that_is_full_does_not_keep_them_and_they_can_be_used(tiny, data_folder):
    data_folder.write_text("a file where the folder should be")
    assert is_there(DataSet("books-30", "", f"{30:032x}"), pack(named(tiny, 30)))


def _never(data_set):
    raise DataError("Not in memory.")

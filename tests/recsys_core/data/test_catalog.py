"""Data sets by id and fingerprint: the same ratings again, or word that they have changed."""

import dataclasses
import os
import shutil
import threading

import pytest

from recsys_core.data import catalog, movielens
from recsys_core.data.catalog import BUILT_IN, DataSet, find_data_set, known_size, load_ratings
from recsys_core.data.layouts import LAYOUTS
from recsys_core.errors import DataError
from tests.conftest import TINY
from tests.recsys_core.data.files import write_movielens, zipped


@pytest.fixture
def folder(tmp_path):
    return write_movielens(tmp_path / "mine")


@pytest.fixture
def small_cache(monkeypatch):
    """Room for two of the tiny data sets."""
    monkeypatch.setattr(catalog, "_cache", catalog._Cache(30))


def test_the_built_in_one_by_none_and_by_id(built_in):
    found = find_data_set()
    assert found == find_data_set(BUILT_IN) == find_data_set(None)
    assert (found.id, found.name) == (BUILT_IN, "MovieLens ml-latest-small (2016)")
    assert (built_in.id, built_in.fingerprint) == (found.id, found.fingerprint)
    assert load_ratings(found) is load_ratings(find_data_set())


def test_a_path_by_itself_and_by_its_id(folder, monkeypatch):
    found = find_data_set(folder)
    assert found.id == f"path:{folder}"
    assert found.name == "mine"
    monkeypatch.chdir(folder.parent)
    for other in (str(folder), "mine", "./mine/../mine", found.id):
        assert find_data_set(other) == found
    about = load_ratings(found).describe()
    assert (about["id"], about["fingerprint"], about["name"]) == (found.id, found.fingerprint, "mine")


def test_a_link_means_what_it_leads_to_now(folder, tmp_path):
    link = tmp_path / "latest"
    link.symlink_to(folder)
    assert find_data_set(link).id == f"path:{folder}"


def test_the_fingerprint_is_of_the_content(folder, tmp_path):
    first = find_data_set(folder).fingerprint
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert find_data_set(copy).fingerprint == first
    assert len(first) == 32
    (copy / "movies.csv").write_bytes((copy / "movies.csv").read_bytes() + b"\n")
    assert find_data_set(copy).fingerprint != first
    archive = zipped(tmp_path / "a.zip", {file.name: file.read_bytes() for file in folder.iterdir()})
    renamed = find_data_set(archive).fingerprint
    assert find_data_set(archive.rename(tmp_path / "b.zip")).fingerprint == renamed


def test_bytes_cannot_move_from_one_file_to_the_other_unseen(tmp_path):
    a, b = (write_movielens(tmp_path / name) for name in "ab")
    ratings, movies = ((a / name).read_bytes() for name in ("ratings.csv", "movies.csv"))
    (b / "ratings.csv").write_bytes(ratings + movies[:30])
    (b / "movies.csv").write_bytes(movies[30:])
    assert find_data_set(a).fingerprint != find_data_set(b).fingerprint


def test_files_are_hashed_again_only_when_they_have_changed(folder, monkeypatch):
    hashed = []
    original = catalog.DataFiles.fingerprint
    monkeypatch.setattr(catalog.DataFiles, "fingerprint", lambda files: hashed.append(1) or original(files))
    monkeypatch.setattr(catalog, "_SETTLED_NS", 0)
    first = find_data_set(folder)
    assert find_data_set(folder) == first
    assert len(hashed) == 1
    file = folder / "ratings.csv"
    times = file.stat()
    text = file.read_text()
    file.write_text(text[:-2] + "1" + text[-1:])
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as an archiver would set it
    assert find_data_set(folder) != first


def test_a_file_that_was_just_written_is_hashed_each_time(folder):
    first = find_data_set(folder)
    file = folder / "ratings.csv"
    times = file.stat()
    with file.open("r+b") as handle:
        handle.seek(-2, os.SEEK_END)
        handle.write(b"1")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert find_data_set(folder) != first


def test_a_changed_file_is_another_data_set_and_the_old_one_is_refused(folder, small_cache):
    before = find_data_set(folder)
    write_movielens(folder, TINY.assign(rating=1))
    after = find_data_set(folder)
    assert set(load_ratings(after).rating) == {1.0}
    with pytest.raises(DataError, match=r"'mine' as they were .* which has changed since"):
        load_ratings(before)


def test_what_is_in_memory_outlives_its_file(folder):
    found = find_data_set(folder)
    loaded = load_ratings(found)
    shutil.rmtree(folder)
    assert load_ratings(found) is loaded
    with pytest.raises(DataError, match="does not exist"):
        find_data_set(folder)


def test_a_file_that_is_gone_says_so(folder, small_cache):
    found = find_data_set(folder)
    shutil.rmtree(folder)
    with pytest.raises(DataError, match=r"'mine' as they were. Received: .*/mine', which does not exist any more"):
        load_ratings(found)


def test_a_file_written_to_while_it_is_read_is_refused(folder, monkeypatch, small_cache):
    def read_while_somebody_writes(files, name):
        loaded = movielens.read_movielens(files, name)
        write_movielens(folder, TINY.assign(rating=1))
        return loaded

    monkeypatch.setitem(LAYOUTS, movielens.FILES, read_while_somebody_writes)
    with pytest.raises(DataError, match="must stay as they are while they are read"):
        load_ratings(find_data_set(folder))


def test_without_a_fingerprint_any_content_will_do(folder, small_cache):
    remembered = DataSet(f"path:{folder}", "mine", "")
    assert load_ratings(remembered).fingerprint == find_data_set(folder).fingerprint
    write_movielens(folder, TINY.assign(rating=1))
    assert set(load_ratings(remembered).rating) == {1.0}


def test_ratings_made_in_memory_cannot_be_read_again(tiny):
    about = tiny.describe()
    with pytest.raises(DataError, match="'tiny', made in memory"):
        load_ratings(DataSet(about["id"], about["name"], about["fingerprint"]))


def test_how_many_ratings_is_known_once_they_are_in_memory(folder, small_cache):
    found = find_data_set(folder)
    assert known_size(found) is None
    assert load_ratings(found).n_ratings == known_size(found)


def test_memory_holds_the_latest_and_no_more_than_its_share(tmp_path, small_cache):
    found = [find_data_set(write_movielens(tmp_path / name)) for name in "abc"]
    loaded = [load_ratings(each) for each in found]
    assert load_ratings(found[1]) is loaded[1]
    assert load_ratings(found[2]) is loaded[2]
    assert load_ratings(found[0]) is not loaded[0]


def test_two_visitors_who_ask_at_once_are_given_one_copy(folder, monkeypatch, small_cache):
    original, reads, both = movielens.read_movielens, [], threading.Barrier(2)

    def slow(files, name):
        reads.append(name)
        return original(files, name)

    monkeypatch.setitem(LAYOUTS, movielens.FILES, slow)
    found, answers = find_data_set(folder), []

    def visit():
        both.wait()
        answers.append(load_ratings(found))

    threads = [threading.Thread(target=visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] is answers[1]
    assert reads == ["mine"]


def test_a_data_set_that_cannot_be_read_is_not_remembered(folder, small_cache):
    (folder / "ratings.csv").write_text("userId\n")
    with pytest.raises(DataError, match="missing: movieId"):
        load_ratings(find_data_set(folder))
    write_movielens(folder)
    assert load_ratings(find_data_set(folder)).n_ratings == len(TINY)


def test_shared_ratings_cannot_be_written_to(folder):
    loaded = load_ratings(find_data_set(folder))
    for column in (loaded.user_id, loaded.movie_id, loaded.rating, loaded.timestamp):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_filters_keep_id_and_fingerprint_of_the_whole(folder):
    loaded = load_ratings(find_data_set(folder))
    assert dataclasses.asdict(find_data_set(folder)).items() <= loaded.sample(8, seed=0).describe().items()


@pytest.mark.parametrize("reference", ["", "nowhere", "path:", "a\0b", "\udcff.zip", "x" * 300, "no-such-id"])
def test_what_means_nothing_is_one_clear_error(reference, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"`data`|without ratings\.csv"):
        find_data_set(reference)

"""A further layout is one entry: found by its files' names in a folder and a zip, beside the ones there are."""

import io

import pandas as pd
import pytest

from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.data.layouts import LAYOUTS
from recsys_core.data.ratings import from_frames
from recsys_core.errors import DataError
from tests.recsys_core.data.files import MOVIES, RATINGS, folder_of, zipped

FILES = {"stars.tsv": RATINGS.replace(b",", b"\t"), "films.tsv": MOVIES.replace(b",", b"\t")}


def read_tab_separated(files, name):
    stars, films = (pd.read_csv(io.BytesIO(files.open(each).read()), sep="\t") for each in FILES)
    return from_frames(stars, films, name=name)


@pytest.fixture(autouse=True)
def tab_separated(monkeypatch):
    monkeypatch.setitem(LAYOUTS, tuple(FILES), read_tab_separated)


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_each_layout_is_known_by_its_files_in_folder_and_zip(tmp_path):
    comma_separated = load_ratings(folder_of(tmp_path, RATINGS, MOVIES))
    for path in (write(tmp_path / "tabs", FILES), zipped(tmp_path / "tabs.zip", FILES)):
        found = find_data_set(path)
        loaded = load_ratings(found)
        assert found.name == loaded.name == "tabs"
        assert loaded.rating.tolist() == comma_separated.rating.tolist()
        assert loaded.movies.equals(comma_separated.movies)


def test_an_error_names_every_layout_and_what_the_closest_one_lacks(tmp_path):
    some = {"films.tsv": FILES["films.tsv"]}
    for path in (write(tmp_path / "some", some), zipped(tmp_path / "some.zip", some)):
        with pytest.raises(DataError) as caught:
            find_data_set(path)
        assert "must hold ratings.csv and movies.csv, or stars.tsv and films.tsv. Received: " in str(caught.value)
        assert str(caught.value).endswith("without stars.tsv.")

"""Every export is opened by the tool it is for."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from google.protobuf import json_format, text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from recsys_core.errors import QueryError
from recsys_core.explore import exports
from recsys_core.explore.embeddings import MovieEmbeddings
from tests.exploring import ODD_TITLES, oddly_titled_movies

TITLES = ODD_TITLES


@pytest.fixture
def embeddings():
    """Seven movies whose titles are all that a title can be; the first and fourth share one, year and all."""
    vectors = np.random.default_rng(0).normal(size=(len(TITLES), 3)).astype(np.float32)
    return MovieEmbeddings(vectors, oddly_titled_movies())


@pytest.fixture
def coordinates():
    return np.random.default_rng(1).normal(size=(len(TITLES), 2)).astype(np.float32)


def test_the_embedding_projector_reads_the_zip(embeddings):
    archive = zipfile.ZipFile(io.BytesIO(exports.projector_zip(embeddings)))
    vectors = np.loadtxt(archive.open("vectors.tsv"), delimiter="\t", dtype=np.float32)
    np.testing.assert_array_equal(vectors, embeddings.vectors)

    lines = archive.read("metadata.tsv").decode().splitlines()
    assert len(lines) == 1 + len(embeddings)
    cells = [line.split("\t") for line in lines]
    assert {len(row) for row in cells} == {len(cells[0])}
    assert cells[0][0] == "label"
    assert [row[0] for row in cells[1:4]] == ["The Matrix (1999)", "Tab here", "New line (2001)"]

    by_json = json_format.ParseDict(json.loads(archive.read("projector_config.json")), ProjectorConfig())
    by_text = text_format.Parse(archive.read("projector_config.pbtxt").decode(), ProjectorConfig())
    assert by_json == by_text
    (described,) = by_text.embeddings
    assert list(described.tensor_shape) == [7, 3]
    assert {described.tensor_path, described.metadata_path} <= set(archive.namelist())


def test_gensim_loads_the_word2vec_text(embeddings, tmp_path):
    (tmp_path / "movies.txt").write_bytes(exports.word2vec_text(embeddings))
    loaded = KeyedVectors.load_word2vec_format(str(tmp_path / "movies.txt"), binary=False)
    words = exports.word2vec_words(embeddings.movies)
    assert loaded.index_to_key == words
    np.testing.assert_array_equal(loaded.vectors, embeddings.vectors)
    assert words[:4] == ["The_Matrix_(1999)_#1", "Tab_here", "New_line_(2001)", "The_Matrix_(1999)_#4"]
    (nearest, similarity), *_ = loaded.most_similar(words[1])
    ours = embeddings.neighbors(1, k=1)
    assert nearest == words[ours["index"][0]]
    assert similarity == pytest.approx(ours["similarity"][0], abs=1e-6)


def test_the_parquet_file_is_what_embedding_atlas_expects(embeddings, coordinates):
    content = exports.atlas_parquet(embeddings, coordinates, clusters=list("aabbccd"), k=3)
    frame = pd.read_parquet(io.BytesIO(content))
    assert frame["title"].tolist() == TITLES
    np.testing.assert_array_equal(frame[["x", "y"]], coordinates)
    assert frame["cluster"].tolist() == list("aabbccd")
    for row in range(len(frame)):
        neighbors = frame["neighbors"][row]
        assert set(neighbors) == {"ids", "distances"}
        expected = embeddings.neighbors(row, k=3)
        np.testing.assert_array_equal(neighbors["ids"], expected["index"])
        np.testing.assert_allclose(neighbors["distances"], 1 - expected["similarity"], atol=1e-6)


def test_a_part_of_the_movies_has_neighbors_among_themselves(embeddings, coordinates):
    rows = np.array([1, 3, 6])
    frame = pd.read_parquet(io.BytesIO(exports.atlas_parquet(embeddings, coordinates[rows], rows=rows)))
    assert frame["movie_id"].tolist() == [2, 4, 7]
    assert all(set(one["ids"]) == {0, 1, 2} - {row} for row, one in enumerate(frame["neighbors"]))
    with pytest.raises(QueryError, match="coordinates"):
        exports.atlas_parquet(embeddings, coordinates, rows=rows)


def test_numpy_loads_arrays_without_pickle(embeddings, coordinates):
    loaded = np.load(io.BytesIO(exports.arrays_npz(embeddings, coordinates)), allow_pickle=False)
    assert loaded["title"].tolist() == TITLES
    np.testing.assert_array_equal(loaded["coordinates"], coordinates)
    np.testing.assert_array_equal(loaded["vectors"], embeddings.vectors)


def test_pandas_reads_the_neighbors_of_all_movies(embeddings):
    frame = pd.read_csv(io.BytesIO(exports.neighbors_csv(embeddings, k=2)))
    assert len(frame) == 2 * len(embeddings)
    assert frame["rank"].tolist() == [1, 2] * len(embeddings)
    expected = embeddings.neighbors(2, k=2)
    found = frame[frame["movie_id"] == 3]
    assert found["title"].tolist() == ["New\nline (2001)"] * 2
    assert found["neighbor_id"].tolist() == expected["movie_id"].tolist()
    np.testing.assert_allclose(found["similarity"], expected["similarity"], rtol=1e-5)


def test_a_title_that_is_a_formula_is_a_text_to_a_spreadsheet(embeddings):
    movies = embeddings.movies.assign(title=["=1+1", "+1", "-1", "@x", "-x", "plain", "'=1"], year=np.nan)
    frame = pd.read_csv(io.BytesIO(exports.neighbors_csv(MovieEmbeddings(embeddings.vectors, movies), k=1)))
    assert frame["title"].tolist() == ["'=1+1", "+1", "-1", "'@x", "'-x", "plain", "'=1"]
    assert frame["neighbor_title"].isin(frame["title"]).all()
    assert frame["similarity"].min() < 0 or frame["similarity"].dtype == float


def test_no_file_invents_neighbors_for_a_movie_without_a_vector(embeddings, coordinates):
    vectors = embeddings.vectors.copy()
    vectors[3] = 0
    embeddings = MovieEmbeddings(vectors, embeddings.movies)
    lines = pd.read_csv(io.BytesIO(exports.neighbors_csv(embeddings, k=3)))
    asked, listed = set(lines["movie_id"]), set(lines["neighbor_id"])
    assert len(lines) == 3 * 6
    assert 4 not in asked | listed
    for k in (3, 15):
        atlas = pd.read_parquet(io.BytesIO(exports.atlas_parquet(embeddings, coordinates, k=k)))
        assert [len(one["ids"]) for one in atlas["neighbors"]] == [min(k, 5)] * 3 + [0] + [min(k, 5)] * 3
        assert all(3 not in one["ids"] for one in atlas["neighbors"])

import numpy as np
import pytest

from recsys_core.errors import QueryError, RunError
from recsys_core.explore.embeddings import BEFORE_SIGMOID, METRICS, STARS, MovieEmbeddings
from recsys_core.explore.nearest import nearest_rows
from tests.exploring import blobs, five_movies, movies_of, run_info, write_run


def titles(frame):
    return frame["title"].tolist()


def test_cosine_compares_directions_and_leaves_the_movie_itself_out():
    found = five_movies().neighbors(0, k=3)
    assert titles(found) == ["The Matrix Reloaded", "Amélie", "Toy Story"]
    np.testing.assert_allclose(found["similarity"], [1, np.sqrt(0.5), 0], atol=1e-6)


def test_dot_product_prefers_long_vectors():
    found = five_movies().neighbors(2, k=2, metric="dot")
    assert titles(found) == ["The Matrix Reloaded", "The Matrix"]
    assert found["similarity"].tolist() == [2, 1]


def test_euclidean_gives_distances_and_larger_similarity_when_nearer():
    found = five_movies().neighbors(1, k=2, metric="euclidean")
    assert titles(found) == ["The Matrix", "Amélie"]
    np.testing.assert_allclose(found["distance"], [1, np.sqrt(2)], rtol=1e-6)
    np.testing.assert_allclose(found["similarity"], [1 / 2, 1 / (1 + np.sqrt(2))], rtol=1e-6)


def test_min_ratings_and_k_limit_the_answer():
    embeddings = five_movies()
    assert titles(embeddings.neighbors(0, k=10, min_ratings=60)) == ["Amélie", "Toy Story"]
    assert len(embeddings.neighbors(0, k=100)) == 3


@pytest.mark.parametrize("metric", METRICS)
def test_a_movie_without_a_vector_is_nobody_s_neighbor_and_has_none(metric):
    embeddings = five_movies()
    assert embeddings.norms.tolist() == pytest.approx([1, 2, np.sqrt(2), 1, 0])
    assert embeddings.unit_vectors[4].tolist() == [0, 0]
    assert embeddings.has_vector.tolist() == [True] * 4 + [False]
    assert embeddings.neighbors(4, metric=metric).empty
    assert 4 not in embeddings.neighbors(0, metric=metric)["index"].tolist()
    indices, similarities = embeddings.neighbor_lists(10, metric)
    assert indices.shape == (5, 3)
    assert set(indices[:4].ravel()) == {0, 1, 2, 3}
    assert (indices[4] == -1).all()
    assert np.isnan(similarities[4]).all()


def test_neighbors_where_no_movie_has_a_vector():
    embeddings = MovieEmbeddings(np.zeros((3, 2)), movies_of(3))
    assert embeddings.neighbors(0).empty
    assert embeddings.neighbor_lists(2)[0].shape == (3, 0)


@pytest.mark.parametrize("metric", METRICS)
def test_neighbor_lists_agree_with_single_questions(metric):
    vectors, _ = blobs()
    embeddings = MovieEmbeddings(vectors, movies_of(len(vectors)))
    indices, similarities = embeddings.neighbor_lists(7, metric)
    assert indices.dtype == np.int32
    assert similarities.dtype == np.float32
    for row in (0, 100, 239):
        one = embeddings.neighbors(row, 7, metric)
        np.testing.assert_array_equal(indices[row], one["index"])
        np.testing.assert_allclose(similarities[row], one["similarity"], rtol=1e-4)


def test_neighbors_in_blocks_are_those_of_the_whole(monkeypatch):
    vectors, _ = blobs()
    whole = nearest_rows(vectors, 5, euclidean=True)
    monkeypatch.setattr("recsys_core.explore.nearest._BLOCK_BYTES", 4 * len(vectors) * 7)
    in_blocks = nearest_rows(vectors, 5, euclidean=True)
    np.testing.assert_array_equal(whole[0], in_blocks[0])
    some = np.array([3, 200])
    np.testing.assert_array_equal(nearest_rows(vectors, 5, euclidean=True, rows=some)[0], whole[0][some])


def test_analogy_adds_and_subtracts_and_leaves_its_terms_out():
    embeddings = five_movies()
    vector, found = embeddings.analogy([(0, 1), (3, 1)], k=1)
    np.testing.assert_allclose(vector, [1, 1])
    assert titles(found) == ["Amélie"]
    raw, _ = embeddings.analogy([(1, 1), (3, 1)], unit=False)
    np.testing.assert_allclose(raw, [2, 1])
    with pytest.raises(QueryError, match="cancel"):
        embeddings.analogy([(0, 1), (1, -1)])
    with pytest.raises(QueryError, match="at least one"):
        embeddings.analogy([])


def test_index_of_knows_the_run_s_movies_only():
    assert five_movies().index_of(30) == 2
    for unknown in (31, "abc", None, float("inf")):
        with pytest.raises(QueryError, match="A movie must be one of this run's, by its id"):
            five_movies().index_of(unknown)


def test_bias_ranking_from_both_ends():
    highest, lowest = five_movies().bias_ranking(top=2, min_ratings=10)
    assert titles(highest) == ["The Matrix", "Amélie"]
    assert titles(lowest) == ["The Matrix Reloaded", "Toy Story"]
    assert highest["rank"].tolist() == [1, 2]
    assert lowest["rank"].tolist() == [4, 3]


def test_bias_ranking_of_an_architecture_without_biases():
    embeddings = MovieEmbeddings(np.eye(3), movies_of(3, bias=np.nan))
    assert not embeddings.has_biases
    with pytest.raises(QueryError, match="learns none"):
        embeddings.bias_ranking()


@pytest.mark.parametrize(
    "question",
    [
        lambda e: e.neighbors(5),
        lambda e: e.neighbors(-1),
        lambda e: e.neighbors(0, k=0),
        lambda e: e.neighbors(0, k=10**9),
        lambda e: e.neighbors(0, metric="manhattan"),
        lambda e: e.neighbors_of_vector(np.ones(3)),
        lambda e: e.neighbors_of_vector(np.array([np.nan, 1])),
        lambda e: e.bias_ranking(top=0),
    ],
)
def test_questions_without_an_answer(question):
    with pytest.raises(QueryError, match=r"must be .*Received: "):
        question(five_movies())


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_vectors_of_a_diverged_training_are_refused(tmp_path, broken):
    vectors = np.ones((3, 2), np.float32)
    vectors[1, 0] = broken
    run = write_run(tmp_path / "diverged", vectors)
    with pytest.raises(RunError, match="in 1 of 3 movies"):
        MovieEmbeddings.from_run(run)


def test_vectors_and_movies_must_fit():
    with pytest.raises(RunError, match="3 vectors and 2 movies"):
        MovieEmbeddings(np.eye(3), movies_of(2))
    with pytest.raises(RunError, match="Missing: bias"):
        MovieEmbeddings(np.eye(3), movies_of(3).drop(columns="bias"))


def test_a_run_s_embeddings_outlive_its_folder(tmp_path):
    vectors, _ = blobs()
    run = write_run(tmp_path / "one", vectors)
    embeddings = MovieEmbeddings.from_run(run)
    np.testing.assert_array_equal(embeddings.vectors, vectors)
    assert type(embeddings.vectors) is np.ndarray


@pytest.mark.parametrize(("output_range", "unit"), [(None, STARS), ((0.5, 5.5), BEFORE_SIGMOID)])
def test_the_unit_of_a_bias_is_that_of_the_run_s_sum(tmp_path, output_range, unit):
    run = write_run(tmp_path / "one", np.eye(3))
    info = run_info(prediction={"is_dot": True, "offset": 3.5, "output_range": output_range})
    (run.path / "config.json").write_text(info.to_text(), encoding="utf-8")
    assert MovieEmbeddings.from_run(run).bias_unit == unit

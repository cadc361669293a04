import numpy as np
import pytest

from recsys_core.errors import QueryError, RunError
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings, first_genres, genres_of, title_labels
from recsys_core.explore.nearest import nearest_rows
from tests.exploring import blobs, five_movies, movies_of, write_run


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
    assert len(embeddings.neighbors(0, k=100)) == 4


def test_a_zero_vector_has_similarity_zero_not_nan():
    embeddings = five_movies()
    assert embeddings.norms.tolist() == pytest.approx([1, 2, np.sqrt(2), 1, 0])
    assert embeddings.unit_vectors[4].tolist() == [0, 0]
    assert (embeddings.neighbors(4)["similarity"] == 0).all()


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matrix", ["The Matrix", "The Matrix Reloaded"]),
        ("amelie", ["Amélie"]),
        ("COMEDY", ["Toy Story", "Amélie"]),
        ("t", ["The Matrix", "Toy Story", "The Matrix Reloaded", "Amélie", "Unseen <b>film</b>"]),
        ("1999", ["The Matrix"]),
        ("matrix (1999", ["The Matrix"]),
        ("no such film", []),
        ("  ", []),
    ],
)
def test_search_looks_at_title_genre_and_year(text, expected):
    embeddings = five_movies()
    found = titles(embeddings.movies.iloc[embeddings.search(text)])
    if text == "t":
        assert found[:3] == expected[:3]
    else:
        assert found == expected


def test_search_takes_expressions_that_cannot_hang():
    embeddings = five_movies()
    assert embeddings.search(r"^the matrix$", regex=True).tolist() == [0]
    assert embeddings.search(r"^(199[5-9])$", regex=True).tolist() == [0, 3]
    long = MovieEmbeddings(np.eye(2), movies_of(2, title=["a" * 5_000 + "!", "b"]))
    # Python's own engine would not come back from this one.
    assert len(long.search(r"^(a+)+$", regex=True)) == 0


@pytest.mark.parametrize("bad", ["(", "[a", r"(a)\1", "(?=a)"])
def test_an_invalid_expression_is_reported(bad):
    with pytest.raises(QueryError, match="regular expression"):
        five_movies().search(bad, regex=True)


def test_a_search_text_of_any_length_is_refused():
    with pytest.raises(QueryError, match="at most 200"):
        five_movies().search("a" * 201)


@pytest.mark.parametrize(
    ("text", "row"),
    [("the matrix", 0), ("Matrix", 0), ("Matrix (1999)", 0), ("reloaded", 1), ("toy", 3), ("AMELIE", 2), ("2003", 1)],
)
def test_find_title_takes_the_closest_then_the_best_known(text, row):
    assert five_movies().find_title(text) == row


def test_find_title_suggests_what_may_be_meant():
    with pytest.raises(QueryError, match="Did you mean The Matrix"):
        five_movies().find_title("the matirx")
    with pytest.raises(QueryError, match="part of the title"):
        five_movies().find_title("")


def test_index_of_knows_the_run_s_movies_only():
    assert five_movies().index_of(30) == 2
    for unknown in (31, "abc", None, float("inf")):
        with pytest.raises(QueryError, match="movie_id"):
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
    assert embeddings.user_vectors is not None
    assert embeddings.user_vectors.shape == (3, 12)


def test_genres_and_labels():
    movies = five_movies().movies
    assert genres_of(movies)[0] == ("Action", "Sci-Fi")
    assert first_genres(movies)[3:] == ["Animation", "No genre"]
    assert title_labels(movies)[2:5:2] == ["Amélie (2001)", "Unseen <b>film</b>"]

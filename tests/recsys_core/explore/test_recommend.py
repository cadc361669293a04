"""A guest folded into a trained model, on vectors small enough to work out by hand, and on every kind of model."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import QueryError
from recsys_core.explore.recommend import (
    FOLD_IN_PENALTY,
    FOLD_IN_PRIOR,
    Person,
    fold_in,
    place_on_map,
    predict_for,
    recommend,
    suggestions,
    user_of_run,
)
from recsys_core.models.registry import USER_EMBEDDING
from recsys_core.runs.info import Prediction
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.backend import tensorflow
from tests.exploring import movies_of, run_info


def make_run(folder, *, output_range=None) -> Run:
    """Four movies on two axes, the last one without a training rating; two users who balance each other."""
    folder.mkdir()
    offset = 3.0 if output_range is None else 0.0
    info = run_info(prediction=Prediction(is_dot=True, offset=offset, output_range=output_range))
    (folder / "config.json").write_text(info.to_text())
    np.save(folder / "movie_embeddings.npy", np.array([[1, 0], [0, 1], [-1, 0], [0, 0]], np.float32))
    np.save(folder / "user_embeddings.npy", np.array([[1, 0], [-1, 0]], np.float32))
    movies = pd.DataFrame(
        {
            "movie_id": [10, 20, 30, 40],
            "title": ["East", "North", "West", "Nowhere"],
            "year": 2000.0,
            "genres": "Drama",
            "n_ratings": [50, 40, 30, 1],
            "n_train_ratings": [45, 36, 27, 0],
            "mean_rating": 3.0,
            "bias": [0.1, 0.2, -0.1, 0.0],
        }
    )
    movies.to_parquet(folder / "movies.parquet")
    users = pd.DataFrame({"user_id": [1, 2], "n_ratings": [3, 0], "mean_rating": [3.0, np.nan], "bias": [0.5, -0.5]})
    users.to_parquet(folder / "users.parquet")
    return Run(folder)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "plain")


@pytest.fixture
def squashed(tmp_path):
    return make_run(tmp_path / "squashed", output_range=(0.5, 5.0))


def test_fold_in_is_ridge_regression(run):
    """One rating 1 star above what the movie gets anyway: the star is shared by bias and first axis, each x of it.

    Minimize (1 − 2x)² + c·2x²: x = 1 / (2 + c).
    """
    person = fold_in(run, {0: 4.1})
    x = 1 / (2 + FOLD_IN_PENALTY * (1 + FOLD_IN_PRIOR))
    assert person.vector == pytest.approx([x, 0], abs=1e-5)
    assert person.bias == pytest.approx(x, abs=1e-5)


def test_recommends_what_lies_the_same_way_and_nothing_rated(run):
    person = fold_in(run, {0: 5.0, 2: 1.0})
    assert person.vector[0] > 0
    found = recommend(run, person, min_ratings=0)
    assert found["title"].tolist() == ["North"]
    opposite = fold_in(run, {1: 3.0, 0: 1.0})
    assert recommend(run, opposite, min_ratings=0)["title"].tolist() == ["West"]


@pytest.mark.parametrize("kind", ["run", "squashed"])
def test_parts_add_up_to_the_rating(kind, request):
    run = request.getfixturevalue(kind)
    found = predict_for(run, Person(np.array([0.5, -0.2], np.float32), 0.3, {}), np.arange(4))
    parts = found[["mean", "user_bias", "movie_bias", "dot"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(found["rating"].to_numpy())
    assert np.sign(parts["dot"]).tolist() == [1, -1, -1, 0]
    if kind == "run":
        assert parts.iloc[0].tolist() == pytest.approx([3.0, 0.3, 0.1, 0.5])


def test_user_of_the_run_as_trained(run):
    person = user_of_run(run, 1)
    assert (person.vector.tolist(), person.bias) == ([1, 0], 0.5)
    assert "no training rating" in user_of_run(run, 2).notes[0]
    with pytest.raises(QueryError, match="A user must be one of the run's 2 "):
        user_of_run(run, 3)


def test_lands_amid_the_movies_to_their_taste(run):
    points = np.array([[10.0, 0], [0, 10], [-10, 0], [np.nan, np.nan]])
    person = Person(np.array([1, 0.1], np.float32), 0.0, {})
    assert place_on_map(run, person, points, k=1, min_ratings=0).tolist() == [10, 0]
    assert place_on_map(run, person, points, k=2, min_ratings=0).tolist() == [5, 5]
    with pytest.raises(QueryError, match="The map must show movies"):
        place_on_map(run, person, np.full((4, 2), np.nan))


def test_somebody_of_no_taste_yet_lands_amid_what_they_rated(run):
    points = np.array([[10.0, 0], [0, 10], [-10, 0], [np.nan, np.nan]])
    nobody = np.zeros(2, np.float32)
    assert place_on_map(run, Person(nobody, 0.0, {1: 4.0}), points, min_ratings=0).tolist() == [0, 10]
    assert place_on_map(run, Person(nobody, 0.0, {3: 4.0}), points, min_ratings=0).tolist() == [
        0,
        pytest.approx(10 / 3),
    ]


def test_a_guest_described_by_ratings_has_the_vector_that_training_would_give(checkerboard, tmp_path):
    config = TrainConfig(architecture="rated-movies", centered=True, batch_size=32, phases=(Phase(0.02, 5),))
    split = split_ratings(checkerboard, config)
    run = train(split, config, tmp_path / "run")
    theirs = split.train.user == 7
    stars = dict(zip(split.train.movie[theirs].tolist(), split.train.rating[theirs].tolist(), strict=True))
    assert fold_in(run, stars).vector == pytest.approx(run.user_vectors[7], abs=1e-5)


def test_bad_input_gets_a_clear_answer(run):
    with pytest.raises(QueryError, match="at least one rating"):
        fold_in(run, {})
    with pytest.raises(QueryError, match="must be a row of this run, 0 to 3"):
        fold_in(run, {9: 4.0})
    for value in (7.0, float("nan")):
        with pytest.raises(QueryError, match="A rating must be from"):
            fold_in(run, {0: value})
    with pytest.raises(QueryError, match="must have training ratings"):
        fold_in(run, {3: 4.0})
    assert "Nobody rated Nowhere" in fold_in(run, {3: 4.0, 0: 4.0, 1: 2.0}).notes[0]
    with pytest.raises(QueryError, match="must be unrated movies"):
        recommend(run, Person(np.zeros(2, np.float32), 0.0, {0: 5.0, 1: 5.0, 2: 5.0}), min_ratings=0)


def test_equal_ratings_still_give_an_answer(run):
    person = fold_in(run, {0: 4.0, 1: 4.0, 2: 4.0})
    assert "All ratings are equal" in person.notes[0]
    assert person.bias > 0


def predicted_after_adam(run: Run, guest: Person, rows: np.ndarray) -> np.ndarray:
    """Ratings of `rows` for a guest with the same ratings, fitted by 200 steps of Keras' Adam on their row alone."""
    tf, keras = tensorflow()
    model = keras.models.load_model(run.path / "model.keras", compile=False)
    table = model.get_layer(USER_EMBEDDING).embeddings
    rated, stars = np.array(list(guest.rated)), np.array(list(guest.rated.values()), np.float32)
    prior = run.user_vectors.mean(axis=0)
    penalty = max(FOLD_IN_PENALTY, run.info.config.row_penalty) * (len(rated) + FOLD_IN_PRIOR)
    row = tf.Variable(prior)
    optimizer = keras.optimizers.Adam(0.05)

    @tf.function
    def slope():
        table.value.scatter_nd_update([[0]], [row])
        with tf.GradientTape() as tape:
            error = model([np.zeros(len(rated), np.int32), rated], training=False)[:, 0] - stars
            loss = tf.reduce_sum(error * error)
        of_ratings = tf.reduce_sum(tape.gradient(loss, table.value).values, axis=0)
        return of_ratings + 2 * penalty * (row - prior)

    for _ in range(200):
        optimizer.apply([slope()], [row])
    table.value.scatter_nd_update([[0]], [row])
    return model([np.zeros(len(rows), np.int32), rows], training=False)[:, 0].numpy()


@pytest.mark.parametrize(
    "architecture", ["dot", "dot-bias", "rate-and-watch", "rated-movies", "concatenation", "split-mlp"]
)
def test_a_guest_with_a_users_ratings_is_predicted_like_that_user(architecture, checkerboard, tmp_path):
    """Even users love even movies: so must a guest who rates as they do, whatever the model."""
    config = TrainConfig(
        architecture=architecture,
        user_embedding_size=8,
        movie_embedding_size=8,
        hidden_layers=(16,) if "mlp" in architecture or architecture == "concatenation" else (),
        embedding_initializer="normal",
        centered=True,
        batch_size=32,
        phases=(Phase(0.02, 30),),
        watch_weight=0.0,
    )
    config = dataclasses.replace(config, keep="best")
    run = train(split_ratings(checkerboard, config), config, tmp_path / "run")
    guest = fold_in(run, {movie: 5.0 if movie % 2 == 0 else 1.0 for movie in range(20)})
    predicted = predict_for(run, guest, np.arange(20, 30))["rating"].to_numpy()
    if not run.info.prediction.is_dot:
        assert predicted == pytest.approx(predicted_after_adam(run, guest, np.arange(20, 30)), abs=0.05)
    assert predicted[::2].min() > predicted[1::2].max() + 0.5
    assert recommend(run, guest, k=5, min_ratings=0, by="stars")["movie_id"].mod(2).eq(0).all()


def test_a_varied_list_prefers_what_is_not_like_those_above(tmp_path):
    run = make_run(tmp_path / "run")
    np.save(run.path / "movie_embeddings.npy", np.array([[1, 0], [0.9, 0.1], [0, 0.8], [0, 0]], np.float32))
    person = Person(np.array([1, 1], np.float32), 0.0, {})
    plain = recommend(run, person, 3, 0, by="stars")
    assert plain["title"].tolist() == ["North", "East", "West"]
    assert recommend(run, person, 3, 0, by="stars", diversity=2.0)["title"].tolist() == ["North", "West", "East"]


def test_suggestions_are_well_known_and_of_many_kinds():
    movies = movies_of(5, genres=["Drama", "Drama|War", "Drama", "Horror", "Comedy"], n_ratings=[90, 80, 70, 40, 30])
    assert suggestions(movies, [], 3)["genres"].tolist() == ["Drama", "Drama|War", "Horror"]
    assert suggestions(movies, [1, 2], 3)["movie_id"].tolist() == [3, 4, 5]
    assert len(suggestions(movies, [1], 9)) == 4


def test_who_loves_animation_gets_mostly_animation():
    """Ten animated films, all liked alike: of the model's own knowledge, which has never seen a genre."""
    run = Run(EXAMPLE_RUN_DIR)
    animated = run.movies["genres"].str.contains("Animation").to_numpy()
    known = run.movies[animated].nlargest(20, "n_ratings").index
    found = recommend(run, fold_in(run, dict.fromkeys(known[::2].tolist(), 5.0)), 20)
    assert found["genres"].str.contains("Animation").sum() > 10
    # Of all movies with so many ratings it is one in sixteen.
    assert animated[run.movies["n_ratings"] >= 20].mean() < 0.1

"""Era and popularity taken out of vectors that are made of nothing else but them and a taste."""

import dataclasses

import numpy as np
import pytest

from recsys_core.data.moments import N_ERAS
from recsys_core.data.split import split_ratings
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.nearest import unit_rows
from recsys_core.runs.taste import take_out, taste_of
from recsys_core.runs.writer import save_run
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit

CONFIG = TrainConfig(
    architecture="dot-bias", user_embedding_size=8, movie_embedding_size=8, phases=(Phase(0.01, 1),), batch_size=1024
)


def mixed(n_movies: int = 600):
    """Directions of popularity, era and two tastes; the number of ratings and shares of eras of each movie."""
    rng = np.random.default_rng(0)
    n_ratings = rng.integers(20, 400, n_movies)
    eras = rng.dirichlet(np.full(N_ERAS, 0.3), n_movies).astype(np.float32)
    taste = rng.integers(2, size=n_movies)
    vectors = np.zeros((n_movies, 6), np.float32)
    vectors[:, 0] = np.log1p(n_ratings) - np.log1p(n_ratings).mean()
    vectors[:, 1] = eras @ np.linspace(-2, 2, N_ERAS)
    vectors[np.arange(n_movies), 2 + taste] = 1
    return vectors + 0.05 * rng.normal(size=vectors.shape).astype(np.float32), n_ratings, eras, taste


def shares_of_taste(vectors, taste) -> float:
    """How much of the variance is between the two tastes."""
    means = np.stack([vectors[taste == t].mean(axis=0) for t in (0, 1)])
    return float(((means[taste] - vectors.mean(axis=0)) ** 2).sum() / ((vectors - vectors.mean(axis=0)) ** 2).sum())


def explained_by(known, vectors) -> float:
    """Share of the variance of the vectors along the direction in which they go with `known`."""
    known, centered = known - known.mean(), vectors - vectors.mean(axis=0)
    return float(((known @ centered) ** 2).sum() / (known @ known) / (centered**2).sum())


def test_what_is_left_is_taste():
    vectors, n_ratings, eras, taste = mixed()
    found = take_out(vectors, n_ratings, eras)
    assert found.taken_out == ("era", "popularity")
    assert found.vectors.dtype == np.float32
    assert shares_of_taste(found.vectors, taste) > 2 * shares_of_taste(unit_rows(vectors), taste)
    for known in (np.log1p(n_ratings), eras @ np.arange(N_ERAS)):
        assert explained_by(known, found.vectors) < 0.25 * explained_by(known, unit_rows(vectors))


def test_without_times_popularity_alone_is_taken_out():
    vectors, n_ratings, eras, _ = mixed()
    found = take_out(vectors, n_ratings)
    assert found.taken_out == ("popularity",)
    assert found.in_words == "popularity"
    late = eras @ np.arange(N_ERAS)
    assert abs(np.corrcoef(found.vectors[:, 1], late)[0, 1]) > 0.8


def test_a_movie_that_nobody_rated_stays_without_a_vector():
    vectors, n_ratings, eras, _ = mixed()
    vectors[7], n_ratings[7] = 0, 0
    assert not take_out(vectors, n_ratings, eras).vectors[7].any()


def test_of_too_few_movies_nothing_is_taken_out():
    vectors, n_ratings, eras, _ = mixed(19)
    found = take_out(vectors, n_ratings, eras)
    assert found.taken_out == ()
    assert np.array_equal(found.vectors, vectors)
    assert take_out(*mixed(30)[:3]).taken_out == ("era", "popularity")  # of coarser eras


@pytest.fixture(scope="module")
def run(built_in, tmp_path_factory):
    return save_run(fit(split_ratings(built_in, CONFIG), CONFIG), tmp_path_factory.mktemp("runs") / "run")


def test_a_run_keeps_its_taste_beside_the_vectors_that_predict(run):
    saved = np.load(run.path / "movie_taste.npy")
    assert saved.dtype == np.float32
    assert saved.shape == run.movie_vectors.shape
    looked_at = MovieEmbeddings.from_run(run)
    assert np.array_equal(looked_at.vectors, saved)
    assert looked_at.taken_out == ("era", "popularity")
    left_in = MovieEmbeddings.from_run(run, left_in=True)
    assert np.array_equal(left_in.vectors, run.movie_vectors)
    assert left_in.taken_out == ()


def test_an_older_run_opens_and_its_taste_is_computed(run, tmp_path):
    import shutil

    old = dataclasses.replace(run, path=tmp_path / "old")
    shutil.copytree(run.path, old.path, ignore=shutil.ignore_patterns("movie_taste.npy", "movie_eras.npy", "cache"))
    computed = taste_of(old)
    assert computed.taken_out == ("era", "popularity")
    assert computed.vectors == pytest.approx(run.movie_taste, abs=1e-6)
    (old.path / "config.json").write_text(
        run.info.model_copy(update={"data": run.info.data.model_copy(update={"fingerprint": "other"})}).to_text()
    )
    kept = taste_of(dataclasses.replace(old))
    assert np.array_equal(kept.vectors, computed.vectors)
    shutil.rmtree(old.path / "cache")
    gone = taste_of(dataclasses.replace(old, path=old.path))
    assert gone.taken_out == ()
    assert np.array_equal(gone.vectors, run.movie_vectors)

"""The axes of what was taken out put movies in the order of time and of popularity."""

import numpy as np

from recsys_core.data.moments import N_ERAS
from recsys_core.quality.taken_out import taken_out_axes
from recsys_core.runs.taste import take_out
from tests.exploring import movies_of, write_run


def test_axes_follow_time_and_popularity(tmp_path):
    n = 400
    rng = np.random.default_rng(1)
    n_ratings = rng.integers(20, 500, n)
    middle = rng.uniform(0, N_ERAS - 1, n)
    eras = np.exp(-((np.arange(N_ERAS) - middle[:, None]) ** 2)).astype(np.float32)
    eras /= eras.sum(axis=1, keepdims=True)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors[:, 0] += 3 * (np.log1p(n_ratings) - np.log1p(n_ratings).mean())
    vectors[:, 1] += middle - middle.mean()
    movies = movies_of(n, n_ratings=n_ratings, n_train_ratings=n_ratings, median_time=middle * 1e8)
    run = write_run(tmp_path / "run", vectors, movies)
    np.save(run.path / "movie_taste.npy", take_out(vectors, n_ratings, eras).vectors)
    np.save(run.path / "movie_eras.npy", eras)
    found = taken_out_axes(run)
    assert np.corrcoef(found["along_era"], middle)[0, 1] > 0.8
    assert np.corrcoef(found["along_popularity"], np.log1p(n_ratings))[0, 1] > 0.7
    (run.path / "movie_eras.npy").unlink()
    assert "along_era" not in taken_out_axes(run)


def test_there_is_no_picture_of_nothing(tmp_path):
    run = write_run(tmp_path / "few", np.eye(10, dtype=np.float32))
    assert taken_out_axes(run) is None

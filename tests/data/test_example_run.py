"""The committed example is what its command makes."""

import numpy as np
import pytest

from data.build_example_run import example_config
from recsys_core.data.split import split_ratings
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.maps.projection import cached_projection, first_map
from recsys_core.quality.ordering import ordering_of_places
from recsys_core.quality.report import ITEM_COSINE, LEFT_IN, cached_report
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from recsys_core.training.fit import fit


@pytest.fixture(scope="module")
def example():
    return open_run(EXAMPLE_RUN_DIR)


def test_training_again_gives_the_same_run(example, built_in):
    config = example.info.config
    assert config == example_config()
    again = fit(split_ratings(built_in, config), config)
    assert again.kept_epoch == example.info.kept_epoch
    columns = ["train_mse", "train_mae", "val_mse", "val_mae"]
    assert again.history[columns].to_numpy() == pytest.approx(example.history[columns].to_numpy(), rel=2e-3)
    cosine = np.sum(again.movie_vectors * example.movie_vectors, axis=1) / np.maximum(
        np.linalg.norm(again.movie_vectors, axis=1) * np.linalg.norm(example.movie_vectors, axis=1), 1e-12
    )
    trained = example.movies["n_train_ratings"].to_numpy() >= 20
    assert np.median(cosine[trained]) > 0.99


def test_it_beats_the_baselines_it_reports(example):
    kept = example.history.set_index("epoch")["val_mse"][example.info.kept_epoch]
    assert kept < example.info.baselines.bias_mse < example.info.baselines.mean_mse


def test_map_and_report_are_ready(example):
    projection = cached_projection(example, first_map(example))
    assert projection is not None
    assert projection.coordinates.shape == (int((example.movies["n_ratings"] >= 20).sum()), 2)
    assert cached_report(example) is not None


def test_what_is_looked_at_is_taste_and_not_era(example):
    looked_at = MovieEmbeddings.from_run(example)
    assert looked_at.taken_out == ("era", "popularity")
    assert np.array_equal(looked_at.vectors, example.movie_taste)
    report = cached_report(example)
    assert (
        report.value("genre_overlap")
        > report.value("genre_overlap", LEFT_IN)
        > report.value("genre_overlap", ITEM_COSINE)
    )
    assert report.value("rating_time") < 0.75 * report.value("rating_time", LEFT_IN)
    place = ordering_of_places(
        cached_projection(example, first_map(example)).coordinates,
        example.movies[example.movies["n_ratings"] >= 20],
    )
    assert place.rating_time < 0.5
    # One map; benchmarks/taste.py has the mean over seeds, from which one is 0.005 away.
    assert place.genres > 0.38 > 2 * place.random_genres


def test_famous_movies_have_sensible_neighbors(example):
    embeddings = MovieEmbeddings.from_run(example)
    matrix = embeddings.find_title("The Matrix")
    found = embeddings.neighbors(matrix, k=10, min_ratings=20)
    assert found["genres"].str.contains("Action|Sci-Fi").mean() >= 0.6

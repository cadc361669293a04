"""Measuring a saved run and keeping its report (measuring.py, report.py): what is in it, how sure each neighbor is."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from recsys_core.data.movielens import BUILT_IN_NAME
from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled, RunError
from recsys_core.quality import measuring
from recsys_core.quality import report as quality
from recsys_core.quality.report_text import as_text
from recsys_core.quality.trial_figures import ALWAYS, FIGURES, neighbor_figures
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig

CONFIG = TrainConfig(
    architecture="rate-and-watch",
    user_embedding_size=8,
    movie_embedding_size=8,
    centered=True,
    n_ratings=30_000,
    batch_size=256,
    phases=(Phase(5e-3, 2),),
)


@pytest.fixture(scope="module")
def run(built_in, tmp_path_factory):
    return train(split_ratings(built_in, CONFIG), CONFIG, tmp_path_factory.mktemp("runs") / "quality")


@pytest.fixture(scope="module")
def report(run):
    return measuring.quality_report(run)


def test_every_measure_has_its_yardsticks(report):
    for measure in quality.MEASURES:
        assert np.isfinite(report.value(measure.name))
        assert np.isfinite(report.value(measure.name, quality.RANDOM))
        source = quality.BIASES if measure.name in ("rmse", "mae") else quality.ITEM_COSINE
        assert np.isfinite(report.value(measure.name, source))
    assert report.seeds == (0, 1, 2)


def test_figures_of_a_trial_are_those_of_the_report(run, report, built_in):
    found = neighbor_figures(list(FIGURES), split_ratings(built_in, CONFIG), np.asarray(run.movie_vectors))
    assert set(found) == set(FIGURES) - set(ALWAYS)
    for name, value in found.items():
        # The report shows nothing below zero.
        assert max(0.0, value) == pytest.approx(max(0.0, report.value(name)), abs=1e-3)


def test_every_measure_is_there_for_every_band(report):
    frame = report.figures
    of_the_whole = ["rating_time", "release_year", "popularity"]
    of_neighbors = frame[~frame["measure"].isin(["rmse", "mae", *of_the_whole])]
    for _, of_measure in of_neighbors.groupby("measure"):
        for _, of_source in of_measure.groupby("source"):
            assert {"all", "20–49", "50–99"} <= set(of_source["band"])


def test_validation_error_is_that_of_training(run, report):
    kept = run.history.set_index("epoch").loc[run.info.kept_epoch]
    assert report.value("rmse") ** 2 == pytest.approx(kept["val_mse"], rel=1e-4)
    assert report.value("mae") == pytest.approx(kept["val_mae"], rel=1e-4)
    assert report.value("rmse", quality.BIASES) ** 2 == pytest.approx(run.info.baselines.bias_mse)


def test_the_whole_is_the_mean_of_the_bands(report):
    frame = report.figures
    overlap = frame[(frame["measure"] == "genre_overlap") & (frame["source"] == "run")].set_index("band")
    bands = overlap.drop("all")
    assert overlap.loc["all", "n"] == bands["n"].sum() == report.n_movies
    assert overlap.loc["all", "value"] == pytest.approx(np.average(bands["value"], weights=bands["n"]))


def test_is_kept_with_the_run(run, report):
    kept = quality.cached_report(open_run(run.path))
    assert kept is not None
    assert kept.to_dict() == report.to_dict()
    assert json.loads((run.cache_dir / "quality.json").read_text())["n_movies"] == report.n_movies


def test_confidence_is_the_share_of_seeds(run, report):
    lists = np.load(run.cache_dir / "neighbor_lists.npy")
    movie, own = int(lists[0, 0, 0]), lists[1, 0, :10]
    confidence = quality.neighbor_confidence(run, movie, own)
    assert set(np.round(3 * confidence)) <= {1, 2, 3}
    in_all = [neighbor for neighbor in own if neighbor in lists[2, 0, :10] and neighbor in lists[3, 0, :10]]
    assert own[confidence == 1].tolist() == in_all
    rare = int(np.argmin(run.movies["n_ratings"]))
    assert np.isnan(quality.neighbor_confidence(run, rare, own)).all()
    assert np.isnan(quality.neighbor_confidence(run, movie, np.array([rare]))).all()


def copy_of(run, target, **changes):
    """The run without its cache, with other facts in its config.json."""
    shutil.copytree(run.path, target, ignore=shutil.ignore_patterns("cache"))
    (target / "config.json").write_text(run.info.model_copy(update=changes).to_text())
    return open_run(target)


def test_ratings_that_changed_are_noticed(run, tmp_path):
    assert run.info.data.name == BUILT_IN_NAME
    changed = copy_of(run, tmp_path / "changed", data=run.info.data.model_copy(update={"n_ratings": 1}))
    with pytest.raises(RunError, match="must be those that run 'changed' was trained on"):
        measuring.training_split(changed)


@pytest.mark.parametrize("changes", [{"status": "stopped"}, {"continued_from": "another"}])
def test_a_run_that_its_settings_do_not_repeat_has_no_stability(run, report, tmp_path, changes):
    part = measuring.quality_report(copy_of(run, tmp_path / "part", **changes))
    assert part.seeds == (0,)
    assert part.value("genre_overlap") == report.value("genre_overlap")
    assert np.isnan(part.value("stability"))


def test_stops_when_asked(run, tmp_path):
    again = copy_of(run, tmp_path / "again")
    with pytest.raises(Cancelled):
        measuring.quality_report(again, should_stop=lambda: True)
    assert quality.cached_report(again) is None


def test_where_too_few_movies_have_enough_ratings_predictions_alone_are_judged(built_in, tmp_path):
    config = dataclasses.replace(CONFIG, n_ratings=500, phases=(Phase(1e-3, 1),))
    run = train(split_ratings(built_in, config), config, tmp_path / "small")
    report = measuring.quality_report(run)
    assert not report.has_neighbors
    assert np.isfinite(report.value("rmse"))
    assert np.isnan(report.value("genre_overlap"))
    assert measuring.quality_report(run).seeds == (0,)
    assert np.isnan(quality.neighbor_confidence(run, 0, np.array([1, 2]))).all()
    assert "too few to judge neighbors" in as_text("Small", report).splitlines()[0]

"""Figures of runs side by side: read from their files, unknown where nothing is measured, and kept up to date."""

import math

import numpy as np

from recsys_core.compare.figures import BY_NAME, FIGURES, curve_of, figures_of, figures_table
from recsys_core.quality.facts import facts_of_runs
from recsys_core.runs.run import Run
from tests.damaging import damage
from tests.exploring import blobs, write_run
from tests.recsys_core.compare.pairs import keep_seeds


def test_figures_are_those_of_the_kept_epoch_and_of_the_report_once_there_is_one(tmp_path):
    run = write_run(tmp_path / "mine", blobs()[0])
    before = figures_of(run)
    assert set(before) == {figure.name for figure in FIGURES}
    assert (before["val_mse"], before["val_mae"]) == (0.6, 0.6)  # of epoch 2
    assert math.isclose(before["against_biases"], 0.6 / 0.8 - 1)
    assert (before["seconds"], before["epochs"]) == (0.2, 2)
    assert math.isnan(before["stability"])
    keep_seeds(run, [run.movie_vectors])
    assert figures_of(Run(run.path))["stability"] == 0.5


def test_a_damaged_run_is_left_out_of_the_table(tmp_path):
    runs = [write_run(tmp_path / name, blobs()[0]) for name in ("good", "bad")]
    damage(runs[1].path / "history.csv", "emptied")
    table = figures_table(facts_of_runs([Run(run.path) for run in runs]))
    assert table["run"].tolist() == ["good"]
    assert list(table) == ["run", *BY_NAME]


def test_a_curve_goes_by_epoch_step_and_seconds(tmp_path):
    curve = curve_of(write_run(tmp_path / "mine", blobs()[0]))
    assert curve["step"].tolist() == [5, 10]  # 281 ratings in batches of 64
    assert np.allclose(curve["elapsed"], [0.1, 0.2])


def test_numbers_are_written_as_people_write_them():
    assert BY_NAME["against_biases"].text(-0.1021) == "−10.2%"
    assert BY_NAME["n_parameters"].text(497_000.0) == "497,000"
    assert BY_NAME["stability"].text(math.nan) == "–"

"""A trial trains on what its study's split leaves, measures what was held out, and leaves nothing behind."""

import dataclasses
import math

import numpy as np
import pytest

from recsys_core.data.baselines import errors
from recsys_core.jobs.messages import Task, Trial
from recsys_core.jobs.task import RunsFolder, checked, run_task
from recsys_core.jobs.trial import shown_rows, trial_split
from recsys_core.runs.store import list_runs
from recsys_core.settings.train_config import Phase
from recsys_core.training import fit
from tests.recsys_core.jobs.conftest import QUICK

BASE = dataclasses.replace(QUICK, n_ratings=None, phases=(Phase(0.01, 2),), stretched_sigmoid=True, centered=True)


def task(data_set, config=BASE, **about):
    trial = Trial(**({"split_seed": 3, "holdout_fraction": 0.2} | about))
    return Task(kind="try", config=config, data_set=data_set, trial=trial)


def done(task, should_stop=lambda: False):
    events = []
    run_task(task, events.append, should_stop, RunsFolder())
    return events


def test_it_ends_in_its_figures_and_saves_no_run(small_data, runs_dir):
    events = done(checked(task(small_data, figures=("genre_overlap",)), RunsFolder()))
    told = [event.kind for event in events if event.kind != "progress"]
    assert told == ["preparing", "started", "epoch_ended", "epoch_ended", "tried"]
    end = events[-1]
    assert end.figures["val_mse"] == events[-2].val_mse
    assert set(end.figures) == {"val_mse", "val_mae", "holdout_mse", "holdout_mae", "seconds", "genre_overlap"}
    assert end.n_epochs == 2
    assert 0 < end.figures["seconds"] <= end.seconds
    assert not [run for run in list_runs() if run.path.parent == runs_dir]


@pytest.mark.parametrize("architecture", ["dot-bias", "concatenation"])
def test_what_is_held_out_is_measured_as_the_model_predicts_it(small_data, architecture):
    asked = task(small_data, dataclasses.replace(BASE, architecture=architecture))
    split, held_out = trial_split(asked, asked.trial)
    trained = fit.fit(split, asked.config)
    expected, _ = errors(trained.predict(held_out), held_out.rating)
    assert done(asked)[-1].figures["holdout_mse"] == pytest.approx(expected, rel=1e-5)


def test_the_split_is_of_the_study_and_the_seed_of_the_trial(small_data):
    first, other_seed = done(task(small_data))[-1], done(task(small_data, dataclasses.replace(BASE, seed=1)))[-1]
    again, other_split = done(task(small_data))[-1], done(task(small_data, split_seed=4))[-1]
    assert again.figures["val_mse"] == first.figures["val_mse"]
    assert other_seed.figures["val_mse"] != first.figures["val_mse"] != other_split.figures["val_mse"]
    splits = [trial_split(each, each.trial)[0] for each in (task(small_data), task(small_data, split_seed=4))]
    assert not np.array_equal(splits[0].train.rating, splits[1].train.rating)


def test_its_map_has_a_point_for_each_movie_that_maps_show(small_data):
    asked = task(small_data)
    points = done(asked)[-1].coordinates
    assert points.shape == (len(shown_rows(trial_split(asked, asked.trial)[0])), 2)
    assert np.isfinite(points).all()
    assert done(asked.model_copy(update={"shows_map": False}))[-1].coordinates is None


def test_a_stopped_and_a_diverged_one_have_no_figures(small_data):
    assert done(task(small_data), lambda: True)[-1].kind == "stopped"
    wild = dataclasses.replace(BASE, stretched_sigmoid=False, phases=(Phase(90.0, 2),), optimizer="sgd")
    end = done(task(small_data, wild))[-1]
    assert (end.kind, end.is_expected) == ("failed", True)
    assert "diverged" in end.message


def test_figures_that_movies_are_too_few_for_are_no_numbers(small_data):
    few = dataclasses.replace(BASE, n_ratings=50)
    assert math.isnan(done(task(small_data, few, figures=("hubness",)))[-1].figures["hubness"])

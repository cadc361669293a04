"""What a sweep is to do, as text and back, and what is refused of it."""

import dataclasses

import pytest

from recsys_core.errors import ConfigError, SweepError
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.sweep_space import read_vary
from recsys_core.settings.train_config import Phase
from recsys_core.sweeps.plan import SweepPlan, config_with, read_constraint, read_plan

DEFAULT = PRESETS["default"].config
VARIED = ("embedding_size=16..256:log", "row_penalty=0.01..0.3:log", "learning_rate", "epochs=2..9", "optimizer")


def plan(*varied, **about):
    dimensions = tuple(map(read_vary, varied or VARIED))
    return SweepPlan(**({"name": "mine", "base": DEFAULT, "dimensions": dimensions} | about))


def test_a_plan_survives_text():
    full = plan(
        objectives=("val_mse", "genre_overlap"), constraints=(read_constraint("seconds <= 3"),), n_trials=None,
        minutes=2.5, seeds=3, split_seed=7, data_set="books", fingerprint="ab",
    )  # fmt: skip
    assert read_plan(full.to_json()) == full


def test_the_settings_as_they_are_can_be_tried():
    assert plan().dimensions[0].rungs == (16, 32, 64, 128, 160, 256)
    values = plan().base_values
    assert values == {
        "embedding_size": 160, "row_penalty": 0.1, "learning_rate": 2.5e-3, "epochs": 8, "optimizer": "adam"
    }  # fmt: skip
    assert config_with(DEFAULT, values) == DEFAULT
    assert plan("row_penalty=0.2..0.3").base_values is None


def test_a_schedule_keeps_its_shape():
    tried = config_with(DEFAULT, {"learning_rate": 0.006, "epochs": 9, "embedding_size": 16})
    assert tried.phases == (Phase(0.006, 6), Phase(0.0024, 3))
    assert (tried.user_embedding_size, tried.movie_embedding_size) == (16, 16)


def test_trials_share_their_split_and_not_their_seed():
    several = plan(seeds=2, split_seed=5, holdout_fraction=0.2, objectives=("genre_overlap",))
    first, second = (several.task(several.base_values, number) for number in (0, 1))
    assert (first.config.seed, second.config.seed) == (0, 1)
    assert first.trial == second.trial
    assert (first.trial.split_seed, first.trial.holdout_fraction, first.trial.figures) == (5, 0.2, ("genre_overlap",))
    assert first.config == dataclasses.replace(DEFAULT, snapshots=0)


def test_only_a_sweep_for_the_error_is_pruned():
    assert plan().is_pruned
    assert not plan(objectives=("genre_overlap",)).is_pruned
    assert not plan(objectives=("val_mse", "genre_overlap")).is_pruned
    assert not plan(constraints=(read_constraint("seconds<=3"),)).is_pruned


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dimensions": ()}, "one setting or more"),
        ({"dimensions": (read_vary("gravity"),)}, "Received: 'gravity'"),
        ({"dimensions": (read_vary("epochs"), read_vary("epochs"))}, "each once"),
        ({"dimensions": (dataclasses.replace(read_vary("epochs"), kind="number"),)}, "must be varied as a whole"),
        ({"dimensions": (dataclasses.replace(read_vary("row_penalty"), high=1e9),)}, "`row_penalty` must be a number"),
        ({"objectives": ()}, "one or two"),
        ({"objectives": ("val_mse", "val_mse")}, "one or two different"),
        ({"objectives": ("holdout_mse",)}, "Received: 'holdout_mse'"),
        ({"constraints": (read_constraint("holdout_mse<=1"),)}, "Received: 'holdout_mse'"),
        ({"n_trials": None}, "or both. Received: neither"),
        ({"n_trials": 0}, "`n_trials` must be from 1"),
        ({"seeds": 11}, "`seeds`"),
        ({"holdout_fraction": 0.0}, "`holdout_fraction` must be from 0.01"),
        ({"base": dataclasses.replace(DEFAULT, validation_fraction=0.8), "holdout_fraction": 0.2}, "a tenth"),
        ({"base": dataclasses.replace(DEFAULT, validation_fraction=0.0)}, "above 0 for a sweep"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(changed, said):
    with pytest.raises(ConfigError) as refused:
        plan(**changed)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"name": 3}', '{"name": "a", "base": {}, "dimensions": 7}', "[" * 9999]
)
def test_what_is_no_plan_is_said_so(text):
    with pytest.raises((SweepError, ConfigError)):
        read_plan(text)


def test_constraints_are_read_and_measured():
    at_least, at_most = read_constraint("genre_overlap>=0.36"), read_constraint(" seconds ≤ 3 ")
    assert at_least.violation({"genre_overlap": 0.4}) == pytest.approx(-0.04)
    assert at_most.violation({"seconds": 5.0}) == 2
    assert (at_least.in_words, at_most.in_words) == ("genre_overlap ≥ 0.36", "seconds ≤ 3")
    for wrong in ("genre_overlap", "genre_overlap>0.36", "seconds<=soon", ">="):
        with pytest.raises(ConfigError, match="must be written like"):
            read_constraint(wrong)

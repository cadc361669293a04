"""Errors of the core in the pages' words."""

import pytest

from recsys_core.errors import ConfigError, RecsysError
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.sweep_space import read_vary
from recsys_core.settings.train_config import with_values
from recsys_core.sweeps.plan import SweepPlan
from ui.shared.messages import error_text


def said_of(error: RecsysError) -> str:
    return error_text(error).replace("\\", "")


def test_settings_are_called_as_the_pages_call_them():
    with pytest.raises(ConfigError) as refused:
        with_values(PRESETS["default"].config, {"row_penalty": -1.0})
    assert said_of(refused.value).startswith("Row penalty must be a number from 0")
    assert said_of(RecsysError("`u.data` and `nothing` must stay *so*.")) == "`u.data` and `nothing` must stay *so*."


@pytest.mark.parametrize(
    ("asked", "said"), [({"n_trials": 0}, "Trials"), ({"minutes": 0}, "Minutes"), ({"seeds": 99}, "Seeds a trial")]
)
def test_so_are_the_numbers_of_a_sweep(asked, said):
    with pytest.raises(ConfigError) as refused:
        SweepPlan(name="mine", base=PRESETS["dot-bias-rows"].config, dimensions=(read_vary("row_penalty"),), **asked)
    assert said_of(refused.value).startswith(f"{said} must be from")

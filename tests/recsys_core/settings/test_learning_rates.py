"""Phases as people write them."""

import pytest

from recsys_core.errors import ConfigError
from recsys_core.settings.learning_rates import Phase, format_phases, parse_phases


def test_phases_are_written_and_read():
    phases = (Phase(0.001, 5), Phase(0.01, 3))
    assert format_phases(phases) == "0.001 × 5, 0.01 × 3"
    assert parse_phases("1e-3 x 5, 0.01*3") == phases
    assert parse_phases("0.5") == (Phase(0.5, 1),)


@pytest.mark.parametrize("text", ["", "0.1 × ", "fast", "0.1 × 1.5", "0.1 × 2 × 3", "y" * 5_000])
def test_what_is_no_phase_is_quoted(text):
    with pytest.raises(ConfigError, match="Learning rates must be written like") as caught:
        parse_phases(text)
    assert len(str(caught.value)) < 320


@pytest.mark.parametrize("text", ["0 × 1", "101 × 1", "0.1 × 0", "0.1 × 1001"])
def test_phases_keep_the_limits_of_rates_and_epochs(text):
    with pytest.raises(ConfigError, match="must be a"):
        parse_phases(text)

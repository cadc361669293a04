"""Numbers as people write them."""

import pytest

from recsys_core.settings.learning_rates import Phase, format_phases, parse_phases
from recsys_core.settings.numbers import show_number
from recsys_core.settings.train_config import SETTINGS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "0.000001"), (0.1 + 0.2, "0.3"), (16.0, "16"), (0.0, "0"), (-2.5e-5, "-0.000025"), (1e-12, "1e-12"),
        (123456.789, "123456.789"), (float("nan"), "nan"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_there_is_no_exponent_where_people_would_write_none(value, text):
    assert show_number(value) == text


def test_settings_and_learning_rates_are_written_so_and_read_back():
    assert SETTINGS["row_penalty"].show(1e-6) == "0.000001"
    phases = (Phase(1e-6, 3), Phase(0.0033, 1))
    assert format_phases(phases) == "0.000001 × 3, 0.0033 × 1"
    assert parse_phases(format_phases(phases)) == phases

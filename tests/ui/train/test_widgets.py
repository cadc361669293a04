"""What a widget holds and the value of the setting are each other's reverse."""

import pytest

from recsys_core.errors import ConfigError
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import SETTINGS
from ui.train.widgets import from_widget, to_widget


@pytest.mark.parametrize("name", PRESETS)
def test_widgets_hold_what_a_preset_says(name):
    for setting in SETTINGS.values():
        value = PRESETS[name].config.value(setting.name)
        assert from_widget(setting, to_widget(setting, value)) == value


@pytest.mark.parametrize(
    ("name", "held", "value"),
    [
        ("batch_size", "all rows", None),
        ("batch_size", "300", 300),
        ("n_ratings", None, None),
        ("hidden_layers", "32, 4", (32, 4)),
        ("exact_genres", ["Drama"], ("Drama",)),
    ],
)
def test_what_people_type_is_read(name, held, value):
    assert from_widget(SETTINGS[name], held) == value


@pytest.mark.parametrize(
    ("name", "held"), [("batch_size", "many"), ("seed", None), ("movie_embedding_size", 99_999), ("l2", -1.0)]
)
def test_what_is_out_of_range_is_refused(name, held):
    with pytest.raises(ConfigError, match=f"`{name}` must be"):
        from_widget(SETTINGS[name], held)

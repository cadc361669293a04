"""What a widget holds and the value of the setting are each other's reverse."""

import pytest

from recsys_core.data.catalog import BUILT_IN
from recsys_core.errors import ConfigError
from recsys_core.jobs.data_sets import add_data_set
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import SETTINGS
from ui.shared.ratings import genres_of
from ui.train.widgets import GENRE_FILTERS, from_widget, to_widget


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


def test_filters_offer_the_genres_of_the_data_set(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "sets"))
    kinds = ("Poetry", "Essay|Memoir", "")
    rows = [f"{user},{book},{1 + (user + book) % 5},{kinds[book % 3]}" for user in range(9) for book in range(9)]
    (tmp_path / "books.csv").write_text("\n".join(["user,book,rating,genre", *rows]))
    assert genres_of(add_data_set(tmp_path / "books.csv").id) == ("Essay", "Memoir", "Poetry")
    assert "Western" in genres_of(BUILT_IN)
    assert all(SETTINGS[name].kind == "text_list" for name in GENRE_FILTERS)

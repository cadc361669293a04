"""Settings as a table shows them, and which of them differ between runs."""

from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.shown import differing, in_order, shown_settings, title_of
from recsys_core.settings.train_config import Phase, with_values


def table(preset: str = "default", **values):
    config = with_values(PRESETS[preset].config, values)
    return shown_settings(config, settings_of(ARCHITECTURES[config.architecture]))


def test_numbers_stay_numbers_and_all_else_is_in_words():
    shown = table(batch_size=None, embedding_size=16, phases=(Phase(0.1, 2), Phase(0.01, 1)))
    assert list(shown)[:5] == ["preset", "architecture", "embedding_size", "epochs", "learning_rate"]
    assert (shown["embedding_size"], shown["epochs"], shown["learning_rate"]) == (16, 3, 0.1)
    assert (shown["batch_size"], shown["centered"], shown["optimizer"]) == ("all rows", "on", "Adam")
    assert shown["phases"] == "0.1 × 2, 0.01 × 1"
    assert not {"user_embedding_size", "movie_embedding_size", "snapshots", "hidden_layers"} & set(shown)
    assert table("mlp-32-4", user_embedding_size=4)["movie_embedding_size"] == 8


def test_only_what_differs_between_those_that_have_it():
    assert differing([table(), table()]) == []
    assert differing([table(), table(seed=1), table(embedding_size=16)]) == ["embedding_size", "seed"]
    # What one architecture alone has differs from nothing.
    assert differing([table("recommender-v1"), table("recommender-v2")]) == [
        "preset", "architecture", "stretched_sigmoid",
    ]  # fmt: skip
    assert differing([table(), table(epochs=3)]) == ["epochs"]
    phased = [table(phases=(Phase(0.1, 1), Phase(rate, 1))) for rate in (0.01, 0.02)]
    assert differing(phased) == ["phases"]


def test_names_of_later_versions_come_last_and_are_their_own_titles():
    assert in_order(["novel", "seed", "epochs"]) == ["epochs", "seed", "novel"]
    assert (title_of("novel"), title_of("epochs"), title_of("batch_size")) == ("novel", "Epochs", "Batch size")

"""What differs between two configurations, and what must not when a run goes on."""

import dataclasses

import pytest

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.settings.changes import changes, check_continues, departures
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import SETTINGS, Phase, TrainConfig, with_values

BEFORE = TrainConfig()


def test_only_what_differs_is_named_as_people_write_it():
    after = dataclasses.replace(
        BEFORE, preset="other", snapshots=3, batch_size=None, phases=(Phase(0.01, 2), Phase(0.001, 1)), centered=True
    )
    assert list(map(str, changes(BEFORE, after))) == [
        "start from the mean off → on",
        "learning rates 0.001 × 5 → 0.01 × 2, 0.001 × 1",
        "batch size 64 → all rows",
    ]
    assert changes(BEFORE, BEFORE) == []


def test_settings_that_the_architecture_has_no_use_for_can_be_left_out():
    after = dataclasses.replace(BEFORE, gravity=1.0)
    assert len(changes(BEFORE, after)) == 1
    assert changes(BEFORE, after, settings_of(ARCHITECTURES["dot-bias"])) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"architecture": "dot"}, {"movie_embedding_size": 8}, {"hidden_layers": (4,)}, {"batch_normalization": True},
        {"centered": True}, {"stretched_sigmoid": True}, {"sigmoid_margin": 0.5}, {"seed": 1},
        {"validation_fraction": 0.2}, {"split": "time"},
    ],
    ids=str,
)  # fmt: skip
def test_what_the_weights_need_and_which_ratings_validate_must_stay(changed):
    (name, value), *_ = changed.items()
    with pytest.raises(ConfigError) as caught:
        check_continues(BEFORE, dataclasses.replace(BEFORE, **changed), "mine")
    before = getattr(BEFORE, name)
    assert str(caught.value) == f"`{name}` must be {before!r} to continue run 'mine'. Received: {value!r}"


def test_how_it_learns_on_may_change():
    after = dataclasses.replace(
        BEFORE, phases=(Phase(1.0, 3),), optimizer="sgd", batch_size=9, row_penalty=0.1, keep="best", patience=2,
        preset="other", snapshots=0, table_updates="dense",
    )  # fmt: skip
    check_continues(BEFORE, after, "mine")


@pytest.mark.parametrize("base", ["default", "recommender-v1", "mf-bias-full-batch"])
@pytest.mark.parametrize("name", PRESETS)
def test_departures_are_texts_that_lead_from_one_configuration_to_the_other(base, name):
    config = PRESETS[name].config
    known = settings_of(ARCHITECTURES[config.architecture]) | {"user_embedding_size": SETTINGS["user_embedding_size"]}
    texts = departures(PRESETS[base].config, config, known)
    assert all(isinstance(text, str) for text in texts.values())
    again = with_values(PRESETS[base].config, {key: known[key].parse(text) for key, text in texts.items()})
    assert {key: again.value(key) for key in known if key != "preset"} == {
        key: config.value(key) for key in known if key != "preset"
    }
    assert (texts == {}) == (base == name)


def test_numbers_filters_and_what_is_empty_survive_as_text():
    after = dataclasses.replace(
        BEFORE, row_penalty=1e-7 / 3, batch_size=None, exact_genres=("Film-Noir", "Sci-Fi"), date_from="2001-02-03",
        hidden_layers=(7, 5), year_from=1950, centered=True, phases=(Phase(1 / 128, 2), Phase(1e-9, 1)),
    )  # fmt: skip
    texts = departures(BEFORE, after, SETTINGS)
    again = with_values(BEFORE, {name: SETTINGS[name].parse(text) for name, text in texts.items()})
    assert changes(after, again) == []
    back = with_values(
        after, {name: SETTINGS[name].parse(text) for name, text in departures(after, BEFORE, SETTINGS).items()}
    )
    assert back == BEFORE

"""The settings of a training: their limits, their presets, and their way through JSON."""

import dataclasses
import json

import pytest

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.settings.declaration import GROUPS
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, Phase, TrainConfig, with_values


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"user_embedding_size": 0}, "`user_embedding_size` must be a whole number from 1 to 512. Received: 0"),
        ({"movie_embedding_size": 513}, "Received: 513"),
        ({"batch_size": 0}, "`batch_size`"),
        ({"batch_size": 10**6}, "`batch_size`"),
        ({"phases": ()}, "`phases`"),
        ({"phases": 3}, "`phases` must be 1 to 1000 phases of a learning rate and its epochs"),
        ({"phases": ({"learning_rate": 0, "epochs": 1},)}, "`learning_rate` must be a number above 0"),
        ({"phases": ({"learning_rate": float("nan"), "epochs": 1},)}, "Received: nan"),
        ({"phases": ({"learning_rate": 0.1},)}, "`epochs` must be a whole number from 1 to 1,000. Received: nothing"),
        ({"phases": (Phase(0.1, 600), Phase(0.1, 600))}, "`epochs` must be a whole number from 1 to 1,000. R"),
        ({"optimizer": "adamw"}, "`optimizer` must be one of adam, sgd, rmsprop, adagrad"),
        ({"validation_fraction": 0, "keep": "best"}, "`validation_fraction`"),
        ({"embedding_dropout": 1.0}, "`embedding_dropout`"),
        ({"exact_genres": "Drama"}, "`exact_genres` must be at most 100 texts. Received: 'Drama'"),
        ({"centered": "yes"}, "`centered` must be True or False. Received: 'yes'"),
        ({"preset": "../escaped"}, "`preset` must be 1 to 60 letters, digits"),
        ({"preset": ""}, "`preset` must be 1 to 60 letters, digits"),
        ({"architecture": ["dot"]}, "`architecture` must be 1 to 60 letters"),
        ({"colour": "red"}, "Received: colour"),
        ({"own": 3}, "Received: own"),
    ],
)  # fmt: skip
def test_settings_outside_their_limits_are_refused(settings, said):
    for build in (TrainConfig.from_dict, lambda values: TrainConfig(**values)):
        with pytest.raises(ConfigError) as caught:
            build(settings)
        assert said in str(caught.value)


@pytest.mark.parametrize("values", [[1], None, "text", 3])
def test_settings_that_are_no_mapping_are_refused(values):
    with pytest.raises(ConfigError, match="Settings must be given by name"):
        TrainConfig.from_dict(values)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_json(name):
    config = PRESETS[name].config
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("name", PRESETS)
def test_every_setting_of_a_preset_survives_being_written_and_read(name):
    config = PRESETS[name].config
    for setting in SETTINGS.values():
        # Choices are shown by their titles, which are for people alone.
        value = config.value(setting.name)
        assert setting.kind in ("choice", "switch") or setting.parse(setting.show(value)) == value


def test_every_setting_says_all_that_is_said_of_it():
    for setting in [*SETTINGS.values(), *SHORTHANDS.values()]:
        assert setting.label
        assert setting.help.endswith(".")
        assert setting.group in GROUPS
        assert setting.check(setting.default) == setting.default
        if setting.kind in ("whole", "number"):
            assert setting.low is not None
            assert setting.high is not None
        if setting.sweep is not None and setting.sweep.low is not None:
            assert setting.check(setting.sweep.low) < setting.check(setting.sweep.high)


def test_each_setting_is_used_by_some_architecture():
    used = {name for known in ARCHITECTURES.values() for name in settings_of(known)}
    assert used == set(SETTINGS)


def test_config_survives_other_epochs():
    config = TrainConfig(phases=({"learning_rate": 0.1, "epochs": 2}, {"learning_rate": 0.01, "epochs": 3}))
    assert [phase.epochs for phase in config.with_epochs(3).phases] == [2, 1]
    assert [phase.epochs for phase in config.with_epochs(9).phases] == [2, 7]
    with pytest.raises(ConfigError, match=r"`epochs` must be a whole number from 1 to 1,000\. Received: 0"):
        config.with_epochs(0)


def test_shorthands_set_what_they_stand_for():
    config = with_values(TrainConfig(), {"embedding_size": 8, "learning_rate": 0.1, "epochs": 7, "seed": 3})
    assert (config.user_embedding_size, config.movie_embedding_size, config.seed) == (8, 8, 3)
    assert config.phases == (Phase(0.1, 7),)
    assert with_values(config, {"embedding_size": 8, "user_embedding_size": 9}).user_embedding_size == 9
    assert with_values(config, {}) == config


def test_a_variant_is_checked_as_the_first_was():
    with pytest.raises(ConfigError, match="`seed` must be a whole number"):
        dataclasses.replace(TrainConfig(), seed=-1)

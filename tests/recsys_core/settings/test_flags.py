"""Every setting has a flag, which reads what its declaration accepts."""

import argparse

import pytest

from recsys_core.errors import ConfigError
from recsys_core.settings.flags import add_flags, values_of
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, Phase

ALL = {**SETTINGS, **SHORTHANDS}


def read(*arguments: str) -> dict:
    parser = argparse.ArgumentParser()
    add_flags(parser, "all", ALL.values())
    return values_of(parser.parse_args(arguments), ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_setting_has_a_flag_that_takes_its_default(name):
    setting, flag = ALL[name], f"--{name.replace('_', '-')}"
    if setting.kind == "switch":
        assert read(flag) == {name: True}
        assert read(f"--no-{name.replace('_', '-')}") == {name: False}
        return
    text = setting.default if setting.kind == "choice" else setting.show(setting.default)
    assert read(flag, text) == {name: setting.default}


def test_flags_that_are_not_given_say_nothing():
    assert read() == {}


def test_lists_and_none_are_text():
    assert read("--hidden-layers", "32,4", "--exact-genres", "Comedy, Sci-Fi", "--batch-size", "all") == {
        "hidden_layers": (32, 4), "exact_genres": ("Comedy", "Sci-Fi"), "batch_size": None,
    }  # fmt: skip
    assert read("--phases", "1e-2 x 3, 0.1") == {"phases": (Phase(0.01, 3), Phase(0.1, 1))}


@pytest.mark.parametrize(("flag", "text"), [("seed", "1.5"), ("l2", "much"), ("optimizer", "Adam"), ("epochs", "0")])
def test_what_a_flag_does_not_accept_is_the_projects_error(flag, text):
    with pytest.raises(ConfigError, match=f"`{flag}` must be .*Received: "):
        read(f"--{flag}", text)

"""Presets of one's own: written, listed after those that ship, and damaged ones that hide no other."""

import dataclasses
import json

import pytest

from recsys_core.errors import ConfigError, RunError
from recsys_core.runs import presets
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values

CONFIG = with_values(PRESETS["default"].config, {"preset": "mine", "row_penalty": 0.07})


def test_a_preset_is_there_after_those_that_ship(tmp_path):
    assert presets.write_preset(CONFIG, "Found by a sweep.", tmp_path) == "mine"
    assert list(presets.all_presets(tmp_path)) == [*PRESETS, "mine"]
    found = presets.find_any_preset("mine", tmp_path)
    assert (found.config, found.about, found.name) == (CONFIG, "Found by a sweep.", "mine")
    assert presets.find_any_preset("default", tmp_path) is PRESETS["default"]
    presets.delete_preset("mine", tmp_path)
    with pytest.raises(ConfigError, match=r"one of default, .*Received: 'mine'"):
        presets.find_any_preset("mine", tmp_path)
    with pytest.raises(ConfigError, match="not there"):
        presets.delete_preset("mine", tmp_path)


@pytest.mark.parametrize("name", ["default", "mine", "../mine", "", "a b", ".hidden"])
def test_names_that_are_taken_or_no_names_are_refused(tmp_path, name):
    presets.write_preset(CONFIG, "", tmp_path)
    with pytest.raises(ConfigError, match="`preset` must be"):
        presets.write_preset(dataclasses.replace(CONFIG, preset=name), "", tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == ["mine.json"]


def test_damaged_files_are_said_to_be_and_hide_no_other(tmp_path):
    presets.write_preset(CONFIG, "", tmp_path)
    folder = tmp_path / ".presets"
    good = json.loads((folder / "mine.json").read_text())
    for name, text in {
        "torn": "{", "list": "[]", "bytes": "\x00\xff", "deep": "[" * 50_000, "large": " " * 100_000,
        "unknown": json.dumps(good | {"settings": {"colour": 1}}),
        "wrong": json.dumps({"settings": {"row_penalty": -1}}),
        "architecture": json.dumps({"settings": {"architecture": "no-such"}}), "default": json.dumps(good),
    }.items():  # fmt: skip
        (folder / f"{name}.json").write_text(text, encoding="latin-1")
    (folder / "notes.txt").write_text("no preset")
    assert list(presets.own_presets(tmp_path)) == ["mine"]
    damaged = presets.damaged_presets(tmp_path)
    assert len(damaged) == 9
    assert all("\n" not in why and len(why) < 2_500 for why in damaged.values())
    with pytest.raises(ConfigError, match="'torn' must be JSON"):
        presets.find_any_preset("torn", tmp_path)
    assert presets.find_any_preset("default", tmp_path) is PRESETS["default"]
    # A file that was put right is read again.
    (folder / "torn.json").write_text(json.dumps(good))
    assert presets.find_any_preset("torn", tmp_path).config == dataclasses.replace(CONFIG, preset="torn")


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunError, match="A preset must be written to disk"):
        presets.write_preset(CONFIG, "", tmp_path / "runs")

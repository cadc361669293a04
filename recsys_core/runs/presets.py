"""Presets of one's own: a JSON file each in `.presets` of the folder of runs, listed after those that ship."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys_core.errors import ConfigError, RecsysError, RunError, quoted
from recsys_core.models.registry import check_settings
from recsys_core.runs.atomic import replacing
from recsys_core.runs.store import runs_dir
from recsys_core.settings.presets import PRESETS, Preset, also_find
from recsys_core.settings.train_config import SETTINGS, TrainConfig

FOLDER_NAME = ".presets"
MAX_BYTES = 1 << 16
MAX_PRESETS = 200


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    about: str = ""
    settings: dict


def own_presets(root: Path | None = None) -> dict[str, Preset]:
    """Name -> preset, by name. What is damaged is left out: `damaged_presets` names it. Raises nothing."""
    return {name: found for name, found in _all(root).items() if isinstance(found, Preset)}


def damaged_presets(root: Path | None = None) -> dict[str, str]:
    """Name -> what is wrong with the file."""
    return {name: found for name, found in _all(root).items() if isinstance(found, str)}


def all_presets(root: Path | None = None) -> dict[str, Preset]:
    """Those that ship, then one's own."""
    return {**PRESETS, **own_presets(root)}


def find_any_preset(name: str, root: Path | None = None) -> Preset:
    """A preset that ships or one of one's own. Raises `ConfigError` for an unknown name, or a damaged file."""
    known = all_presets(root)
    if name not in known:
        damage = damaged_presets(root).get(name)
        if damage:
            raise ConfigError(damage)
        raise ConfigError(f"`preset` must be one of {', '.join(known)}. Received: {quoted(name)}")
    return known[name]


def write_preset(config: TrainConfig, about: str, root: Path | None = None) -> str:
    """Keep `config` as a preset under the name that it says, and return that.

    Raises `ConfigError` for a name that is taken, `RunError` if it cannot be written.
    """
    name = SETTINGS["preset"].check(config.preset)
    folder = (root or runs_dir()) / FOLDER_NAME
    if name in PRESETS or name in _all(root):
        raise ConfigError(f"`preset` must be a name that no other has. Received: {quoted(name)}, which is taken.")
    text = json.dumps({"about": about, "settings": config.to_dict()}, indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / f"{name}.json", synced=True) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"A preset must be written to disk. Received: {error.strerror or error}, for {folder}."
        ) from error
    return name


def delete_preset(name: str, root: Path | None = None) -> None:
    """Remove one of one's own, damaged or not. Raises `ConfigError` where there is none of this name."""
    if name not in _all(root):
        raise ConfigError(f"`preset` must be one of one's own. Received: {quoted(name)}, which is not there.")
    ((root or runs_dir()) / FOLDER_NAME / f"{name}.json").unlink(missing_ok=True)


_known: dict[Path, tuple[tuple[int, int], Preset | str]] = {}
"""What was read of a file, with its size and time."""


def _all(root: Path | None) -> dict[str, Preset | str]:
    folder = (root or runs_dir()) / FOLDER_NAME
    try:
        with os.scandir(folder) as entries:
            files = sorted(Path(entry.path) for entry in entries if entry.name.endswith(".json") and entry.is_file())
    except OSError:
        return {}
    return {file.stem: _read(file) for file in files[:MAX_PRESETS] if not file.name.startswith(".")}


def _read(file: Path) -> Preset | str:
    try:
        about = file.stat()
        stamp = about.st_size, about.st_mtime_ns
        if file not in _known or _known[file][0] != stamp:
            _known[file] = (stamp, _parsed(file, about.st_size))
        return _known[file][1]
    except OSError as error:
        return f"The preset {quoted(file.stem)} must be readable. Received: {error.strerror or error}."


def _parsed(file: Path, size: int) -> Preset | str:
    shown = f"The preset {quoted(file.stem)}"
    if size > MAX_BYTES:
        return f"{shown} must have at most {MAX_BYTES:,} bytes. Received: {size:,}."
    try:
        read = _File.model_validate_json(file.read_bytes())
        # Its file's name is its name, whatever somebody has called a copy.
        config = TrainConfig.from_dict({**read.settings, "preset": file.stem})
        check_settings(config)
    except (ValidationError, RecursionError, UnicodeDecodeError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else type(error).__name__
        return f"{shown} must be JSON with `about` and `settings`: {why}."
    except RecsysError as error:
        return f"{shown} must have settings that there are: {error}"
    if file.stem in PRESETS:
        return f"{shown} must have a name that no other has. Received: that of one that ships."
    return Preset(config, read.about[:500])


also_find(lambda name: own_presets().get(name))

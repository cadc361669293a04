"""What a list says of each run: read once for each state of its files, and remembered in the folder of runs.

A run's facts are those of its stamp: names, times and sizes of its files. `.facts.json` beside the runs holds the facts
of all of them, so that a thousand are listed at once by a process that has never seen them; it can go at any time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recsys_core.errors import Cancelled, RecsysError, RunError
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.quality.report import cached_values, can_train_again
from recsys_core.runs.atomic import replacing
from recsys_core.runs.damage import damage_of, known_damage
from recsys_core.runs.keeping.shrinking import size_of
from recsys_core.runs.run import CACHE_DIR_NAME, Run
from recsys_core.runs.store import is_example, list_runs, runs_dir
from recsys_core.settings.names import name_of
from recsys_core.settings.presets import known_preset
from recsys_core.settings.shown import Shown, shown_settings
from recsys_core.settings.train_config import SETTINGS, TrainConfig, settings_of_config

INDEX_FILE = ".facts.json"
MOST_POINTS = 24
"""Of a curve that is kept: what a small picture shows."""
_VERSION = 2
_MAX_INDEX_BYTES = 2**28
_AT_ONCE = 50
"""Runs that are read before they are remembered."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFacts:
    """One run, as a list shows it. Where it is damaged, only the first three are known, and its size."""

    name: str
    """Of its folder, and in addresses."""
    label: str
    damage: str = ""
    """What is wrong with it; empty for a sound run."""
    note: str = ""
    is_starred: bool = False
    status: str = "damaged"
    created: float = 0.0
    """Seconds since 1970."""
    settings_name: str = ""
    """How the settings depart from the preset, whatever the seed."""
    settings: dict[str, Shown] = dataclasses.field(default_factory=dict)
    """As `settings.shown.shown_settings`."""
    data: str = ""
    """Name of the data set."""
    fingerprint: str = ""
    curve: tuple[float, ...] = ()
    """Validation MSE of the epochs, that of training where there is no validation; thinned to `MOST_POINTS`."""
    val_mse: float = math.nan
    """Of the epoch that was kept, as is the next; NaN without validation ratings."""
    val_mae: float = math.nan
    best_mse: float = math.nan
    """Of the best epoch."""
    against_biases: float = math.nan
    """`val_mse` over that of damped biases, less one: −0.1 is a tenth below."""
    measured: dict[str, float] = dataclasses.field(default_factory=dict)
    """What the quality report says of the run, by the name of the measure; see `report.MEASURES`."""
    n_epochs: int = 0
    """Trained, with those it went on from."""
    n_parameters: int = 0
    seconds: float = math.nan
    """Of all epochs."""
    n_bytes: int = 0
    n_spare_bytes: int = 0
    """What `shrinking.shrink` would free."""
    can_repeat: bool = False
    """Whether its settings say how to train it again."""
    is_example: bool = False
    is_read: bool = True
    """False where only its name is known so far: nobody has listed it before, and who asked would not wait."""

    @property
    def is_damaged(self) -> bool:
        return bool(self.damage)

    @property
    def genre_overlap(self) -> float:
        """NaN while it is not measured."""
        return self.measured.get("genre_overlap", math.nan)

    @property
    def stability(self) -> float:
        """NaN while it is not measured."""
        return self.measured.get("stability", math.nan)

    @property
    def shown_label(self) -> str:
        """The label, and what is out of the ordinary about the run."""
        is_ordinary = (self.status == "finished" and not self.damage) or not self.is_read
        return self.label if is_ordinary else f"{self.label} ({self._state})"

    @property
    def _state(self) -> str:
        return "damaged" if self.damage else self.status


def facts_of_runs(runs: Sequence[Run], patience: float = math.inf) -> list[RunFacts]:
    """The facts of `runs`, in their order. Raises nothing: what is wrong with a run is one of its facts.

    After `patience` seconds no further run is read: of those left, the facts are their names; see `RunFacts.is_read`.
    """
    return _memory.facts_of(runs, patience)


def list_facts(root: Path | None = None, patience: float = math.inf) -> list[RunFacts]:
    """The facts of `store.list_runs`."""
    return facts_of_runs(list_runs(root or runs_dir()), patience)


def read_all(
    root: Path | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Read what is not known of the runs in `root`, a few at a time, so that lists show them meanwhile; how many there
    are. Raises `Cancelled` soon after `should_stop()` becomes true.
    """
    runs = list_runs(root or runs_dir())
    for start in range(0, len(runs), _AT_ONCE):
        if should_stop():
            raise Cancelled("Reading the runs was cancelled.")
        facts_of_runs(runs[start : start + _AT_ONCE])
        on_progress(min(1.0, (start + _AT_ONCE) / len(runs)))
    return len(runs)


class _Memory:
    """Facts by the run's path, each with the stamp that it holds for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[str, RunFacts]] = {}
        self._read: set[Path] = set()
        """Folders whose index was read."""

    def facts_of(self, runs: Sequence[Run], patience: float) -> list[RunFacts]:
        until = time.monotonic() + patience
        found: list[RunFacts] = []
        changed: set[Path] = set()
        for run in runs:
            root, stamp = run.path.parent, _stamp(run)
            with self._lock:
                if root not in self._read:
                    self._read.add(root)
                    self._known |= _read_index(root)
                stamp_known, facts = self._known.get(run.path, ("", None))
            if facts is None or stamp_known != stamp:
                if time.monotonic() > until:
                    # What was known before says more than nothing.
                    found.append(facts or RunFacts(run.name, run.name, is_read=False))
                    continue
                # Not under the lock: who lists runs waits for nobody else's reading.
                facts = _read_facts(run)
                with self._lock:
                    self._known[run.path] = (stamp, facts)
                if not facts.is_example:
                    changed.add(root)
            found.append(_with_later_damage(run, facts))
        for root in changed:
            with self._lock:
                there = {path: kept for path, kept in self._known.items() if path.parent == root and path.is_dir()}
                _write_index(root, there)
        return found


_memory = _Memory()


def _with_later_damage(run: Run, facts: RunFacts) -> RunFacts:
    """A thorough look, which whoever opens a run takes, may have found more than the quick one behind its facts."""
    later = None if facts.damage else known_damage(run)
    return dataclasses.replace(facts, damage=later) if later else facts


def _stamp(run: Run) -> str:
    """Changes when a file of the run does, or of its cache."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in (run.path, run.path / CACHE_DIR_NAME):
        try:
            with os.scandir(folder) as entries:
                # What is hidden is being written.
                files = sorted((entry.name, entry.stat()) for entry in entries if not entry.name.startswith("."))
        except OSError:
            continue
        for name, stat in files:
            digest.update(f"{name}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _read_facts(run: Run) -> RunFacts:
    n_bytes, n_spare = size_of(run)
    marks = run.marks
    common: dict[str, Any] = {
        "name": run.name, "note": marks.note, "is_starred": marks.is_starred, "n_bytes": n_bytes,
        "n_spare_bytes": n_spare, "is_example": is_example(run),
    }  # fmt: skip
    damage = damage_of(run)
    try:
        if damage is None:
            return RunFacts(label=run.label, **common, **_facts_of_training(run))
    except RunError as error:
        damage = str(error)
    try:
        label = run.label
    except RunError:
        label = marks.label or run.name
    return RunFacts(label=label, damage=damage, **common)


def _facts_of_training(run: Run) -> dict[str, Any]:
    info, history = run.info, run.history
    kept = history[history["epoch"] == info.kept_epoch]
    val_mse, val_mae = (float(kept[name].iloc[0]) if len(kept) else math.nan for name in ("val_mse", "val_mae"))
    curve = history["val_mse"] if history["val_mse"].notna().any() else history["train_mse"]
    return {
        "status": info.status,
        "created": info.created.timestamp(),
        "settings_name": name_of(_with_preset_s_seed(info.config)),
        "settings": shown_settings(info.config, _settings_of(info.config)),
        "data": info.data.name,
        "fingerprint": run.data_set.fingerprint,
        "curve": _thinned([float(value) for value in curve if math.isfinite(value)]),
        "val_mse": val_mse,
        "val_mae": val_mae,
        "best_mse": float(history["val_mse"].min()),
        "against_biases": val_mse / info.baselines.bias_mse - 1 if info.baselines.bias_mse > 0 else math.nan,
        "measured": cached_values(run),
        "n_epochs": int(history["epoch"].max()),
        "n_parameters": info.n_parameters,
        "seconds": float(history["seconds"].sum()),
        "can_repeat": can_train_again(run),
    }


def _settings_of(config: TrainConfig):
    """What the architecture has, or all where a later version's is not known here."""
    known = ARCHITECTURES.get(config.architecture)
    return settings_of(known) if known else settings_of_config(config)


def _with_preset_s_seed(config: TrainConfig) -> TrainConfig:
    preset = known_preset(config.preset)
    return dataclasses.replace(config, seed=preset.config.seed if preset else SETTINGS["seed"].default)


def _thinned(values: list[float]) -> tuple[float, ...]:
    """At most `MOST_POINTS` of them, evenly, the first and the last among them, to as many digits as show."""
    if len(values) > MOST_POINTS:
        values = [values[round(place * (len(values) - 1) / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]
    return tuple(float(f"{value:.5g}") for value in values)


_FACTS = TypeAdapter(RunFacts)


def _read_index(root: Path) -> dict[Path, tuple[str, RunFacts]]:
    """Empty where there is none that can be read: all of it can be read from the runs."""
    file = root / INDEX_FILE
    try:
        if file.stat().st_size > _MAX_INDEX_BYTES:
            return {}
        kept = json.loads(file.read_bytes())
        if kept["version"] != _VERSION:
            return {}
        return {root / name: (stamp, _FACTS.validate_python(facts)) for name, (stamp, facts) in kept["runs"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, ValidationError, RecsysError):
        return {}


def _write_index(root: Path, known: dict[Path, tuple[str, RunFacts]]) -> None:
    runs = {path.name: (stamp, vars(facts)) for path, (stamp, facts) in known.items()}
    try:
        with replacing(root / INDEX_FILE) as temporary:
            temporary.write_text(json.dumps({"version": _VERSION, "runs": runs}), encoding="utf-8")
    except OSError as error:
        # Whoever lists them next reads them again.
        _log.debug("%s cannot be written: %s", INDEX_FILE, error)

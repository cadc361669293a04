"""The command `train`: a preset and what departs from it, trained and saved as a run."""

from __future__ import annotations

import argparse
import dataclasses
import math
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from recsys_core.errors import RecsysError
from recsys_core.models.registry import ARCHITECTURES, check_used
from recsys_core.runs.presets import find_any_preset
from recsys_core.runs.run import Run, divergence_of
from recsys_core.runs.store import open_run
from recsys_core.settings.declaration import GROUPS
from recsys_core.settings.flags import add_flags, values_of
from recsys_core.settings.numbers import show_number
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig, with_values

if TYPE_CHECKING:
    from recsys_core.jobs.messages import Event, Task
    from recsys_core.jobs.task import Unsaved

BAR_WIDTH = 28
MAX_RATINGS_MEASURED = 2_000_000
"""More than these take minutes to compare by item-item cosine: that waits for the command `quality`."""
_SAID_ABOVE = ("preset", "architecture")
"""Settings whose flags stand before the groups of the others."""


def add(subparsers: Any) -> None:
    """Declare the command."""
    train = subparsers.add_parser("train", help="train a model and save it as a run")
    train.add_argument("--preset", default="default", help="name of a preset (default: %(default)s)")
    train.add_argument("--data", help="a data set's id, or a MovieLens folder or zip (default: the built-in ratings)")
    train.add_argument("--label", default="", help="what the run picker shows")
    train.add_argument("--run-dir", type=Path, required=True, help="a new or empty folder for the run")
    train.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="train on the Dask cluster of this scheduler, such as tcp://HOST:8786 (default: $RECSYS_SCHEDULER)",
    )  # fmt: skip
    # The setting accepts any name: which architectures there are is known by the models alone.
    architecture = dataclasses.replace(SETTINGS["architecture"], in_words=f"one of {', '.join(ARCHITECTURES)}")
    add_flags(train, "most used", [architecture, *SHORTHANDS.values()])
    for group, title in GROUPS.items():
        others = [each for each in SETTINGS.values() if each.group == group and each.name not in _SAID_ABOVE]
        add_flags(train, title.lower() or "sizes apart", others)
    if all_own_settings():
        add_flags(train, "of one architecture", all_own_settings().values())
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    from recsys_core.jobs.cluster.address import scheduler_address
    from recsys_core.jobs.messages import Task

    scheduler = scheduler_address(options.scheduler)
    task = Task(config=_config(options), data_set=options.data, label=options.label)
    train_and_report(task, options.run_dir, scheduler)


def train_and_report(task: Task, run_dir: Path, scheduler: str | None = None) -> None:
    """Train what `task` says, save it in `run_dir`, and print how it goes. Raises `RecsysError`.

    scheduler: of the cluster that does it; None for this process.
    """
    from recsys_core.jobs.executors.foreground import do
    from recsys_core.jobs.messages import Failed, Saved
    from recsys_core.jobs.task import OneFolder, checked

    store = OneFolder(run_dir)
    task = checked(task.model_copy(update={"shows_map": False}), store)
    reporter = _Reporter(sys.stdout)
    unsaved = do(task, reporter, store, scheduler)
    end = reporter.last
    if isinstance(end, Failed) and not end.is_expected:
        print(f"error: {end.message}", file=sys.stderr)
        raise SystemExit(1)
    if unsaved is not None:
        end = _save_elsewhere(unsaved, reporter, run_dir)
    if not isinstance(end, Saved):
        raise RecsysError(end.message)
    print(f"Saved {end.path} with the weights of epoch {end.kept_epoch}.")
    run = open_run(end.path)
    divergence = divergence_of(run)
    if divergence is not None:
        print(f"note: {divergence.message}", file=sys.stderr)
    _report(run)


def _save_elsewhere(unsaved: Unsaved, reporter: _Reporter, run_dir: Path) -> Any:
    """Save again what could not be saved in `run_dir`, and return the last event.

    At a terminal where the person says, as often as it takes. With nobody to ask it goes among the temporary files, and
    the command fails none the less, since the run is not where it was wanted.
    """
    from recsys_core.jobs.messages import Saved
    from recsys_core.jobs.task import OneFolder

    def save(path: Path) -> None:
        unsaved.save(reporter, OneFolder(path), lambda again: None)

    if not sys.stdin.isatty():
        refused = reporter.last
        try:
            rescue = Path(tempfile.mkdtemp(prefix="movie-embeddings-"))
        except OSError:
            return refused
        save(rescue)
        if isinstance(reporter.last, Saved):
            raise RecsysError(f"{refused.message} The trained model is in {rescue} instead.")
        shutil.rmtree(rescue, ignore_errors=True)
        return refused
    while not isinstance(reporter.last, Saved):
        print(f"error: {reporter.last.message}", file=sys.stderr)
        try:
            answer = input(f"Save again in which folder? Enter tries {run_dir} again, Ctrl+D gives the model up: ")
        except EOFError:
            break
        save(Path(answer.strip()).expanduser() if answer.strip() else run_dir)
    return reporter.last


def _report(run: Run) -> None:
    """Measure what needs no further training; a run that cannot be measured is a run all the same."""
    from recsys_core.quality.measuring import quality_report
    from recsys_core.quality.report_text import one_line

    if run.info.data.n_ratings > MAX_RATINGS_MEASURED:
        print(f"Its neighbors are not measured yet: python -m recsys_core quality --run-dir {run.path}")
        return
    try:
        print(one_line(quality_report(run, n_seeds=1)))
    except RecsysError as error:
        print(f"note: {error}", file=sys.stderr)


def _config(options: argparse.Namespace) -> TrainConfig:
    flags = {**SETTINGS, **SHORTHANDS, **all_own_settings()}
    given = {name: value for name, value in values_of(options, flags).items() if name != "preset"}
    config = with_values(find_any_preset(options.preset).config, given)
    check_used(config, given)
    return config


class _Reporter:
    """The events of a training as a progress bar on a terminal, as plain lines otherwise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self.last: Any = None
        """The latest event."""

    def __call__(self, event: Event) -> None:
        self.last = event
        if event.kind == "noticed":
            print(f"note: {event.text}", file=sys.stderr)
        elif event.kind == "queued" and event.message:
            print(f"note: {event.message}", file=sys.stderr)
        elif event.kind == "started":
            mean, biases = event.baselines["mean_mse"], event.baselines["bias_mse"]
            baselines = f" Validation MSE of the mean {mean:.3f}, of damped biases {biases:.3f}."
            self._line(
                f"{event.n_parameters:,} parameters, {event.n_train:,} training and {event.n_validation:,} validation "
                f"ratings ({event.n_dropped:,} dropped).{baselines if event.n_validation else ''}"
            )
        elif event.kind == "epoch_ended":
            validation = "" if math.isnan(event.val_mse) else f"validation MSE {event.val_mse:.4f}, "
            self._line(
                f"epoch {event.epoch:3}: training MSE {event.train_mse:.4f}, {validation}"
                f"learning rate {show_number(event.learning_rate)}, {event.seconds:.2f} s"
            )
        elif event.kind == "progress" and self._is_terminal:
            done = round(event.fraction * BAR_WIDTH)
            bar = "█" * done + "░" * (BAR_WIDTH - done)
            text = f"{bar} epoch {event.epoch}, {event.ratings_per_second / 1e6:.2f} M ratings/s"
            print(f"\r\033[K{text}", end="", file=self._stream, flush=True)

    def _line(self, text: str) -> None:
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}{text}", file=self._stream, flush=True)

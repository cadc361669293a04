"""The command `sweep`: vary settings of a preset, try them, and say as it goes what was found."""

from __future__ import annotations

import argparse
import datetime
import json
import math
import sys
from typing import TYPE_CHECKING, Any, TextIO

from recsys_core.errors import SweepError
from recsys_core.models.registry import check_used
from recsys_core.runs.presets import find_any_preset
from recsys_core.settings.declaration import GROUPS
from recsys_core.settings.flags import add_flags, values_of
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.sweep_space import read_vary
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig, with_values

if TYPE_CHECKING:
    from recsys_core.sweeps.plan import SweepPlan
    from recsys_core.sweeps.view import StudyView, TrialView

DEFAULT_TRIALS = 40
POLL_SECONDS = 0.2
STOP_SECONDS = 30.0
DEFAULT_PRESET = "default"
_NEW_ONLY = ("preset", "vary", "objective", "constraint", "seeds", "split_seed", "holdout", "data")
"""What is said of a new study alone."""


def add(subparsers: Any) -> None:
    """Declare the command."""
    sweep = subparsers.add_parser("sweep", help="search for settings: vary some of a preset and try them")
    sweep.add_argument("--preset", help=f"what is not varied, and the first trial (default: {DEFAULT_PRESET})")
    sweep.add_argument(
        "--vary", action="append", default=[], metavar="NAME=LOW..HIGH[:log]",
        help="a setting to vary, such as row_penalty=0.001..0.3:log or optimizer=adam,sgd; a name alone takes its "
        "usual range; again for each",
    )  # fmt: skip
    sweep.add_argument("--trials", type=int, metavar="N", help=f"how many (default: {DEFAULT_TRIALS}, if no minutes)")
    sweep.add_argument("--minutes", type=float, metavar="M", help="how long")
    sweep.add_argument(
        "--objective", action="append", default=[], metavar="FIGURE",
        help="what is sought (default: val_mse); twice for the best of both",
    )  # fmt: skip
    sweep.add_argument(
        "--constraint", action="append", default=[], metavar="FIGURE>=VALUE",
        help="what must be reached, such as 'genre_overlap>=0.36' or 'seconds<=3'; again for each",
    )  # fmt: skip
    sweep.add_argument("--seeds", type=int, metavar="N", help="trainings a trial (default: 1)")
    sweep.add_argument("--split-seed", type=int, metavar="N", help="of the split, the same for all trials (default: 0)")
    sweep.add_argument(
        "--holdout", type=float, metavar="X", help="share of the ratings that the search never sees (default: 0.1)"
    )
    sweep.add_argument("--study", metavar="NAME", help="its name; one that is there already goes on")
    sweep.add_argument("--data", help="a data set's id, or a MovieLens folder or zip (default: the built-in ratings)")
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://host:8786")
    sweep.add_argument(
        "--json", action="store_true", help="the whole study at the end; progress goes to standard error"
    )
    add_flags(sweep, "fixed, most used", SHORTHANDS.values())
    for group, title in GROUPS.items():
        others = [
            each for each in SETTINGS.values() if each.group == group and each.name not in ("preset", "architecture")
        ]
        add_flags(
            sweep, f"fixed, {title.lower() or 'sizes apart'}", [each for each in others if each.name != "split_seed"]
        )
    if all_own_settings():
        add_flags(sweep, "fixed, of one architecture", all_own_settings().values())
    sweep.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    from recsys_core.jobs.executors import use_scheduler
    from recsys_core.jobs.executors.trial_child import asked_processes
    from recsys_core.sweeps import desk

    use_scheduler(options.scheduler)
    asked_processes()

    out = sys.stderr if options.json else sys.stdout
    if options.study and options.study in desk.names():
        _check_goes_on(options)
        name = options.study
        desk.go_on(name, n_trials=options.trials, minutes=options.minutes)
    else:
        name = desk.start(_plan(options))
    reporter = _Reporter(out, desk.view(name))
    try:
        while desk.view(name).is_at_work:
            desk.wait(name, POLL_SECONDS)
            reporter.tell(desk.view(name))
    except KeyboardInterrupt:
        desk.stop(name)
        desk.wait(name, STOP_SECONDS)
        reporter.end(desk.view(name))
        raise
    view = desk.view(name)
    reporter.end(view)
    if options.json:
        print(json.dumps(as_plain(view), indent=1))
    if view.state == "failed":
        raise SweepError(view.message)


def _check_goes_on(options: argparse.Namespace) -> None:
    given = [name for name in _NEW_ONLY if getattr(options, name) not in (None, [])]
    if given or _fixed(options):
        flag = [*given, *_fixed(options)][0].replace("_", "-")
        raise SweepError(
            f"A study that goes on must be left as it was planned; only --trials and --minutes add to it. "
            f"Received: --{flag} for {options.study!r}, which is there. Try another --study for a new one."
        )


def _plan(options: argparse.Namespace) -> SweepPlan:
    from recsys_core.sweeps.plan import SweepPlan, read_constraint

    if not options.vary:
        raise SweepError("A new sweep must vary one setting or more. Received: none. Try --vary row_penalty.")
    n_trials = options.trials
    if n_trials is None and options.minutes is None:
        n_trials = DEFAULT_TRIALS
    more = {"seeds": options.seeds, "split_seed": options.split_seed, "holdout_fraction": options.holdout}
    return SweepPlan(
        name=options.study or f"{options.preset or DEFAULT_PRESET}-{datetime.datetime.now():%Y%m%d-%H%M%S}",
        base=_base(options),
        data_set=options.data,
        dimensions=tuple(read_vary(text) for text in options.vary),
        objectives=tuple(name.strip() for text in options.objective for name in text.split(",")) or ("val_mse",),
        constraints=tuple(read_constraint(text) for text in options.constraint),
        n_trials=n_trials,
        minutes=options.minutes,
        **{name: value for name, value in more.items() if value is not None},
    )


def _base(options: argparse.Namespace) -> TrainConfig:
    given = _fixed(options)
    config = with_values(find_any_preset(options.preset or DEFAULT_PRESET).config, given)
    check_used(config, given)
    return config


def _fixed(options: argparse.Namespace) -> dict[str, Any]:
    flags = {**SETTINGS, **SHORTHANDS, **all_own_settings()}
    return {name: value for name, value in values_of(options, flags).items() if name != "preset"}


class _Reporter:
    """A line for each trial that is over."""

    def __init__(self, stream: TextIO, view: StudyView) -> None:
        self._stream = stream
        self._told = {trial.number for trial in view.trials if trial.counts}
        self._before = len(self._told)
        self._since = view.seconds
        plan = view.plan
        limits = [f"{plan.n_trials} trials"] if plan.n_trials else []
        limits += [f"{plan.minutes:.3g} minutes"] if plan.minutes else []
        varied = ", ".join(each.in_words for each in plan.dimensions)
        self._line(f"Sweep {view.name}: {varied}; seeks {' and '.join(plan.objectives)}; {', '.join(limits)}.")
        if self._told:
            self._line(f"Goes on after {len(self._told)} trials.")

    def tell(self, view: StudyView) -> None:
        for trial in view.trials:
            if trial.counts and trial.number not in self._told:
                self._told.add(trial.number)
                self._line(_line_of(trial, view))

    def end(self, view: StudyView) -> None:
        self.tell(view)
        n, seconds = len(self._told) - self._before, view.seconds - self._since
        pace = f"{60 * n / seconds:.0f} trials a minute" if n and seconds > 0 else "no trial"
        self._line(f"{view.message} {view.n_done} trials in {view.seconds / 60:.1f} minutes; {pace} in this sitting.")
        for line in summary_lines(view):
            self._line(line)

    def _line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


def summary_lines(view: StudyView) -> list[str]:
    """What a study has found, for a terminal."""
    lines = []
    base = view.base_trial
    if base is not None and base.state == "finished":
        lines.append(f"{view.plan.base.preset} itself, trial {base.number}: {_figures(base)}.")
    chosen = view.front if len(view.plan.objectives) > 1 else [] if view.best is None else [view.best]
    for number in chosen:
        trial = view.trial(number)
        lines.append(
            f"{'Best' if view.best == number else 'On the front'}, trial {number}: {_figures(trial)}; {_values(trial)}."
        )
    if not chosen and view.n_done:
        lines.append(
            "No trial is finished that keeps the constraints." if view.plan.constraints else "No trial is finished."
        )
    if view.importance:
        lines.append(
            "Decides most: " + ", ".join(f"{name} {share:.0%}" for name, share in view.importance.items()) + "."
        )
    return lines


def _line_of(trial: TrialView, view: StudyView) -> str:
    best = "" if view.best in (None, trial.number) else f" (best {view.best})"
    if trial.state == "finished":
        is_best = " *" if view.best == trial.number else ""
        is_feasible = "" if trial.is_feasible else " (keeps not all constraints)"
        return f"trial {trial.number:3}: {_figures(trial)}{is_feasible}, {_values(trial)}{is_best}{best}"
    return f"trial {trial.number:3}: {trial.message.rstrip('.')}, {_values(trial)}{best}"


def _figures(trial: TrialView) -> str:
    shown = {"val_mse": "MSE", "holdout_mse": "held out", "genre_overlap": "genre overlap"}
    parts = [f"{title} {trial.figures[name]:.4f}" for name, title in shown.items() if name in trial.figures]
    others = [name for name in trial.figures if name not in (*shown, "val_mae", "holdout_mae", "seconds")]
    parts += [f"{name} {trial.figures[name]:.4g}" for name in others]
    return ", ".join([*parts, f"{trial.figures.get('seconds', math.nan):.2f} s"])


def _values(trial: TrialView) -> str:
    return ", ".join(
        f"{name} {f'{value:.4g}' if isinstance(value, float) else value}" for name, value in trial.values.items()
    )


def as_plain(view: StudyView) -> dict[str, Any]:
    """The whole study, ready for JSON, which has no NaN."""
    return {
        "name": view.name,
        "state": view.state,
        "message": view.message,
        "n_trials": view.n_done,
        "seconds": round(view.seconds, 3),
        "best": view.best,
        "front": list(view.front),
        "base": None if view.base_trial is None else view.base_trial.number,
        "importance": view.importance,
        "plan": json.loads(view.plan.to_json()),
        "trials": [
            {
                "number": trial.number,
                "state": trial.state,
                "values": trial.values,
                "figures": {name: _finite(value) for name, value in trial.figures.items()},
                "curve": [_finite(value) for value in trial.curve],
                "seconds": round(trial.seconds, 3),
                "message": trial.message,
                "is_feasible": trial.is_feasible,
                "repeats": trial.repeats,
            }
            for trial in view.trials
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

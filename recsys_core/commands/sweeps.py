"""The command `sweeps`: list studies, look at one, and take its best along as a run or as a preset."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recsys_core.commands.sweep import as_plain, summary_lines
from recsys_core.errors import SweepError
from recsys_core.runs.presets import delete_preset
from recsys_core.runs.store import runs_dir


def add(subparsers: Any) -> None:
    """Add the command and its own commands to those of the command line."""
    sweeps = subparsers.add_parser("sweeps", help="list sweeps, show one, train its best, keep it as a preset")
    sweeps.add_argument("--json", action="store_true", help="everything that is known of each sweep")
    sweeps.set_defaults(run=_list)
    actions = sweeps.add_subparsers(metavar="ACTION")
    show = actions.add_parser("show", help="what a sweep has found")
    show.add_argument("name", metavar="SWEEP")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    train = actions.add_parser(
        "train", help="train a trial's settings on all ratings but the validation ones, as a run"
    )
    _add_trial(train)
    train.add_argument("--run-dir", type=Path, required=True, help="a new or empty folder for the run")
    train.set_defaults(run=_train)
    preset = actions.add_parser("preset", help="keep a trial's settings as a preset, which Train and `train` list")
    _add_trial(preset)
    preset.add_argument("--title", required=True, help="the name of the preset")
    preset.set_defaults(run=_preset)
    forget = actions.add_parser("forget-preset", help="remove a preset that was kept")
    forget.add_argument("title")
    forget.set_defaults(run=_forget)
    delete = actions.add_parser("delete", help="delete a sweep for good; runs and presets stay")
    delete.add_argument("name", metavar="SWEEP")
    delete.set_defaults(run=_delete)


def _add_trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SWEEP", help="a sweep's name, as `sweeps` lists it")
    parser.add_argument("--trial", type=int, metavar="N", help="the number of a trial (default: the best one)")


def _list(options: argparse.Namespace) -> None:
    from recsys_core.sweeps import desk

    views, damaged = desk.all_studies(), desk.damaged()
    if options.json:
        plain = {"folder": str(runs_dir()), "sweeps": [as_plain(view) for view in views], "damaged": damaged}
        print(json.dumps(plain, indent=1))
        return
    if not views and not damaged:
        print(f"No sweep in {runs_dir()}.")
        return
    rows = [["SWEEP", "TRIALS", "BEST", "HELD OUT", "MINUTES", "VARIES", "STATE"]]
    for view in views:
        best = None if view.best is None else view.trial(view.best)
        objective = view.plan.objectives[0]
        rows.append(
            [
                view.name,
                f"{view.n_done}" if view.plan.n_trials is None else f"{view.n_done} of {view.plan.n_trials}",
                "–" if best is None else f"{objective} {best.figures[objective]:.4f}, trial {best.number}",
                _formatted(math.nan if best is None else best.figures["holdout_mse"]),
                f"{view.seconds / 60:.1f}",
                ", ".join(each.name for each in view.plan.dimensions),
                view.state,
            ]
        )
    rows += [[name, "–", "–", "–", "–", "–", f"damaged: {why[:100]}"] for name, why in damaged.items()]
    _print_table(rows)


def _show(options: argparse.Namespace) -> None:
    from recsys_core.sweeps import desk

    view = desk.view(options.name)
    if options.json:
        print(json.dumps(as_plain(view), indent=1))
        return
    print(f"{view.name}: {view.state}. {view.message} {view.n_done} trials in {view.seconds / 60:.1f} minutes.")
    print("\n".join(summary_lines(view)))


def _train(options: argparse.Namespace) -> None:
    from recsys_core.commands.train import train_and_report
    from recsys_core.sweeps import desk

    train_and_report(desk.promote(options.name, _number(options)), options.run_dir)


def _preset(options: argparse.Namespace) -> None:
    from recsys_core.sweeps import desk

    name = desk.write_preset(options.name, _number(options), options.title)
    print(f"Kept trial {_number(options)} of {options.name} as a preset. Train with it: train --preset {name}")


def _forget(options: argparse.Namespace) -> None:
    delete_preset(options.title)
    print(f"The preset {options.title} is gone.")


def _delete(options: argparse.Namespace) -> None:
    from recsys_core.sweeps import desk

    desk.discard(desk.delete(options.name))
    print(f"Deleted {options.name}.")


def _number(options: argparse.Namespace) -> int:
    """The trial that is meant: with two objectives somebody has to say which."""
    from recsys_core.sweeps import desk

    if options.trial is not None:
        return options.trial
    view = desk.view(options.name)
    if view.best is None:
        raise SweepError(
            f"`trial` must be said where there is no one best. Received: none for {options.name!r}, "
            f"of whose trials {', '.join(map(str, view.front)) or 'none'} are on the front."
        )
    return view.best


def _formatted(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "–"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

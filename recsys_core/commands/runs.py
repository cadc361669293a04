"""The command `runs`: list runs, name, note, star and delete them, take them away and bring them back."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recsys_core.errors import RunError, quoted
from recsys_core.quality.facts import RunFacts, list_facts
from recsys_core.quality.overview import best_of, differing_settings, matching
from recsys_core.runs.atomic import replacing
from recsys_core.runs.keeping import archive, naming, shrinking, trash
from recsys_core.runs.store import find_run, runs_dir
from recsys_core.settings.numbers import show_number
from recsys_core.settings.shown import title_of


def add(subparsers: Any) -> None:
    """Add the command and its own commands to those of the command line."""
    runs = subparsers.add_parser("runs", help="list, name, delete, export and import runs")
    runs.add_argument("--json", action="store_true", help="everything that is known of each run")
    runs.add_argument("--matching", default="", metavar="WORDS", help='only runs with these words, such as "size 16"')
    runs.set_defaults(run=_list)
    actions = runs.add_subparsers(metavar="ACTION")

    rename = _action(actions, "rename", _rename, "call a run by another name; its folder and address stay")
    rename.add_argument("label", help='the name; "" for the one it was saved with')
    note = _action(actions, "note", _note, "keep a note with a run")
    note.add_argument("text", help='the note; "" for none')
    star = _action(actions, "star", _star, "mark a run with a star")
    star.add_argument("--off", action="store_true", help="take the star away")
    _action(actions, "delete", _delete, "delete runs; `restore` brings them back until the app starts next", many=True)
    restore = actions.add_parser("restore", help="bring back a deleted run")
    restore.add_argument("name", metavar="RUN", help="its folder's name")
    restore.set_defaults(run=_restore)
    _action(actions, "shrink", _shrink, "drop snapshots and caches", many=True)
    export = _action(actions, "export", _export, "write runs into a zip", many=True)
    export.add_argument("--output", type=Path, required=True, help="FILE.zip, which must not be there yet")
    brought = actions.add_parser("import", help="bring back the runs of a zip")
    brought.add_argument("file", type=Path, help="FILE.zip, written by `runs export` or the Runs page")
    brought.set_defaults(run=_import)


def _action(
    actions: Any, name: str, do: Callable[[argparse.Namespace], None], help: str, *, many: bool = False
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help)
    parser.add_argument("names", metavar="RUN", nargs="+" if many else 1, help="a run's folder, as `runs` lists it")
    parser.set_defaults(run=do)
    return parser


def _list(options: argparse.Namespace) -> None:
    facts = matching(list_facts(), options.matching)
    if options.json:
        print(json.dumps({"folder": str(runs_dir()), "runs": [_plain(each) for each in facts]}, indent=2))
        return
    if not facts:
        print(f"No run in {runs_dir()} has {quoted(options.matching)}.")
        return
    shown = [name for name in differing_settings(facts) if name != "preset"]
    head = ["", "RUN", "NAME", *(title_of(name).upper() for name in shown), "MSE", "VS BIASES", "STAYS", "MB", "STATE"]
    _print_table([head, *(_row(each, shown) for each in facts)])
    best = best_of(facts)
    if best is not None and len(facts) > 1:
        print(f"Lowest validation MSE: {best.val_mse:.4f}, {best.name} ({best.label}).")


def _row(facts: RunFacts, shown: Sequence[str]) -> list[str]:
    return [
        "*" if facts.is_starred else "",
        facts.name,
        facts.label if len(facts.label) <= 48 else f"{facts.label[:47]}…",
        *(_number(facts.settings.get(name, "")) for name in shown),
        _formatted(facts.val_mse, ".4f"),
        _formatted(facts.against_biases, "+.1%"),
        _formatted(facts.stability, ".0%"),
        f"{facts.n_bytes / 1e6:.1f}",
        facts.damage[:100] or facts.status,
    ]


def _rename(options: argparse.Namespace) -> None:
    run = find_run(options.names[0])
    naming.rename(run, options.label)
    print(f"{run.name} is called {quoted(find_run(run.name).label)}.")


def _note(options: argparse.Namespace) -> None:
    marks = naming.annotate(find_run(options.names[0]), options.text)
    print(f"{options.names[0]}: {marks.note}" if marks.note else f"{options.names[0]} has no note.")


def _star(options: argparse.Namespace) -> None:
    naming.star(find_run(options.names[0]), not options.off)
    print(f"{options.names[0]} has {'no star' if options.off else 'a star'}.")


def _delete(options: argparse.Namespace) -> None:
    deleted = trash.delete_runs([find_run(name) for name in dict.fromkeys(options.names)])
    print(f"Deleted {', '.join(deleted.names)}. Until the app starts next, `runs restore RUN` brings each back.")


def _restore(options: argparse.Namespace) -> None:
    print(f"Restored {trash.restore_by_name(options.name, runs_dir()).name}.")


def _shrink(options: argparse.Namespace) -> None:
    for name in options.names:
        print(f"{name}: {shrinking.shrink(find_run(name)) / 1e6:.1f} MB less.")


def _export(options: argparse.Namespace) -> None:
    output: Path = options.output
    if output.suffix.lower() != ".zip" or output.exists():
        raise RunError(f"`output` must be a new file that ends in .zip. Received: {quoted(output)}.")
    runs = [find_run(name) for name in dict.fromkeys(options.names)]
    try:
        with replacing(output, synced=True) as temporary, temporary.open("wb") as file:
            archive.export_runs(runs, file)
        size = output.stat().st_size
    except OSError as error:
        raise RunError(f"`output` must be a file that can be written. Received: {quoted(output)} ({error}).") from error
    print(f"Wrote {', '.join(run.name for run in runs)} to {output}, {size / 1e6:.1f} MB.")


def _import(options: argparse.Namespace) -> None:
    try:
        with options.file.open("rb") as file:
            runs = archive.import_runs(file, name=options.file.name)
    except OSError as error:
        raise RunError(f"`file` must be a zip that can be read. Received: {quoted(options.file)} ({error}).") from error
    print(f"Imported {', '.join(run.name for run in runs)}.")


def _plain(facts: RunFacts) -> dict[str, Any]:
    """Ready for JSON, which has no NaN."""
    named = {"created": _when(facts.created), "genre_overlap": facts.genre_overlap, "stability": facts.stability}
    values = dataclasses.asdict(facts) | named
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }


def _when(seconds: float) -> str | None:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat() if seconds else None


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else show_number(value)


def _formatted(value: float, spec: str) -> str:
    return format(value, spec) if math.isfinite(value) else "–"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

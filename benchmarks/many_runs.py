"""A thousand runs in one list: in sight, read for the first time ever, and again; against reading two files of each.

python -m benchmarks.many_runs
"""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Report
from recsys_core.quality.facts import INDEX_FILE, list_facts
from recsys_core.quality.overview import differing_settings, grouped, matching
from recsys_core.runs.keeping.naming import rename
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR

N_RUNS = 1000
PATIENCE = 0.25
"""Seconds for which a page reads runs that nobody has listed before."""
SETTINGS = {"seed": 100, "batch_size": 7, "row_penalty": 3}
"""So many values of each are spread over the runs."""
NEW_PROCESS = """
import sys, time
from pathlib import Path
from recsys_core.quality.facts import list_facts
begun = time.perf_counter()
assert len(list_facts(Path(sys.argv[1]), float(sys.argv[2]))) > 1
print(time.perf_counter() - begun)
"""


def make_runs(root: Path) -> None:
    """Runs with the example's files, which are linked, not copied, and settings of their own."""
    info = json.loads((EXAMPLE_RUN_DIR / "config.json").read_text(encoding="utf-8"))
    for number in range(N_RUNS):
        folder = root / f"run-{number}"
        (folder / "cache").mkdir(parents=True)
        for name in [*os.listdir(EXAMPLE_RUN_DIR), "cache/quality.json"]:
            if name not in ("config.json", "cache"):
                _link(EXAMPLE_RUN_DIR / name, folder / name)
        varied = {name: info["config"][name] + number % count for name, count in SETTINGS.items()}
        text = json.dumps(info | {"label": "", "config": info["config"] | varied})
        (folder / "config.json").write_text(text, encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        target.symlink_to(source)


def bare(root: Path) -> None:
    """The least that anybody could read: settings and history of each run."""
    for folder in root.iterdir():
        if folder.is_dir():
            json.loads((folder / "config.json").read_text(encoding="utf-8"))
            with (folder / "history.csv").open(newline="") as file:
                list(csv.DictReader(file))


def seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def in_a_new_process(root: Path, patience: float = math.inf) -> float:
    command = [sys.executable, "-c", NEW_PROCESS, str(root), str(patience)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_runs(root)
        report = Report("many_runs", f"{N_RUNS:,} runs in a list", ["what", "seconds", "ratio to two files read"])
        peer = min(seconds(lambda: bare(root)) for _ in range(3))
        report.add("settings and history of each read, nothing else", f"{peer:.3f}", "1")

        def add(what: str, took: float) -> None:
            report.add(what, f"{took:.3f}", f"{took / peer:.2f}")

        add("in sight the first time ever, as on a page: names first", in_a_new_process(root, PATIENCE))
        (root / INDEX_FILE).unlink()
        first = in_a_new_process(root)
        add("listed the first time ever: every file looked at", first)
        add("listed by a process that has just begun", min(in_a_new_process(root) for _ in range(3)))
        list_facts(root)
        add("listed again", min(seconds(lambda: list_facts(root)) for _ in range(3)))
        rename(Run(root / "run-7"), "Another name")
        add("listed after one was renamed", seconds(lambda: list_facts(root)))
        facts = list_facts(root)
        add("searched by words", seconds(lambda: matching(facts, "row penalty 0.1 seed")))
        add(
            "grouped by repeats, and what differs", seconds(lambda: (grouped(facts, "seed"), differing_settings(facts)))
        )
        report.add("kept in the folder", f"{(root / INDEX_FILE).stat().st_size / 1e6:.1f} MB", "–")
        report.write()


if __name__ == "__main__":
    main()

"""One TensorFlow thread against two, for small and large steps; and dot products by their own loop and by XLA.

python -m benchmarks.threads
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.settings.presets import find_preset
from recsys_core.training import backend

PRESETS = ("mlp-70",)
OWN_LOOP = ("default", "dot-bias-rows", "recommender-v2", "mf-bias-full-batch")
"""Presets whose loop is not XLA's, and has one thread."""
EPOCHS = 10


def epoch_seconds(preset: str, threads: int, by_xla: bool) -> float:
    from recsys_core.training import loop_cache
    from recsys_core.training.fit import fit

    backend.THREADS = threads
    if by_xla:
        loop_cache.is_dot_loop = lambda config: False
    config = find_preset(preset).config.with_epochs(EPOCHS)
    trained = fit(split_ratings(load_ratings(), config), config)
    return statistics.median(trained.history["seconds"].iloc[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--by-xla", action="store_true")
    options = parser.parse_args()
    if options.preset:
        print(json.dumps(epoch_seconds(options.preset, options.threads, options.by_xla)))
        return
    columns = ["preset", "1 thread", "2 threads", "ratio"]
    report = Report("threads", "Seconds an epoch with one TensorFlow thread and with two", columns)
    for preset in OWN_LOOP:
        report.add(preset, f"{_measured(preset, 1):.4f}", "–", "–")
    for preset, label in [(each, f"{each}, by XLA") for each in OWN_LOOP] + [(each, each) for each in PRESETS]:
        one, two = (_measured(preset, threads, "--by-xla") for threads in (1, 2))
        report.add(label, f"{one:.4f}", f"{two:.4f}", f"{two / one:.2f}")
    report.write()


def _measured(preset: str, threads: int, *flags: str) -> float:
    """In a process of its own, as the number of threads is set once."""
    command = [sys.executable, "-m", "benchmarks.threads", "--preset", preset, "--threads", str(threads), *flags]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()

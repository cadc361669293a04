"""One TensorFlow thread against two, for small and large steps.

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

PRESETS = ("default", "recommender-v2", "mlp-70", "mf-bias-full-batch")
EPOCHS = 10


def epoch_seconds(preset: str, threads: int) -> float:
    from recsys_core.training.fit import fit

    backend.THREADS = threads
    config = find_preset(preset).config.with_epochs(EPOCHS)
    trained = fit(split_ratings(load_ratings(), config), config)
    return statistics.median(trained.history["seconds"].iloc[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.preset:
        print(json.dumps(epoch_seconds(options.preset, options.threads)))
        return
    columns = ["preset", "1 thread", "2 threads", "ratio"]
    report = Report("threads", "Seconds an epoch with one TensorFlow thread and with two", columns)
    for preset in PRESETS:
        one, two = (
            json.loads(
                subprocess.run(
                    [sys.executable, "-m", "benchmarks.threads", "--preset", preset, "--threads", str(threads)],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for threads in (1, 2)
        )
        report.add(preset, f"{one:.4f}", f"{two:.4f}", f"{two / one:.2f}")
    report.write()


if __name__ == "__main__":
    main()

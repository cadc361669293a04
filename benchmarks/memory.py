"""Fifty trainings in a row in one process: how much memory stays behind.

python -m benchmarks.memory
"""

from __future__ import annotations

import dataclasses
import gc

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.settings.presets import find_preset
from recsys_core.training.fit import fit

TRAININGS = 50
WARM = 5
"""Trainings before the first reading: imports, compiling and TensorFlow's own pools."""


def resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def main() -> None:
    report = Report("memory", "Memory after trainings in a row, MB", ["trainings", "resident, MB", "growth, MB"])
    loaded = load_ratings()
    first = 0.0
    for number in range(1, TRAININGS + WARM + 1):
        preset = ("default", "recommender-v2", "mlp-70")[number % 3]
        config = dataclasses.replace(find_preset(preset).config, seed=number).with_epochs(1)
        fit(split_ratings(loaded, config), config)
        gc.collect()
        if number == WARM:
            first = resident_mb()
        elif (number - WARM) % 10 == 0:
            report.add(number - WARM, f"{resident_mb():.0f}", f"{resident_mb() - first:.0f}")
    report.write()


if __name__ == "__main__":
    main()

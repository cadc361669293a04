"""Each notebook's whole schedule with row-sparse and with dense table updates: the last validation MSE of both.

python -m benchmarks.schedules [PRESET …]
"""

from __future__ import annotations

import argparse
import dataclasses

from benchmarks.report import Report
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.settings.presets import find_preset
from recsys_core.training.fit import fit

PRESETS = ("dot-l2", "dot-bias-l2", "mlp-70", "recommender-v1", "recommender-v2", "recommender-net")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=list(PRESETS))
    report = Report(
        "schedules",
        "Whole schedules, last validation MSE",
        ["preset", "rows", "dense", "rows, s", "dense, s", "printed"],
    )
    loaded = load_ratings()
    for name in parser.parse_args().presets:
        preset = find_preset(name)
        split = split_ratings(loaded, preset.config)
        rows, dense = (
            fit(split, dataclasses.replace(preset.config, table_updates=updates)).history
            for updates in ("rows", "dense")
        )
        mse = [f"{history['val_mse'].iloc[-1]:.3f}" for history in (rows, dense)]
        seconds = [f"{history['seconds'].sum():.1f}" for history in (rows, dense)]
        report.add(name, *mse, *seconds, preset.printed_mse or "–")
    report.write()


if __name__ == "__main__":
    main()

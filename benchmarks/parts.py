"""Whom the watching loss compares: each example with all of its batch, or with those of its half or quarter.

    python -m benchmarks.parts [--seeds 10 11 12 13]

`default`, its vectors with era and popularity taken out, measured as in `benchmarks.taste`.
"""

from __future__ import annotations

import argparse
from collections import OrderedDict
from unittest.mock import patch

import numpy as np

from benchmarks.report import Report
from benchmarks.taste import in_space
from benchmarks.trials import stability, taken_out, train
from recsys_core.models import watching
from recsys_core.settings.presets import find_preset
from recsys_core.training import loop_cache


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12, 13])
    options = parser.parse_args()
    batch_size = find_preset("default").config.batch_size
    assert batch_size
    report = Report(
        "parts",
        f"`default`, whose batch of {batch_size} is compared whole or in parts, seeds "
        f"{', '.join(map(str, options.seeds))}",
        ["compared at once", "validation MSE", "genre overlap", "of the 100 most rated", "stability", "hubness",
         "seconds"],
    )  # fmt: skip
    for n_parts in (1, 2, 4):
        size = batch_size // n_parts
        parts = patch.multiple(watching, PARTS=n_parts, SMALLEST_PART=size)
        # A loop of other parts is another loop, which its settings do not tell.
        with parts, patch.object(loop_cache, "_loops", OrderedDict()):
            trained = [train("default", seed) for seed in options.seeds]
        looked_at = [taken_out(trial) for trial in trained]
        space = [in_space(trial) for trial in looked_at]
        report.add(
            size,
            f"{np.mean([trial.mse for trial in trained]):.4f}",
            f"{np.mean([ordering.genres for ordering, _, _ in space]):.3f}",
            f"{np.mean([top for _, top, _ in space]):.3f}",
            f"{stability(looked_at):.3f}",
            f"{np.mean([hubness for _, _, hubness in space]):.2f}",
            f"{np.median([trial.seconds for trial in trained[1:]]):.1f}",
        )
    report.note("Means over the seeds; seconds are the median of the trainings but the first, which is compiled.")
    report.write()


if __name__ == "__main__":
    main()

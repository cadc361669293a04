"""What a bias of the sitting in the rating is worth: on a random split, and on ratings that are yet to come.

    python -m benchmarks.sessions [--seeds 0 1 2]

A random split leaves other ratings of the same sitting in training, so that its bias is known for what is asked; on
each user's last ratings, and on the latest of all, it seldom is.
"""

from __future__ import annotations

import argparse

from benchmarks.report import Report
from benchmarks.trials import spread, train
from recsys_core.settings.train_config import SETTINGS

PRESETS = ("default", "sessions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    report = Report(
        "sessions",
        f"A bias of the sitting: validation MSE on built-in data, seeds {', '.join(map(str, seeds))}",
        ["split", *(f"`{preset}`" for preset in PRESETS), "of damped biases"],
    )
    for split in SETTINGS["split"].choices:
        trials = {preset: [train(preset, seed, split=split) for seed in seeds] for preset in PRESETS}
        by_biases = [trial.bias_mse for trial in trials[PRESETS[0]]]
        mse = [spread([trial.mse for trial in each]) for each in trials.values()]
        report.add(SETTINGS["split"].title(split), *mse, spread(by_biases))
    report.note("Mean ± standard deviation over the seeds; of splits by time the seeds change weights and order alone.")
    report.write()


if __name__ == "__main__":
    main()

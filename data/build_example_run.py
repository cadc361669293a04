"""Train the example run that the app opens with, draw its map and measure it: `python -m data.build_example_run`."""

from __future__ import annotations

import dataclasses
import shutil

from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.maps.projection import first_map, project_run
from recsys_core.quality.measuring import quality_report
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from recsys_core.runs.writer import save_run
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.fit import fit


def example_config() -> TrainConfig:
    """The preset `default`, without the snapshots that would make the folder three times as large."""
    return dataclasses.replace(find_preset("default").config, snapshots=0)


def main() -> None:
    config = example_config()
    trained = fit(split_ratings(load_ratings(), config), config)
    building = EXAMPLE_RUN_DIR.with_name("example_run.new")
    shutil.rmtree(building, ignore_errors=True)
    run = save_run(trained, building, label="Example")
    project_run(run, first_map(run))
    quality_report(run)
    shutil.rmtree(EXAMPLE_RUN_DIR, ignore_errors=True)
    building.rename(EXAMPLE_RUN_DIR)
    size = sum(file.stat().st_size for file in EXAMPLE_RUN_DIR.rglob("*") if file.is_file())
    print(f"{EXAMPLE_RUN_DIR}: {size / 1e6:.1f} MB, validation MSE {trained.history['val_mse'].min():.4f}")


if __name__ == "__main__":
    main()

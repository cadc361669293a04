"""Train movie embeddings on ratings, save them as runs, and explore what they learned. Knows nothing of any UI.

The names below are what a notebook needs. Each is imported when it is first asked for: `import recsys_core` is instant,
and exploring a run never imports TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys_core.data.catalog import load_ratings
    from recsys_core.data.split import split_ratings
    from recsys_core.errors import RecsysError
    from recsys_core.explore.embeddings import MovieEmbeddings
    from recsys_core.maps.projection import ProjectionSpec, project, project_run
    from recsys_core.quality.measuring import quality_report
    from recsys_core.runs.store import list_runs, open_run
    from recsys_core.runs.writer import save_run, train
    from recsys_core.settings.presets import PRESETS, find_preset
    from recsys_core.settings.train_config import Phase, TrainConfig, with_values
    from recsys_core.training.fit import fit

_HOMES = {
    "load_ratings": "data.catalog",
    "split_ratings": "data.split",
    "RecsysError": "errors",
    "MovieEmbeddings": "explore.embeddings",
    "ProjectionSpec": "maps.projection",
    "project": "maps.projection",
    "project_run": "maps.projection",
    "quality_report": "quality.measuring",
    "list_runs": "runs.store",
    "open_run": "runs.store",
    "save_run": "runs.writer",
    "train": "runs.writer",
    "PRESETS": "settings.presets",
    "find_preset": "settings.presets",
    "Phase": "settings.train_config",
    "TrainConfig": "settings.train_config",
    "with_values": "settings.train_config",
    "fit": "training.fit",
}

__all__ = [
    "PRESETS",
    "MovieEmbeddings",
    "Phase",
    "ProjectionSpec",
    "RecsysError",
    "TrainConfig",
    "find_preset",
    "fit",
    "list_runs",
    "load_ratings",
    "open_run",
    "project",
    "project_run",
    "quality_report",
    "save_run",
    "split_ratings",
    "train",
    "with_values",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

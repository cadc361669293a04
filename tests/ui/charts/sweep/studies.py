"""A made-up study, as large as a test wants it: what a view holds, without anything trained."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.sweep_space import Dimension, sweep_space
from recsys_core.sweeps.plan import SweepPlan, config_with
from recsys_core.sweeps.view import StudyView, TrialView

BASE = PRESETS["recommender-v2"].config
VARIED = ("embedding_size", "learning_rate", "l2", "embedding_initializer")


def dimensions(names: tuple[str, ...] = VARIED) -> tuple[Dimension, ...]:
    space = {each.name: each for each in sweep_space(settings_of(ARCHITECTURES[BASE.architecture]))}
    return tuple(space[name] for name in names)


def trial(number: int, mse: float | None = None, *, state: str = "finished", **more: Any) -> TrialView:
    """With the base's settings and a curve that falls to `mse`; without one, it has no figures."""
    random = np.random.default_rng(number)
    values = {each.name: _value(each, random) for each in dimensions()}
    end = 0.75 if mse is None else mse
    figures = {} if mse is None else {"val_mse": mse, "val_mae": 0.7 * mse, "holdout_mse": mse + 0.01, "seconds": 1.5}
    made = TrialView(
        number,
        state,
        values,
        config_with(BASE, values),
        figures,
        (end + 0.2, end + 0.05, end),
        2.0,  # pyright: ignore
    )
    return dataclasses.replace(made, **more)


def study(trials: tuple[TrialView, ...], *, objectives: tuple[str, ...] = ("val_mse",), **more: Any) -> StudyView:
    """The best of them by the first objective, of those that keep the constraints."""
    plan = SweepPlan(name="made-up", base=BASE, dimensions=dimensions(), objectives=objectives)
    known = [each for each in trials if each.state == "finished" and each.is_feasible]
    best = min(known, key=lambda each: each.figures.get("val_mse", math.inf)).number if known else None
    about: dict[str, Any] = {"best": best, "front": () if best is None else (best,), "seconds": 60.0, "started_at": 0.0}
    return StudyView("made-up", plan, **{"state": "running", "trials": trials} | about | more)


def large_study(n_trials: int = 300) -> StudyView:
    """Of every state: some pruned, some failed, one that exploded, the last one running."""
    random = np.random.default_rng(0)
    trials = []
    for number in range(n_trials - 1):
        mse = 0.7 + 0.3 * float(random.random()) ** 2
        if number % 4 == 1:
            trials.append(trial(number, state="pruned", curve=(1.3, 1.1)))
        elif number % 25 == 3:
            trials.append(trial(number, state="failed", curve=(), message="Diverged in epoch 1."))
        elif number % 60 == 7:
            trials.append(trial(number, 1e6, curve=(1e3, 1e5, 1e6)))
        else:
            trials.append(trial(number, mse, is_feasible=number % 7 != 2))
    trials.append(trial(n_trials - 1, state="running", curve=(1.0,)))
    importance = {"learning_rate": 0.62, "embedding_size": 0.21, "l2": 0.12, "embedding_initializer": 0.05}
    return study(tuple(trials), importance=importance)


def _value(dimension: Dimension, random: np.random.Generator) -> Any:
    if dimension.kind == "choice":
        return dimension.choices[int(random.integers(len(dimension.choices)))]
    low, high = dimension.low or 0.0, dimension.high or 1.0
    if dimension.rungs:
        return dimension.rungs[int(random.integers(len(dimension.rungs)))]
    value = math.exp(random.uniform(math.log(low), math.log(high))) if dimension.log else random.uniform(low, high)
    return round(value) if dimension.kind == "whole" else value

"""The figures of a run that can stand beside another's: errors, what its neighbors are worth, size and time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from recsys_core.errors import RunError
from recsys_core.quality.facts import RunFacts, facts_of_runs
from recsys_core.quality.report import MEASURES
from recsys_core.runs.run import Run
from recsys_core.settings.numbers import show_number

SETTINGS, ERRORS, NEIGHBORS, COST = "settings", "errors", "neighbors", "cost"


@dataclass(frozen=True)
class Figure:
    """One number of a run: what it is called, which way is better, and how it is written."""

    name: str
    title: str
    group: str
    about: str
    better: str = ""
    """ "higher", "lower", or "" where neither is better as such."""
    write: Callable[[float], str] = field(default="{:.3f}".format, repr=False)

    def text(self, value: float) -> str:
        """As people write it; an en dash where it is not known."""
        return "–" if math.isnan(value) else self.write(value)


def _percent(value: float) -> str:
    return f"{100 * value:+.1f}%".replace("-", "−")


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:,.0f} s"


_ABOUT = {measure.name: measure for measure in MEASURES}


def _measured(name: str, write: Callable[[float], str] = "{:.3f}".format) -> Figure:
    measure = _ABOUT[name]
    return Figure(name, measure.title, NEIGHBORS, measure.about, measure.better, write)


FIGURES = (
    Figure("val_mse", "Validation MSE", ERRORS, "Mean squared error of the kept epoch on unseen ratings.", "lower"),
    Figure("val_mae", "Validation MAE", ERRORS, "The same as a mean distance, in stars.", "lower"),
    Figure("against_biases", "MSE against biases", ERRORS, "How far it is from damped biases'.", "lower", _percent),
    _measured("genre_overlap"),
    _measured("stability", "{:.0%}".format),
    _measured("co_rated", "{:.0%}".format),
    _measured("hubness", "{:.2f}".format),
    _measured("dimensions", "{:.1f}".format),
    Figure("n_parameters", "Parameters", COST, "Numbers that the model learned.", "", _count),
    Figure("seconds", "Training time", COST, "Seconds of all its epochs.", "lower", _seconds),
    Figure("movie_embedding_size", "Embedding size", SETTINGS, "Numbers in each movie's vector.", "", _count),
    Figure("epochs", "Epochs", SETTINGS, "Epochs trained.", "", _count),
    Figure("learning_rate", "First learning rate", SETTINGS, "Of the first epoch.", "", show_number),
    Figure("seed", "Seed", SETTINGS, "What everything random comes from.", "", _count),
)  # fmt: skip
BY_NAME = {figure.name: figure for figure in FIGURES}


def figures_of(run: Run) -> dict[str, float]:
    """Every figure by its name, NaN where it is not known (yet). Raises `RunError` for a run that cannot be read."""
    (facts,) = facts_of_runs([run])
    if facts.is_damaged:
        raise RunError(facts.damage)
    return _figures(facts)


def figures_table(runs: Sequence[RunFacts]) -> pd.DataFrame:
    """A row for each of `runs` that is read and sound: `run` (its name), and a column for each figure."""
    rows = [{"run": facts.name} | _figures(facts) for facts in runs if facts.is_read and not facts.is_damaged]
    return pd.DataFrame(rows, columns=pd.Index(["run", *BY_NAME]))


def curve_of(run: Run) -> pd.DataFrame:
    """The run's history with a row an epoch, and two more columns: step, and elapsed (seconds), at the epoch's end.

    What it went on from counts too. Raises `RunError`.
    """
    history, info = run.history, run.info
    batch = info.config.batch_size or max(1, info.split.n_train)
    steps = -(-info.split.n_train // batch)
    return history.assign(step=history["epoch"] * steps, elapsed=history["seconds"].cumsum())


def _figures(facts: RunFacts) -> dict[str, float]:
    settings = facts.settings
    of_settings = {
        "movie_embedding_size": settings.get("movie_embedding_size", settings.get("embedding_size", math.nan)),
        "epochs": facts.n_epochs,
        "learning_rate": settings.get("learning_rate", math.nan),
        "seed": settings.get("seed", math.nan),
    }
    values = {name: facts.measured.get(name, math.nan) for name in BY_NAME if BY_NAME[name].group == NEIGHBORS}
    own = {name: getattr(facts, name) for name in ("val_mse", "val_mae", "against_biases", "n_parameters", "seconds")}
    return {name: float((own | values | of_settings)[name]) for name in BY_NAME}

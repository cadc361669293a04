"""What a sweep is to do: what it varies, what it seeks, what it is held to, and for how long. Plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import model_validator as after_reading

from recsys_core.errors import ConfigError, JobError, SweepError, quoted
from recsys_core.jobs.messages import Config, Task, Trial
from recsys_core.models.registry import check_settings, find_architecture, settings_of
from recsys_core.quality.trial_figures import ALWAYS, FIGURES
from recsys_core.settings.sweep_space import Dimension, sweep_space
from recsys_core.settings.train_config import Phase, TrainConfig, with_values

MOST_TRIALS = 10_000
MOST_MINUTES = 60 * 24 * 30
MOST_SEEDS = 10
MOST_HOLDOUT = 0.5
HOLDOUT_FIGURES = ("holdout_mse", "holdout_mae")
"""Measured of every finished trial, shown beside the others, and never sought."""


class Constraint(BaseModel):
    """What a trial must reach to be feasible: "genre_overlap>=0.36"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure: str
    relation: Literal[">=", "<="]
    value: float

    @property
    def in_words(self) -> str:
        return f"{self.figure} {'≥' if self.relation == '>=' else '≤'} {self.value:g}"

    def violation(self, figures: Mapping[str, float]) -> float:
        """How far `figures` are from it: at most 0 where it is kept."""
        found = figures[self.figure]
        return self.value - found if self.relation == ">=" else found - self.value


class SweepPlan(BaseModel):
    """A whole sweep. Built wrong, it raises `ConfigError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    """Of the study and its folder."""
    base: Config
    """The settings that are not varied, and those that the first trial has."""
    data_set: str | None = None
    """Id; None for the built-in one. Filled in, as is the next, when the study is begun."""
    fingerprint: str | None = None
    dimensions: tuple[Dimension, ...]
    objectives: tuple[str, ...] = ("val_mse",)
    """One or two names of `FIGURES`."""
    constraints: tuple[Constraint, ...] = ()
    n_trials: int | None = 40
    """How many trials in all; None for as many as the time allows."""
    minutes: float | None = None
    """How long in all; None for as long as the trials take."""
    seeds: int = 1
    """Trainings a trial, from `base.seed` and those after it: its figures are their means."""
    split_seed: int = 0
    holdout_fraction: float = 0.1

    @after_reading(mode="after")
    def _check(self) -> SweepPlan:
        check_settings(self.base)
        self._check_dimensions()
        self._check_sought()
        for name, low, high, unit in (
            ("n_trials", 1, MOST_TRIALS, "trials"),
            ("minutes", 0.01, MOST_MINUTES, "minutes"),
            ("seeds", 1, MOST_SEEDS, "seeds a trial"),
            ("split_seed", 0, 2**31 - 1, ""),
            ("holdout_fraction", 0.01, MOST_HOLDOUT, "of the ratings"),
        ):
            value = getattr(self, name)
            # None means "no limit" where it is accepted at all.
            if value is not None and not low <= value <= high:
                raise ConfigError(f"`{name}` must be from {low:g} to {high:,g} {unit}. Received: {value:g}")
        if self.n_trials is None and self.minutes is None:
            raise ConfigError("A sweep must have a number of trials, or of minutes, or both. Received: neither")
        if self.base.validation_fraction == 0:
            raise ConfigError("`validation_fraction` must be above 0 for a sweep. Received: 0")
        if self.base.validation_fraction + self.holdout_fraction > 0.9:
            raise ConfigError(
                "`validation_fraction` and `holdout_fraction` must leave a tenth of the ratings for training. "
                f"Received: {self.base.validation_fraction:g} and {self.holdout_fraction:g}"
            )
        return self

    def _check_dimensions(self) -> None:
        known = {each.name: each for each in sweep_space(settings_of(find_architecture(self.base.architecture)))}
        names = [each.name for each in self.dimensions]
        if not names or len(set(names)) < len(names):
            raise ConfigError(f"A sweep must vary one setting or more, each once. Received: {quoted(', '.join(names))}")
        for dimension in self.dimensions:
            if dimension.name not in known:
                raise ConfigError(
                    f"What a sweep of {self.base.architecture} varies must be among {', '.join(known)}. "
                    f"Received: {quoted(dimension.name)}"
                )
            if dimension.kind != known[dimension.name].kind:
                raise ConfigError(
                    f"`{dimension.name}` must be varied as a {known[dimension.name].kind}. "
                    f"Received: {quoted(dimension.kind)}"
                )
        # The settings as they are must be among what is tried, where they are within the bounds.
        with_base = tuple(each.with_rung(value_of(self.base, each.name)) for each in self.dimensions)
        object.__setattr__(self, "dimensions", with_base)
        for dimension in with_base:
            for value in dimension.choices or dimension.rungs or (dimension.low, dimension.high):
                check_settings(config_with(self.base, {dimension.name: value}))

    def _check_sought(self) -> None:
        if not 1 <= len(set(self.objectives)) == len(self.objectives) <= 2:
            raise ConfigError(
                f"A sweep must have one or two different objectives. Received: {quoted(', '.join(self.objectives))}"
            )
        for name in (*self.objectives, *(each.figure for each in self.constraints)):
            if name not in FIGURES:
                raise ConfigError(f"What a sweep seeks must be among {', '.join(FIGURES)}. Received: {quoted(name)}")

    @property
    def figures(self) -> tuple[str, ...]:
        """What each trial must measure beside what is always known."""
        sought = (*self.objectives, *(each.figure for each in self.constraints))
        return tuple(dict.fromkeys(name for name in sought if name not in ALWAYS))

    @property
    def is_pruned(self) -> bool:
        """Whether a trial can be given up early: epochs tell of the errors alone, so not where something else is sought
        or held to: the best errors may be those of trials that do not keep a constraint."""
        return self.objectives in (("val_mse",), ("val_mae",)) and not self.constraints

    @property
    def base_values(self) -> dict[str, Any] | None:
        """The base's own values of what is varied; None if one of them is outside of what is tried."""
        values = {each.name: value_of(self.base, each.name) for each in self.dimensions}
        return values if all(each.holds(values[each.name]) for each in self.dimensions) else None

    def task(self, values: Mapping[str, Any], seed_number: int = 0) -> Task:
        """The trial that has these values of what is varied, from the `seed_number`th of its seeds, counted from 0."""
        config = config_with(self.base, values)
        config = dataclasses.replace(config, seed=self.base.seed + seed_number, snapshots=0)
        trial = Trial(split_seed=self.split_seed, holdout_fraction=self.holdout_fraction, figures=self.figures)
        return Task(
            kind="try", config=config, data_set=self.data_set, fingerprint=self.fingerprint, trial=trial,
            shows_map=seed_number == 0,
        )  # fmt: skip

    def to_json(self) -> str:
        return self.model_dump_json(indent=1)


def read_plan(text: str | bytes) -> SweepPlan:
    """The reverse of `SweepPlan.to_json`. Raises `SweepError`, `ConfigError`."""
    try:
        return SweepPlan.model_validate_json(text)
    except (ValidationError, RecursionError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "nested too deep"
        raise SweepError(f"A plan must be JSON as `to_json` writes it: {why}. Received: {quoted(text)}") from error
    except JobError as error:
        raise SweepError(str(error)) from error


def read_constraint(text: str) -> Constraint:
    """The constraint that `text` writes: "genre_overlap>=0.36", "seconds<=3". Raises `ConfigError`."""
    for relation in (">=", "<="):
        figure, found, value = text.replace("≥", ">=").replace("≤", "<=").partition(relation)
        if found:
            try:
                return Constraint(figure=figure.strip(), relation=relation, value=float(value))
            except ValueError:
                break
    raise ConfigError(f"A constraint must be written like genre_overlap>=0.36 or seconds<=3. Received: {quoted(text)}")


def config_with(base: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """`base` with these values of what is varied. Raises `ConfigError`.

    A learning rate is that of the first phase: the others keep their ratio to it, so that a schedule keeps its shape.
    """
    plain = {name: value for name, value in values.items() if name != "learning_rate"}
    if "learning_rate" in values:
        times = values["learning_rate"] / base.phases[0].learning_rate
        scaled = (float(f"{phase.learning_rate * times:.6g}") for phase in base.phases)
        phases = tuple(Phase(rate, phase.epochs) for rate, phase in zip(scaled, base.phases, strict=True))
        base = dataclasses.replace(base, phases=phases)
    return with_values(base, plain)


def value_of(config: TrainConfig, name: str) -> Any:
    """What `config` has of a setting or shorthand: of learning rates the first."""
    if name == "embedding_size":
        return config.movie_embedding_size
    if name == "learning_rate":
        return config.phases[0].learning_rate
    return config.epochs if name == "epochs" else config.value(name)

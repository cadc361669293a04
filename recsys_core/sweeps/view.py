"""A study as pages and commands draw it, whoever does the work: plain frozen data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from recsys_core.quality.trial_figures import FIGURES
from recsys_core.settings.train_config import TrainConfig
from recsys_core.sweeps.plan import SweepPlan

TrialState = Literal["waiting", "running", "finished", "pruned", "failed", "interrupted"]
StudyState = Literal["waiting", "running", "finished", "stopped", "interrupted", "failed"]


@dataclass(frozen=True)
class TrialView:
    """One trial."""

    number: int
    state: TrialState
    """"interrupted" ones were under way or next in line when the study or its process ended: they do not count, and are
    asked again."""
    values: dict[str, Any]
    """Of what is varied, by the name of the dimension."""
    config: TrainConfig = field(repr=False)
    figures: dict[str, float] = field(default_factory=dict)
    """Of a finished trial: those of `quality.trial_figures` that were measured, and holdout_mse and holdout_mae, which
    the search never looks at."""
    curve: tuple[float, ...] = ()
    """Validation MSE after each epoch of its first seed."""
    seconds: float = 0.0
    """From its beginning, all seeds together, waiting not counted."""
    message: str = ""
    """One sentence for people where there is something to say: why it failed."""
    is_feasible: bool = True
    """Whether it keeps the constraints; True as long as that is not known."""
    repeats: int | None = None
    """The interrupted trial that this one is asked again for."""
    at: float = 0.0
    """When it was over: seconds that the study had been at work."""

    @property
    def counts(self) -> bool:
        """Whether it is one of the plan's number of trials."""
        return self.state in ("finished", "pruned", "failed")


@dataclass(frozen=True)
class StudyView:
    """A study at one moment."""

    name: str
    plan: SweepPlan = field(repr=False)
    state: StudyState
    """"waiting" for its turn or a training that came first; "stopped" by somebody; "interrupted" with its process."""
    message: str = ""
    """One sentence for people."""
    trials: tuple[TrialView, ...] = field(default=(), repr=False)
    best: int | None = None
    """Number of the best feasible trial by the one objective; None with two objectives, or as long as there is none."""
    front: tuple[int, ...] = ()
    """Numbers of the feasible trials that no other betters in both of two objectives, by the first; of one the best."""
    importance: dict[str, float] = field(default_factory=dict)
    """By PED-ANOVA how much each dimension decides whether a trial is among the best tenth, adding up to 1; empty as
    long as too few are finished."""
    started_at: float = math.nan
    """Seconds since 1970."""
    seconds: float = 0.0
    """That it has been at work, pauses between sittings not counted."""
    is_own: bool = True
    """False where another process is at work on it: it can be looked at, and neither stopped nor gone on with here."""
    slots: int = 1
    """Trials at once."""

    @property
    def is_at_work(self) -> bool:
        return self.state in ("waiting", "running")

    @property
    def n_done(self) -> int:
        """Trials that count."""
        return sum(trial.counts for trial in self.trials)

    @property
    def asked_again(self) -> dict[int, int]:
        """Number of an interrupted trial -> that of the one that has its settings again."""
        return {trial.repeats: trial.number for trial in self.trials if trial.repeats is not None}

    @property
    def base_trial(self) -> TrialView | None:
        """The trial that has the base's own settings, if they are among what is tried."""
        wanted = self.plan.base_values
        of_base = [trial for trial in self.trials if wanted is not None and trial.values == wanted]
        return max(of_base, key=lambda trial: trial.counts, default=None)

    @property
    def n_left(self) -> int | None:
        """Trials that the plan still wants; None where time alone ends it."""
        return None if self.plan.n_trials is None else max(0, self.plan.n_trials - self.n_done)

    def trial(self, number: int) -> TrialView:
        """Raises `LookupError`."""
        found = {trial.number: trial for trial in self.trials}
        return found[number]


def best_of(plan: SweepPlan, trials: Sequence[TrialView]) -> int | None:
    """Number of the best feasible trial by the one objective; of equals the first. None with two objectives."""
    if len(plan.objectives) > 1:
        return None
    judged = [trial for trial in trials if trial.state == "finished" and trial.is_feasible]
    best = min(judged, key=lambda trial: (_losses(plan, trial), trial.number), default=None)
    return None if best is None else best.number


def front_of(plan: SweepPlan, trials: Sequence[TrialView]) -> tuple[int, ...]:
    """Numbers of the feasible trials that no other one betters, best by the first objective first."""
    judged = [
        (_losses(plan, trial), trial.number) for trial in trials if trial.state == "finished" and trial.is_feasible
    ]
    front: list[int] = []
    least = math.inf
    for losses, number in sorted(judged):
        if losses[-1] < least:
            least = losses[-1]
            front.append(number)
    return tuple(front)


def _losses(plan: SweepPlan, trial: TrialView) -> list[float]:
    """Of each objective, the lower the better."""
    return [
        trial.figures[name] if FIGURES[name].better == "lower" else -trial.figures[name] for name in plan.objectives
    ]

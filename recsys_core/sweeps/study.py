"""A study in Optuna: what to try next, and all that came of it. For the one process that owns the study's folder.

Everything is in Optuna's journal, a line an operation, each on disk before the next. What Optuna has no word for is an
attribute of the trial, written before the trial is told to be over: a trial is whole, or it is still running there.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from recsys_core.errors import SweepError, quoted
from recsys_core.quality.trial_figures import FIGURES
from recsys_core.settings.sweep_space import Dimension
from recsys_core.sweeps.folder import StudyFolder
from recsys_core.sweeps.plan import SweepPlan, config_with
from recsys_core.sweeps.view import TrialState, TrialView

if TYPE_CHECKING:
    import optuna

MAX_JOURNAL_BYTES = 1 << 28
STARTUP_TRIALS = 5
"""Finished trials before one is given up for being worse than them."""
EARLY = 0.4
"""Share of its epochs in which no trial is given up: who leads then is who learns fastest, not who ends best
(`python -m benchmarks.sweeps --only early`)."""
_NAME = "sweep"
_TOLD, _INTERRUPTED, _REPEATS, _ENDED, _SECONDS = "told", "interrupted", "repeats", "ended", "seconds"


class Study:
    """An Optuna study over a plan's dimensions. All methods raise `OSError` if the journal cannot be written."""

    def __init__(self, folder: StudyFolder, plan: SweepPlan, *, is_owner: bool) -> None:
        """is_owner: whether this process holds the lock of the folder; if not, nothing may be changed.

        Raises `SweepError` for a journal that is damaged.
        """
        import optuna  # noqa: F401  (before what is caught below: that it is not there is no damage)

        self.plan = plan
        self._views: dict[int, TrialView] = {}
        with _damage(folder.name):
            self._study = _open(folder, plan, is_owner)
            self.trials()

    def begin(self, n_left: int | None) -> None:
        """Before the first trial of a sitting: what was under way in the last one is asked again, `n_left` at most, and
        a new study tries the base's own settings first."""
        for trial in self._frozen():
            if trial.state.name == "RUNNING":
                self.interrupt(trial)
        repeated = {trial.user_attrs.get(_REPEATS) for trial in self._frozen()}
        again = [trial for trial in self._frozen() if _INTERRUPTED in trial.user_attrs and trial.number not in repeated]
        # Those that had begun before those that only waited.
        again.sort(key=lambda trial: not trial.intermediate_values)
        for trial in again[:n_left]:
            self._study.enqueue_trial(trial.params, user_attrs={_REPEATS: trial.number})
        if not self._frozen() and self.plan.base_values is not None:
            self._study.enqueue_trial(self._params(self.plan.base_values))
        self._study.set_user_attr(_ENDED, None)

    def ask(self) -> tuple[optuna.trial.Trial, dict[str, Any]]:
        """A trial to do next, and its values of what is varied."""
        trial = self._study.ask({each.name: _distribution(each) for each in self.plan.dimensions})
        return trial, self._values(trial.params)

    def report(self, trial: optuna.trial.Trial, epoch: int, n_epochs: int, error: float) -> bool:
        """Tell the error after an epoch of so many; whether the trial is hopeless. Only for plans that are pruned."""
        trial.report(error if math.isfinite(error) else math.inf, epoch)
        return epoch >= EARLY * n_epochs and trial.should_prune()

    def finish(self, trial: optuna.trial.Trial, about: TrialView) -> None:
        """The trial is over, with all figures that are sought."""
        for constraint in self.plan.constraints:
            trial.set_constraint(constraint.in_words, constraint.violation(about.figures))
        self._tell(trial, about)
        self._study.tell(trial, [about.figures[name] for name in self.plan.objectives])

    def give_up(self, trial: optuna.trial.Trial, about: TrialView) -> None:
        """The trial is over without figures: it was hopeless, diverged, or failed, as `about.message` says."""
        from optuna.trial import TrialState as State

        self._tell(trial, about)
        # A pruned one teaches the sampler where not to look; one without any epoch has nothing to teach.
        self._study.tell(trial, state=State.PRUNED if self.plan.is_pruned and about.curve else State.FAIL)

    def interrupt(self, trial: optuna.trial.Trial | optuna.trial.FrozenTrial) -> None:
        """The trial was under way when its sitting ended: it does not count, and is asked again."""
        from optuna.trial import TrialState as State

        self._study._storage.set_trial_user_attr(trial._trial_id, _INTERRUPTED, True)
        self._study.tell(trial.number, state=State.FAIL)

    def repeat(self, trial: optuna.trial.Trial) -> None:
        """Interrupt it and ask it again in this very sitting."""
        params = dict(trial.params)
        self.interrupt(trial)
        self._study.enqueue_trial(params, user_attrs={_REPEATS: trial.number})

    def end(self, state: str, message: str, seconds: float) -> None:
        """The sitting is over: how, and how long the study has been at work in all."""
        self._study.set_user_attr(_SECONDS, seconds)
        self._study.set_user_attr(_ENDED, {"state": state, "message": message})

    @property
    def ended(self) -> tuple[str, str] | None:
        """How the last sitting ended, and what is said of it; None if it goes on, or its process died."""
        ended = self._study.user_attrs.get(_ENDED)
        return None if not isinstance(ended, dict) else (str(ended.get("state")), str(ended.get("message", "")))

    @property
    def seconds(self) -> float:
        """That it has been at work, as far as that is known."""
        said = [trial.user_attrs.get(_TOLD, {}).get("at", 0.0) for trial in self._frozen()]
        return max([float(self._study.user_attrs.get(_SECONDS, 0.0)), *said])

    @property
    def started_at(self) -> float:
        """Seconds since 1970; NaN before the first trial."""
        first = next((trial.datetime_start for trial in self._frozen() if trial.datetime_start), None)
        return math.nan if first is None else first.timestamp()

    def trials(self) -> list[TrialView]:
        """By number. Those that are under way are "running", whoever does them."""
        views = []
        for trial in self._frozen():
            if trial.number not in self._views:
                view = self._view(trial)
                if view.state in ("running", "waiting"):
                    views.append(view)
                    continue
                self._views[trial.number] = view
            views.append(self._views[trial.number])
        return views

    def importance(self) -> dict[str, float]:
        """By PED-ANOVA, adding up to 1; empty as long as it says nothing."""
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        finished = [trial for trial in self.trials() if trial.state == "finished"]
        if len(finished) < 2 * STARTUP_TRIALS:
            return {}
        # Of too few trials it says that all matter alike, and warns.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = get_param_importances(self._study, evaluator=PedAnovaImportanceEvaluator())
        return {name: float(value) for name, value in found.items()} if sum(found.values()) > 0 else {}

    def _tell(self, trial: optuna.trial.Trial, about: TrialView) -> None:
        trial.set_user_attr(
            _TOLD,
            {
                "figures": about.figures,
                "curve": list(about.curve),
                "seconds": about.seconds,
                "message": about.message,
                "state": about.state,
                "at": about.at,
            },
        )

    def _view(self, trial: optuna.trial.FrozenTrial) -> TrialView:
        told = trial.user_attrs.get(_TOLD, {})
        values = self._values(trial.params or trial.system_attrs.get("fixed_params", {}))
        figures = {str(name): float(value) for name, value in told.get("figures", {}).items()}
        curve = told.get("curve") or [trial.intermediate_values[step] for step in sorted(trial.intermediate_values)]
        state: TrialState
        if not trial.state.is_finished():
            state = "running" if trial.state.name == "RUNNING" else "waiting"
        else:
            state = "interrupted" if _INTERRUPTED in trial.user_attrs else told.get("state", "failed")
        return TrialView(
            number=trial.number,
            state=state,
            values=values,
            config=config_with(self.plan.base, values),
            figures=figures,
            curve=tuple(float(value) for value in curve),
            seconds=float(told.get("seconds", 0.0)),
            message=str(told.get("message", "")),
            is_feasible=all(each.violation(figures) <= 0 for each in self.plan.constraints) if figures else True,
            repeats=trial.user_attrs.get(_REPEATS),
            at=float(told.get("at", 0.0)),
        )

    def _frozen(self) -> list[optuna.trial.FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _values(self, params: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for each in self.plan.dimensions:
            if each.name in params:
                found[each.name] = each.rungs[params[each.name]] if each.rungs else params[each.name]
        return found

    def _params(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            each.name: each.rungs.index(values[each.name]) if each.rungs else values[each.name]
            for each in self.plan.dimensions
        }


def _open(folder: StudyFolder, plan: SweepPlan, is_owner: bool) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    size = folder.journal.stat().st_size
    if size > MAX_JOURNAL_BYTES:
        raise SweepError(f"A journal must have at most {MAX_JOURNAL_BYTES:,} bytes. Received: {size:,}.")
    if is_owner:
        _cut_torn_line(folder)
    storage = JournalStorage(JournalFileBackend(str(folder.journal), cast("Any", _Owned())))
    studies = storage.get_all_studies()
    finished = (
        sum(trial.state.is_finished() for trial in storage.get_all_trials(studies[0]._study_id)) if studies else 0
    )
    if not studies and folder.journal.read_bytes().endswith(b"\n"):
        raise SweepError(f"A sweep's journal must begin with its study. Received: {quoted(folder.name)}, without.")
    directions: list[Any] = ["minimize" if FIGURES[name].better == "lower" else "maximize" for name in plan.objectives]
    # The same plan draws the same trials, and other ones once it goes on.
    sampler = optuna.samplers.TPESampler(seed=(plan.base.seed * 1_000_003 + plan.split_seed + finished) % 2**32)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS)
    if is_owner:
        return optuna.create_study(
            storage=storage, study_name=_NAME, directions=directions, sampler=sampler, pruner=pruner,
            load_if_exists=True,
        )  # fmt: skip
    if not studies:
        # Its first sitting has not begun yet.
        return optuna.create_study(directions=directions)
    return optuna.load_study(storage=storage, study_name=_NAME, sampler=sampler, pruner=pruner)


class _Owned:
    """Optuna's lock of a journal, which a killed process leaves behind: nobody else writes, as the folder's is held."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


def _cut_torn_line(folder: StudyFolder) -> None:
    """Off the journal's end: a process that was killed while it wrote has left a part of a line."""
    with folder.journal.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        place = end
        while place > 0:
            start = max(0, place - 4096)
            file.seek(start)
            found = file.read(place - start).rfind(b"\n")
            if found >= 0:
                place = start + found + 1
                break
            place = start
        if place < end:
            file.truncate(place)
            os.fsync(file.fileno())


def _distribution(dimension: Dimension) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.kind == "choice":
        return CategoricalDistribution(dimension.choices)
    if dimension.rungs:
        # By place: they are few, and in order.
        return IntDistribution(0, len(dimension.rungs) - 1)
    assert dimension.low is not None
    assert dimension.high is not None
    if dimension.kind == "whole":
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Whatever Optuna raises for a journal that somebody has written into becomes one line."""
    try:
        yield
    except SweepError:
        raise
    except FileNotFoundError as error:
        raise SweepError(f"A sweep must have its journal. Received: {quoted(name)}, without.") from error
    except Exception as error:
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}"
        raise SweepError(
            f"A sweep's journal must be as it was written. Received: {quoted(name)} ({why[:200]})."
        ) from error

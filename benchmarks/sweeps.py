"""Sweeps: trials a minute, and whether ten minutes find settings as good as those that people found.

    python -m benchmarks.sweeps [--trials 40] [--repeats 3] [--minutes 10] [--only pace | early | search]

The pace is that of whole studies, each in a folder and with a seed of its own, TensorFlow loaded and the base's loop
compiled before. Processes that do trials beside this one are started by the first study and serve the next ones too.
The search varies what is particular to `default`; its best trial but the first, which has the preset's own settings, is
then trained from three seeds and held to `default` on ratings that the search never saw.
"early" asks how soon one can tell what a trial will end at: of trials drawn at random, none of them given up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import psutil
from scipy.stats import spearmanr

from benchmarks.report import Report
from recsys_core.runs.presets import find_any_preset
from recsys_core.settings.sweep_space import read_vary
from recsys_core.settings.train_config import with_values
from recsys_core.sweeps.view import TrialView

OF_DEFAULT = ("row_penalty", "watch_penalty", "watch_weight", "liking", "era_penalty", "learning_rate=0.0005..0.02:log")
OF_V2 = ("l2", "bias_l2", "learning_rate")
BY_ROWS = {"table_updates": "rows"}
UNPRUNED = "seconds<=1000000"
"""A constraint that everything keeps: with one, no trial is given up."""
CASES = (
    ("`default`", "default", {}, OF_DEFAULT, True),
    ("`default`, none given up", "default", {}, OF_DEFAULT, False),
    ("`recommender-v2`, row by row", "recommender-v2", BY_ROWS, OF_V2, True),
    ("the same, sizes 16 to 64 too", "recommender-v2", BY_ROWS, (*OF_V2, "embedding_size=16..64:log"), True),
    ("`recommender-v2`, its own arithmetic", "recommender-v2", {}, OF_V2, True),
)  # fmt: skip
SEEDS = (0, 1, 2)
MOST_SECONDS = 600
EARLY_TRIALS, EARLY_SEED = 64, 11


def study(
    name: str, preset: str, fixed: dict, varied: Sequence[str], *, seed: int = 0, is_pruned: bool = True, **budget
):
    """The view of a sweep, done to its end."""
    from recsys_core.sweeps import desk
    from recsys_core.sweeps.plan import SweepPlan, read_constraint

    base = with_values(find_any_preset(preset).config, fixed)
    plan = SweepPlan(
        name=name, base=base, dimensions=tuple(map(read_vary, varied)), split_seed=seed,
        constraints=() if is_pruned else (read_constraint(UNPRUNED),), **budget,
    )  # fmt: skip
    begun = desk.start(plan)
    while desk.view(begun).is_at_work:
        desk.wait(begun, 5)
    view = desk.view(begun)
    if view.state != "finished":
        raise SystemExit(view.message)
    return view


def processor_seconds() -> float:
    """Of this process and of those that do trials for it, also such as have ended."""
    here = psutil.Process()
    times = [here.cpu_times(), *(each.cpu_times() for each in here.children())]
    return sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system


def pace(n_trials: int, repeats: int) -> None:
    report = Report(
        "sweeps",
        f"Trials a minute of sweeps of {n_trials} trials, medians of {repeats}",
        ["swept", "trials a minute", "slowest, quickest", "processor seconds a trial", "given up", "epochs a trial"],
        command="sweeps --only pace",
    )
    for title, preset, fixed, varied, is_pruned in CASES:
        study("warm", preset, fixed, varied, n_trials=1)
        rates, processor, given_up, epochs = [], [], [], []
        for number in range(repeats):
            began, used = time.perf_counter(), processor_seconds()
            budget = {"n_trials": n_trials, "minutes": MOST_SECONDS / 60}
            view = study(f"pace-{number}", preset, fixed, varied, seed=number, is_pruned=is_pruned, **budget)
            rates.append(60 * view.n_done / (time.perf_counter() - began))
            processor.append((processor_seconds() - used) / view.n_done)
            over = [trial for trial in view.trials if trial.counts]
            given_up.append(sum(trial.state == "pruned" for trial in over) / len(over))
            epochs.append(statistics.mean(len(trial.curve) for trial in over))
        report.add(
            title, f"{statistics.median(rates):.0f}", f"{min(rates):.0f}, {max(rates):.0f}",
            f"{statistics.median(processor):.2f}", f"{statistics.median(given_up):.0%}",
            f"{statistics.median(epochs):.1f}",
        )  # fmt: skip
    load = os.getloadavg()[0]
    report.note(f"The machine's load was {load:.1f} at the end: what else it did makes trials slower.")
    report.write()


def early() -> None:
    import optuna

    with patch("optuna.samplers.TPESampler", lambda **_: optuna.samplers.RandomSampler(seed=EARLY_SEED)):
        view = study("early", "default", {}, OF_DEFAULT, is_pruned=False, n_trials=EARLY_TRIALS)
    tell_early([trial for trial in view.trials if trial.state == "finished"])


def tell_early(trials: Sequence[TrialView]) -> None:
    """Of finished trials with as many epochs each."""
    curves = np.array([trial.curve for trial in trials])
    end = np.array([trial.figures["val_mse"] for trial in trials])
    rate = np.array([trial.values["learning_rate"] for trial in trials])
    best = np.argsort(end)[: len(end) // 10]
    report = Report(
        "sweep_early",
        f"How soon {len(trials)} trials of `default`, drawn at random, tell what they end at",
        [
            "validation MSE after epoch", "rank correlation with that of the end",
            f"of the {len(best)} that end best in the better half", "rank correlation with the learning rate",
        ],
        command="sweeps --only early",
    )  # fmt: skip
    for epoch in range(curves.shape[1]):
        so_far = curves[:, : epoch + 1].min(axis=1)
        report.add(
            epoch + 1, f"{spearmanr(so_far, end).statistic:.2f}", (so_far[best] <= np.median(so_far)).sum(),
            f"{spearmanr(rate, so_far).statistic:.2f}",
        )  # fmt: skip
    report.note(f"Of the end with the learning rate: {spearmanr(rate, end).statistic:.2f}.")
    report.write()


def search(minutes: float) -> None:
    from recsys_core.jobs.threads import worker
    from recsys_core.jobs.trial import try_out

    view = study("search", "default", {}, OF_DEFAULT, n_trials=None, minutes=minutes)
    base = view.trial(0)
    found = min(
        (trial for trial in view.trials if trial.state == "finished" and trial.number > 0),
        key=lambda trial: trial.figures["val_mse"],
    )
    report = Report(
        "sweep_search",
        f"`default` against what a sweep of {minutes:g} minutes found beside it",
        ["settings", "validation MSE", "held out, seed 0", "held out, seeds 0 to 2", "genre overlap"],
        command="sweeps --only search",
    )
    for title, trial in (("`default`", base), (f"trial {found.number} of {view.n_done}", found)):
        ends = []
        for seed in SEEDS:
            task = view.plan.task(trial.values, seed)
            assert task.trial is not None
            measured = task.trial.model_copy(update={"figures": ("genre_overlap",)})
            events: list = []
            worker.call(try_out, task, measured, events.append, lambda: False).result()
            ends.append(events[-1].figures)
        held_out = [end["holdout_mse"] for end in ends]
        report.add(
            title, f"{trial.figures['val_mse']:.4f}", f"{trial.figures['holdout_mse']:.4f}",
            f"{statistics.mean(held_out):.4f} ± {statistics.stdev(held_out):.4f}",
            f"{statistics.mean(end['genre_overlap'] for end in ends):.3f}",
        )  # fmt: skip
    values = ", ".join(f"{name} {value:.4g}" for name, value in found.values.items())
    report.note(f"Found: {values}. {sum(trial.state == 'pruned' for trial in view.trials)} trials were given up.")
    decides = ", ".join(f"{name} {share:.0%}" for name, share in view.importance.items())
    report.note(f"By PED-ANOVA what decides whether a trial is among the best tenth: {decides or 'too few trials'}.")
    report.write()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", choices=("pace", "early", "search"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as runs_dir:
        os.environ["RECSYS_RUNS_DIR"] = runs_dir
        if options.only in (None, "pace"):
            pace(options.trials, options.repeats)
        if options.only in (None, "early"):
            early()
        if options.only in (None, "search"):
            search(options.minutes)


if __name__ == "__main__":
    main()

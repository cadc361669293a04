"""Figures of a sweep's trials, looked at as data: which trial is where, and that none hides the others."""

import dataclasses

from recsys_core.quality.trial_figures import FIGURES
from tests.ui.charts.sweep.studies import large_study, trial
from ui.charts.sweep.trials import best_so_far, pareto_front, trial_curves
from ui.charts.sweep.values import BEST_COLOR

MSE, OVERLAP = FIGURES["val_mse"], FIGURES["genre_overlap"]


def named(figure, part: str):
    (trace,) = [each for each in figure.data if part in (each.name or "")]
    return trace


def test_every_trial_has_its_curve_and_the_best_lies_on_top():
    trials = [
        trial(0, 0.8),
        trial(1, 0.7),
        trial(2, state="pruned", curve=(1.0,)),
        trial(3, state="running", curve=(0.9, 0.8)),
    ]
    figure = trial_curves(trials, best=1, chosen=0)
    assert [each.name for each in figure.data] == [
        "pruned, failed",
        "running",
        "trial 0",
        "best: trial 1",
    ]
    best = figure.data[-1]
    assert (best.line.color, list(best.x), list(best.y)[:3]) == (BEST_COLOR, [1, 2, 3, None], list(trials[1].curve))
    assert set(best.customdata) == {1}
    assert list(named(figure, "running").y) == [0.9, 0.8, None]


def test_a_trial_that_is_best_and_chosen_is_drawn_once():
    figure = trial_curves([trial(0, 0.8)], best=0, chosen=0)
    assert [each.name for each in figure.data] == ["best: trial 0"]


def test_hundreds_of_trials_are_a_few_traces_and_wild_ones_leave_the_frame():
    view = large_study(300)
    figure = trial_curves(view.trials, best=view.best, chosen=None)
    assert len(figure.data) == 4
    low, high = figure.layout.yaxis.range
    assert low < 0.7
    assert 1.0 < high < 2


def test_nothing_tried_yet_is_an_empty_figure():
    assert len(trial_curves([], best=None, chosen=None).data) == 0
    assert list(named(best_so_far([], MSE), "best so far").x) == []


def test_the_stair_goes_down_only_and_leaves_out_what_breaks_a_constraint():
    trials = [trial(0, 0.8), trial(1, 0.6, is_feasible=False), trial(2, 0.9), trial(3, 0.7), trial(4, state="running")]
    figure = best_so_far(trials, MSE)
    stair = named(figure, "best so far")
    assert (list(stair.x), list(stair.y)) == ([0, 3, 4], [0.8, 0.7, 0.7])
    holdout = named(figure, "second holdout")
    assert [round(value, 3) for value in holdout.y] == [0.81, 0.71, 0.71]
    assert named(figure, "trials").marker.symbol == ("circle", "circle-open", "circle", "circle")


def test_a_quality_figure_climbs():
    trials = [
        dataclasses.replace(trial(n), figures={"genre_overlap": value}) for n, value in enumerate((0.3, 0.2, 0.4))
    ]
    assert list(named(best_so_far(trials, OVERLAP), "best so far").y) == [0.3, 0.4, 0.4]


def test_a_trial_beyond_the_frame_can_still_be_seen_and_clicked():
    """The axis is made for the others: a wildly bad one stands at its edge, and its words tell."""
    found = [(0.8, 0.4), (0.7, 0.3), (0.9, 0.35), (40.0, 0.1)]
    trials = [
        dataclasses.replace(trial(n, is_feasible=n != 3), figures={"val_mse": mse, "genre_overlap": overlap})
        for n, (mse, overlap) in enumerate(found)
    ]
    front = pareto_front(trials, (0, 1), MSE, OVERLAP, chosen=3)
    others = named(front, "other")
    low, high = front.layout.xaxis.range
    assert high < 40
    assert low < others.x[-1] < high
    assert others.marker.symbol == ("circle", "triangle-right-open")
    assert "40.000" in others.hovertext[-1]
    assert front.data[-1].x[0] == others.x[-1]
    progress = best_so_far(trials, MSE)
    points = named(progress, "trials")
    assert max(points.y) < progress.layout.yaxis.range[1] < 40
    assert points.marker.symbol[-1] == "triangle-up-open"
    assert points.hovertext[-1] == "40.000"


def test_the_front_is_joined_in_the_order_of_its_first_objective():
    found = {0: (0.8, 0.4), 1: (0.7, 0.3), 2: (0.9, 0.2)}
    trials = [
        dataclasses.replace(trial(n), figures={"val_mse": mse, "genre_overlap": overlap})
        for n, (mse, overlap) in found.items()
    ]
    figure = pareto_front(trials, (1, 0), MSE, OVERLAP, chosen=2)
    front = named(figure, "better in both")
    assert (list(front.x), list(front.y), list(front.customdata)) == ([0.7, 0.8], [0.3, 0.4], [1, 0])
    assert list(named(figure, "other").customdata) == [2]
    assert list(figure.data[-1].x) == [0.9]

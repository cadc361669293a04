import math

import pandas as pd
import pytest

from ui.charts.training import learning_rate_sweep, loss_curve

BASELINES = {"mean_mse": 1.1, "mean_mae": 0.85, "bias_mse": 0.77, "bias_mae": 0.68}


def history(*train_mse):
    rows = [(epoch, mse, mse / 2, mse + 0.1, mse / 2 + 0.1) for epoch, mse in enumerate(train_mse, start=1)]
    return pd.DataFrame(rows, columns=["epoch", "train_mse", "train_mae", "val_mse", "val_mae"])


def trace(figure, name):
    return next((trace for trace in figure.data if trace.name == name), None)


def test_an_epoch_in_training_is_the_open_end_of_the_training_curve():
    end = trace(loss_curve(history(0.9, 0.8), BASELINES, so_far=(3, 0.75), n_epochs=6), "Training, so far")
    assert list(end.x) == [2, 3]
    assert list(end.y) == [0.8, 0.75]
    assert end.marker.symbol == "diamond-open"
    assert end.marker.size == (0, 9)


def test_the_first_epoch_in_training_is_a_point_of_its_own():
    end = trace(loss_curve(history(), BASELINES, so_far=(1, 1.2), n_epochs=6), "Training, so far")
    assert (list(end.x), list(end.y), end.marker.size) == ([1], [1.2], (9,))


def test_a_curve_between_epochs_has_no_open_end():
    assert trace(loss_curve(history(0.9), BASELINES), "Training, so far") is None


def test_a_continued_run_shows_the_epochs_that_are_trained():
    low, high = loss_curve(history(), BASELINES, so_far=(7, 0.7), n_epochs=9).layout.xaxis.range
    assert 6 < low < 7
    assert 9 < high < 10


def test_the_axis_starts_at_zero_and_has_room_for_every_loss():
    low, high = loss_curve(history(1.5, 1.2), BASELINES, so_far=(3, 1.9)).layout.yaxis.range
    assert low == 0
    assert 1.9 < high < 2.2


def test_a_wild_first_epoch_does_not_flatten_the_rest():
    assert loss_curve(history(13.0, 0.9), BASELINES).layout.yaxis.range[1] == pytest.approx(2.2 * 1.1 * 1.08)


def test_an_axis_without_a_loss_has_no_figures():
    assert loss_curve(history(), None).layout.yaxis.showticklabels is False
    assert loss_curve(history(0.9), None).layout.yaxis.showticklabels is True


def test_the_kept_epoch_is_ringed():
    kept = trace(loss_curve(history(0.9, 0.8, 0.7), BASELINES, metric="mae", kept_epoch=2), "Kept epoch")
    assert (list(kept.x), list(kept.y)) == ([2], [0.5])


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("metric", ["mse", "mae"])
@pytest.mark.parametrize("so_far", [None, (1, 1.2), (1, math.nan), (1, math.inf)])
def test_before_the_first_epoch_is_over_the_baselines_give_the_axis_its_room(so_far, metric, log):
    figure = loss_curve(history(), BASELINES, metric=metric, log=log, so_far=so_far, n_epochs=5)
    if not log:
        low, high = figure.layout.yaxis.range
        assert low == 0
        assert high >= 1.08 * BASELINES[f"mean_{metric}"]
    assert figure.layout.xaxis.range[1] > 5


def test_without_baselines_plotly_chooses_the_axis():
    assert loss_curve(history(), None, n_epochs=5).layout.yaxis.range is None
    # Where all ratings are equal, predicting their mean is never wrong.
    assert loss_curve(history(0.0), dict.fromkeys(BASELINES, 0.0)).layout.yaxis.range is None


def test_one_epoch_without_validation_ratings_has_a_range():
    only = history(0.9).assign(val_mse=math.nan, val_mae=math.nan)
    figure = loss_curve(only, BASELINES, n_epochs=1)
    assert figure.layout.yaxis.range[1] == pytest.approx(1.1 * 1.08)
    assert figure.layout.xaxis.range[0] < 1 < figure.layout.xaxis.range[1]


def test_losses_that_are_not_finite_leave_the_axis_alone():
    assert loss_curve(history(math.inf, math.nan), BASELINES).layout.yaxis.range == (0, pytest.approx(1.1 * 1.08))


def test_a_spike_leaves_the_frame_with_an_arrow_that_says_how_far():
    figure = loss_curve(history(1.0, 1.6e14, 0.9), BASELINES)
    top = figure.layout.yaxis.range[1]
    assert top == pytest.approx(2.2 * 1.1 * 1.08)
    arrows = trace(figure, "Training, above the frame")
    assert (list(arrows.x), list(arrows.customdata), list(arrows.text)) == ([2], ["1.6e14"], ["1.6e14"])
    assert arrows.marker.symbol == "arrow-up"
    assert 0.9 * top < arrows.y[0] < top
    # Its line goes there and no further, whatever the number is.
    assert list(trace(figure, "Training").y) == [1.0, pytest.approx(4 * top), 0.9]
    assert list(trace(figure, "Validation, above the frame").x) == [2]


def test_losses_in_the_frame_have_no_arrow():
    assert trace(loss_curve(history(0.9, 0.8), BASELINES), "Training, above the frame") is None


def test_where_every_loss_is_wild_the_frame_reaches_to_them():
    """Learning rate `50 × 4` used to leave an empty plot."""
    figure = loss_curve(history(6.4, 6.5, 6.5, 6.5), BASELINES)
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert all(loss < high for loss in trace(figure, "Validation").y)
    assert trace(figure, "Validation, above the frame") is None


def test_losses_beyond_all_measure_leave_arrows_and_the_baselines_in_sight():
    figure = loss_curve(history(1e12, 1e14), BASELINES, so_far=(3, math.inf))
    assert figure.layout.yaxis.range[1] < 10 * BASELINES["mean_mse"]
    arrows = trace(figure, "Training, above the frame")
    assert (list(arrows.x), list(arrows.text)) == ([1, 2, 3], ["", "", "infinite"])


@pytest.mark.parametrize("log", [False, True])
def test_a_training_loss_that_is_no_number_is_an_arrow_too(log):
    figure = loss_curve(history(0.9, math.nan).assign(val_mse=[1.0, math.nan]), BASELINES, log=log)
    arrows = trace(figure, "Training, above the frame")
    assert (list(arrows.x), list(arrows.text)) == ([2], ["infinite"])
    assert all(map(math.isfinite, trace(figure, "Training").y))


def test_the_suggested_rate_is_named_where_its_line_is():
    sweep = pd.DataFrame({"learning_rate": [1e-4, 1e-2, 1.0], "mse": [1.2, 0.9, 2.0]})
    figure = learning_rate_sweep(sweep, 0.0033, (1e-5, 10.0))
    (line,), (label,) = figure.layout.shapes, figure.layout.annotations
    # Plotly takes shapes on a logarithmic axis by value, annotations by logarithm.
    assert line.x0 == line.x1 == 0.0033
    assert label.x == pytest.approx(math.log10(0.0033))
    assert "0.0033" in label.text

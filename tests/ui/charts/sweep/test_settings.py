"""Figures of what a sweep varied, looked at as data."""

from recsys_core.quality.trial_figures import FIGURES
from tests.ui.charts.sweep.studies import dimensions, large_study, trial
from ui.charts.sweep.settings import importance_bars, parallel_coordinates, slices
from ui.charts.sweep.values import BEST_COLOR, CHOSEN_COLOR, text_of

MSE = FIGURES["val_mse"]
DIMENSIONS = dimensions()


def test_a_line_goes_through_the_values_of_its_trial_to_what_came_of_it():
    values = {"embedding_size": 16, "learning_rate": 0.1, "l2": 1e-5, "embedding_initializer": "uniform"}
    figure = parallel_coordinates([trial(0, 0.7, values=values), trial(1, 0.8)], DIMENSIONS, MSE, best=0, chosen=1)
    best = figure.data[-1]
    assert best.line.color == BEST_COLOR
    assert [round(y, 3) for y in best.y[:4]] == [0.0, 1.0, 0.5, 0.0]
    assert set(best.customdata) == {0}
    assert figure.data[-2].line.color == CHOSEN_COLOR
    assert [title.replace("<br>", " ") for title in figure.layout.xaxis.ticktext] == [
        "Embedding size", "Learning rate", "Table L2", "Initial embeddings", "Validation MSE ↓",
    ]  # fmt: skip


def test_better_trials_are_nearer_to_the_end_of_the_objective_s_axis_that_is_named_so():
    figure = parallel_coordinates([trial(0, 0.7), trial(1, 0.9)], DIMENSIONS, MSE, best=None, chosen=None)
    ends = {trace.customdata[0]: trace.y[len(DIMENSIONS)] for trace in figure.data}
    assert ends[0] < ends[1]
    texts = [note.text for note in figure.layout.annotations if note.x == len(DIMENSIONS)]
    assert float(texts[0]) < 0.7 < 0.9 < float(texts[1])


def test_hundreds_of_trials_are_a_few_lines_and_all_are_there():
    view = large_study(300)
    figure = parallel_coordinates(view.trials, DIMENSIONS, MSE, best=view.best, chosen=None)
    assert len(figure.data) <= 10
    assert {number for trace in figure.data for number in trace.customdata} == set(range(300))


def test_what_matters_most_is_on_top():
    figure = importance_bars({"l2": 0.2, "learning_rate": 0.8}, {"l2": "Table L2", "learning_rate": "Learning rate"})
    assert list(figure.data[0].y) == ["Table L2", "Learning rate"]
    assert list(figure.data[0].text) == ["20%", "80%"]
    assert len(importance_bars({}, {}).data[0].y or ()) == 0


def test_slices_have_an_axis_a_setting_of_its_own_scale():
    view = large_study(60)
    figure = slices(view.trials, DIMENSIONS, MSE, columns=4, best=view.best, chosen=None)
    types = [figure.layout[name].type for name in ("xaxis", "xaxis2", "xaxis3", "xaxis4")]
    assert types == ["log", "log", "log", "category"]
    n_finished = sum(each.state == "finished" for each in view.trials)
    assert {len(trace.x) for trace in figure.data} == {n_finished}
    assert {trace.marker.symbol[list(trace.customdata).index(view.best)] for trace in figure.data} == {"star"}
    assert figure.layout.yaxis.range[1] < 5, "one that exploded does not flatten the others"


def test_a_training_of_no_second_took_some_time():
    texts = [text_of(FIGURES["seconds"], seconds) for seconds in (0.0432, 0.9, 12.34, float("nan"))]
    assert texts == ["0.043 s", "0.9 s", "12.3 s", "–"]

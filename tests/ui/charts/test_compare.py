"""Figures of runs side by side, looked at as data: what is drawn of which run, and never as markup."""

import numpy as np
import pandas as pd

from recsys_core.compare.figures import BY_NAME
from recsys_core.compare.neighbors import compare_neighbors
from tests.color_difference import ciede2000, lab
from tests.recsys_core.compare.pairs import K, keep_seeds, run_on, some_vectors
from ui.charts.compare import Entry, figure_bar, figure_scatter, loss_curves
from ui.charts.neighbor_change import NOISE_NAME, RUNS_NAME, overlap_by_group, staying_histogram
from ui.charts.palette import RUN_COLORS

ENTRIES = (Entry("A", "plain"), Entry("B", "<b>bold</b>"))
CURVE = pd.DataFrame(
    {"epoch": [1, 2], "step": [5, 10], "elapsed": [0.1, 0.2], "train_mse": [1.0, 0.5], "val_mse": [1.1, 0.8]}
)


def test_colors_of_runs_can_be_told_apart_and_show_on_both_pages():
    colors = lab(list(RUN_COLORS))
    differences = ciede2000(colors[:, None], colors[None])
    assert differences[np.triu_indices(len(colors), 1)].min() > 15
    assert ciede2000(colors[:, None], lab(["#FFFFFF", "#12161D"])[None]).min() > 20


def test_curves_are_drawn_over_what_is_asked_for_and_the_kept_epoch_is_ringed():
    figure = loss_curves(ENTRIES, [CURVE, CURVE * 2], by="elapsed", metric="mse", training=True, kept_epochs=[1, 2])
    assert [trace.name for trace in figure.data if trace.name] == [
        "A · plain", "A · plain", "B · &lt;b&gt;bold&lt;/b&gt;", "B · &lt;b&gt;bold&lt;/b&gt;",
    ]  # fmt: skip
    assert list(figure.data[3].x) == [0.2, 0.4]
    assert (list(figure.data[2].x), list(figure.data[2].y), figure.data[2].text) == ([0.1], [1.1], ("A",))
    assert figure.layout.xaxis.title.text == "Seconds"


def test_one_run_that_diverged_does_not_flatten_the_others():
    wild = CURVE.assign(val_mse=[50.0, 1e9])
    figure = loss_curves(ENTRIES, [CURVE, wild], by="epoch", metric="mse", training=False, kept_epochs=[2, 2])
    low, high = figure.layout.yaxis.range
    assert low < 0.8
    assert 1.1 < high < 5


def test_a_run_that_is_much_worse_is_in_the_frame():
    """As one on ratings from 1 to 10 is, beside one on stars."""
    worse = CURVE.assign(val_mse=[9.0, 8.0])
    figure = loss_curves(ENTRIES, [CURVE, worse], by="epoch", metric="mse", training=False, kept_epochs=[2, 2])
    low, high = figure.layout.yaxis.range or (0, np.inf)
    assert low < 0.8
    assert high > 9


def test_the_better_number_is_bold_where_one_is_better():
    values = pd.DataFrame({"val_mse": [0.7, 0.8], "stability": [np.nan, 0.5], "n_parameters": [10.0, 20.0]})
    texts = {}
    for name in values:
        picture = figure_bar(ENTRIES, values, BY_NAME[name])
        assert picture.data[0].y == ("A", "B")
        texts[picture.layout.title.text] = picture.data[0].text
    assert texts == {
        "Validation MSE ↓": ("<b>0.700</b>", "0.800"), "Stability ↑": ("–", "50%"), "Parameters": ("10", "20"),
    }  # fmt: skip


def test_the_scatter_names_the_runs_compared_and_leaves_out_what_is_not_known():
    table = pd.DataFrame({"run": ["x", "y", "z"], "val_mse": [0.7, 0.8, np.nan], "seconds": [1.0, 2.0, 3.0]})
    figure = figure_scatter(table, {"x": "<i>x</i>"}, {"x": ENTRIES[0]}, BY_NAME["seconds"], BY_NAME["val_mse"])
    others, own = figure.data
    assert (others.customdata, own.customdata) == (("y",), ("x",))
    assert own.text == ("A",)
    assert own.hovertext[0].startswith("<b>&lt;i&gt;x&lt;/i&gt;</b>")


def test_the_noise_stands_beside_the_two_runs(tmp_path):
    ids = np.arange(1, 61)
    first, second = (run_on(tmp_path / name, ids, some_vectors(ids, seed)) for name, seed in (("a", 0), ("b", 1)))
    (alone,) = staying_histogram(compare_neighbors(first, second, k=K)).data
    assert sum(alone.customdata) == 60
    keep_seeds(first, [first.movie_vectors])
    runs, noise = staying_histogram(compare_neighbors(first, second, k=K)).data
    assert (runs.name, noise.name) == (RUNS_NAME, NOISE_NAME)
    assert list(noise.y) == [0, 0, 0, 0, 0, 1]
    groups = pd.DataFrame({"group": ["<x>"], "n": [7], "overlap": [0.3], "noise": [np.nan]})
    (bars,) = overlap_by_group(groups, title="").data
    assert bars.y == ("&lt;x&gt;",)
    assert len(overlap_by_group(groups.assign(noise=0.5), title="").data) == 2

"""Figures that are kept: made once for a run and what they depend on."""

import json
import os

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit as st

from recsys_core.runs.run import Run
from tests.exploring import five_movies, run_info, write_files
from ui.components.figures import kept_figure
from ui.components.plot import encoded


@pytest.fixture
def run(tmp_path) -> Run:
    st.cache_resource.clear()
    embeddings = five_movies()
    write_files(tmp_path / "five", embeddings.vectors, embeddings.movies, run_info())
    return Run(tmp_path / "five")


def test_a_figure_is_made_once_for_all_that_it_depends_on(run):
    made = []

    def draw(name, *of):
        return kept_figure(run, name, of, lambda: made.append((name, of)) or go.Figure(go.Bar(y=[1, 2])))

    assert draw("bars", 1) is draw("bars", 1)
    draw("bars", 2)
    draw("dots", 1)
    assert made == [("bars", (1,)), ("bars", (2,)), ("dots", (1,))]
    # Trained again under the same name, it is another run.
    later = run.stamp + 1
    os.utime(run.path / "config.json", ns=(later, later))
    kept_figure(Run(run.path), "bars", (1,), lambda: made.append("again") or go.Figure())
    assert made[-1] == "again"


def test_a_kept_figure_is_to_the_browser_what_a_new_one_is(run):
    def make():
        return go.Figure(go.Scatter(x=np.arange(3.0), y=[1, 5, 2])).update_layout(title="Dots", height=210)

    kept = kept_figure(run, "dots", (), make)
    assert kept == encoded(make())
    assert kept.height == 210
    # The page's theme is the browser's to say.
    assert set(json.loads(kept.spec)["layout"]) == {"title", "height"}

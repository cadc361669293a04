"""Runs with known contents for the pages, saved where the app looks for runs."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from tests.exploring import five_movies, movies_of, run_info, write_files

ROOT = Path(__file__).resolve().parents[2]
TRICKY = "*Batteries* <b>not</b> [included](x)"


def save_run(
    root: Path,
    name: str,
    *,
    biases: bool = True,
    status: str = "finished",
    label: str | None = None,
    vectors: np.ndarray | None = None,
) -> None:
    """Five movies in the plane (see `five_movies`), three users, and a model file that nothing opens.

    With `vectors`, float `(n_movies, size)`, as many plain movies with these embeddings instead (see `movies_of`).
    """
    if vectors is None:
        embeddings = five_movies()
        vectors = embeddings.vectors
        movies = embeddings.movies.assign(mean_residual=[0.3, -0.2, 0.1, 0.0, -0.4])
        movies.loc[3, "title"] = TRICKY
    else:
        movies = movies_of(len(vectors), mean_residual=0.0)
    if not biases:
        movies["bias"] = np.nan
    known = run_info()
    info = run_info(
        label=f"Run {name}" if label is None else label,
        status=status,
        config=dataclasses.replace(known.config, architecture="dot-bias" if biases else "concatenation"),
        data=known.data.model_copy(update={"n_movies": len(movies)}),
    )
    write_files(root / name, vectors, movies, info)


def figures_of(app) -> list[dict]:
    """Data and layout of each figure on the page, as they are sent to the browser."""
    plots = [node.proto for node in app.get("bidi_component") if node.proto.component_name.endswith("plot")]
    return [json.loads(json.loads(plot.json)["figure"]) for plot in plots]


def movie_list_of(app: AppTest, place: int = 0) -> list[dict]:
    """The rows of the page's list of movies, as they are sent to the browser."""
    lists = [node.proto for node in app.get("bidi_component") if node.proto.component_name.endswith("movie_list")]
    return json.loads(lists[place].json)["movies"]


def run_picker(app: AppTest) -> Selectbox:
    """Where the run is chosen, in the sidebar."""
    return next(box for box in app.sidebar.selectbox if box.label == "Run")


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    """The folder the app looks for runs in, with one run called "five"."""
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    save_run(tmp_path, "five")
    return tmp_path


@pytest.fixture(autouse=True)
def no_warm_up(monkeypatch) -> None:
    """Every test starts the app anew; none lives long enough to profit from compiling in the background."""
    monkeypatch.setattr("ui.warm_up._DELAY_SECONDS", 3_600.0)
    monkeypatch.setattr("ui.train.ahead.SETTLED_SECONDS", 3_600.0)

"""Damaged runs: listed as such, explained in one message on each page, and no harm to any other run."""

import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.quality.report import REPORT_FILE
from recsys_core.runs.info import RunInfo
from tests.damaging import FILES, HARMS, damage, damaged_copy
from tests.exploring import write_run
from tests.pages import LISTS_ALL, OPEN, PAGES
from tests.pages.conftest import run_picker, save_run
from tests.pages.test_pages import open_page

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


def messages(app: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in (*app.error, *app.warning)]


@pytest.fixture
def damaged(runs, monkeypatch) -> list[str]:
    """Names of runs, each with one file damaged in one way, beside the good run "five"."""
    monkeypatch.setattr("ui.shared.run_picker.PATIENCE", 60.0)
    source = write_run(runs / "source", VECTORS, snapshots=np.stack([VECTORS, VECTORS])).path
    names = [damaged_copy(source, file_name, harm).name for file_name in FILES for harm in HARMS]
    for number, text in enumerate(("[1]", "null", "[" * 100_000, '{"config": 3}')):
        shutil.copytree(source, runs / f"odd-{number}")
        (runs / f"odd-{number}" / "config.json").write_text(text, encoding="utf-8")
        names.append(f"odd-{number}")
    return names


@pytest.mark.parametrize("page", sorted({*PAGES} - {*LISTS_ALL}))
def test_a_damaged_run_is_explained_and_harms_no_other(damaged, page):
    app = open_page(page, run="five")
    assert not any("cannot be read" in message for message in messages(app))
    options = run_picker(app).options
    assert sum(" (damaged)" in option for option in options) == len(damaged)
    # Each page in its turn a third of them: all of them three times in all.
    for name in damaged[PAGES.index(page) % 3 :: 3]:
        app.query_params["run"] = name
        app.run()
        assert not app.exception, name
        (message,) = messages(app)
        assert message.startswith(f"Run '{name}' cannot be read: "), name
        assert run_picker(app).value == name
    run_picker(app).select("five").run()
    assert not any("cannot be read" in message for message in messages(app))


def test_a_page_opens_on_a_run_that_is_not_damaged(damaged):
    app = open_page("home")
    assert run_picker(app).value in ("source", "five")
    assert messages(app) == []


def test_training_goes_on_without_the_damaged_run(damaged):
    app = open_page("train", run=damaged[0])
    assert messages(app)[0].endswith("Meanwhile “source” is shown.")
    assert [button.disabled for button in app.button if button.label == "Train"] == [False]
    start = app.selectbox(key="train_start")
    assert "continue Run five" in start.options
    assert not any(name in option for option in start.options for name in damaged)


def test_without_any_sound_run_each_page_says_why(runs, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.store.EXAMPLE_RUN_DIR", runs / "none")
    damage(runs / "five" / "movies.parquet", "truncated")
    for page in sorted({*PAGES} - {*LISTS_ALL}):
        (message,) = messages(open_page(page))
        assert "movies.parquet is damaged" in message


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_caches_are_no_harm(runs, harm):
    save_run(runs, "blobs", vectors=VECTORS)
    open_page("home", run="blobs")
    cache = runs / "blobs" / "cache"
    (projection,) = cache.glob("projection-*.npz")
    drawn = projection.stat().st_size
    report = {"version": 2, "figures": [], "n_movies": 40, "seeds": [0, 1], "seconds": 1.0}
    (cache / REPORT_FILE).write_text(json.dumps(report), encoding="utf-8")
    np.save(cache / "neighbor_lists.npy", np.zeros((3, 40, 10), np.int32))
    for file in list(cache.iterdir()):
        damage(file, harm)
    for page in ("home", "map", "neighbors"):
        assert messages(open_page(page, run="blobs", projection="PCA")) == []
    for opened in OPEN["quality"]:
        said = messages(open_page("quality", opened, run="blobs"))
        # What cannot be measured any more is told once it has been tried, in the background.
        assert all("The ratings must be those that run" in each for each in said)
    assert projection.stat().st_size == drawn


def test_a_training_that_diverged_at_once_is_listed_as_such_and_shown(runs):
    config = runs / "five" / "config.json"
    info = RunInfo.from_text(config.read_bytes()).model_copy(update={"status": "diverged", "kept_epoch": 0})
    config.write_text(info.to_text(), encoding="utf-8")
    app = open_page("train", run="five")
    assert "Run five (diverged)" in run_picker(app).options
    assert not any("cannot be read" in message for message in messages(app))
    assert "Validation MSE" in [metric.label for metric in app.metric]

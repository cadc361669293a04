"""Runs and links that are out of the ordinary: every page says what is the matter, in words, and none breaks."""

import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import LISTS_ALL, OPEN, PAGES
from tests.pages.conftest import ROOT, run_picker, save_run
from tests.pages.test_pages import open_page

RNG = np.random.default_rng(0)
BROKEN = RNG.normal(size=(40, 4))
BROKEN[3, 1] = np.nan
ODD = {
    "size-one": RNG.normal(size=(40, 1)),
    "size-two": RNG.normal(size=(40, 2)),
    "three-movies": RNG.normal(size=(3, 4)),
    "identical": np.ones((40, 4)),
    "not-a-number": BROKEN,
}
WITH_ERROR = {
    "identical": ("home", "map", "recommend"),
    "not-a-number": sorted({*PAGES} - {*LISTS_ALL}),
}
UNMEASURED = "The ratings must be those that run"


def messages(app: AppTest) -> str:
    shown = [*app.error, *app.warning, *app.info]
    return " ".join(element.value for element in shown).replace("\\", "")


def test_a_run_whose_ratings_are_gone_stays_explorable(runs):
    info_file = runs / "five" / "config.json"
    info = json.loads(info_file.read_text())
    info["data"] |= {"id": f"path:{runs}/gone.zip", "fingerprint": "0" * 32}
    info_file.write_text(json.dumps(info))
    for page in PAGES:
        # What cannot be measured any more is told as soon as it has been tried, in the background.
        said = [error.value.replace("\\", "") for error in open_page(page).error]
        assert page == "quality" or not said
        assert all("which does not exist any more" in each for each in said)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.session_state["train_data"] = True  # the panel is open
    app.switch_page("pages/train.py")
    app.run()
    assert "281 ratings" in " ".join(element.value for element in app.markdown)
    assert "gone.zip', which does not exist any more" in messages(app)


def test_of_ratings_without_times_popularity_alone_is_taken_out_and_every_page_that_looks_says_so(runs):
    np.save(runs / "five" / "movie_taste.npy", np.load(runs / "five" / "movie_embeddings.npy"))
    for page in ("map", "neighbors"):
        captions = " ".join(caption.value for caption in open_page(page).sidebar.caption)
        assert "These ratings have no timestamps: popularity alone is taken out." in captions


@pytest.fixture
def odd(runs):
    for name, vectors in ODD.items():
        save_run(runs, name, vectors=vectors.astype(np.float32))
    return runs


@pytest.mark.parametrize("name", ODD)
def test_every_page_survives_and_keeps_the_run_picker(odd, name):
    for page in PAGES:
        parts = [open_page(page, opened, run=name) for opened in OPEN.get(page, [{}])]
        assert {run_picker(app).value for app in parts} == {name}
        # What cannot be measured is told once it has been tried in the background: before or after this look.
        told = [error.value for error in parts[0].error if page != "quality" or UNMEASURED not in error.value]
        assert bool(told) == (page in WITH_ERROR.get(name, ()))


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("size-one", {"projection": "PCA"}, "only 1 number: the map has no more directions"),
        ("size-one", {"projection": "Custom axes"}, "only 1 number"),
        ("size-two", {"projection": "PCA"}, "only 2 numbers: PCA shows them as they are"),
        ("size-two", {"projection": "PCA", "dims": "3-D"}, "the rest is flat"),
        ("three-movies", {"projection": "PCA", "min_ratings": "3"}, "at least 2 movies. Received: 1"),
        ("identical", {}, "Received: the same vector for every movie"),
        ("not-a-number", {}, "NaN or infinite numbers in 1 of 40 movies"),
        ("five", {"movie": "999"}, "Received: 999, which is not in it"),
        ("five", {"movie": "x<b>"}, "Received: 'x<b>'"),
    ],
)
def test_the_map_says_what_is_the_matter(odd, name, query, message):
    assert message in messages(open_page("map", run=name, **query))


def test_a_projection_that_cannot_be_drawn_says_so_when_it_is_asked_for(odd):
    app = open_page("map", run="three-movies", projection="t-SNE")
    app.button(key="compute_projection").click().run()
    for _ in range(100):
        if "at least 4 movies" in messages(app):
            break
        app.run()
    assert "at least 4 movies. Received: 3" in messages(app)


def test_a_map_stays_when_a_question_has_no_answer(odd):
    app = open_page("map", run="five", projection="PCA")
    app.segmented_control(key="panel").set_value(":material/calculate:").run()
    app.multiselect(key="plus").set_value([10])
    app.multiselect(key="minus").set_value([20]).run()
    # The two point the same way, so nothing is left of their difference.
    assert "cancel each other out" in messages(app)
    assert not app.exception
    assert not app.error
    axes = {"projection": "Custom axes"} | {f"{axis}_{end}": "Amélie (2001)" for axis in "xy" for end in ("from", "to")}
    app = open_page("map", run="five", **axes)
    assert "ends where it starts" in messages(app)


def test_a_run_deleted_while_it_is_looked_at_is_replaced(odd):
    app = open_page("map", run="size-two", projection="PCA")
    shutil.rmtree(odd / "size-two")
    app.selectbox(key="color").select("Year").run()
    assert not app.exception
    missing = "size-two” is not there (any more)"
    assert missing in messages(app)
    # A map that draws lets its page run again, whatever the visitor has read by then.
    app.run()
    assert missing in messages(app)
    run_picker(app).select("five").run()
    assert missing not in messages(app)


def test_runs_with_the_same_label_are_told_apart(runs):
    save_run(runs, "one", label="Twin")
    save_run(runs, "two", label="Twin")
    for name in ("one", "two"):
        app = open_page("biases", run=name)
        assert app.query_params["run"] == name
        assert run_picker(app).value == name
    picker = run_picker(app)
    assert {"Twin · one", "Twin · two", "Run five"} <= set(picker.options)
    picker.select("one").run()
    assert app.query_params["run"] == "one"

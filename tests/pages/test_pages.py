"""Home, Neighbors, Biases and what all pages share, run without a browser on a run with known contents."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages import OPEN
from tests.pages.conftest import ROOT, TRICKY, figures_of, movie_list_of, run_picker, save_run


def open_page(name: str, opened: dict | None = None, **query: str | list[str]) -> AppTest:
    """The page; `opened` says what of it is open, by default the first of what there is (`tests.pages.OPEN`)."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in (opened or OPEN.get(name, [{}])[0]).items():
        app.session_state[key] = value
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{name}.py")
    app.run()
    assert not app.exception, app.exception
    return app


def neighbors_shown(app: AppTest) -> dict[str, dict]:
    """Title -> row of the list."""
    return {movie["title"]: movie for movie in movie_list_of(app)}


@pytest.mark.parametrize("page", ["home", "neighbors", "biases"])
def test_every_page_opens_on_a_run_and_says_which(runs, page):
    app = open_page(page)
    assert run_picker(app).value == "five"
    assert app.query_params["run"] == "five"
    assert "25% below biases alone" in app.sidebar.caption[0].value


@pytest.mark.parametrize("page", ["home", "neighbors", "biases"])
def test_without_any_run_a_page_says_what_to_do(runs, page, monkeypatch):
    shutil.rmtree(runs / "five")
    monkeypatch.setattr("recsys_core.runs.store.EXAMPLE_RUN_DIR", runs / "none")
    assert "Train one" in open_page(page).info[0].value


def test_an_unknown_run_in_the_url_is_reported_and_replaced(runs):
    app = open_page("biases", run="*gone*")
    assert r"\*gone\*" in app.warning[0].value
    assert app.query_params["run"] == "five"


def test_a_run_that_was_deleted_meanwhile_is_replaced(runs):
    save_run(runs, "other")
    app = open_page("neighbors", run="other")
    shutil.rmtree(runs / "other")
    app.run()
    assert not app.exception
    assert "not there" in app.warning[0].value


def test_choosing_a_run_puts_it_in_the_url(runs):
    save_run(runs, "other", status="stopped")
    app = open_page("neighbors", run="five")
    run_picker(app).select("other").run()
    assert app.query_params["run"] == "other"
    assert "stopped" in app.sidebar.caption[0].value


def test_neighbors_of_the_movie_in_the_url_are_in_order(runs):
    app = open_page("neighbors", movie="10", at_least="0")
    assert app.subheader[0].value == r"The Matrix \(1999\)"
    assert list(neighbors_shown(app)) == ["The Matrix Reloaded", "Amélie", TRICKY]
    assert neighbors_shown(app)["Amélie"]["value"] == "0.71"
    assert neighbors_shown(app)["Amélie"]["share"] == pytest.approx(0.7071, abs=1e-3)


def test_minimum_ratings_leave_out_what_is_hardly_rated(runs):
    assert list(neighbors_shown(open_page("neighbors", movie="10", at_least="50"))) == ["Amélie", TRICKY]
    assert "Lower" in open_page("neighbors", movie="10", at_least="5000").info[0].value


def test_typing_part_of_a_title_offers_movies_and_a_click_opens_one(runs):
    app = open_page("neighbors", movie="10")
    app.text_input(key="neighbors_search").set_value("amelie").run()
    app.button(key="neighbors_search-30").click().run()
    assert app.query_params["movie"] == "30"
    assert app.subheader[0].value == r"Amélie \(2001\)"
    assert app.text_input(key="neighbors_search").value == ""
    app.button(key="trail-10").click().run()
    assert app.query_params["movie"] == "10"


def test_a_search_without_matches_says_so(runs):
    app = open_page("neighbors")
    app.text_input(key="neighbors_search").set_value("zzz").run()
    assert any("No movie of this run" in caption.value for caption in app.caption)


def test_titles_are_never_markup(runs):
    app = open_page("neighbors", movie="40")
    assert app.subheader[0].value == r"\*Batteries\* \<b\>not\</b\> \[included\]\(x\) \(1995\)"


def test_a_movie_that_is_not_in_the_run_is_reported(runs):
    app = open_page("neighbors", movie="999")
    assert "999" in app.warning[0].value
    assert app.subheader[0].value == r"The Matrix \(1999\)"


def test_why_a_neighbor_looks_into_the_ratings_and_survives_another_list(runs):
    app = open_page("neighbors", movie="10", at_least="0")
    why = next(box for box in app.main.selectbox if box.label == "Why is it a neighbor?")
    why.select_index(0).run()
    assert not app.exception
    assert any("rated both" in text.value for text in app.markdown)
    app.number_input(key="at_least").set_value(50).run()
    assert not app.exception
    assert not any("rated both" in text.value for text in app.markdown)


def test_predictions_for_a_user_are_bias_plus_dot_product(runs):
    app = open_page("neighbors", movie="10", at_least="0", user="2")
    # User 2 has vector (0, 1) and bias 0.4; "Amélie" has (1, 1) and 0.4: 3.5 + 0.4 + 0.4 + 1.
    assert neighbors_shown(app)["Amélie"]["predicted"] == "5.30"
    # The Matrix has vector (1, 0) and bias 0.5: 3.5 + 0.4 + 0.5 + 0, held against the mean of the user's own ratings.
    expected = next(metric for metric in app.metric if metric.label == "Predicted")
    assert (expected.value, expected.delta) == ("4.40", "user's mean 4.00")
    assert "A user must be one" in open_page("neighbors", movie="10", user="12345").error[0].value.replace("\\", "")


def test_neighbors_carry_their_confidence_and_rare_movies_say_so(runs):
    """The rows 0, 2 and 3 are known from three seeds: 2 is the nearest to 0 in two of them."""
    cache = runs / "five" / "cache"
    cache.mkdir()
    figure = {"measure": "stability", "band": "all", "source": "run", "value": 0.5, "n": 3}
    report = {"version": 3, "figures": [figure], "n_movies": 3, "seeds": [0, 1, 2], "seconds": 1.0}
    (cache / "quality.json").write_text(json.dumps(report), encoding="utf-8")
    known = np.array([[[0], [2], [3]], [[2], [0], [0]], [[2], [0], [0]], [[3], [0], [0]]], np.int32)
    np.save(cache / "neighbor_lists.npy", known)
    app = open_page("neighbors", movie="10", at_least="0")
    shown = neighbors_shown(app)
    assert shown["The Matrix Reloaded"]["badge"] is None
    assert shown["Amélie"]["badge"]["text"] == "2 of 3 seeds"
    app.segmented_control(key="nearness").set_value("dot").run()
    assert neighbors_shown(app)["Amélie"]["badge"] is None
    app = open_page("neighbors", movie="50", at_least="50")
    assert "Fewer than 20 ratings in training" in " ".join(caption.value for caption in app.caption)
    save_run(runs, "rare", vectors=np.eye(5, dtype=np.float32) + 1)
    rare = neighbors_shown(open_page("neighbors", run="rare", at_least="0"))
    assert [movie["badge"]["text"] for movie in rare.values()] == ["few ratings"] * 4


@pytest.mark.parametrize(("page", "key", "query"), [
    ("neighbors", "at_least", {}), ("map", "neighbor_ratings", {"projection": "PCA"}),
])  # fmt: skip
def test_lists_of_neighbors_leave_out_the_hardly_rated_and_say_so(runs, page, key, query):
    movies = runs / "five" / "movies.parquet"
    pd.read_parquet(movies).assign(n_ratings=[100, 40, 19, 20, 1]).to_parquet(movies)
    app = open_page(page, movie="10", **query)
    minimum = next(box for box in [*app.number_input, *app.slider] if box.key == key)
    # As on the map: so few movies are shown all at first.
    assert (minimum.value, minimum.label) == (0, "At least … ratings")
    assert "Amélie" in neighbors_shown(app)
    minimum.set_value(20).run()
    assert list(neighbors_shown(app)) == ["The Matrix Reloaded", TRICKY]
    assert page == "neighbors" or any("at least 20 ratings" in caption.value for caption in app.caption)


@pytest.mark.parametrize(("page", "query"), [("neighbors", {}), ("map", {"projection": "PCA"})])
def test_a_movie_that_nobody_rated_in_training_has_no_neighbors(runs, page, query):
    app = open_page(page, movie="50", **query)
    assert "Nobody rated this movie in training" in " ".join(text.value for text in [*app.info, *app.caption])
    assert not any("at least 20 ratings" in caption.value for caption in app.caption)


def test_all_pages_have_the_same_unit_for_the_biases_of_a_run(runs):
    """Added up before a sigmoid, biases are no stars."""
    config = runs / "five" / "config.json"
    info = json.loads(config.read_text(encoding="utf-8"))
    for output_range, unit in ((None, "stars"), ([0.5, 5.5], "before the sigmoid")):
        info["prediction"]["output_range"] = output_range
        config.write_text(json.dumps(info), encoding="utf-8")
        st.cache_resource.clear()
        on_map = open_page("map", projection="PCA", color="Bias", movie="10")
        maps = [node.proto for node in on_map.get("bidi_component") if node.proto.component_name.endswith("movie_map")]
        assert f"Movie bias ({unit})" in str(maps[0])
        figures = figures_of(open_page("biases", rated="0"))
        assert [f"({unit})" in json.dumps(figure) for figure in figures] == [True] * 3
        card = next(metric for metric in open_page("neighbors", movie="10").metric if metric.label == "Bias")
        assert unit in card.proto.help


def test_pages_share_no_widget_but_those_of_the_sidebar(runs):
    """Keys outlive the page: what was typed on one must not become the value of another."""
    seen: dict[str, str] = {}
    kinds = (
        "text_input",
        "number_input",
        "slider",
        "selectbox",
        "multiselect",
        "segmented_control",
        "toggle",
        "feedback",
    )
    for page in ("train", "map", "neighbors", "biases", "recommend", "quality"):
        app = open_page(page, for_whom="A user of the data", projection="PCA", movie="10")
        keys = {box.key for kind in kinds for box in getattr(app, kind, app.get(kind)) if getattr(box, "key", None)}
        assert (keys & seen.keys()) <= {run_picker(app).key, "era_in_view"}
        seen = dict.fromkeys(keys, page) | seen


@pytest.mark.parametrize(("page", "query"), [("neighbors", {"user": "12345"}), ("recommend", {"for_user": "12345"})])
def test_a_user_who_is_not_in_the_run_gets_one_clear_message(runs, page, query):
    app = open_page(page, movie="10", for_whom="A user of the data", **query)
    assert [error.value.replace("\\", "") for error in app.error] == [
        "A user must be one of the run's 3 (1 to 7). Received: 12345"
    ]
    assert page == "recommend" or neighbors_shown(app)


def test_a_user_field_left_empty_on_one_page_is_none_on_that_page_alone(runs):
    app = open_page("neighbors", movie="10")
    assert app.number_input(key="user").value is None
    app.switch_page("pages/recommend.py").run()
    app.segmented_control(key="for_whom").set_value("A user of the data").run()
    assert app.number_input(key="for_user").value == 1
    assert not any("user_id" in error.value for error in app.error)


def test_biases_without_biases_say_why_and_show_residuals(runs):
    save_run(runs, "network", biases=False)
    app = open_page("biases", run="network", rated="0")
    assert "no movie biases" in app.info[0].value
    assert app.subheader[0].value == "Highest and lowest mean residual"


def test_biases_ask_for_a_lower_minimum_when_nothing_is_left(runs):
    assert "Lower the minimum" in open_page("biases", rated="5000").info[0].value

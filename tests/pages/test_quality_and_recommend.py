"""The Quality and For you pages on a small trained run: what they show, and what they say to odd input."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys_core.data.split import split_ratings
from recsys_core.jobs.threads import worker
from recsys_core.quality.measuring import quality_report
from recsys_core.runs.store import open_run
from recsys_core.runs.writer import train
from recsys_core.settings.train_config import Phase, TrainConfig
from tests.pages.conftest import ROOT, movie_list_of

CONFIG = TrainConfig(
    architecture="rate-and-watch",
    user_embedding_size=8,
    movie_embedding_size=8,
    centered=True,
    stretched_sigmoid=True,
    n_ratings=30_000,
    batch_size=256,
    phases=(Phase(5e-3, 2),),
)
FORREST_GUMP, PULP_FICTION, LAST_USER = 356, 296, 671


@pytest.fixture(scope="module")
def trained(built_in, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    run = train(split_ratings(built_in, CONFIG), CONFIG, folder / "small")
    quality_report(run)
    return folder


@pytest.fixture
def open_page(trained, monkeypatch):
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(trained))
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()

    def open_page(name: str, tab: str = "Neighbors", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in {"run": "small", **query}.items():
            app.query_params[key] = value
        app.session_state["quality_tab"] = tab
        app.run()
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        return app

    return open_page


def titles(app: AppTest) -> list[str]:
    return [movie["title"] for movie in movie_list_of(app)]


def texts(elements) -> str:
    return " ".join(element.value for element in elements)


def test_quality_says_over_how_many_movies(open_page, trained):
    app = open_page("quality")
    n_movies = quality_report(open_run(trained / "small")).n_movies
    assert f"{n_movies:,} movies with at least 20 training ratings" in texts(app.caption)
    assert not app.error


def test_quality_names_rare_movies_with_long_vectors(open_page):
    assert "The longest of the rare, ringed, with their ratings:" in texts(open_page("quality", "Popularity").caption)


@pytest.mark.parametrize("page", ["train", "map", "biases"])
def test_pages_say_the_run_in_one_sentence(page, open_page):
    said = " ".join(element.proto.body for element in open_page(page).get("html"))
    assert "guessing by" in said
    assert "its neighbors share genres" in said
    assert "of them stay from another seed" in said


def test_a_run_without_stability_offers_to_measure_it(open_page, trained, monkeypatch):
    asked = []
    monkeypatch.setattr("ui.quality.measuring.SEEDS", 4)
    monkeypatch.setattr("recsys_core.jobs.quality_jobs.SEEDS", 4)
    monkeypatch.setattr(
        "recsys_core.jobs.quality_jobs.quality_report", lambda run, **options: asked.append((run, options))
    )
    app = open_page("quality")
    app.button(key="measure_stability").click().run()
    worker.when_idle(lambda should_stop: None).result(60)
    assert [(run.name, options["n_seeds"]) for run, options in asked] == [("small", 4)]


def test_ratings_of_a_guest_change_what_is_recommended(open_page):
    app = open_page("recommend")
    assert "Until then, this is for the average user" in texts(app.info)
    for_average = titles(app)
    app.session_state["searched_movies"] = [FORREST_GUMP, PULP_FICTION]
    app.run()
    app.feedback(key=f"stars-{FORREST_GUMP}").set_value(0).run()
    app.feedback(key=f"stars-{PULP_FICTION}").set_value(4).run()
    assert app.session_state["my_ratings"] == {FORREST_GUMP: 1.0, PULP_FICTION: 5.0}
    assert not {"Forrest Gump", "Pulp Fiction"} & set(titles(app))
    assert titles(app) != for_average
    app.segmented_control(key="best_by").set_value("stars").run()
    predicted = [float(movie["value"]) for movie in movie_list_of(app)]
    assert predicted == sorted(predicted, reverse=True)


def test_ratings_come_with_the_address(open_page):
    app = open_page("recommend", stars=f"{FORREST_GUMP}:1,{PULP_FICTION}:5")
    assert app.session_state["my_ratings"] == {FORREST_GUMP: 1.0, PULP_FICTION: 5.0}
    assert app.feedback(key=f"stars-{PULP_FICTION}").value == 4
    app.feedback(key=f"stars-{FORREST_GUMP}").set_value(None).run()
    assert app.query_params["stars"] == f"{PULP_FICTION}:5"


@pytest.mark.parametrize("stars", ["soon", "1:6", "1:5,2", "9" * 30 + ":1", ":", "1:5;2:5"])
def test_ratings_in_an_address_that_mean_nothing_are_said(open_page, stars):
    app = open_page("recommend", stars=stars)
    assert not app.exception
    assert "`stars` in the address must be movie ids with 1 to 5 stars" in texts(app.error).replace("\\", "")
    assert "stars" not in app.query_params
    app.run()
    assert not app.error


def test_equal_ratings_are_answered_with_a_note(open_page):
    app = open_page("recommend")
    app.session_state["searched_movies"] = [FORREST_GUMP, PULP_FICTION]
    app.run()
    for movie_id in (FORREST_GUMP, PULP_FICTION):
        app.feedback(key=f"stars-{movie_id}").set_value(3).run()
    assert "All ratings are equal" in texts(app.info)
    assert titles(app)


def test_a_user_of_the_data_and_one_who_is_not(open_page):
    app = open_page("recommend")
    app.segmented_control[0].set_value("A user of the data").run()
    assert titles(app)
    app.number_input(key="for_user").set_value(LAST_USER + 1).run()
    assert not app.exception
    assert "must be one of the run" in texts(app.error)

"""Runs that only Keras can ask, while the thread that owns TensorFlow is busy: pages go on, and nothing old is done."""

import json
import shutil
import threading

import numpy as np
import pytest

from recsys_core.errors import QueryError
from recsys_core.jobs.threads import worker
from tests.pages.test_pages import neighbors_shown, open_page

STARS = "stars-{}"


@pytest.fixture
def network(runs):
    """The run "five", as a network."""
    config = runs / "five" / "config.json"
    info = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(info | {"prediction": info["prediction"] | {"is_dot": False}}), encoding="utf-8")
    return runs / "five"


@pytest.fixture
def busy():
    """Keeps the thread busy until it is set, as a training does."""
    release = threading.Event()
    worker.call(release.wait, 60)
    yield release
    release.set()
    worker.call(int).result(60)


def captions(app):
    return " ".join(caption.value for caption in app.caption)


def test_predictions_come_when_the_thread_is_free(network, busy, monkeypatch):
    monkeypatch.setattr("recsys_core.explore.predictions.predict", lambda run, user_id, rows: np.full(len(rows), 4.25))
    app = open_page("neighbors", movie="10", at_least="0", user="2")
    assert neighbors_shown(app)["Amélie"]["predicted"] is None
    assert "Asking the network" in captions(app)
    busy.set()
    worker.call(int).result(60)
    app.run()
    assert neighbors_shown(app)["Amélie"]["predicted"] == "4.25"
    assert "Asking the network" not in captions(app)


def test_of_stars_in_quick_succession_only_the_last_are_fitted(network, busy, monkeypatch):
    fitted = []

    def fold_in(run, stars):
        fitted.append(dict(stars))
        raise QueryError("Enough of this.")

    monkeypatch.setattr("ui.recommend.answer.fold_in", fold_in)
    app = open_page("recommend")
    for n_stars in (1, 2, 3, 4):
        app.feedback(key=STARS.format(10)).set_value(n_stars - 1).run()
        assert "Fitting you into the network" in captions(app)
    app.feedback(key=STARS.format(30)).set_value(4).run()
    busy.set()
    worker.call(int).result(60)
    app.run()
    assert fitted == [{0: 4.0, 2: 5.0}]
    assert "Enough of this" in app.error[0].value


def test_a_run_that_is_deleted_while_its_network_is_asked_is_replaced(network, busy):
    app = open_page("neighbors", movie="10", at_least="0", user="2", run="five")
    assert "Asking the network" in captions(app)
    shutil.rmtree(network)
    app.run()
    assert not app.exception
    assert "five” is not there (any more)" in app.warning[0].value
    busy.set()
    worker.call(int).result(60)
    app.run()
    assert not app.exception

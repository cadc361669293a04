"""The Sweep page shows the workers of a cluster, and nothing of them where the app does all tasks itself."""

from streamlit.testing.v1 import AppTest

from recsys_core.jobs.cluster.view import ClusterView, WorkerView
from ui.sweep import cluster


def drawn(view, monkeypatch):
    """The panel as an app of its own."""
    monkeypatch.setattr(cluster, "cluster", lambda: view)

    def app():
        from ui.sweep.cluster import workers_panel

        workers_panel()

    return AppTest.from_function(app, default_timeout=60).run()


def test_workers_are_shown_with_what_they_do_and_why_not(monkeypatch):
    busy = WorkerView("ann", "tcp://a:1", "busy", doing="Mine", memory_used=1_500_000_000, memory_limit=4_000_000_000)
    refused = WorkerView("bob", "tcp://b:1", "refused", "A worker must have the versions of this app.")
    view = ClusterView("tcp://box:8786", True, "1 worker of tcp://box:8786.", (busy, refused), n_waiting=3)
    app = drawn(view, monkeypatch)
    assert not app.exception
    assert "3 waiting" in app.caption[0].value
    rows = app.dataframe[0].value
    assert rows["Worker"].tolist() == ["ann", "bob"]
    assert rows["State"].tolist() == ["at work", "refused"]
    assert rows["Does"].tolist() == ["Mine", ""]
    assert rows["Memory"].tolist() == [1.5, 0.0]
    assert "versions" in rows["Note"][1]


def test_a_scheduler_that_is_gone_is_said(monkeypatch):
    app = drawn(ClusterView("tcp://box:8786", False, "The scheduler is gone. Trying to reach it again."), monkeypatch)
    assert not app.exception
    assert "link_off" in app.caption[0].value
    assert "gone" in app.caption[0].value


def test_without_a_cluster_nothing_is_drawn(monkeypatch):
    app = drawn(None, monkeypatch)
    assert not app.exception
    assert (len(app.subheader), len(app.caption)) == (0, 0)

"""The Runs page where there is little to show: no run at all, or none that is sound."""

from tests.damaging import damage
from tests.pages.test_damaged_runs import messages
from tests.pages.test_pages import open_page


def names(app) -> list[str]:
    return list(app.dataframe[0].value["Name"])


def test_without_any_run_it_leads_to_the_first_training(runs, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.store.EXAMPLE_RUN_DIR", runs / "none")
    monkeypatch.setenv("RECSYS_RUNS_DIR", str(runs / "empty"))
    app = open_page("runs")
    assert "There is no run of your own yet" in app.info[0].value
    assert len(app.dataframe) == 0
    assert messages(app) == []


def test_one_run_and_a_damaged_one_are_both_there(runs, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.store.EXAMPLE_RUN_DIR", runs / "none")
    app = open_page("runs", run="five")
    assert names(app) == ["Run five"]
    damage(runs / "five" / "config.json", "emptied")
    app.run()
    assert names(app) == ["five (damaged)"]
    assert "config.json must be JSON" in app.dataframe[0].value["State"][0]
    assert not app.exception

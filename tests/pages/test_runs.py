"""The Runs page where there is little to show: no run at all, or none that is sound."""

import threading

from recsys_core.jobs import background
from recsys_core.jobs.quality_jobs import facts_work
from recsys_core.quality import facts
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


def test_runs_that_nobody_has_listed_are_there_at_once_and_their_figures_a_little_later(runs, monkeypatch):
    monkeypatch.setattr("recsys_core.quality.facts._memory", facts._Memory())
    monkeypatch.setattr("ui.shared.run_picker.PATIENCE", -1.0)
    monkeypatch.setattr("ui.shared.waiting._A_MOMENT", 0.0)
    begin, reads = threading.Event(), facts._read_facts
    monkeypatch.setattr(facts, "_read_facts", lambda run: begin.wait(30) and reads(run))
    app = open_page("runs", run="five")
    table = app.dataframe[0].value
    assert "five" in list(table["Name"])
    assert set(table["State"]) == {"not read yet"}
    assert any("Looking at the runs" in each.value for each in app.caption)
    begin.set()
    background.wait(facts_work().key, 30)
    app.run()
    assert "Run five" in names(app)
    assert "not read yet" not in set(app.dataframe[0].value["State"])
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

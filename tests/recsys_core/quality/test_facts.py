"""What a list says of each run: right, read once for each state of its files, and never an error."""

import dataclasses
import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import Cancelled
from recsys_core.quality import facts as facts_module
from recsys_core.quality.facts import INDEX_FILE, MOST_POINTS, facts_of_runs, list_facts, read_all
from recsys_core.quality.overview import best_of, differing_settings, grouped
from recsys_core.quality.report import REPORT_FILE, cached_report, cached_values
from recsys_core.runs.damage import damage_of
from recsys_core.runs.info import RunInfo
from recsys_core.runs.keeping.naming import annotate, rename, star
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values
from tests.damaging import damage
from tests.exploring import run_info, write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture
def run(tmp_path) -> Run:
    return write_run(tmp_path / "mine", VECTORS, snapshots=np.stack([VECTORS, VECTORS]))


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Names of the runs that are read, as they are."""
    read = []
    whole = facts_module._read_facts
    monkeypatch.setattr(facts_module, "_read_facts", lambda run: read.append(run.name) or whole(run))
    return read


def only(root, name="mine"):
    return next(facts for facts in list_facts(root) if facts.name == name)


def forget(monkeypatch) -> None:
    """As another process begins."""
    monkeypatch.setattr(facts_module, "_memory", facts_module._Memory())


def test_all_that_a_list_shows_is_what_the_run_says(run, tmp_path):
    config = with_values(PRESETS["recommender-v2"].config, {"seed": 3, "embedding_size": 4})
    (run.path / "config.json").write_text(run_info(config=config, label="mine").to_text(), encoding="utf-8")
    rename(run, "Named")
    annotate(run, "noted")
    star(run)
    facts = only(tmp_path)
    assert (facts.label, facts.note, facts.is_starred, facts.status) == ("Named", "noted", True, "finished")
    assert (facts.val_mse, facts.val_mae, facts.best_mse, facts.curve) == (0.6, 0.6, 0.6, (1.0, 0.6))
    assert facts.against_biases == pytest.approx(0.6 / 0.8 - 1)
    assert (facts.n_parameters, facts.seconds, facts.data) == (20, 0.2, "five movies")
    assert (facts.settings["seed"], facts.settings["embedding_size"]) == (3, 4)
    assert facts.settings_name == "recommender-v2, size 4"
    assert facts.n_bytes == sum(file.stat().st_size for file in run.path.iterdir())
    assert facts.n_spare_bytes > 0
    assert np.isnan([facts.genre_overlap, facts.stability]).all()
    assert not facts.is_example
    assert only(tmp_path, EXAMPLE_RUN_DIR.name).is_example


def test_figures_of_the_quality_report_are_the_reports_own(tmp_path):
    example = Run(EXAMPLE_RUN_DIR)
    report = cached_report(example)
    facts = only(tmp_path, example.name)
    assert report is not None
    assert (facts.genre_overlap, facts.stability) == (report.value("genre_overlap"), report.value("stability"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 2, "figures": [3]}', "[" * 9999])
def test_a_report_that_cannot_be_read_is_none(run, text):
    run.cache_dir.mkdir()
    (run.cache_dir / REPORT_FILE).write_text(text)
    assert cached_values(run) == {}


def test_a_damaged_run_is_listed_with_its_reason_and_harms_no_other(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "broken")
    damage(tmp_path / "broken" / "movies.parquet", "truncated")
    shutil.copytree(run.path, tmp_path / "nameless")
    (tmp_path / "nameless" / "config.json").write_text("[1]")
    broken, nameless = only(tmp_path, "broken"), only(tmp_path, "nameless")
    assert "movies.parquet is damaged" in broken.damage
    assert broken.shown_label == "mine (damaged)"
    assert "config.json must hold an object" in nameless.damage
    assert nameless.shown_label == "nameless (damaged)"
    assert not only(tmp_path).is_damaged


def test_what_a_thorough_look_found_later_is_told(run, tmp_path):
    assert not only(tmp_path).is_damaged
    file = run.path / "movies.parquet"
    stat, content = file.stat(), bytearray(file.read_bytes())
    content[4:200] = bytes(196)
    file.write_bytes(content)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    damage_of(Run(run.path), thorough=True)
    assert "movies.parquet is damaged" in only(tmp_path).damage


def test_files_are_read_once_until_one_changes_also_by_another_process(run, tmp_path, reads, monkeypatch):
    for _ in range(3):
        list_facts(tmp_path)
    assert reads.count("mine") == 1
    forget(monkeypatch)
    first = only(tmp_path)
    assert reads.count("mine") == 1
    assert first.settings == facts_of_runs([Run(run.path)])[0].settings
    rename(run, "Named")
    assert only(tmp_path).label == "Named"
    assert reads.count("mine") == 2
    run.cache_dir.mkdir()
    (run.cache_dir / "projection.npz").write_bytes(b"x" * 500)
    assert only(tmp_path).n_bytes - first.n_bytes >= 500
    shutil.rmtree(run.path)
    assert [facts.name for facts in list_facts(tmp_path)] == [EXAMPLE_RUN_DIR.name]


def test_who_does_not_wait_gets_names_and_the_rest_once_somebody_has_read_it(run, tmp_path, reads, monkeypatch):
    forget(monkeypatch)
    shutil.copytree(run.path, tmp_path / "other")
    names = list_facts(tmp_path, patience=-1)
    assert reads == []
    assert {facts.name for facts in names} == {"mine", "other", EXAMPLE_RUN_DIR.name}
    assert not any(facts.is_read or facts.is_damaged for facts in names)
    assert names[0].shown_label == names[0].name
    assert (grouped(names, "seed"), differing_settings(names), best_of(names)) == ([], [], None)
    shares: list[float] = []
    assert read_all(tmp_path, shares.append) == 3
    assert shares[-1] == 1
    assert all(facts.is_read for facts in list_facts(tmp_path, patience=-1))
    with pytest.raises(Cancelled):
        read_all(tmp_path, should_stop=lambda: True)
    # What was known of a run that has changed since says more than nothing.
    rename(run, "Named")
    changed = next(facts for facts in list_facts(tmp_path, patience=-1) if facts.name == "mine")
    assert (changed.label, changed.is_read) == ("mine", True)


@pytest.mark.parametrize("text", ["", "[]", "[" * 9999, '{"version": 1, "runs": {"mine": ["", {"name": 3}]}}', "\x80"])
def test_what_is_remembered_may_be_anything(run, tmp_path, text, monkeypatch):
    forget(monkeypatch)
    (tmp_path / INDEX_FILE).write_text(text, encoding="latin-1")
    assert only(tmp_path).val_mse == 0.6
    assert json.loads((tmp_path / INDEX_FILE).read_text())["runs"].keys() == {"mine"}


def test_a_folder_that_cannot_be_written_is_listed_all_the_same(run, tmp_path, file_limit, monkeypatch):
    forget(monkeypatch)
    file_limit(10)
    assert only(tmp_path).val_mse == 0.6
    assert not (tmp_path / INDEX_FILE).exists()


def test_long_curves_are_thinned_and_numbers_that_are_none_left_out(run, tmp_path):
    n = 1000
    history = pd.concat([run.history.iloc[:1]] * n).assign(epoch=range(1, n + 1), val_mse=np.linspace(2, 1, n))
    history.iloc[500, history.columns.get_loc("val_mse")] = np.inf
    history.to_csv(run.path / "history.csv", index=False)
    curve = only(tmp_path).curve
    assert len(curve) == MOST_POINTS
    assert (curve[0], curve[-1]) == (2, 1)
    assert np.isfinite(curve).all()


def test_a_run_without_validation_shows_how_it_trained(run, tmp_path):
    run.history.assign(val_mse=np.nan, val_mae=np.nan).to_csv(run.path / "history.csv", index=False)
    facts = only(tmp_path)
    assert facts.curve == (0.5, 0.5)
    assert np.isnan([facts.val_mse, facts.against_biases]).all()


def test_only_what_settings_tell_can_be_repeated(run, tmp_path):
    assert only(tmp_path).can_repeat
    info = RunInfo.from_text((run.path / "config.json").read_bytes()).model_copy(update={"continued_from": "other"})
    (run.path / "config.json").write_text(info.to_text(), encoding="utf-8")
    assert not only(tmp_path).can_repeat
    assert dataclasses.replace(only(tmp_path), status="stopped").shown_label == "mine (stopped)"

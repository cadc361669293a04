"""A sweep and a training by a cluster, from the pages and by the commands, one of its two workers killed meanwhile."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys_core.runs.presets import write_preset
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values
from tests.browser.controls import choose, open_at
from tests.browsing import EXAMPLE_RUN_DIR, ROOT, AppServer, OpenPage, copy_run, running
from tests.dask_cluster import Cluster, running_cluster
from tests.journeys.checks import check_reopened, reopened
from tests.journeys.steps import (
    TRAIN_TIMEOUT,
    choose_preset,
    go_to,
    open_train_page,
    run_names,
    set_number,
    train_to_the_end,
    wait_for_plot,
)

SMALL = with_values(
    PRESETS["dot-bias-rows"].config, {"embedding_size": 8, "epochs": 3, "n_ratings": 15_000, "preset": "small"}
)
LONG = with_values(SMALL, {"epochs": 900, "preset": "long"})
N_TRIALS = 30
WAIT = TRAIN_TIMEOUT


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def workers(cluster: Cluster) -> dict[str, subprocess.Popen]:
    return {name: cluster.start_worker("--name", name) for name in ("ann", "bob")}


@pytest.fixture(scope="module")
def server(cluster: Cluster, workers: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("app")
    copy_run(EXAMPLE_RUN_DIR, folder / "runs" / "copy")
    write_preset(SMALL, "Small enough for a test.", folder / "runs")
    write_preset(LONG, "Long enough to be stopped.", folder / "runs")
    with running(AppServer(folder / "runs", folder / "output.txt", scheduler=cluster.address)) as server:
        yield server


def n_done(page: Page, above: int) -> None:
    counts = "|".join(map(str, range(above + 1, N_TRIALS + 1)))
    trials = page.get_by_test_id("stMetric").filter(has_text="Trials")
    expect(trials.get_by_text(re.compile(rf"^({counts}) of {N_TRIALS}$"))).to_be_visible(timeout=WAIT)


def said_of_cluster(page: Page, text: str) -> None:
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text=text).first).to_be_visible(timeout=WAIT)


def test_a_training_there_is_watched_and_becomes_a_run_here(
    server: AppServer, cluster: Cluster, open_page_of: OpenPage
):
    page = open_page_of(server)
    open_at(page, f"{server.url}/sweep")
    said_of_cluster(page, "2 workers")
    open_train_page(page, server.url)
    choose_preset(page, "long", epochs=LONG.epochs)
    page.get_by_role("button", name="Train", exact=True).click()
    said_of_cluster(page, "On the worker ")
    # Stopped before that, there would be nothing to keep.
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900 ·")).first).to_be_visible(timeout=WAIT)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("(stopped)").first).to_be_visible(timeout=WAIT)
    (stopped,) = run_names(server.runs_dir) - {"copy"}
    choose_preset(page, "small", epochs=SMALL.epochs)
    name = train_to_the_end(page, known=[stopped])
    wait_for_plot(page)
    go_to(page, "Neighbors")
    expect(page.locator(".movie-list li").first).to_be_visible()
    (answer,) = reopened([server.runs_dir / name])
    check_reopened(answer, n_epochs=SMALL.epochs)
    assert not (cluster.folder / "there" / "runs" / name).exists()


def test_a_sweep_there_survives_a_killed_worker(server: AppServer, workers: dict, open_page_of: OpenPage):
    page = open_page_of(server)
    open_at(page, f"{server.url}/sweep")
    said_of_cluster(page, "2 workers")
    choose(page, "Start from the settings of", "small")
    set_number(page, "Trials", N_TRIALS)
    page.get_by_role("textbox", name="Name").fill("there")
    page.get_by_role("button", name="Start the sweep").click()
    expect(page).to_have_url(re.compile(r"[?&]study=there\b"))
    n_done(page, above=2)
    workers["ann"].kill()
    said_of_cluster(page, "1 worker")
    n_done(page, above=N_TRIALS - 1)
    (study,) = json.loads(command(server.runs_dir, "sweeps", "--json"))["sweeps"]
    over = [each for each in study["trials"] if each["state"] != "interrupted"]
    assert (study["name"], study["state"], len(over)) == ("there", "finished", N_TRIALS)
    assert len({json.dumps(each["values"]) for each in over}) == N_TRIALS
    # Some of the learning rates that are tried are too high.
    assert all("diverged" in each["message"] for each in over if each["state"] == "failed"), over


def test_the_commands_go_there_too(server: AppServer, cluster: Cluster, tmp_path: Path):
    there = ("--scheduler", cluster.address)
    said = command(server.runs_dir, "train", "--preset", "small", "--run-dir", str(tmp_path / "run"), *there)
    assert f"Saved {tmp_path / 'run'}" in said
    tried = json.loads(
        command(
            server.runs_dir, "sweep", "--preset", "small", "--vary", "row_penalty=0.01..0.2:log", "--trials", "3",
            "--study", "by-command", "--json", *there,
        )
    )  # fmt: skip
    assert (tried["state"], tried["n_trials"]) == ("finished", 3)
    assert not (cluster.folder / "there" / "runs").exists() or not list((cluster.folder / "there" / "runs").iterdir())


def command(runs_dir: Path, *words: str) -> str:
    """What a command prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "recsys_core", *words],
        cwd=ROOT, env={**os.environ, "RECSYS_RUNS_DIR": str(runs_dir)}, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3_000:]
    return ended.stdout

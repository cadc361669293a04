"""Buttons of the Train page that change its settings, to the run that comes of it; and numbers out of range."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import at_rest
from tests.journeys.steps import TRAIN_TIMEOUT, open_train_page, set_number


def open_more_settings(page: Page) -> None:
    page.get_by_text("More settings").click()
    expect(page.get_by_role("textbox", name="Learning rates")).to_be_visible()
    at_rest(page)


def fill(page: Page, name: str, text: str) -> Locator:
    field = page.get_by_role("textbox", name=name)
    field.fill(text)
    field.press("Enter")
    page.wait_for_timeout(500)
    at_rest(page)
    expect(field).to_have_value(text)
    return field


def config_of_new_run(page: Page, runs_dir: Path) -> tuple[Path, dict]:
    """The folder and config.json of the run that the page has trained and shows."""
    page.wait_for_url(re.compile("run=(?!copy)"), timeout=TRAIN_TIMEOUT)
    folder = runs_dir / re.search(r"run=([^&]+)", page.url)[1]
    return folder, json.loads((folder / "config.json").read_text(encoding="utf-8"))


def test_continue_is_heard_and_goes_on_training_the_run(page: Page, app_url: str, app_runs_dir: Path):
    before = pd.read_csv(app_runs_dir / "copy" / "history.csv")
    info = json.loads((app_runs_dir / "copy" / "config.json").read_text(encoding="utf-8"))
    kept = info["kept_epoch"]
    page.goto(f"{app_url}/train?run=copy")
    # The summary of the model asks for its own runs: the browser's messages for them hold the settings of before.
    for _ in range(3):
        page.get_by_role("button", name="Continue", exact=True).click()
        expect(page.get_by_role("button", name="Continue training", exact=True)).to_be_enabled()
        page.get_by_role("button", name="Train anew instead").click()
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    at_rest(page)

    set_number(page, "Embedding size", 16)
    page.get_by_role("button", name="Continue", exact=True).click()
    button = page.get_by_role("button", name="Continue training", exact=True)
    expect(button).to_be_enabled()
    expect(page.get_by_text("Goes on from the weights of “copy”")).to_be_visible()
    size = page.get_by_role("spinbutton", name="Embedding size")
    expect(size).to_have_value(str(info["config"]["movie_embedding_size"]))
    expect(size).to_be_disabled()
    open_more_settings(page)
    fill(page, "Learning rates", "0.0001 × 1")
    expect(button).to_be_enabled()
    button.click()
    folder, info = config_of_new_run(page, app_runs_dir)
    assert info["continued_from"] == "copy"
    assert info["config"]["phases"] == [{"learning_rate": 0.0001, "epochs": 1}]
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == [*range(1, kept + 1), kept + 1]
    pd.testing.assert_frame_equal(history[:kept], before[:kept])
    assert abs(history["val_mse"].iloc[-1] - before["val_mse"].iloc[kept - 1]) < 0.02


@pytest.mark.shows_error("Embedding size must be")
def test_a_number_out_of_range_is_said_until_it_is_mended_and_use_takes_the_rate_that_was_found(
    page: Page, app_url: str, app_runs_dir: Path
):
    open_train_page(page, app_url)
    set_number(page, "Embedding size", 99_999)
    expect(page.get_by_text("Embedding size must be a whole number from 1 to 512. Received: 99999")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Find a learning rate")).to_be_disabled()
    set_number(page, "Embedding size", 64)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(page.get_by_text("must be a whole number")).to_have_count(0)

    set_number(page, "Embedding size", 8)
    set_number(page, "Epochs", 1)
    expect(page).to_have_url(re.compile("set=.*&set="))
    page.reload()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("1")
    expect(page.get_by_role("spinbutton", name="Embedding size")).to_have_value("8")
    at_rest(page)
    open_more_settings(page)
    page.get_by_role("button", name="Find a learning rate").click()
    use = page.get_by_role("button", name=re.compile(r"^Use \d"))
    expect(use).to_be_visible(timeout=TRAIN_TIMEOUT)
    rate = float(re.search(r"Use (\S+)", use.inner_text())[1])
    use.click()
    expect(page.get_by_role("textbox", name="Learning rates")).to_have_value(f"{rate:g} × 1")
    at_rest(page)
    page.get_by_role("button", name="Train", exact=True).click()
    _, info = config_of_new_run(page, app_runs_dir)
    assert info["config"]["phases"] == [{"learning_rate": rate, "epochs": 1}]
    assert info["config"]["movie_embedding_size"] == 8

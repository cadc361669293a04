"""Many runs, as somebody who tinkers has them: told apart by their names, found, named, compared, deleted and kept."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import choose, open_at, press
from tests.browsing import AppServer, OpenPage, at_rest, copy_run, running_app
from tests.damaging import damage
from tests.journeys.steps import TRAIN_TIMEOUT, choose_preset, go_to, run_in_address, set_number, train_to_the_end

ROW_PX = 35
TIMED = r" · \d\d \w{3} \d\d:\d\d:\d\d"


def table(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame")


def column(page: Page, number: int) -> list[str]:
    """The cells of a column in the order of the rows in sight; names are in the second, after the stars."""
    cells = table(page).locator(f"[role=gridcell][id^=glide-cell-{number}-]")
    expect(cells.first).to_be_attached()
    return [cell.strip() for cell in cells.all_text_contents()]


def expect_names(page: Page, *patterns: str) -> None:
    """Wait until the rows are those whose names begin so."""
    names = table(page).locator("[role=gridcell][id^=glide-cell-2-]")
    expect(names).to_have_text([re.compile(f"^{pattern}") for pattern in patterns])


def expect_stars(page: Page, stars: str) -> None:
    expect(table(page).locator("[role=gridcell][id^=glide-cell-1-]")).to_have_text(list(stars))


def row_of(page: Page, name: str) -> int:
    # The table may still be about to change.
    cells = table(page).locator("[role=gridcell][id^=glide-cell-2-]")
    expect(cells.filter(has_text=re.compile(f"^{name}")).first).to_be_attached()
    return next(place for place, shown in enumerate(column(page, 2)) if re.match(name, shown))


def click_row(page: Page, name: str, x: int) -> None:
    # The table is a picture to the mouse.
    table(page).scroll_into_view_if_needed()
    box = table(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + ROW_PX * (row_of(page, name) + 1.5))
    at_rest(page)


def select(page: Page, name: str) -> None:
    """Tick the box of the run whose name begins so."""
    click_row(page, name, x=18)


def star(page: Page, name: str) -> None:
    click_row(page, name, x=52)


def fill(page: Page, field: str, text: str) -> None:
    box = page.get_by_role("textbox", name=field, exact=True)
    box.fill(text)
    box.press("Enter")
    at_rest(page)


@pytest.fixture
def app(tmp_path: Path):
    """An app of its own, to end and start again, without a run."""
    (tmp_path / "runs").mkdir()
    with running_app(tmp_path / "runs", tmp_path / "output.txt") as server:
        yield server


def test_tinkering_from_the_first_training_to_what_is_there_after_a_restart(
    app: AppServer, open_page_of: OpenPage
) -> None:
    page = open_page_of(app)
    open_at(page, f"{app.url}/runs")
    expect(page.get_by_text("There is no run of your own yet")).to_be_visible()
    expect_names(page, "Example$")
    select(page, "Example")
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    page.get_by_role("link", name="Train a model").click()
    at_rest(page)

    # Four quick trainings, each with something else changed.
    choose_preset(page, "dot-bias-rows", epochs=8)
    set_number(page, "Epochs", 1)
    train_to_the_end(page)
    expect(page.get_by_text(re.compile(f"^dot-bias-rows, 1 epoch{TIMED}$")).first).to_be_visible()
    page.get_by_text("More settings").click()
    set_number(page, "Seed", 3)
    page.get_by_role("button", name="Train", exact=True).click()
    called = re.compile(f"Training (dot-bias-rows, 1 epoch, seed 3{TIMED})")
    expect(page.get_by_text(called).first).to_be_visible(timeout=TRAIN_TIMEOUT)
    label = called.search(page.locator("body").inner_text()).group(1)
    # Afterwards the run is called as it was while it was trained.
    picker = page.get_by_role("combobox", name="Run")
    expect(picker).to_have_value(label, timeout=TRAIN_TIMEOUT)
    at_rest(page)
    assert open_run(app.runs_dir / run_in_address(page)).label == label
    set_number(page, "Embedding size", 8)
    train_to_the_end(page)
    rates = page.get_by_role("textbox", name="Learning rates")
    rates.fill("0.01 x 2")
    rates.press("Enter")
    at_rest(page)
    last = train_to_the_end(page)
    picker.click()
    for name in ("1 epoch", "1 epoch, seed 3", "size 8, 1 epoch, seed 3", "size 8, 2 epochs, rate 0.01, seed 3"):
        expect(page.get_by_role("option", name=re.compile(f"^dot-bias-rows, {name}{TIMED}$"))).to_be_visible()
    page.keyboard.press("Escape")

    go_to(page, "Runs")
    newest_first = (
        "dot-bias-rows, size 8, 2",
        "dot-bias-rows, size 8, 1",
        "dot-bias-rows, 1 epoch, s",
        "dot-bias-rows, 1 ",
    )
    expect_names(page, *newest_first, "Example$")
    assert all("," in curve for curve in column(page, 3)[:1]), "the loss is drawn from more than one epoch"
    # Found by what they are.
    fill(page, "Search", "size 8 rate 0.01")
    expect_names(page, "dot-bias-rows, size 8, 2 epochs, rate 0.01, seed 3")
    fill(page, "Search", "")
    star(page, "dot-bias-rows, size 8, 1")
    expect_stars(page, "☆★☆☆☆")

    # Named and noted; the address stays.
    select(page, "dot-bias-rows, size 8, 2")
    fill(page, "Name", "My *best* one")
    fill(page, "Note", "small and quick")
    expect_names(page, r"My \*best\* one$", *newest_first[1:], "Example$")
    expect(picker).to_have_value("My *best* one")
    assert run_in_address(page) == last

    # Repeated with a seed that is free: the two are one row of a mean and its spread.
    page.get_by_role("button", name="Repeat").click()
    set_number(page, "More trainings", 1)
    press(page, "Train 1 more")
    expect_names(page, f"{newest_first[0]} epochs, rate 0.01, seed 4", r"My \*best\* one$", *newest_first[1:], "Exam")
    page.mouse.move(0, 0)  # What a button's tooltip says lies over what is below it.
    choose(page, "Group by", "repeats")
    expect(table(page).locator("#glide-cell-1-0")).to_have_text("dot-bias-rows, size 8, 2 epochs, rate 0.01")
    expect(table(page).locator("#glide-cell-2-0")).to_have_text("2")
    assert all(float(table(page).locator(f"#glide-cell-{n}-0").inner_text()) > 0 for n in (3, 4)), "MSE and spread"
    choose(page, "Group by", "nothing")

    # Deleted, undone, and deleted again.
    select(page, "dot-bias-rows, size 8, 2")
    press(page, "Delete")
    select(page, "dot-bias-rows, size 8, 1")
    select(page, "dot-bias-rows, 1 epoch, s")
    press(page, "Delete 2")
    expect_names(page, r"My \*best\* one$", newest_first[3], "Example$")
    press(page, "Undo")  # Of two, the later.
    expect_names(page, r"My \*best\* one$", *newest_first[1:], "Example$")
    select(page, "dot-bias-rows, 1 epoch, s")
    press(page, "Delete")
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    go_to(page, "Biases")
    go_to(page, "Runs")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert list((app.runs_dir / ".trash").iterdir()) == []

    page.close()
    app.end()
    app.start()
    again = open_page_of(app)
    open_at(again, f"{app.url}/runs?run={last}")
    expect_names(again, r"My \*best\* one$", newest_first[1], newest_first[3], "Example$")
    expect_stars(again, "☆★☆☆")
    select(again, r"My \*best\* one")
    expect(again.get_by_role("textbox", name="Note")).to_have_value("small and quick")
    press(again, "Copy settings to Train")
    expect(again.get_by_role("spinbutton", name="Epochs")).to_have_value("2")
    expect(again.get_by_role("spinbutton", name="Embedding size")).to_have_value("8")
    expect(again.get_by_role("combobox", name="Preset")).to_have_value("dot-bias-rows")


@pytest.mark.shows_error("cannot be read", "complete zip file")
def test_runs_are_grouped_filtered_shrunk_and_go_through_a_zip_also_beside_a_damaged_one(
    app: AppServer, open_page_of: OpenPage, tmp_path: Path
) -> None:
    for name in ("first", "second", "broken"):
        copy_run(EXAMPLE_RUN_DIR, app.runs_dir / name)
    config = app.runs_dir / "second" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"seed": 0', '"seed": 7'), encoding="utf-8")
    (app.runs_dir / "second" / "cache" / "projection-old.npz").write_bytes(bytes(10**6))
    damage(app.runs_dir / "broken" / "movies.parquet", "truncated")
    page = open_page_of(app)
    open_at(page, f"{app.url}/runs?run=first")
    assert set(column(page, 2)) == {"first", "second", "broken (damaged)", "Example"}
    select(page, "broken")
    expect(page.get_by_text("movies.parquet is damaged")).to_be_visible()
    select(page, "broken")

    page.get_by_role("button", name="Filter").click()
    choose(page, "Seed", "7")
    page.keyboard.press("Escape")
    expect_names(page, "second$")
    select(page, "second")
    press(page, "Shrink")
    assert not (app.runs_dir / "second" / "cache" / "projection-old.npz").exists()
    with page.expect_download() as started:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    taken = Path(started.value.path())
    assert started.value.suggested_filename == "second.zip"
    assert "second/model.keras" in zipfile.ZipFile(io.BytesIO(taken.read_bytes())).namelist()

    for content, shown in ((taken.read_bytes(), "Imported “second”"), (b"no zip", "complete zip file")):
        page.get_by_role("button", name="Import").click()
        page.locator("input[type=file]").set_input_files(
            {"name": "second.zip", "mimeType": "application/zip", "buffer": content}
        )
        expect(page.get_by_text(shown).first).to_be_visible()
        page.keyboard.press("Escape")
        at_rest(page)
    assert open_run(app.runs_dir / "second-2").label == "second"

    choose(page, "Group by", "repeats with other seeds")
    groups = table(page).locator("[role=gridcell][id^=glide-cell-1-]")
    expect(groups).to_have_text(["default"])
    expect(table(page).locator("#glide-cell-2-0")).to_have_text("2")

"""Many runs, as somebody who tinkers has them: told apart by their names, found, named, compared, deleted and kept."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from recsys_core.compare.neighbors import compare_neighbors
from recsys_core.jobs.messages import Task
from recsys_core.jobs.task import RunsFolder, checked, run_task
from recsys_core.quality.facts import list_facts
from recsys_core.quality.measuring import quality_report
from recsys_core.quality.overview import best_of
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import with_values
from tests.browser.controls import choose, open_at, press
from tests.browsing import AppServer, OpenPage, at_rest, copy_run, running_app
from tests.damaging import damage
from tests.journeys.steps import TRAIN_TIMEOUT, go_to, run_in_address, set_number

ROW_PX = 35
BASE = with_values(PRESETS["dot-bias-rows"].config, {"embedding_size": 8, "epochs": 1, "n_ratings": 15_000})
NAME = "dot-bias-rows, size 8, 1 epoch, ratings drawn 15000"
CHANGES = {
    "base": {},
    "size": {"embedding_size": 72},  # No number that the time of a run may have in it.
    "epochs": {"epochs": 2},
    "rate": {"learning_rate": 0.01},
    "architecture": {"architecture": "dot"},
}
CALLED = {
    "size": NAME.replace("size 8", "size 72"),
    "epochs": NAME.replace("1 epoch", "2 epochs"),
    "rate": NAME.replace("1 epoch", "1 epoch, rate 0.01"),
    "architecture": NAME.replace("rows, size", "rows, dot, size"),
}
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


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app of its own, to end and start again."""
    folder = tmp_path_factory.mktemp("tinkering")
    (folder / "runs").mkdir()
    with running_app(folder / "runs", folder / "output.txt", works_ahead=True) as server:
        yield server


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
    select(page, "Example")
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    select(page, "Example")
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

    for content, shown in ((taken.read_bytes(), "Imported “second (imported)”"), (b"no zip", "complete zip file")):
        page.get_by_role("button", name="Import").click()
        page.locator("input[type=file]").set_input_files(
            {"name": "second.zip", "mimeType": "application/zip", "buffer": content}
        )
        expect(page.get_by_text(shown).first).to_be_visible()
        page.keyboard.press("Escape")
        at_rest(page)
    assert open_run(app.runs_dir / "second-2").label == "second (imported)"

    choose(page, "Group by", "repeats with other seeds")
    groups = table(page).locator("[role=gridcell][id^=glide-cell-1-]")
    expect(groups).to_have_text(["default"])
    expect(table(page).locator("#glide-cell-2-0")).to_have_text("2")
    page.close()
    for folder in app.runs_dir.iterdir():
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


@pytest.fixture
def trained(app: AppServer) -> Iterator[dict[str, Run]]:
    """Trainings by what is changed in each; of the first it is known how far seeds differ."""
    store, runs = RunsFolder(app.runs_dir), {}
    for what, changed in CHANGES.items():
        config = with_values(BASE, changed)
        run_task(checked(Task(config=config, run_name=what), store), lambda event: None, lambda: False, store)
        runs[what] = open_run(app.runs_dir / what)
    quality_report(runs["base"])
    yield runs
    for folder in app.runs_dir.iterdir():
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


def test_five_trainings_are_told_apart_compared_named_deleted_and_there_after_a_restart(
    app: AppServer, open_page_of: OpenPage, trained: dict[str, Run]
) -> None:
    page = open_page_of(app)
    open_at(page, f"{app.url}/train?run=base&settings=base")
    # The last one by a click: it is called the same while it is trained and afterwards.
    page.get_by_text("More settings").click()
    set_number(page, "Seed", 3)
    page.get_by_role("button", name="Train", exact=True).click()
    called = re.compile(rf"Training ({NAME}, seed 3{TIMED})")
    expect(page.get_by_text(called).first).to_be_visible(timeout=TRAIN_TIMEOUT)
    label = called.search(page.locator("body").inner_text()).group(1)
    picker = page.get_by_role("combobox", name="Run")
    expect(picker).to_have_value(label, timeout=TRAIN_TIMEOUT)
    at_rest(page)
    seeded = run_in_address(page)
    assert open_run(app.runs_dir / seeded).label == label
    picker.click()
    for name in (NAME, *CALLED.values()):
        expect(page.get_by_role("option", name=re.compile(f"^{re.escape(name)}{TIMED}$"))).to_be_visible()
    page.keyboard.press("Escape")

    go_to(page, "Runs")
    newest_first = [f"{NAME}, seed 3", *(re.escape(name) for name in reversed(CALLED.values())), NAME]
    expect_names(page, *newest_first, "Example$")
    curves = column(page, 3)
    assert [row for row, curve in enumerate(curves[:6]) if "," in curve] == [row_of(page, CALLED["epochs"])]
    # The best of them is named; each is found by what it is.
    best = best_of(list_facts(app.runs_dir))
    assert best is not None
    expect(page.get_by_text("lowest validation MSE")).to_contain_text(best.label)
    fill(page, "Search", "size 72")
    expect_names(page, re.escape(CALLED["size"]))
    fill(page, "Search", "")

    # Two of them side by side: what differs, and whether more of the neighbors moved than by another seed.
    select(page, f"{NAME} ·")
    select(page, re.escape(CALLED["size"]))
    press(page, "Compare 2")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=(base(,|%2C)size|size(,|%2C)base)"))
    expect(page.locator("table", has_text="What differs").get_by_role("row")).to_have_count(2)
    press(page, "Neighbors", "radio")
    pair = compare_neighbors(trained["base"], trained["size"])
    expect(page.get_by_text(pair.verdict).first).to_be_visible()
    most = pair.extremes(8, 40)[0] if len(pair.table(40)) > 1 else None
    if most is not None:
        expect(page.locator(".movie-list:visible").first.locator(".name").first).to_have_text(most["title"].iloc[0])
    page.go_back()
    go_to(page, "Runs")

    # Named and noted; the address stays.
    star(page, re.escape(CALLED["size"]))
    select(page, re.escape(CALLED["rate"]))
    fill(page, "Name", "My *best* one")
    fill(page, "Note", "small and quick")
    names = [r"My \*best\* one$" if "rate" in name else name for name in newest_first]
    expect_names(page, *names, "Example$")

    # Repeated with a seed that is free: the three are one row of a mean and its spread.
    select(page, r"My \*best\* one$")
    select(page, f"{NAME} ·")
    page.get_by_role("button", name="Repeat").click()
    set_number(page, "More trainings", 1)
    press(page, "Train 1 more")
    expect_names(page, f"{NAME}, seed 1", *names, "Example$")
    page.mouse.move(0, 0)  # What a button's tooltip says lies over what is below it.
    choose(page, "Group by", "repeats")
    group = next(row for row, name in enumerate(column(page, 1)) if name == NAME)
    expect(table(page).locator(f"#glide-cell-2-{group}")).to_have_text("3")
    assert all(float(table(page).locator(f"#glide-cell-{n}-{group}").inner_text()) > 0 for n in (3, 4)), "mean, spread"
    page.mouse.move(0, 0)
    choose(page, "Group by", "nothing")

    # Deleted, undone, and deleted again.
    select(page, f"{NAME}, seed 1")
    press(page, "Delete")
    select(page, re.escape(CALLED["epochs"]))
    select(page, f"{NAME}, seed 3")
    press(page, "Delete 2")
    left = [name for name in names if "seed" not in name and name != re.escape(CALLED["epochs"])]
    expect_names(page, *left, "Example$")
    press(page, "Undo")  # Of two, the later.
    expect_names(page, *names, "Example$")
    select(page, f"{NAME}, seed 3")
    press(page, "Delete")
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    left = [name for name in names if "seed" not in name]
    go_to(page, "Biases")
    go_to(page, "Runs")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert list((app.runs_dir / ".trash").iterdir()) == []

    app.end()
    app.start()
    again = open_page_of(app)
    open_at(again, f"{app.url}/runs?run=rate")
    expect_names(again, *left, "Example$")
    expect_stars(again, "".join("★" if name == re.escape(CALLED["size"]) else "☆" for name in left) + "☆")
    select(again, r"My \*best\* one")
    expect(again.get_by_role("textbox", name="Note")).to_have_value("small and quick")
    press(again, "Copy settings to Train")
    expect(again.get_by_role("spinbutton", name="Embedding size")).to_have_value("8")
    again.get_by_text("More settings").click()
    expect(again.get_by_role("textbox", name="Learning rates")).to_have_value(re.compile(r"^0\.01\b"))

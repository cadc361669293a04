"""The Data page as a visitor uses it: upload, look, train, explore; and what is removed leaves its runs behind."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recsys_core.data.download.editions import BASE_URL_VARIABLE
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.browser.controls import figures, open_at, press
from tests.browsing import AppServer, OpenPage, at_rest, copy_run, running_app
from tests.journeys.steps import set_number, train_to_the_end
from tests.recsys_core.data.download.server import FileServer, serving
from tests.recsys_core.data.importing.published import EDITIONS


def library() -> bytes:
    """60 readers of 30 books: each likes the half of the shelf that has the parity of their own number. 3 bad rows."""
    rows = [
        f"reader {u};Book {b};{9 if (u + b) % 2 == 0 else 2},5;Shelf {'even' if b % 2 == 0 else 'odd'}"
        for u in range(60) for b in range(30) if np.random.default_rng((u, b)).random() < 0.7
    ]  # fmt: skip
    return "\n".join(["who;volume;grade;genre", *rows, "x;y", "a;b;nonsense;Shelf", "a;;3,5;Shelf"]).encode()


@pytest.fixture(scope="module")
def publisher() -> Iterator[FileServer]:
    """Where MovieLens is published, here."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, each in EDITIONS["csv"]().items():
            archive.writestr(name, each)
        archive.writestr("ml-latest-small/filler", bytes(3_000_000))
    with serving({"/ml-latest-small.zip": content.getvalue()}) as server:
        yield server


@pytest.fixture(scope="module")
def app(publisher: FileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with a data folder of its own, which downloads from there."""
    folder = tmp_path_factory.mktemp("data-page")
    copy_run(EXAMPLE_RUN_DIR, folder / "runs" / "copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECSYS_DATA_DIR", str(folder / "sets"))
        patch.setenv(BASE_URL_VARIABLE, publisher.url)
        with running_app(folder / "runs", folder / "output.txt") as server:
            yield server


@pytest.fixture
def page(open_page_of: OpenPage, app: AppServer) -> Page:
    return open_page_of(app)


def test_download_cancel_and_go_on(page: Page, app: AppServer, publisher: FileServer):
    publisher.faults = ["wait"]
    publisher.may_go_on.clear()
    open_at(page, f"{app.url}/data?run=copy")
    press(page, "Add data", role="tab")
    expect(page.get_by_text("By GroupLens Research at the University of Minnesota").first).to_be_visible()
    page.get_by_role("button", name="Download ml-latest-small").click()
    expect(page.get_by_text("of 3.0 MB")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Download ml-latest-small")).to_be_visible()
    publisher.may_go_on.set()
    # What was cancelled hears of it with its next byte; had it not been, the data set would be there now.
    page.wait_for_timeout(1_000)
    at_rest(page)
    assert not list((app.runs_dir.parent / "sets").glob("ml*"))
    expect(page.get_by_text("MB are here from last time: it goes on from there.")).to_be_visible()
    at_rest(page)
    page.get_by_role("button", name="Download ml-latest-small").click()
    expect(page).to_have_url(re.compile("data=ml-latest-small"))
    assert publisher.asked[-1][1].startswith("bytes=")
    at_rest(page)
    press(page, "Remove")
    expect(page.get_by_text("“ml-latest-small” was removed.")).to_be_visible()


def test_upload_books_look_train_explore_and_remove(page: Page, app: AppServer):
    app_url = app.url
    open_at(page, f"{app_url}/data?run=copy")
    expect(page.get_by_text("100,004").first).to_be_visible()
    press(page, "Add data", role="tab")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "../our books.csv", "mimeType": "text/csv", "buffer": library()}
    )
    expect(page.get_by_text("fields separated by semicolons, with a header, UTF-8, decimal commas")).to_be_visible()
    expect(page.get_by_text("Choose the columns of users and of items first.")).to_be_visible()
    for label, column in {"Users": "who", "Items": "volume"}.items():
        at_rest(page)
        box = page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.fill(column)
        page.get_by_role("option", name=column, exact=True).click()
        at_rest(page)
    press(page, "Add this data set")
    expect(page).to_have_url(re.compile("data=our-books"))
    at_rest(page)
    n_ratings = library().decode().count("\n") - 3
    expect(page.get_by_text(f"{n_ratings:,}", exact=True)).to_be_visible()
    press(page, "Overview", role="tab")
    counts = [trace["y"] for figure in figures(page) for trace in figure if trace["x"] == [2.5, 9.5]]
    assert [sum(each) for each in counts] == [n_ratings]
    press(page, "Most active × most rated", role="tab")
    (matrix,) = (trace for figure in figures(page) for trace in figure if trace["type"] == "heatmap")
    assert {title for row in matrix["text"] for title in row} <= {f"Book {number}" for number in range(30)}
    press(page, "Movies", role="tab")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    press(page, "Import", role="tab")
    expect(page.get_by_text(f"{n_ratings:,} are kept")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the report").click()
    report = Path(started.value.path()).read_text(encoding="utf-8-sig")
    assert f"our books.csv,{n_ratings + 2},1,,too few fields,x;y" in report

    press(page, "Train on it")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    at_rest(page)
    set_number(page, "Embedding size", 4)
    set_number(page, "Epochs", 2)
    run = train_to_the_end(page)
    page.goto(f"{app_url}/neighbors?run={run}")
    expect(page.get_by_text("Book 1").first).to_be_visible()

    open_at(page, f"{app_url}/data?run={run}&data=our-books")
    press(page, "Remove")
    expect(page.get_by_text("“our-books” was removed. Runs that were trained on it stay.")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_text(f"{n_ratings:,}", exact=True)).to_be_visible()
    press(page, "Remove")
    page.goto(f"{app_url}/neighbors?run={run}")
    expect(page.get_by_text("Book 1").first).to_be_visible()

"""The Data page as a visitor uses it: upload, look, train, explore; and what is removed leaves its runs behind."""

import io
import re
import zipfile
from collections.abc import Iterator
from html import escape

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from recsys_core.data.download.editions import BASE_URL_VARIABLE
from recsys_core.runs.store import EXAMPLE_RUN_DIR, open_run
from tests.browser.controls import download, figures, open_at, press
from tests.browsing import AppServer, OpenPage, at_rest, copy_run, running_app
from tests.journeys.steps import choose_preset, set_number, train_to_the_end
from tests.recsys_core.data.download.server import FileServer, serving
from tests.recsys_core.data.importing.published import EDITIONS, FLAGS

BOOKS = {
    f"Book {number}": f"Book {number}" for number in range(27)
} | {"<b>Bold</b>": "<b>Bold</b>", "=1+1": "=1+1", "\u202eturned\u0007 [a](b)": "turned [a](b)"}  # fmt: skip
"""How they are called in the file -> what is shown."""


def library() -> bytes:
    """60 readers of 30 books: each likes the half of the shelf that has the parity of their own number. 3 bad rows."""
    rows = [
        f"reader {u};{book};{9 if (u + b) % 2 == 0 else 2},5;Shelf {'even' if b % 2 == 0 else 'odd'}"
        for u in range(60) for b, book in enumerate(BOOKS) if np.random.default_rng((u, b)).random() < 0.7
    ]  # fmt: skip
    return "\n".join(["who;volume;grade;genre", *rows, "x;y", "a;b;nonsense;Shelf", "a;;3,5;Shelf"]).encode()


def films() -> bytes:
    """40 users who rate all of 40 films, as ml-100k has them: ten each of comedies, of dramas, of both, and of war."""
    genres = (["Comedy"], ["Drama"], ["Comedy", "Drama"], ["War"])
    rows = [f"{u}\t{m}\t{1 + (u * m) % 5}\t{881_250_949 + 60 * m}\n" for u in range(1, 41) for m in range(1, 41)]
    movies = [
        f"{m}|<b>Toy</b> =Story {m} (1995)|01-Jan-1995|||"
        + "|".join(str(int(flag in genres[m % 4])) for flag in FLAGS) + "\n"
        for m in range(1, 41)
    ]  # fmt: skip
    return zip_of({"ml-100k/u.data": "".join(rows).encode(), "ml-100k/u.item": "".join(movies).encode("latin-1")})


def zip_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


@pytest.fixture(scope="module")
def publisher() -> Iterator[FileServer]:
    """Where MovieLens is published, here."""
    content = zip_of(EDITIONS["csv"]() | {"ml-latest-small/filler": bytes(3_000_000)})
    with serving({"/ml-latest-small.zip": content}) as server:
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


@pytest.mark.shows_error("The filters leave nothing")
def test_upload_two_data_sets_look_filter_train_explore_and_remove(page: Page, app: AppServer):
    """A zip in ml-100k's layout, and a table of books: what the pages show of them, and a run of the first."""
    open_at(page, f"{app.url}/data?run=copy")
    expect(page.get_by_text("100,004").first).to_be_visible()
    upload(page, "../our books.csv", library())
    expect(page.get_by_text("fields separated by semicolons, with a header, UTF-8, decimal commas")).to_be_visible()
    expect(page.get_by_text("Choose the columns of users and of items first.")).to_be_visible()
    # What the columns hold says what they are.
    headings = page.get_by_test_id("stDataFrame").first.locator("[role=columnheader]")
    expect(headings).to_have_text(library().decode().splitlines()[0].split(";"))
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
    # Titles are data: their markup is escaped, and what would turn the text around is gone.
    assert {title for row in matrix["text"] for title in row} <= {escape(shown) for shown in BOOKS.values()}
    press(page, "Movies", role="tab")
    books = pd.read_csv(io.BytesIO(download(page, "Download 30 movies (CSV)")))
    assert set(books["title"]) == {f"'{shown}" if shown.startswith("=") else shown for shown in BOOKS.values()}
    press(page, "Import", role="tab")
    expect(page.get_by_text(f"{n_ratings:,} are kept")).to_be_visible()
    report = download(page, "Download the report").decode("utf-8-sig")
    assert f"our books.csv,{n_ratings + 2},1,,too few fields,x;y" in report

    upload(page, "ml-small.zip", films())
    expect(page.get_by_text("This is MovieLens 100k.")).to_be_visible()
    press(page, "Add this data set")
    expect(page).to_have_url(re.compile("data=ml-small"))
    at_rest(page)
    expect(page.get_by_text("1,600", exact=True)).to_be_visible()

    press(page, "Train on it")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    at_rest(page)
    expect(page.get_by_text("Changed: Data set MovieLens ml-latest-small (2016) → ml-small")).to_be_visible()
    choose_preset(page, "one-hot-mlp", 20)
    page.get_by_text("More settings").click()
    # Said where a training is asked for, as the filters are far below.
    set_number(page, "Ratings from", 6)
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("The filters leave nothing of the 1,600 ratings")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    page.get_by_role("spinbutton", name="Ratings from").fill("")
    page.get_by_role("spinbutton", name="Ratings from").press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(page.get_by_text("800 of 1,600 ratings, 40 of 40 users, 20 of 40 movies")).to_be_visible()
    set_number(page, "Epochs", 1)
    run = train_to_the_end(page)
    trained = open_run(app.runs_dir / run)
    assert trained.info.config.exact_genres == ("Comedy", "Drama")
    assert set(trained.movies["genres"]) == {"Comedy", "Drama"}
    page.goto(f"{app.url}/neighbors?run={run}&movie=1")
    expect(page.get_by_text("<b>Toy</b> =Story 1").first).to_be_visible()

    open_at(page, f"{app.url}/data?run={run}&data=ml-small")
    press(page, "Remove")
    expect(page.get_by_text("“ml-small” was removed. Runs that were trained on it stay.")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_text("1,600", exact=True)).to_be_visible()
    press(page, "Remove")
    page.goto(f"{app.url}/neighbors?run={run}&movie=1")
    expect(page.get_by_text("<b>Toy</b> =Story 1").first).to_be_visible()
    expect(page.get_by_text("Its data set “ml-small” is gone")).to_be_visible()


def upload(page: Page, name: str, content: bytes) -> None:
    press(page, "Add data", role="tab")
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )

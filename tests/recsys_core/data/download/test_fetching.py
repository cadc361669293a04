"""Downloads from a server that does all that servers do: the file is there as published, or one line says why not."""

import io
import zipfile

import pytest

from recsys_core.cli import main
from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.data.download.editions import BASE_URL_VARIABLE, DOWNLOADABLE, DownloadableEdition
from recsys_core.data.library.folder import data_dir, list_data_sets, own_data_set
from recsys_core.errors import Cancelled, DataError
from recsys_core.jobs.data_sets import begun_bytes, download_data_set
from tests.recsys_core.data.download.server import serving
from tests.recsys_core.data.importing.published import EDITIONS
from tests.recsys_core.data.importing.test_reading import check_published

NAME = "ml-100k"
PATH = f"/{NAME}.zip"


def zip_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
        archive.writestr("ml-100k/filler", bytes(300_000))
    return content.getvalue()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "sets"))
    monkeypatch.setitem(DOWNLOADABLE, NAME, DownloadableEdition(NAME, 300_000, 9, 1998))
    with serving({PATH: zip_of(EDITIONS["100k"]())}) as server:
        monkeypatch.setenv(BASE_URL_VARIABLE, server.url)
        yield server


def download(**options):
    return download_data_set(NAME, silent_seconds=0.4, wait_seconds=0.01, **options)


def check_there():
    check_published(load_ratings(find_data_set(NAME)))
    assert own_data_set(NAME).info.license.startswith("By GroupLens")
    assert not list((data_dir() / ".downloads").glob("*.zip"))


@pytest.mark.parametrize(
    "faults",
    [
        [], ["cut", "cut", "cut"], ["stall"], ["cut", "no ranges"], ["500", "503"], ["redirect"], ["cut", "416"],
        ["says more"], ["says more", "redirect", "cut"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_it_comes_as_published_whatever_happens_on_the_way(server, faults):
    server.faults = list(faults)
    download()
    check_there()


def test_what_broke_off_is_gone_on_with(server):
    server.faults = ["cut"]
    download()
    assert server.asked[0][1] == ""
    assert server.asked[1][1].startswith("bytes=1")


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (["404"], "Received: HTTP 404"), (["500"] * 4, "Received: HTTP 500"), (["huge"] * 4, "more than 4,294,967,296"),
        (["says less"], "must have the md5"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_one_line_and_leaves_no_data_set(server, faults, said):
    server.faults = list(faults)
    with pytest.raises(DataError, match=said):
        download()
    assert list_data_sets() == []
    # And then it can be had.
    server.faults = []
    download()
    check_there()


def test_a_wrong_md5_is_refused_and_the_next_attempt_begins_anew(server):
    right = server.files[f"{PATH}.md5"]
    server.files[f"{PATH}.md5"] = b"0" * 32
    with pytest.raises(DataError, match=f"must have the md5 {'0' * 32} that is published"):
        download()
    assert begun_bytes(NAME) == 0
    server.files[f"{PATH}.md5"] = right
    download()
    assert server.asked[-1][1] == ""
    check_there()


def test_without_an_md5_the_number_of_ratings_is_checked(server, monkeypatch):
    del server.files[f"{PATH}.md5"]
    monkeypatch.setitem(DOWNLOADABLE, NAME, DownloadableEdition(NAME, 300_000, 100_000, 1998))
    with pytest.raises(DataError, match=r"must have 100,000 ratings\. Received: 9"):
        download()
    monkeypatch.setitem(DOWNLOADABLE, NAME, DownloadableEdition(NAME, 300_000, 9, 1998))
    download()
    check_there()


def test_stopped_it_keeps_what_has_come_and_goes_on_from_there(server):
    server.faults = ["wait"]
    server.may_go_on.clear()
    told = []

    def tell(share, message=""):
        told.append(message)
        server.may_go_on.set()

    with pytest.raises(Cancelled):
        download(tell=tell, should_stop=lambda: bool(told))
    assert begun_bytes(NAME) > 0
    assert list_data_sets() == []
    download()
    assert server.asked[-1][1].startswith("bytes=")
    check_there()


def test_the_command_says_size_and_license_first(server, capsys):
    assert main(["data", "download", NAME]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ml-100k: 9 ratings, 1998, 0 MB, from http://127.0.0.1:")
    assert lines[1].startswith("By GroupLens Research")
    assert lines[-1] == "Added ml-100k: 9 ratings. Train on it: train --data ml-100k"
    assert main(["data", "download", NAME]) == 2
    assert "ml-100k, which is there" in capsys.readouterr().err
    assert main(["data", "download", "ml-5"]) == 2

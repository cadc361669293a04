"""Runs go into a zip and come back the same; a zip that anybody may have made does no harm."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

from recsys_core.errors import RunError
from recsys_core.runs.damage import damage_of
from recsys_core.runs.keeping import archive
from recsys_core.runs.keeping.archive import export_runs, import_run, import_runs
from recsys_core.runs.keeping.naming import annotate, rename
from recsys_core.runs.run import Run
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from tests.exploring import write_run

VECTORS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    made = write_run(tmp_path_factory.mktemp("runs") / "mine", VECTORS, snapshots=np.stack([VECTORS, VECTORS]))
    np.save(made.path / "movie_taste.npy", VECTORS)
    np.save(made.path / "movie_eras.npy", VECTORS)
    made.cache_dir.mkdir()
    (made.cache_dir / "quality.json").write_text("{}")
    (made.cache_dir / "projection.npz").write_text("computed again")
    rename(made, "The best")
    annotate(made, "remember")
    return Run(made.path)


def zipped(*runs: Run) -> io.BytesIO:
    file = io.BytesIO()
    export_runs(runs, file)
    return file


def rezipped(run: Run, *, without: str = "", more: dict[str, bytes] | None = None, folder: str = "mine/") -> io.BytesIO:
    """The zip of a run, changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(zipped(run)) as whole, zipfile.ZipFile(file, "w") as changed:
        for entry in whole.infolist():
            if entry.filename != f"mine/{without}":
                changed.writestr(entry.filename.replace("mine/", folder, 1), whole.read(entry))
        for name, content in (more or {}).items():
            changed.writestr(name, content)
    return file


def test_a_run_comes_back_as_it_was_under_a_free_name(run, tmp_path):
    file = zipped(run, Run(EXAMPLE_RUN_DIR))
    first, example = import_runs(file, tmp_path)
    (second,) = import_runs(zipped(run), tmp_path)
    assert [each.name for each in (first, example, second)] == ["mine", "example_run-copy", "mine-2"]
    assert (first.label, second.label, second.marks.note) == ("The best", "The best (imported)", "remember")
    assert [each.label for each in import_runs(zipped(run, second), tmp_path)] == [
        "The best (imported 2)", "The best (imported) (imported)",
    ]  # fmt: skip
    assert damage_of(first, thorough=True) is None
    assert (first.cache_dir / "quality.json").read_text() == "{}"
    assert not (first.cache_dir / "projection.npz").exists()
    assert {*os.listdir(first.path)} == {*os.listdir(run.path)}
    for name in os.listdir(run.path):
        if name != "cache":
            assert (first.path / name).read_bytes() == (run.path / name).read_bytes()


def test_the_one_run_of_a_zip_goes_into_the_folder_that_is_asked_for(run, tmp_path):
    assert import_run(zipped(run), tmp_path / "a place of mine").path == tmp_path / "a place of mine"
    assert import_run(zipped(run), tmp_path / "a place of mine").path == tmp_path / "a place of mine-2"
    with pytest.raises(RunError, match="must hold one"):
        import_run(zipped(run, Run(EXAMPLE_RUN_DIR)), tmp_path / "two")
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize(
    ("folder", "zip_name", "name"),
    [("", "from a friend.zip", "from-a-friend"), ("a/b c/", "x.zip", "b-c"), ("../../etc/", "x.zip", "etc"),
     ("/", "ünï.zip", "n"), ("..\\x\\", "x.zip", "x")],
)  # fmt: skip
def test_names_in_a_zip_are_never_paths(run, tmp_path, folder, zip_name, name):
    more = {"../outside.txt": b"x", "__MACOSX/mine/config.json": b"x", "mine/../config.json.txt": b"x"}
    (found,) = import_runs(rezipped(run, folder=folder, more=more), tmp_path / "runs", name=zip_name)
    assert found.path == tmp_path / "runs" / name
    assert os.listdir(tmp_path) == ["runs"]


def bomb() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mine/config.json", bytes(20 << 20))
    return file


def packed_otherwise() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("mine/config.json", b"{}")
    return file


def wrong_sum(run: Run) -> io.BytesIO:
    content = bytearray(zipped(run).getvalue())
    place = content.index(b"\x93NUMPY") + 200
    content[place] ^= 1
    return io.BytesIO(content)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda run: io.BytesIO(b""), "complete zip file"),
        (lambda run: io.BytesIO(b"PK\x03\x04" + os.urandom(500)), "complete zip file"),
        (lambda run: io.BytesIO(zipped(run).getvalue()[:300]), "complete zip file"),
        (lambda run: wrong_sum(run), "complete zip file"),
        (lambda run: rezipped(run, without="config.json"), "none: no folder with a config.json"),
        (lambda run: rezipped(run, without="movies.parquet"), "must hold sound ones. Run 'mine' .*movies.parquet"),
        (lambda run: rezipped(run, without="config.json", more={"mine/config.json": b"[1]"}), "config.json must hold"),
        (lambda run: rezipped(run, without="users.parquet", more={"mine/users.parquet": b"x"}), "users.parquet is dam"),
        (lambda run: rezipped(run, more={"config.json": b"{}", "mine\\config.json": b"{}"}), "each file once"),
        (lambda run: bomb(), "at most 100 times its packed size"),
        (lambda run: packed_otherwise(), "must be stored or deflated"),
        (lambda run: rezipped(run, more={f"{n}/config.json": b"{}" for n in range(100)}), "1 to 100 runs"),
        (lambda run: rezipped(run, more={"other/config.json": b"{}"}), "must hold sound ones"),
    ],
)
def test_what_is_no_zip_of_sound_runs_is_refused_and_leaves_nothing(run, tmp_path, make, message):
    with pytest.raises(RunError, match=message) as caught:
        import_runs(make(run), tmp_path, name="x.zip")
    assert "\n" not in str(caught.value)
    assert not [name for name in os.listdir(tmp_path) if name != ".facts.json"]


def test_too_much_is_refused_before_anything_is_unpacked(run, tmp_path, monkeypatch):
    file = zipped(run)
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 100)
    with pytest.raises(RunError, match="at most 100 bytes"):
        import_runs(file, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    with pytest.raises(RunError, match="runs of a zip must have at most 100 bytes"):
        import_runs(file, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_one_clear_error(run, tmp_path, file_limit):
    file = zipped(run)
    file_limit(300)
    with pytest.raises(RunError, match=r"must be written to disk"):
        import_runs(file, tmp_path)
    file_limit(None)
    assert os.listdir(tmp_path) == []


def test_a_run_that_is_gone_is_said(run, tmp_path):
    with pytest.raises(RunError, match="'nobody', which is gone"):
        zipped(Run(tmp_path / "nobody"))


def test_what_it_says_of_itself_is_data(run, tmp_path):
    label = "<script>alert(1)</script>" * 3
    (found,) = import_runs(
        rezipped(run, without="marks.json", more={"mine/marks.json": json.dumps({"label": label}).encode()}), tmp_path
    )
    assert found.label == label

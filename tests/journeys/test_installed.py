"""The package as one installs it: its command trains, answers and opens the app, far from any checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import ROOT, AppServer, OpenPage, running
from tests.journeys import steps

FONT_STATES = """async () => {
    await document.fonts.ready
    return [...document.fonts].filter(face => face.family.includes('Fraunces')).map(face => face.status)
}"""


class Installation:
    """A virtual environment with the wheel; what it depends on comes from the environment of the tests."""

    def __init__(self, folder: Path) -> None:
        _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
        (wheel,) = folder.glob("*.whl")
        _run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.python = programs / "python"
        self.command = programs / "movie-embeddings"
        (site_packages,) = (folder / "venv").rglob("site-packages")
        (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        _run(sys.executable, "-m", "pip", "--python", self.python, "install", "-q", "--no-deps", "--no-index", wheel)
        self.package = site_packages / "recsys_core"
        # As after an installation by somebody else. Tests may run as root, who can write everywhere but into a file.
        (self.package / "resources" / "static" / "served").touch()

    def files(self) -> set[Path]:
        """The package's files, without compiled ones."""
        return {file for file in self.package.rglob("*") if file.is_file() and file.parent.name != "__pycache__"}


class InstalledApp(AppServer):
    """The app as the package's command starts it; nothing says where runs are."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        super().__init__(folder / "runs", folder / "output.txt")
        self.folder = folder
        self._installation = installation

    def command(self) -> list[str]:
        return [str(self._installation.command), "app", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        return _environment()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("installation"))


@pytest.fixture(scope="module")
def trained(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, empty but for the run `runs/mine` that the command has trained there."""
    folder = tmp_path_factory.mktemp("elsewhere")
    settings = ["--preset", "recommender-v2", "--epochs", "1", "--run-dir", "runs/mine"]
    assert "Saved runs/mine" in _run(installation.command, "train", *settings, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def server(installation: Installation, trained: Path) -> Iterator[AppServer]:
    with running(InstalledApp(installation, trained)) as server:
        yield server


def test_the_package_is_one_module_and_needs_no_checkout(installation: Installation, tmp_path: Path) -> None:
    names = ("recsys_core", "app", "pages", "ui", "data", "benchmarks", "tests")
    script = f"from importlib.util import find_spec; print(*filter(find_spec, {names}))"
    assert _run(installation.python, "-c", script, cwd=tmp_path).split() == ["recsys_core"]
    script = "import recsys_core; print(recsys_core.__file__)"
    assert _run(installation.python, "-c", script, cwd=tmp_path).strip() == str(installation.package / "__init__.py")


def test_the_command_answers_from_the_run_it_trained(installation: Installation, trained: Path) -> None:
    answer = _run(installation.command, "neighbors", "--run-dir", "runs/mine", "toy story", "-k", "3", cwd=trained)
    title, *neighbors = answer.splitlines()
    assert title == "Neighbors of Toy Story (1995), cosine:"
    assert len(neighbors) == 3


def test_the_app_shows_the_packaged_run_and_those_beside_the_user(
    installation: Installation, server: AppServer, open_page_of: OpenPage
) -> None:
    before = installation.files()
    page = open_page_of(server)
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Movies, arranged by taste")).to_be_visible()
    steps.wait_for_plot(page)
    heading = page.get_by_role("heading", level=1)
    assert "Fraunces" in heading.evaluate("heading => getComputedStyle(heading).fontFamily")
    assert page.evaluate(FONT_STATES) == ["loaded"]
    assert page.locator('link[rel~="icon"]').first.get_attribute("href").startswith("data:image/svg")

    page.goto(f"{server.url}/map?run=mine&method=pca")
    steps.wait_for_plot(page)
    assert steps.run_in_address(page) == "mine"
    assert installation.files() == before


def _run(program: str | Path, *arguments: str | Path, cwd: Path | None = None) -> str:
    """What a program prints. Fails if it does not end well."""
    command = [str(part) for part in (program, *arguments)]
    ended = subprocess.run(command, cwd=cwd, env=_environment(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout[-2_000:]}\n{ended.stderr[-3_000:]}"
    return ended.stdout


def _environment() -> dict[str, str]:
    """The tests' environment, without what would lead back to the checkout or to its runs."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RECSYS_RUNS_DIR")}

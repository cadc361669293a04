"""Every preset by the page: chosen, trained by its button, explored, and opened again after a restart.

Of each architecture one run is seen on every page; the others end as theirs do.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from recsys_core.settings.presets import PRESETS
from tests.browsing import AppServer, OpenPage, at_rest
from tests.journeys import steps
from tests.journeys.checks import check_reopened, reopened


@pytest.fixture(scope="module")
def trained() -> dict[str, str]:
    """Preset -> name of the run that its journey has left behind."""
    return {}


OF_ARCHITECTURE: dict[str, list[str]] = {}
"""Architecture -> its presets, which one visitor trains one after the other."""
for _name, _preset in PRESETS.items():
    OF_ARCHITECTURE.setdefault(_preset.config.architecture, []).append(_name)


@pytest.mark.parametrize("architecture", OF_ARCHITECTURE)
def test_presets_from_the_choice_to_every_page(
    architecture: str, server: AppServer, trained: dict, open_page_of: OpenPage
):
    page = open_page_of(server)
    steps.open_train_page(page, server.url)
    for preset in OF_ARCHITECTURE[architecture]:
        steps.choose_preset(page, preset, epochs=PRESETS[preset].config.epochs)
        steps.set_number(page, "Epochs", 1)
        name = steps.train_to_the_end(page, known=steps.run_names(server.runs_dir))
        saved = json.loads((server.runs_dir / name / "config.json").read_text(encoding="utf-8"))
        assert (saved["config"]["preset"], saved["status"]) == (preset, "finished"), name
        trained[preset] = name
        steps.wait_for_plot(page)
    for title in ("Neighbors", "Biases", "For you"):
        steps.go_to(page, title)
        assert steps.run_in_address(page) == name
    expect(page.locator(".movie-list li").first).to_be_visible()


def test_all_of_them_open_again_in_another_process(server: AppServer, trained: dict, open_page_of: OpenPage):
    assert set(trained) == set(PRESETS), "a journey before this one did not end in a run"
    for answer in reopened([server.runs_dir / name for name in trained.values()]):
        check_reopened(answer, n_epochs=1)
    server.end()
    server.start()
    page = open_page_of(server)
    page.goto(f"{server.url}/biases?run=copy")
    at_rest(page)
    for presets in OF_ARCHITECTURE.values():
        name = trained[presets[-1]]
        steps.turn_to(page, f"{server.url}/map?run={name}&projection=PCA")
        steps.wait_for_plot(page)
        assert steps.run_in_address(page) == name

"""How long a person waits for the first point of the loss curve, from the click on Train, in a real browser.

    python -m benchmarks.first_point [--headed]

Trains `default` on the built-in ratings, again and again: a server's first training after its page has been open for
ten seconds, with what earlier processes have compiled and without, then the others; then one of another structure, five
seconds after it was chosen. Beside it, without a browser, the same through the job queue, where nothing is made ready.
Times in the browser are taken inside the page.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import tempfile
import time

from playwright.sync_api import Page

from benchmarks.browser import ROOT, open_page, serving
from benchmarks.report import Report

TRAININGS = 5
OPEN_MS = 10_000
"""For so long the page is open before the first click."""
CHOSEN_MS = 5_000
"""For so long another preset stands before the click."""
OTHER_PRESET = "dot-bias-rows"
PAUSE_MS = 4_000
"""Between two trainings: the map is drawn and the run's quality measured meanwhile, or given up for the next one."""

CLICK_TO_POINT = """async () => {
    const heading = () => [...document.querySelectorAll('strong')].some(e => e.innerText.startsWith('Training '))
    const points = () => document.querySelectorAll('.js-plotly-plot .scatterlayer .points path').length
    const button = [...document.querySelectorAll('button')].find(b => b.innerText.trim().endsWith('Train'))
    const before = points()
    const start = performance.now()
    const drawn = new Promise(resolve => new MutationObserver((_, observer) => {
        const now = points()
        if (!heading() || now === 0 || now === before) return
        observer.disconnect()
        resolve(performance.now())
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true }))
    button.click()
    return (await drawn - start) / 1000
}"""
IS_IDLE = "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
IS_OVER = "() => ![...document.querySelectorAll('strong')].some(e => e.innerText.startsWith('Training '))"


def in_browser(page: Page, address: str, trainings: int) -> list[float]:
    """Seconds from the click to the point, of each training."""
    page.goto(f"{address}/train")
    page.wait_for_selector(".js-plotly-plot", timeout=60_000)
    page.wait_for_timeout(OPEN_MS - PAUSE_MS)
    return [_train(page, PAUSE_MS) for _ in range(trainings)]


def after_another_choice(page: Page) -> float:
    """The same, of one whose structure was chosen a moment ago."""
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name=OTHER_PRESET, exact=True).click()
    return _train(page, CHOSEN_MS)


def _train(page: Page, pause_ms: int) -> float:
    page.wait_for_timeout(pause_ms)
    page.wait_for_function(IS_IDLE, polling=100)
    seconds = page.evaluate(CLICK_TO_POINT)
    page.wait_for_function(IS_OVER, polling=100, timeout=60_000)
    return seconds


def through_the_queue() -> tuple[list[float], list[float]]:
    """Seconds from submitting to the first word from inside an epoch, and to the end of the first epoch."""
    from recsys_core.jobs import board
    from recsys_core.jobs.messages import Task
    from recsys_core.settings.presets import find_preset

    config = find_preset("default").config
    words, epochs = [], []
    for seed in range(TRAININGS):
        start = time.perf_counter()
        job_id = board.submit(Task(config=dataclasses.replace(config, seed=seed)))
        word = epoch = None
        while not (status := board.status(job_id)).is_over:
            now = time.perf_counter() - start
            word = word or (now if status.so_far else None)
            epoch = epoch or (now if len(status.history) else None)
            time.sleep(0.005)
        if word is None or epoch is None:
            raise SystemExit(f"The training ended without a point: {status.message}")
        words.append(word)
        epochs.append(epoch)
        time.sleep(PAUSE_MS / 1000)
    return words, epochs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--headed", action="store_true", help="in a visible browser, which may use the GPU")
    headed = parser.parse_args().headed
    report = Report(
        "first_point",
        "Seconds from the wish for a training to the first point of its curve",
        ["measured", "first training", "the next ones, median", "shortest", "longest"],
    )

    def add(name: str, seconds: list[float]) -> None:
        first, *others = seconds
        figures = (first, *((statistics.median(others), min(others), max(others)) if others else ()))
        report.add(name, *(f"{figure:.2f}" for figure in figures), *[""] * (4 - len(figures)))

    with tempfile.TemporaryDirectory() as folder:
        kept = {"RECSYS_CACHE_DIR": f"{folder}/programs", "RECSYS_RUNS_DIR": f"{folder}/runs"}
        for number, name in enumerate(("nothing compiled before", "compiled by an earlier process")):
            with serving(ROOT / "app.py", **kept) as address, open_page(headed=headed) as page:
                is_last = number == 1
                add(f"click to point, in a browser, {name}", in_browser(page, address, TRAININGS if is_last else 1))
                if is_last:
                    add(f"{OTHER_PRESET}, {CHOSEN_MS / 1000:.0f} s after it was chosen", [after_another_choice(page)])
        os.environ |= kept
        words, epochs = through_the_queue()
        add("job queue: submitted to first point", words)
        add("job queue: submitted to the end of the first epoch", epochs)
    report.write()


if __name__ == "__main__":
    main()

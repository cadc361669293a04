"""How long a person waits for the first point of the loss curve, from the click on Train, in a real browser.

    python -m benchmarks.first_point [--headed]

Trains `default` on the built-in ratings, again and again: a server's first training has to compile, the others not.
Beside it, without a browser, the same through the job queue. Times in the browser are taken inside the page.
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

TRAININGS = 6
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


def in_browser(page: Page, address: str) -> list[float]:
    """Seconds from the click to the point, of each training."""
    page.goto(f"{address}/train?preset=default")
    page.wait_for_selector(".js-plotly-plot", timeout=60_000)
    seconds = []
    for _ in range(TRAININGS):
        page.wait_for_timeout(PAUSE_MS)
        page.wait_for_function(IS_IDLE, polling=100)
        seconds.append(page.evaluate(CLICK_TO_POINT))
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
        figures = (first, statistics.median(others), min(others), max(others))
        report.add(name, *(f"{figure:.2f}" for figure in figures))

    with (
        tempfile.TemporaryDirectory() as runs_dir,
        serving(ROOT / "app.py", RECSYS_RUNS_DIR=runs_dir) as address,
        open_page(headed=headed) as page,
    ):
        add("click to point, in a browser on the same machine", in_browser(page, address))
    with tempfile.TemporaryDirectory() as runs_dir:
        os.environ["RECSYS_RUNS_DIR"] = runs_dir
        words, epochs = through_the_queue()
        add("job queue: submitted to first point", words)
        add("job queue: submitted to the end of the first epoch", epochs)
    report.write()


if __name__ == "__main__":
    main()

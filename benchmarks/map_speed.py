"""How fast the movie map is in a real browser: loading, search, recoloring, and frames per second.

    python -m benchmarks.map_speed [--headed]

Times are taken inside the page with performance.now(). Without a GPU, Chromium draws in software: the frames per second
then are what a machine without a graphics card sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from benchmarks.browser import ROOT, open_page, serving

SIZES = (9_066, 87_585)

UNTIL_DRAWN = """async () => {
    const plot = document.querySelector('.mm-plot')
    const start = performance.now()
    // A frame is shown after what it calls; a message sent there comes then, and before any timer.
    const seen = resolve => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => resolve(performance.now())
        port2.postMessage(0)
    })
    const drawn = new Promise(resolve => new MutationObserver(() => seen(resolve))
        .observe(plot, { attributes: true, attributeFilter: ATTRIBUTES }));
    (ACT)()
    return await drawn - start
}"""

FRAMES = """async () => {
    const plot = document.querySelector('.mm-plot .nsewdrag')
    const box = plot.getBoundingClientRect()
    const spot = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true }
    let frames = 0
    let last = 0
    const count = now => { frames++; last = now; running && requestAnimationFrame(count) }
    let running = true
    const start = performance.now()
    requestAnimationFrame(count)
    for (let step = 0; performance.now() - start < 3000; step++) {
        GESTURE
        await new Promise(requestAnimationFrame)
    }
    running = false
    return [frames, last - start]
}"""
ZOOM = "plot.dispatchEvent(new WheelEvent('wheel', { ...spot, deltaY: step % 40 < 20 ? -30 : 30 }))"
PAN = """if (step === 0) plot.dispatchEvent(new MouseEvent('mousedown', { ...spot, button: 0, buttons: 1 }))
        const clientX = spot.clientX + 80 * Math.sin(step / 6)
        document.dispatchEvent(new MouseEvent('mousemove', { ...spot, buttons: 1, clientX }))"""
RELEASE = "() => document.dispatchEvent(new MouseEvent('mouseup', { bubbles: true }))"


@contextmanager
def app() -> Iterator[str]:
    """The address of the benchmark's app, which finds the map's scripts beside it."""
    static = ROOT / "benchmarks" / "static"
    static.symlink_to(ROOT / "static", target_is_directory=True)
    try:
        with serving(ROOT / "benchmarks" / "map_app.py") as address:
            yield address
    finally:
        static.unlink()


def after(page: Page, act: str, *attributes: str) -> float:
    """Milliseconds from `act`, a JavaScript function, to the end of the next drawing, or to the first change of one of
    the plot's `attributes`."""
    return page.evaluate(UNTIL_DRAWN.replace("ACT", act).replace("ATTRIBUTES", str([*(attributes or ["data-drawn"])])))


def typing(text: str) -> str:
    return f"""() => {{
        const input = document.querySelector('.mm-search-input')
        input.value = '{text}'
        input.dispatchEvent(new Event('input'))
    }}"""


def gesture(page: Page, events: str) -> tuple[float, float]:
    """Frames a second, and the milliseconds of each that the page's scripts take: a GPU shortens only the rest."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def script_seconds() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")

    before = script_seconds()
    frames, milliseconds = page.evaluate(FRAMES.replace("GESTURE", events))
    return frames / milliseconds * 1000, (script_seconds() - before) / frames * 1000


def measure(page: Page, address: str, n_movies: int) -> None:
    page.goto(f"{address}/?movies={n_movies}")
    page.wait_for_selector(".mm-plot[data-drawn]", timeout=60_000)
    page.reload()
    page.wait_for_selector(".mm-plot[data-drawn]", timeout=60_000)
    load = page.evaluate("performance.now()") / 1000
    page.wait_for_timeout(1500)
    seen, searches = [], []
    for text in ("moon", "moon dog", "love war", ""):
        begun = page.evaluate("performance.now()")
        seen.append(after(page, typing(text), "data-drawn", "data-sketched"))
        page.wait_for_function("() => !document.querySelector('.mm-dimmed, .mm-hidden')", polling=20)
        searches.append(page.evaluate("performance.now()") - begun)
    recolors, redraws = [], []
    for name in ("Bias", "Genre"):
        click = f"() => [...document.querySelectorAll('button')].find(b => b.textContent === '{name}').click()"
        n_drawn = page.get_attribute(".mm-plot", "data-drawn")
        begun = page.evaluate("performance.now()")
        recolors.append(after(page, click, "data-drawn", "data-sketched"))
        page.wait_for_function(
            "before => document.querySelector('.mm-plot').dataset.drawn !== before", arg=n_drawn, polling=20
        )
        redraws.append(page.evaluate("performance.now()") - begun)
        page.wait_for_timeout(500)
    (zoom, zoom_script), (pan, pan_script) = (gesture(page, name) for name in (ZOOM, PAN))
    page.evaluate(RELEASE)
    print(
        f"{n_movies:>7,} movies: page and map loaded in {load:.1f} s · search: seen after {max(seen[:-1]):.0f} ms, "
        f"cleared after {seen[-1]:.0f}, figure drawn after {max(searches):.0f} ms · "
        f"recolor through the server: seen after {max(recolors):.0f} ms, figure drawn after "
        f"{max(redraws):.0f} ms · zoom {zoom:.0f} and pan {pan:.0f} frames/s, "
        f"of which scripts take {zoom_script:.0f} and {pan_script:.0f} ms a frame"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headed", action="store_true", help="in a visible browser, which may use the GPU")
    headed = parser.parse_args().headed
    with app() as address:
        for n_movies in SIZES:
            with open_page(headed=headed) as page:
                measure(page, address, n_movies)


if __name__ == "__main__":
    main()

"""How the cost of training grows: with the ratings, the embedding size and the tables, beside the bare loop's.

    python -m benchmarks.growth

Dot product, biases and stretched sigmoid, batch 1,024, Adam, on synthetic ratings; each measurement in a process of its
own. Writes the plot docs/images/growth.png.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from plotly.subplots import make_subplots

from benchmarks.bare import bare_rate
from benchmarks.report import Report
from benchmarks.scale import BARE_RATINGS, settings
from benchmarks.synthetic import SHAPES, Shape, synthetic_split
from docs.pictures import save_figure
from ui.charts.palette import GENRE_COLORS

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.png"
USERS, MOVIES = SHAPES["ml-20m"].n_users, SHAPES["ml-20m"].n_movies
RATINGS, SIZE = 3_000_000, 50


@dataclasses.dataclass(frozen=True)
class Case:
    """One point of one curve."""

    n_users: int = USERS
    n_movies: int = MOVIES
    n_ratings: int = RATINGS
    size: int = SIZE

    @property
    def shape(self) -> Shape:
        return Shape(self.n_users, self.n_movies, self.n_ratings)

    @property
    def rows(self) -> int:
        return self.n_users + self.n_movies


CURVES = {
    "ratings": [Case(n_ratings=n) for n in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000)],
    "embedding size": [Case(size=size) for size in (8, 16, 32, 64, 128, 256)],
    "rows of both tables": [Case(USERS * k // 30, MOVIES * k // 30) for k in (1, 3, 10, 30, 100, 300)],
}


def measure_loop(case: Case) -> dict:
    from recsys_core.training.fit import fit

    split = synthetic_split(case.shape)
    config = dataclasses.replace(settings(3, 2e-3), user_embedding_size=case.size, movie_embedding_size=case.size)
    seconds = fit(split, config).history["seconds"].iloc[1:]
    return {"seconds": statistics.median(seconds), "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def measure_bare(case: Case) -> dict:
    train = synthetic_split(dataclasses.replace(case.shape, n_ratings=min(case.n_ratings, BARE_RATINGS))).train
    return {"seconds": case.n_ratings / bare_rate(train, case.n_users, case.n_movies, case.size)}


def measure(side: str, case: Case) -> dict:
    command = [sys.executable, "-m", "benchmarks.growth", "--side", side, json.dumps(dataclasses.asdict(case))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def value_of(curve: str, case: Case) -> int:
    return {"ratings": case.n_ratings, "embedding size": case.size}.get(curve, case.rows)


def draw(points: dict[str, list[tuple[int, float, float, float]]]) -> None:
    """Seconds above, memory below, a column a curve; logarithmic in both directions."""
    tables = f"{USERS:,} users, {MOVIES:,} movies"
    millions = f"{RATINGS / 1e6:.0f} million ratings"
    headings = [f"{tables}, size {SIZE}", f"{millions}, {tables}", f"{millions}, size {SIZE}"]
    figure = make_subplots(2, 3, subplot_titles=headings, vertical_spacing=0.1, horizontal_spacing=0.05)
    loop, bare = list(GENRE_COLORS.values())[:2]
    for column, (curve, rows) in enumerate(points.items(), start=1):
        x, seconds, limit, gb = zip(*rows, strict=True)
        first = column == 1
        ticks: dict = {"type": "log", "dtick": 1} if x[-1] > 1000 else {"type": "log", "tickvals": x}
        for name, y, color, dash in (
            ("compiled loop", seconds, loop, "solid"),
            ("bare loop: the limit", limit, bare, "dot"),
        ):
            figure.add_scatter(
                x=x, y=y, name=name, line={"color": color, "dash": dash, "width": 2}, mode="lines+markers",
                marker_size=7, showlegend=first, row=1, col=column,
            )  # fmt: skip
        figure.add_scatter(
            x=x, y=gb, line={"color": loop, "width": 2}, mode="lines+markers", marker_size=7, showlegend=False,
            row=2, col=column,
        )  # fmt: skip
        figure.update_xaxes(**ticks, row=1, col=column)
        figure.update_xaxes(**ticks, title_text=curve, row=2, col=column)
    figure.update_yaxes(type="log", tickvals=[0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10], row=1)
    figure.update_yaxes(title_text="seconds an epoch", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2)
    figure.update_yaxes(title_text="peak memory, GB", row=2, col=1)
    figure.update_annotations(font_size=13)
    figure.update_layout(
        template="plotly_white", width=1200, height=640, margin={"l": 8, "r": 8, "t": 70, "b": 8},
        font={"family": "Inter, system-ui, sans-serif"}, legend={"orientation": "h", "y": 1.13, "x": 0},
    )  # fmt: skip
    save_figure(figure, PICTURE, ".js-plotly-plot .scatterlayer .trace", 9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=("loop", "bare"))
    parser.add_argument("case", nargs="?")
    options = parser.parse_args()
    if options.side:
        case = Case(**json.loads(options.case))
        print(json.dumps(measure_loop(case) if options.side == "loop" else measure_bare(case)))
        return
    report = Report(
        "growth",
        "How the cost of an epoch grows",
        ["grows", "to", "loop, s", "bare loop, s", "ratio", "peak memory, GB"],
    )
    points: dict[str, list[tuple[int, float, float, float]]] = {}
    for curve, cases in CURVES.items():
        points[curve] = []
        for case in cases:
            loop, bare = measure("loop", case), measure("bare", case)
            points[curve].append((value_of(curve, case), loop["seconds"], bare["seconds"], loop["gb"]))
            report.add(
                curve,
                f"{value_of(curve, case):,}",
                f"{loop['seconds']:.3f}",
                f"{bare['seconds']:.3f}",
                f"{loop['seconds'] / bare['seconds']:.1f}",
                f"{loop['gb']:.2f}",
            )
    draw(points)
    report.note("Memory is the process' peak: TensorFlow, and the synthetic ratings with what made them, included.")
    report.write()


if __name__ == "__main__":
    main()

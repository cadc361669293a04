"""The command line: `movie-embeddings app | presets | train | neighbors | biases | project | quality | runs | …`.

In a checkout that is not installed, `python -m recsys_core` in place of `movie-embeddings`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import pandas as pd

from recsys_core import resources
from recsys_core.commands import compare
from recsys_core.commands import data as data_command
from recsys_core.commands import runs as runs_command
from recsys_core.errors import RecsysError, quoted
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.models.registry import ARCHITECTURES, check_used
from recsys_core.runs.run import Run, divergence_of
from recsys_core.runs.store import open_run
from recsys_core.settings.declaration import GROUPS
from recsys_core.settings.flags import add_flags, values_of
from recsys_core.settings.own import all_own_settings
from recsys_core.settings.presets import PRESETS, find_preset
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig, with_values

if TYPE_CHECKING:
    from recsys_core.jobs.messages import Event

BAR_WIDTH = 28
MAX_RATINGS_MEASURED = 2_000_000
"""More than these take minutes to compare by item-item cosine: that waits for the command `quality`."""
_SAID_ABOVE = ("preset", "architecture")
"""Settings whose flags stand before the groups of the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, or 2 with one line on standard error for bad input."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except RecsysError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; flushing at the end must not complain about it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _OneLine(argparse.ArgumentParser):
    """A parser whose complaint is one line like any other of this command line; `--help` tells the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {' '.join(message.split())} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    called = Path(sys.argv[0]).stem
    parser = _OneLine(
        prog="python -m recsys_core" if called == "__main__" else called,
        description="Train and explore movie embeddings.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    app = commands.add_parser("app", help="open the dashboard in a browser")
    app.add_argument("--port", type=int, help="where it answers (default: 8501, or the next that is free)")
    app.set_defaults(run=_app)

    presets = commands.add_parser("presets", help="list the presets")
    presets.set_defaults(run=_presets)

    train = commands.add_parser("train", help="train a model and save it as a run")
    train.add_argument("--preset", default="default", help="name of a preset (default: %(default)s)")
    train.add_argument("--data", help="a data set's id, or a MovieLens folder or zip (default: the built-in ratings)")
    train.add_argument("--label", default="", help="what the run picker shows")
    train.add_argument("--run-dir", type=Path, required=True, help="a new or empty folder for the run")
    # The setting accepts any name: which architectures there are is known by the models alone.
    architecture = dataclasses.replace(SETTINGS["architecture"], in_words=f"one of {', '.join(ARCHITECTURES)}")
    add_flags(train, "most used", [architecture, *SHORTHANDS.values()])
    for group, title in GROUPS.items():
        others = [each for each in SETTINGS.values() if each.group == group and each.name not in _SAID_ABOVE]
        add_flags(train, title.lower() or "sizes apart", others)
    if all_own_settings():
        add_flags(train, "of one architecture", all_own_settings().values())
    train.set_defaults(run=_train)

    neighbors = commands.add_parser("neighbors", help="list a movie's nearest neighbors")
    _add_run(neighbors)
    neighbors.add_argument("title", help="the movie's title, or part of it")
    neighbors.add_argument("-k", type=int, default=10, help="how many (default: %(default)s)")
    neighbors.add_argument("--metric", choices=METRICS, default="cosine")
    neighbors.add_argument(
        "--min-ratings", type=int, default=MIN_RATINGS, help="leave out rarer movies (default: %(default)s)"
    )
    neighbors.add_argument("--json", action="store_true")
    neighbors.set_defaults(run=_neighbors)

    biases = commands.add_parser("biases", help="list the highest and lowest movie biases")
    _add_run(biases)
    biases.add_argument("--top", type=int, default=10, help="how many at each end (default: %(default)s)")
    biases.add_argument(
        "--min-ratings", type=int, default=MIN_RATINGS, help="leave out rarer movies (default: %(default)s)"
    )
    biases.add_argument("--json", action="store_true")
    biases.set_defaults(run=_biases)

    project = commands.add_parser("project", help="write a map's coordinates as Parquet")
    _add_run(project)
    project.add_argument("--method", choices=("umap", "pca"), required=True)
    project.add_argument("--components", type=int, choices=(2, 3), default=2)
    project.add_argument("--seed", type=int, default=0)
    project.add_argument("--output", type=Path, required=True, help="FILE.parquet: movie_id, x, y[, z]")
    project.set_defaults(run=_project)

    quality = commands.add_parser("quality", help="measure what a run's neighbors are worth")
    _add_run(quality)
    quality.add_argument("--json", action="store_true")
    quality.add_argument(
        "--seeds", type=int, default=3, help="trainings that the stability is over; 1 for none (default: %(default)s)"
    )
    quality.add_argument(
        "--judgements", type=Path, metavar="FILE", help="CSV of movie, other, judgement: how far people agree instead"
    )
    quality.set_defaults(run=_quality)

    runs_command.add(commands)
    data_command.add(commands)
    compare.add(commands)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a saved run")


def _app(options: argparse.Namespace) -> None:
    if options.port is not None and not 1 <= options.port <= 65535:
        raise RecsysError(f"`port` must be between 1 and 65535. Received: {options.port}.")
    port = [] if options.port is None else ["--server.port", str(options.port)]
    # Streamlit in this very process: whoever ends the command ends the app.
    sys.argv = ["streamlit", "run", str(resources.FOLDER / "app.py"), *port]
    runpy.run_module("streamlit", run_name="__main__")


def _presets(options: argparse.Namespace) -> None:
    for preset in PRESETS.values():
        config = preset.config
        batch = "all rows" if config.batch_size is None else f"batch {config.batch_size}"
        sizes = f"{config.user_embedding_size}/{config.movie_embedding_size}"
        print(
            f"{preset.name:20} {config.architecture:15} {sizes:>8}  {config.epochs:3} epochs, {batch:9}  {preset.about}"
        )


def _train(options: argparse.Namespace) -> None:
    from recsys_core.jobs.messages import Failed, Saved, Task
    from recsys_core.jobs.task import OneFolder, checked, run_task

    store = OneFolder(options.run_dir)
    task = checked(Task(config=_config(options), data_set=options.data, label=options.label, shows_map=False), store)
    reporter = _Reporter(sys.stdout)
    run_task(task, reporter, lambda: False, store)
    end = reporter.last
    if isinstance(end, Failed) and not end.is_expected:
        print(f"error: {end.message}", file=sys.stderr)
        raise SystemExit(1)
    if not isinstance(end, Saved):
        raise RecsysError(end.message)
    print(f"Saved {end.path} with the weights of epoch {end.kept_epoch}.")
    run = open_run(end.path)
    divergence = divergence_of(run)
    if divergence is not None:
        print(f"note: {divergence.message}", file=sys.stderr)
    _report(run)


def _report(run: Run) -> None:
    """Measure what needs no further training; a run that cannot be measured is a run all the same."""
    from recsys_core.quality.measuring import quality_report
    from recsys_core.quality.report_text import one_line

    if run.info.data.n_ratings > MAX_RATINGS_MEASURED:
        print(f"Its neighbors are not measured yet: python -m recsys_core quality --run-dir {run.path}")
        return
    try:
        print(one_line(quality_report(run, n_seeds=1)))
    except RecsysError as error:
        print(f"note: {error}", file=sys.stderr)


def _config(options: argparse.Namespace) -> TrainConfig:
    flags = {**SETTINGS, **SHORTHANDS, **all_own_settings()}
    given = {name: value for name, value in values_of(options, flags).items() if name != "preset"}
    config = with_values(find_preset(options.preset).config, given)
    check_used(config, given)
    return config


def _neighbors(options: argparse.Namespace) -> None:
    embeddings = MovieEmbeddings.from_run(open_run(options.run_dir))
    index = embeddings.find_title(options.title)
    found = embeddings.neighbors(index, k=options.k, metric=options.metric, min_ratings=options.min_ratings)
    if options.json:
        _print_json({"query": embeddings.movies.loc[index, "title"], "neighbors": _records(found)})
        return
    if not embeddings.has_vector[index]:
        print(f"{_name(embeddings.movies.iloc[index])} has no neighbors: nobody rated it in training.")
        return
    print(f"Neighbors of {_name(embeddings.movies.iloc[index])}, {options.metric}:")
    measure = "distance" if options.metric == "euclidean" and "distance" in found else "similarity"
    for _, movie in found.iterrows():
        print(
            f"{movie[measure]:7.3f}  {_name(movie)}  [{movie['genres'] or 'no genre'}]  {movie['n_ratings']:,} ratings"
        )


def _biases(options: argparse.Namespace) -> None:
    embeddings = MovieEmbeddings.from_run(open_run(options.run_dir))
    highest, lowest = embeddings.bias_ranking(options.top, min_ratings=options.min_ratings)
    if options.json:
        _print_json({"highest": _records(highest), "lowest": _records(lowest)})
        return
    for title, movies in (("Highest biases:", highest), ("Lowest biases:", lowest)):
        print(title)
        for _, movie in movies.iterrows():
            about = f"mean {movie['mean_rating']:.2f}, {movie['n_ratings']:,} ratings"
            print(f"{movie['bias']:+7.3f}  {_name(movie)}  {about}")


def _project(options: argparse.Namespace) -> None:
    from recsys_core.maps.projection import ProjectionSpec, project_run

    if options.output.suffix.lower() != ".parquet":
        raise RecsysError(f"`output` must be a file that ends in .parquet. Received: {quoted(str(options.output))}.")
    run = open_run(options.run_dir)
    spec = ProjectionSpec(method=options.method, n_components=options.components, seed=options.seed)
    projection = project_run(run, spec)
    table = pd.DataFrame(projection.coordinates, columns=pd.Index(list("xyz")[: options.components]))
    table.insert(0, "movie_id", run.movies["movie_id"].to_numpy()[projection.rows])
    try:
        table.to_parquet(options.output, index=False)
    except OSError as error:
        raise RecsysError(
            f"`output` must be a file that can be written. Received: {options.output} ({error})."
        ) from error
    print(f"Wrote {len(table):,} movies to {options.output}.")


def _quality(options: argparse.Namespace) -> None:
    from recsys_core.quality.report_text import run_quality

    run_quality(options)


class _Reporter:
    """The events of a training as a progress bar on a terminal, as plain lines otherwise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self.last: Any = None
        """The latest event."""

    def __call__(self, event: Event) -> None:
        self.last = event
        if event.kind == "noticed":
            print(f"note: {event.text}", file=sys.stderr)
        elif event.kind == "started":
            self._line(
                f"{event.n_parameters:,} parameters, {event.n_train:,} training and {event.n_validation:,} validation "
                f"ratings ({event.n_dropped:,} dropped). Validation MSE of the mean {event.baselines['mean_mse']:.3f}, "
                f"of damped biases {event.baselines['bias_mse']:.3f}."
            )
        elif event.kind == "epoch_ended":
            validation = "" if math.isnan(event.val_mse) else f"validation MSE {event.val_mse:.4f}, "
            self._line(
                f"epoch {event.epoch:3}: training MSE {event.train_mse:.4f}, {validation}"
                f"learning rate {event.learning_rate:g}, {event.seconds:.2f} s"
            )
        elif event.kind == "progress" and self._is_terminal:
            done = round(event.fraction * BAR_WIDTH)
            bar = "█" * done + "░" * (BAR_WIDTH - done)
            text = f"{bar} epoch {event.epoch}, {event.ratings_per_second / 1e6:.2f} M ratings/s"
            print(f"\r\033[K{text}", end="", file=self._stream, flush=True)

    def _line(self, text: str) -> None:
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}{text}", file=self._stream, flush=True)


def _name(movie: pd.Series) -> str:
    return movie["title"] if pd.isna(movie["year"]) else f"{movie['title']} ({movie['year']:.0f})"


def _records(table: pd.DataFrame) -> list[dict]:
    return json.loads(table.to_json(orient="records"))


def _print_json(value: dict) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))

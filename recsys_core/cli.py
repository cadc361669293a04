"""The command line: `python -m recsys_core presets | train | neighbors | biases | project | quality`."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import pandas as pd

from recsys_core.errors import RecsysError
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings
from recsys_core.models.registry import ARCHITECTURES
from recsys_core.runs.run import Run
from recsys_core.runs.store import check_new_run_dir, open_run
from recsys_core.settings.presets import PRESETS, find_preset
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import EpochEnd, Event, Progress, Started

BAR_WIDTH = 28
MAX_RATINGS_MEASURED = 2_000_000
"""More than these take minutes to compare by item-item cosine: that waits for the command `quality`."""


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recsys_core", description="Train and explore movie embeddings.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    presets = commands.add_parser("presets", help="list the presets")
    presets.set_defaults(run=_presets)

    train = commands.add_parser("train", help="train a model and save it as a run")
    train.add_argument("--preset", default="default", help="name of a preset (default: %(default)s)")
    train.add_argument("--data", type=Path, help="MovieLens folder or zip (default: the built-in ratings)")
    train.add_argument("--architecture", help=f"one of {', '.join(ARCHITECTURES)}")
    train.add_argument("--embedding-size", type=int, help="of users and movies")
    train.add_argument("--epochs", type=int)
    train.add_argument("--batch-size", type=int)
    train.add_argument("--learning-rate", type=float, help="one rate for all epochs")
    train.add_argument("--seed", type=int)
    train.add_argument("--label", default="", help="what the run picker shows")
    train.add_argument("--run-dir", type=Path, required=True, help="a new or empty folder for the run")
    train.set_defaults(run=_train)

    neighbors = commands.add_parser("neighbors", help="list a movie's nearest neighbors")
    _add_run(neighbors)
    neighbors.add_argument("title", help="the movie's title, or part of it")
    neighbors.add_argument("-k", type=int, default=10, help="how many (default: %(default)s)")
    neighbors.add_argument("--metric", choices=METRICS, default="cosine")
    neighbors.add_argument("--min-ratings", type=int, default=20, help="leave out rarer movies (default: %(default)s)")
    neighbors.add_argument("--json", action="store_true")
    neighbors.set_defaults(run=_neighbors)

    biases = commands.add_parser("biases", help="list the highest and lowest movie biases")
    _add_run(biases)
    biases.add_argument("--top", type=int, default=10, help="how many at each end (default: %(default)s)")
    biases.add_argument("--min-ratings", type=int, default=20, help="leave out rarer movies (default: %(default)s)")
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
    quality.set_defaults(run=_quality)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a saved run")


def _presets(options: argparse.Namespace) -> None:
    for preset in PRESETS.values():
        config = preset.config
        batch = "all rows" if config.batch_size is None else f"batch {config.batch_size}"
        sizes = f"{config.user_embedding_size}/{config.movie_embedding_size}"
        print(
            f"{preset.name:20} {config.architecture:15} {sizes:>8}  {config.epochs:3} epochs, {batch:9}  {preset.about}"
        )


def _train(options: argparse.Namespace) -> None:
    from recsys_core.data import ratings
    from recsys_core.data.split import split_ratings
    from recsys_core.runs import writer

    config = _config(options)
    check_new_run_dir(options.run_dir)
    loaded = ratings.load(options.data)
    for notice in loaded.notices:
        print(f"note: {notice}", file=sys.stderr)
    split = split_ratings(loaded, config)
    check_new_run_dir(options.run_dir, writer.estimate_bytes(split, config))
    trained = writer.fit(split, config, on_event=_Reporter(sys.stdout))
    about = {"data_path": None if options.data is None else str(options.data.resolve())}
    run = writer.save_run(trained, options.run_dir, label=options.label, about=about)
    print(f"Saved {run.path} with the weights of epoch {trained.kept_epoch}.")
    _report(run)


def _report(run: Run) -> None:
    """Measure what needs no further training; a run that cannot be measured is a run all the same."""
    from recsys_core.quality.report import quality_report
    from recsys_core.quality.report_text import one_line

    if run.info.data.n_ratings > MAX_RATINGS_MEASURED:
        print(f"Its neighbors are not measured yet: python -m recsys_core quality --run-dir {run.path}")
        return
    try:
        print(one_line(quality_report(run, n_seeds=1)))
    except RecsysError as error:
        print(f"note: {error}", file=sys.stderr)


def _config(options: argparse.Namespace) -> TrainConfig:
    config = find_preset(options.preset).config
    changes: dict[str, object] = {
        name: getattr(options, name)
        for name in ("architecture", "batch_size", "seed")
        if getattr(options, name) is not None
    }
    if options.embedding_size is not None:
        changes |= {"user_embedding_size": options.embedding_size, "movie_embedding_size": options.embedding_size}
    if options.learning_rate is not None:
        changes["phases"] = (Phase(options.learning_rate, config.epochs),)
    config = TrainConfig.from_dict(config.to_dict() | changes)
    return config if options.epochs is None else config.with_epochs(options.epochs)


def _neighbors(options: argparse.Namespace) -> None:
    embeddings = MovieEmbeddings.from_run(open_run(options.run_dir))
    index = embeddings.find_title(options.title)
    found = embeddings.neighbors(index, k=options.k, metric=options.metric, min_ratings=options.min_ratings)
    if options.json:
        _print_json({"query": embeddings.movies.loc[index, "title"], "neighbors": _records(found)})
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
    """Training's events as a progress bar on a terminal, as plain lines otherwise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._started: Started | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._started = event
            self._line(
                f"{event.n_parameters:,} parameters, {event.n_train:,} training and {event.n_validation:,} validation "
                f"ratings ({event.n_dropped:,} dropped). Validation MSE of the mean {event.baselines['mean_mse']:.3f}, "
                f"of damped biases {event.baselines['bias_mse']:.3f}."
            )
        elif isinstance(event, EpochEnd):
            validation = "" if math.isnan(event.val_mse) else f"validation MSE {event.val_mse:.4f}, "
            self._line(
                f"epoch {event.epoch:3}: training MSE {event.train_mse:.4f}, {validation}"
                f"learning rate {event.learning_rate:g}, {event.seconds:.2f} s"
            )
        elif isinstance(event, Progress) and self._is_terminal:
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

"""The commands that look at a run: `neighbors`, `biases`, `project`, `quality`; and `presets`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from recsys_core.errors import RecsysError, quoted
from recsys_core.explore.embeddings import METRICS, MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS, least_ratings
from recsys_core.runs.presets import all_presets
from recsys_core.runs.store import open_run


def add(subparsers: Any) -> None:
    """Add the commands to those of the command line."""
    presets = subparsers.add_parser("presets", help="list the presets")
    presets.set_defaults(run=_presets)

    neighbors = subparsers.add_parser("neighbors", help="list a movie's nearest neighbors")
    _add_run(neighbors)
    neighbors.add_argument("title", help="the movie's title, or part of it")
    neighbors.add_argument("-k", type=int, default=10, help="how many (default: %(default)s)")
    neighbors.add_argument("--metric", choices=METRICS, default="cosine")
    neighbors.add_argument(
        "--min-ratings", type=int, help=f"leave out rarer movies (default: {MIN_RATINGS}; 0 where few have as many)"
    )
    neighbors.add_argument("--json", action="store_true")
    neighbors.set_defaults(run=_neighbors)

    biases = subparsers.add_parser("biases", help="list the highest and lowest movie biases")
    _add_run(biases)
    biases.add_argument("--top", type=int, default=10, help="how many at each end (default: %(default)s)")
    biases.add_argument(
        "--min-ratings", type=int, help=f"leave out rarer movies (default: {MIN_RATINGS}; 0 where few have as many)"
    )
    biases.add_argument("--json", action="store_true")
    biases.set_defaults(run=_biases)

    project = subparsers.add_parser("project", help="write a map's coordinates as Parquet")
    _add_run(project)
    project.add_argument("--method", choices=("umap", "pca"), required=True)
    project.add_argument("--components", type=int, choices=(2, 3), default=2)
    project.add_argument("--seed", type=int, default=0)
    project.add_argument(
        "--min-ratings", type=int, help=f"leave out rarer movies (default: {MIN_RATINGS}; 0 where few have as many)"
    )
    project.add_argument("--output", type=Path, required=True, help="FILE.parquet: movie_id, x, y[, z]")
    project.set_defaults(run=_project)

    quality = subparsers.add_parser("quality", help="measure what a run's neighbors are worth")
    _add_run(quality)
    quality.add_argument("--json", action="store_true")
    quality.add_argument(
        "--seeds", type=int, default=3, help="trainings that the stability is over; 1 for none (default: %(default)s)"
    )
    quality.add_argument(
        "--judgements", type=Path, metavar="FILE",
        help="CSV of movie, other, judgement (or rank): how far people agree instead",
    )  # fmt: skip
    quality.set_defaults(run=_quality)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of a saved run")


def _presets(options: argparse.Namespace) -> None:
    for preset in all_presets().values():
        config = preset.config
        batch = "all rows" if config.batch_size is None else f"batch {config.batch_size}"
        sizes = f"{config.user_embedding_size}/{config.movie_embedding_size}"
        print(
            f"{preset.name:20} {config.architecture:15} {sizes:>8}  {config.epochs:3} epochs, {batch:9}  {preset.about}"
        )


def _neighbors(options: argparse.Namespace) -> None:
    embeddings = MovieEmbeddings.from_run(open_run(options.run_dir))
    index = embeddings.find_title(options.title)
    found = embeddings.neighbors(
        index, k=options.k, metric=options.metric, min_ratings=_least_ratings(options, embeddings)
    )
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


def _least_ratings(options: argparse.Namespace, embeddings: MovieEmbeddings) -> int:
    least = options.min_ratings
    if least is None:
        return least_ratings(embeddings.movies)
    most = int(embeddings.n_ratings.max())
    if not 0 <= least <= most:
        raise RecsysError(
            f"`min_ratings` must be from 0 to {most:,}, as many as a movie of this run has. Received: {least:,}."
        )
    return least


def _biases(options: argparse.Namespace) -> None:
    embeddings = MovieEmbeddings.from_run(open_run(options.run_dir))
    highest, lowest = embeddings.bias_ranking(options.top, min_ratings=_least_ratings(options, embeddings))
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
    spec = ProjectionSpec(
        method=options.method,
        n_components=options.components,
        seed=options.seed,
        min_ratings=_least_ratings(options, MovieEmbeddings.from_run(run)),
    )
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


def _name(movie: pd.Series) -> str:
    return movie["title"] if pd.isna(movie["year"]) else f"{movie['title']} ({movie['year']:.0f})"


def _records(table: pd.DataFrame) -> list[dict]:
    return json.loads(table.to_json(orient="records"))


def _print_json(value: dict) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))

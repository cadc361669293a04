"""The command `data`: data sets of one's own, listed, downloaded, added, looked at and removed."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recsys_core.data.catalog import BUILT_IN, contents_of, find_data_set
from recsys_core.data.download.editions import DOWNLOADABLE, LICENSE, find_downloadable
from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.report import ImportReport
from recsys_core.data.library.aggregates import Aggregates
from recsys_core.data.library.folder import (
    OwnDataSet,
    data_dir,
    list_data_sets,
    own_data_set,
    purge_removed,
    remove_data_set,
)
from recsys_core.errors import DataError

_ABOUT_COLUMNS = {
    "user": "the column of users, by its name or its number from 1 (default: found by the names people use)",
    "item": "the column of what is rated",
    "rating": "the column of ratings; without one, every row is a like",
    "timestamp": "the column of times: seconds or milliseconds since 1970, or dates",
    "title": "the column with an item's name (default: its id)",
    "genres": "the column with an item's genres, such as Action|Sci-Fi",
    "year": "the column with an item's year, or a date that begins with it (default: at the end of its name)",
}


def add(commands: Any) -> None:
    """Give the command line the command `data`."""
    data = commands.add_parser("data", help="data sets of one's own: list, download, add, show, remove")
    actions = data.add_subparsers(required=True, metavar="ACTION")

    listed = actions.add_parser("list", help="list the data sets there are")
    listed.set_defaults(run=_list)

    download = actions.add_parser("download", help="download a MovieLens edition from GroupLens and add it")
    download.add_argument("name", metavar="NAME", help=f"one of {', '.join(DOWNLOADABLE)}")
    download.set_defaults(run=_download)

    adding = actions.add_parser("add", help="import ratings from a folder, a zip, a table of text or Parquet")
    adding.add_argument("path", type=Path, help="MovieLens in any of its layouts, or one table of ratings")
    adding.add_argument("--name", default="", help="what it is called (default: the file's name)")
    for what, about in _ABOUT_COLUMNS.items():
        adding.add_argument(f"--{what}-column", metavar="NAME", help=about)
    adding.set_defaults(run=_add)

    show = actions.add_parser("show", help="say what is in a data set")
    show.add_argument("id", help=f"its id, or {BUILT_IN}, or the path of a MovieLens folder or zip")
    show.add_argument("--json", action="store_true", help="everything that the page shows, as JSON")
    show.set_defaults(run=_show)

    remove = actions.add_parser("remove", help="remove a data set; runs that were trained on it stay")
    remove.add_argument("id")
    remove.set_defaults(run=_remove)


def _list(options: argparse.Namespace) -> None:
    print(f"{BUILT_IN:24} {'built in':>12}")
    for found in list_data_sets():
        try:
            info = found.info
        except DataError as error:
            print(f"{found.id:24} {'damaged':>12}  {error}")
            continue
        counts = f"{info.n_users:,} users, {info.n_movies:,} movies"
        print(f"{found.id:24} {info.n_ratings:12,} ratings, {counts}, of {info.source}")
    print(f"Kept in {data_dir()}", file=sys.stderr)


def _add(options: argparse.Namespace) -> None:
    from recsys_core.jobs.data_sets import add_data_set

    columns = ColumnNames(**{what: getattr(options, f"{what}_column") for what in _ABOUT_COLUMNS})
    with _progress() as tell:
        added = add_data_set(options.path, columns, name=options.name, tell=tell)
    _say_added(added)


def _download(options: argparse.Namespace) -> None:
    from recsys_core.jobs.data_sets import download_data_set

    edition = find_downloadable(options.name)
    print(f"{edition.name}: {edition.about}, from {edition.url}\n{LICENSE}", flush=True)
    with _progress() as tell:
        added = download_data_set(edition.name, tell=tell)
    _say_added(added)


@contextmanager
def _progress() -> Iterator[Callable[..., None]]:
    """What is told of work that takes time, as a line on a terminal."""
    is_terminal = sys.stderr.isatty()

    def tell(share: float, message: str = "") -> None:
        if is_terminal:
            print(f"\r\033[K{message} {share:.0%}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _say_added(added: OwnDataSet) -> None:
    for line in report_lines(added.report):
        print(line)
    print(f"Added {added.id}: {added.info.n_ratings:,} ratings. Train on it: train --data {added.id}")


def report_lines(report: ImportReport) -> list[str]:
    """An import report as lines of text."""
    lines = [*report.said]
    lines += [f"{each.rows} of {each.file} {each.outcome}: {each.reason}." for each in report.reasons]
    lines += [
        f"  {each.file}{'' if each.line is None else f', line {each.line:,}'}: {each.text}"
        for each in report.examples[:10]
    ]
    return lines


def _show(options: argparse.Namespace) -> None:
    own = own_data_set(options.id)
    if own is not None:
        aggregates, report = own.aggregates, own.report
    else:
        aggregates, report = contents_of(find_data_set(options.id)).aggregates, None
    if options.json:
        print(aggregates.model_dump_json(indent=2))
        return
    for line in aggregate_lines(aggregates):
        print(line)
    if report is not None:
        print("\n".join(report_lines(report)))


def aggregate_lines(about: Aggregates) -> list[str]:
    """What is in a data set as lines of text."""
    counts = about.counts
    lines = [
        f"{counts.n_ratings:,} ratings by {counts.n_users:,} users of {counts.n_movies:,} movies: "
        f"{counts.density:.2%} of all pairs.",
        f"Mean {counts.rating_mean:.2f}. {about.scale}",
        f"Half of the ratings are of {about.half_of_ratings:,} movies; half of the users gave "
        f"{about.median_activity:,.0f} ratings or fewer.",
    ]
    if counts.first_time is not None and counts.last_time is not None:
        days = [datetime.datetime.fromtimestamp(at, datetime.UTC) for at in (counts.first_time, counts.last_time)]
        lines.append(f"Given from {days[0]:%Y-%m-%d} to {days[1]:%Y-%m-%d}.")
    lines += [
        f"  {each.genre or 'no genre':16} {each.n_movies:8,} movies {each.n_ratings:12,} ratings, mean {each.mean:.2f}"
        for each in about.genres[:25]
    ]
    return lines


def _remove(options: argparse.Namespace) -> None:
    remove_data_set(options.id)
    purge_removed()
    print(f"Removed {options.id}. Runs that were trained on it stay.")

"""A data set of one's own in MovieLens 32M's shape: imported, loaded, filtered, trained on; and other engines at it.

    python -m benchmarks.own_data [--shape ml-32m] [--folder FOLDER] [job ...]

Each job runs in a process of its own: seconds, processor seconds, peak memory, and the bytes that it asked files for.
The engines do what an import begins with: ratings.csv becomes arrays and a Parquet file. Those that are not installed
are left out; `pip install polars duckdb` for all. With FOLDER, the files are made there once and stay.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Report
from benchmarks.synthetic import SHAPES, write_movielens

THREADS = 2
NAMES = ("userId", "movieId", "rating", "timestamp")
ID = "large"
MOVES = 100
"""Of the curve, after which the training is stopped."""


def do_import(source: Path) -> dict[str, Any]:
    from recsys_core.jobs.data_sets import add_data_set

    measured = _measured(lambda: add_data_set(source, name=ID))
    return measured | {"note": f"{measured.pop('result').info.n_ratings:,} ratings"}


def do_load(source: Path) -> dict[str, Any]:
    from recsys_core.data.catalog import find_data_set, load_ratings

    find_data_set(None)
    measured = _measured(lambda: load_ratings(find_data_set(ID)))
    return measured | {"note": f"{measured.pop('result').n_ratings:,} ratings"}


def do_filter(source: Path) -> dict[str, Any]:
    from recsys_core.data.catalog import find_data_set, load_ratings
    from recsys_core.data.filters import count_left
    from recsys_core.settings.train_config import TrainConfig

    loaded = load_ratings(find_data_set(ID))
    config = TrainConfig(any_genres=("Comedy", "Drama"), year_from=1980, min_user_ratings=30, min_movie_ratings=20)
    measured = _measured(lambda: count_left(loaded, config))
    return measured | {"note": f"{measured.pop('result').n_ratings:,} left by genres, years and least ratings"}


def do_train(source: Path) -> dict[str, Any]:
    """`default` asked for by somebody who has just begun, stopped once its curve has moved for a while."""
    return _trained(is_ready=False)


def do_train_ready(source: Path) -> dict[str, Any]:
    """The same where the page has had the ratings ready before the click, and the loop compiled."""
    return _trained(is_ready=True)


def _trained(is_ready: bool) -> dict[str, Any]:
    from recsys_core.jobs.messages import Event, Progress, Task
    from recsys_core.jobs.task import RunsFolder, checked, run_task
    from recsys_core.settings.presets import find_preset

    at: list[tuple[float, float, Event]] = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunsFolder(Path(folder))
        task = checked(Task(config=find_preset("default").config, data_set=ID), store)
        if is_ready:
            _make_ready(task)
        begun, spent = time.perf_counter(), time.process_time()

        def tell(event: Event) -> None:
            at.append((time.perf_counter() - begun, time.process_time() - spent, event))

        def should_stop() -> bool:
            return sum(isinstance(event, Progress) for *_, event in at) >= MOVES

        def train() -> Event:
            run_task(task, tell, should_stop, store)
            return at[-1][2]

        measured = _measured(train)
    del measured["result"]
    moves = [(when, used, event) for when, used, event in at if isinstance(event, Progress)]
    maps = [(when, used) for when, used, event in moves if getattr(event, "coordinates", None) is not None]
    seen = f", the map after {maps[0][0]:.1f} s, {maps[0][1]:.1f}" if maps else ", no map within the epoch"
    started = next(event for *_, event in at if event.kind == "started")
    (first, spent_first, begin), (last, spent_last, end) = moves[0], moves[-1]
    n_ratings = (end.fraction - begin.fraction) * started.n_train * (started.last_epoch - started.first_epoch + 1)
    rates = (n_ratings / (last - first) / 1e6, n_ratings / (spent_last - spent_first) / 1e6)
    note = (
        f"the curve first moves after {first:.1f} s, {spent_first:.1f} of a processor{seen}; then {rates[0]:.2f} M "
        f"ratings a second, {rates[1]:.2f} M a second of a processor"
    )
    return measured | {"note": note}


def _make_ready(task: Any) -> None:
    """What the Train page has done in the background once this data set is chosen, and the loop compiled."""
    from recsys_core.jobs.preparing import load_split
    from recsys_core.training.loop_cache import loop_for

    split = load_split(task)[1]
    loop_for(split, task.config).compile()


def by_arrow(source: Path, target: Path) -> dict[str, np.ndarray]:
    """In a stream, as the importer does: a block of rows at a time."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    pa.set_cpu_count(THREADS)
    kinds = dict(zip(NAMES, (pa.int32(), pa.int32(), pa.float32(), pa.int64()), strict=True))
    found: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    with (
        pyarrow.csv.open_csv(
            source / "ratings.csv",
            read_options=pyarrow.csv.ReadOptions(block_size=4 << 20),
            convert_options=pyarrow.csv.ConvertOptions(column_types=kinds),
        ) as reader,
        pq.ParquetWriter(target, pa.schema(list(kinds.items())), compression="lz4") as writer,
    ):
        for batch in reader:
            writer.write_batch(batch)
            for name in NAMES:
                found[name].append(batch.column(name).to_numpy())
    return {name: np.concatenate(blocks) for name, blocks in found.items()}


def by_pandas(source: Path, target: Path) -> dict[str, np.ndarray]:
    import pandas as pd
    import pyarrow as pa

    pa.set_cpu_count(THREADS)
    kinds = {"userId": "int32", "movieId": "int32", "rating": "float32", "timestamp": "int64"}
    table = pd.read_csv(source / "ratings.csv", engine="pyarrow", dtype=kinds)  # type: ignore[call-overload]
    table.to_parquet(target, compression="lz4", index=False)
    return {name: table[name].to_numpy() for name in NAMES}


def by_polars(source: Path, target: Path) -> dict[str, np.ndarray]:
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    kinds = dict(zip(NAMES, (pl.Int32, pl.Int32, pl.Float32, pl.Int64), strict=True))
    table = pl.read_csv(source / "ratings.csv", schema_overrides=kinds)
    table.write_parquet(target, compression="lz4", statistics=False)
    return {name: table[name].to_numpy() for name in NAMES}


def by_duckdb(source: Path, target: Path) -> dict[str, np.ndarray]:
    import duckdb

    base = duckdb.connect(config={"threads": THREADS})
    kinds = "{'userId': 'INTEGER', 'movieId': 'INTEGER', 'rating': 'FLOAT', 'timestamp': 'BIGINT'}"
    base.execute(f"COPY (FROM read_csv('{source}/ratings.csv', columns={kinds})) TO '{target}' (COMPRESSION lz4_raw)")
    return base.execute(f"FROM '{target}'").fetchnumpy()


JOBS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "import": do_import,
    "load": do_load,
    "filter": do_filter,
    "train": do_train,
    "train-ready": do_train_ready,
}
ENGINES: dict[str, Callable[[Path, Path], dict[str, np.ndarray]]] = {
    "pyarrow": by_arrow,
    "pandas": by_pandas,
    "polars": by_polars,
    "duckdb": by_duckdb,
}


def read_by(engine: str, source: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=source) as folder:
        target = Path(folder) / "ratings.parquet"
        measured = _measured(lambda: ENGINES[engine](source, target))
        n_ratings = len(measured.pop("result")["rating"])
        size = target.stat().st_size / 2**20
    version = importlib.metadata.version(engine)
    return measured | {"note": f"{version}: {n_ratings:,} ratings, {size:.0f} MB of Parquet"}


def _measured(job: Callable[[], Any]) -> dict[str, Any]:
    """What `job` returns, and what it took."""
    read_before, spent = _bytes_asked_for(), time.process_time()
    begun = time.perf_counter()
    result = job()
    return {
        "result": result,
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - spent,
        "read_mb": (_bytes_asked_for() - read_before) / 2**20,
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    """Of this process alone: what `getrusage` says begins with that of the process that started this one."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    known = [int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM")]
    return known[0] if known else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def _bytes_asked_for() -> int:
    counters = Path("/proc/self/io")
    lines = counters.read_text(encoding="ascii").splitlines() if counters.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("rchar"))


def measure(job: str, source: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.own_data", "--side", job, "--folder", str(source)]
    environment = {**os.environ, "RECSYS_DATA_DIR": str(source / "sets")}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, *ENGINES, []], metavar="job", help="default: all")
    parser.add_argument("--shape", choices=SHAPES, default="ml-32m")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--side", choices=[*JOBS, *ENGINES])
    options = parser.parse_args()
    if options.side:
        side = options.side
        print(json.dumps(JOBS[side](options.folder) if side in JOBS else read_by(side, options.folder)))
        return
    with tempfile.TemporaryDirectory() as made:
        source = options.folder or Path(made)
        if not (source / "movies.csv").exists():
            write_movielens(source, SHAPES[options.shape])
        size = (source / "ratings.csv").stat().st_size / 2**20
        report = Report(
            "own_data",
            f"A data set of one's own: {options.shape} in shape, ratings.csv of {size:,.0f} MB",
            ["job", "seconds", "processor seconds", "peak MB", "MB read", "what came of it"],
        )
        for job in options.jobs or [*JOBS, *(name for name in ENGINES if importlib.util.find_spec(name))]:
            found = measure(job, source)
            if not found:
                report.add(job, *["failed"] * 5)
                continue
            figures = (f"{found['seconds']:.2f}", f"{found['processor']:.2f}", f"{found['peak_mb']:,.0f}")
            report.add(job, *figures, f"{found['read_mb']:,.0f}", found["note"])
        report.note(
            "Peak memory is of the whole process, with the libraries that it imports. A load is of a process that has "
            "not seen the data set before; the file is in the system's cache."
        )
        if not options.jobs:
            report.write()


if __name__ == "__main__":
    main()

"""Two workers of a Dask cluster against one, on this machine: trials a minute, and seconds to stop and to take over.

    python -m benchmarks.cluster [--trials 40]

A real scheduler and real worker processes; trials of `recommender-v2` and `default` on the built-in ratings, each with
another seed. Beside them, what the cores allow: the same trials by one and by two processes without a cluster.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Report
from recsys_core.jobs.cluster.executor import DaskExecutor
from recsys_core.jobs.messages import LAST_EVENTS, Task, Trial
from recsys_core.jobs.task import RunsFolder, checked
from recsys_core.settings.presets import find_preset

ROOT = Path(__file__).resolve().parents[1]
PRESETS = ("recommender-v2", "default")
STOPS = 5

ALONE = """
import sys
from recsys_core.jobs.messages import read_task
from recsys_core.jobs.task import RunsFolder, run_task
for number, line in enumerate(sys.stdin):
    run_task(read_task(line), lambda event: None, lambda: False, RunsFolder())
    print(number, flush=True)
"""


@contextmanager
def process(*command: str, **more) -> Iterator[subprocess.Popen]:
    started = subprocess.Popen([sys.executable, *command], cwd=ROOT, stderr=subprocess.DEVNULL, text=True, **more)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def trials(preset: str, n: int, first: int) -> list[Task]:
    config = find_preset(preset).config
    trial = Trial(split_seed=0, holdout_fraction=0.1)
    seeds = range(first, first + n)
    tasks = (Task(kind="try", config=dataclasses.replace(config, seed=seed), trial=trial) for seed in seeds)
    return [checked(task, RunsFolder()) for task in tasks]


def seconds_alone(tasks: list[Task], n_processes: int) -> float:
    """From the first trial after a warm-up to the end of the last one, in processes of their own."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with process("-c", ALONE, **pipes) as first, process("-c", ALONE, **pipes) as second:
        used = [first, second][:n_processes]
        for each in used:
            each.stdin.write(tasks[0].to_json() + "\n")
            each.stdin.flush()
        for each in used:
            each.stdout.readline()
        begun = time.perf_counter()
        for number, task in enumerate(tasks[1:]):
            used[number % n_processes].stdin.write(task.to_json() + "\n")
        for each in used:
            each.stdin.close()
        for each in used:
            each.stdout.read()
        return time.perf_counter() - begun


def seconds_there(executor: DaskExecutor, tasks: list[Task]) -> float:
    """From the first to the last of `tasks`."""
    ends = threading.Semaphore(0)

    def hear(event) -> None:
        if isinstance(event, LAST_EVENTS):
            assert event.kind == "tried", event
            ends.release()

    begun = time.perf_counter()
    for number, task in enumerate(tasks):
        executor.start(f"{begun}-{number}", task, hear)
    for _ in tasks:
        ends.acquire()
    return time.perf_counter() - begun


def seconds_to_stop(executor: DaskExecutor, number: int) -> tuple[float, float]:
    """From asking until the worker has heard it, and until the run is saved here."""
    moments, running = {}, threading.Event()

    def hear(event) -> None:
        moments[event.kind] = time.perf_counter()
        if event.kind == "progress":
            running.set()

    config = find_preset("default").config.with_epochs(200)
    task = checked(Task(config=config, run_name=f"stopped-{number}"), RunsFolder())
    executor.start(f"stop-{number}", task, hear)
    running.wait(300)
    asked = time.perf_counter()
    executor.stop(f"stop-{number}")
    while "saved" not in moments:
        time.sleep(0.01)
    return moments["stop_heard"] - asked, moments["saved"] - asked


def wait_for(executor: DaskExecutor, n_workers: int) -> None:
    while sum(each.state == "ready" for each in executor.cluster().workers) < n_workers:
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40)
    n = parser.parse_args().trials
    report = Report(
        "cluster",
        "Two workers of a Dask cluster against one, on one machine",
        ["what", "one", "two", "ratio"],
        command=f"cluster --trials {n}",
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RECSYS_RUNS_DIR"] = f"{folder}/runs"
        port = address.rpartition(":")[2]
        worker = (
            "-m", "dask", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--local-directory", folder,
        )  # fmt: skip
        scheduler = ("-m", "dask", "scheduler", "--host", "tcp://127.0.0.1", "--port", port, "--no-dashboard")
        with process(*scheduler):
            executor = DaskExecutor(address, RunsFolder())
            times: dict[tuple[str, int], float] = {}
            with process(*worker):
                wait_for(executor, 1)
                for preset in PRESETS:
                    seconds_there(executor, trials(preset, 2, 900))
                    times[preset, 1] = seconds_there(executor, trials(preset, n, 0))
                with process(*worker):
                    wait_for(executor, 2)
                    for preset in PRESETS:
                        seconds_there(executor, trials(preset, 4, 900))
                        times[preset, 2] = seconds_there(executor, trials(preset, n, n))
                    stops = [seconds_to_stop(executor, number) for number in range(STOPS)]
            executor.close()
    for preset in PRESETS:
        one, two = (60 * n / times[preset, workers] for workers in (1, 2))
        report.add(f"trials of `{preset}` a minute, by workers", f"{one:.0f}", f"{two:.0f}", f"{two / one:.2f}")
        alone = [60 * n / seconds_alone(trials(preset, n + 1, 0), processes) for processes in (1, 2)]
        report.add(
            "the same without a cluster, by processes", *(f"{rate:.0f}" for rate in alone),
            f"{alone[1] / alone[0]:.2f}",
        )  # fmt: skip
    heard, saved = (sorted(times) for times in zip(*stops, strict=True))
    report.note(
        f"Stop, {STOPS} times with both workers there: heard by the worker after {statistics.median(heard):.2f} s "
        f"(longest {heard[-1]:.2f}), what was learned saved here after {statistics.median(saved):.2f} s "
        f"(longest {saved[-1]:.2f})."
    )
    report.write()


if __name__ == "__main__":
    main()

"""A real scheduler and real workers, each a process of its own on this machine, for every test that wants them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Cluster:
    """Processes that are started, and ended whatever becomes of a test."""

    folder: Path
    port: int
    processes: list[subprocess.Popen] = field(default_factory=list)
    security: tuple[str, ...] = ()
    scheme: str = "tcp"

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start_scheduler(self) -> subprocess.Popen:
        process = self._start("scheduler", "--host", self.address.rpartition(":")[0], "--port", str(self.port))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return process
            assert process.poll() is None, self.output()
            time.sleep(0.05)
        raise AssertionError(self.output())

    def start_worker(self, *more: str) -> subprocess.Popen:
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder), *more
        )

    def output(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def _start(self, *command: str) -> subprocess.Popen:
        # Runs and data sets of its own: nothing of the app's is there but what it brings.
        there = self.folder / "there"
        env = {**os.environ, "RECSYS_RUNS_DIR": str(there / "runs"), "RECSYS_DATA_DIR": str(there / "data")}
        env.pop("RECSYS_SCHEDULER", None)
        log = self.folder / f"{command[0]}-{len(self.processes)}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--no-dashboard", *self.security],
                cwd=ROOT, env=env, stdout=out, stderr=out,
            )  # fmt: skip
        self.processes.append(process)
        return process


def free_port() -> int:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return there.getsockname()[1]


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """A scheduler, and workers that whoever asks for it starts; `folder` is for what they write."""
    cluster = Cluster(folder, free_port())
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        cluster.end()

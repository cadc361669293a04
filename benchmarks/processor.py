"""Processor time of the app and of the browser that looks at it: where others use the machine too, it tells more than
the clock."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time since the processes began."""

    server: float
    browser: float

    def __sub__(self, before: Spent) -> Spent:
        return Spent(self.server - before.server, self.browser - before.browser)


def spent(server_pid: int) -> Spent:
    """As of now, by the server and by the Chromium processes that this one has started."""
    browser = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                browser += _seconds(process)
        except psutil.Error:
            continue
    return Spent(_seconds(psutil.Process(server_pid)), browser)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system

"""The command `app`: the dashboard in a browser."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import runpy
import sys
import threading
import time
from typing import Any

from recsys_core import resources
from recsys_core.errors import RecsysError
from recsys_core.jobs.cluster.address import SCHEDULER, check_address
from recsys_core.jobs.threads.arenas import share_arenas

FIRST_PAGE = (
    "ui.deleted", "ui.shared.job_line", "ui.warm_up", "ui.components.map", "ui.components.verdict",
    "ui.shared.maps.projecting", "ui.shared.run_picker", "PIL.Image", "pyarrow.dataset",
)  # fmt: skip
"""Modules that take with them what the first page is made of, in the order in which it wants them."""
_LOOK_SECONDS = 0.02


def add(subparsers: Any) -> None:
    """Add the command to those of the command line."""
    app = subparsers.add_parser("app", help="open the dashboard in a browser")
    app.add_argument("--port", type=int, help="where it answers (default: 8501, or the next that is free)")
    app.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="train on the Dask cluster of this scheduler, such as tcp://HOST:8786 (default: $RECSYS_SCHEDULER)",
    )  # fmt: skip
    app.set_defaults(run=_app)


def _app(options: argparse.Namespace) -> None:
    if options.port is not None and not 1 <= options.port <= 65535:
        raise RecsysError(f"`port` must be between 1 and 65535. Received: {options.port}.")
    if options.scheduler is not None:
        os.environ[SCHEDULER] = check_address(options.scheduler.strip(), "--scheduler") or ""
    port = [] if options.port is None else ["--server.port", str(options.port)]
    share_arenas()
    # What is imported stays: to look for garbage in it again and again as it grows is a tenth of a second for nothing.
    gc.disable()
    threading.Thread(target=_import_first_page, name="import the first page", daemon=True).start()
    # Streamlit in this very process: whoever ends the command ends the app.
    sys.argv = ["streamlit", "run", str(resources.FOLDER / "app.py"), *port]
    runpy.run_module("streamlit", run_name="__main__")


def _import_first_page() -> None:
    """Import what the first page needs once the server answers: the browser is still loading Streamlit then."""
    try:
        while not _answers():
            time.sleep(_LOOK_SECONDS)
        for name in FIRST_PAGE:
            importlib.import_module(name)
    finally:
        gc.enable()


def _answers() -> bool:
    """Whether this process has a Streamlit server that takes sessions."""
    runtime = sys.modules.get("streamlit.runtime")
    exists = getattr(runtime, "exists", None)
    return runtime is not None and exists is not None and exists() and runtime.get_instance().state.name != "INITIAL"

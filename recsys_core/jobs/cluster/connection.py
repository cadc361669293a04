"""The connection to a Dask scheduler: the certificates that protect it, and what is said over it."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recsys_core.errors import JobError, quoted
from recsys_core.jobs.cluster import on_worker
from recsys_core.jobs.cluster.address import host_and_port
from recsys_core.jobs.cluster.order import Order
from recsys_core.jobs.cluster.versions import differences, own_versions

TLS_FILES = {"tls_ca_file": "RECSYS_TLS_CA", "tls_client_cert": "RECSYS_TLS_CERT", "tls_client_key": "RECSYS_TLS_KEY"}
"""Dask's names for the files, and the variables that may name them; else Dask's own configuration does."""

_URGENT = 1000


class Connection:
    """An open one. Its methods wait for answers, some of which may never come: call them where that holds nobody up."""

    def __init__(self, address: str, seconds: float) -> None:
        """Raises `ConfigError` for what is no address, `JobError` if nobody answers there within `seconds`, or what
        answers cannot be used."""
        from distributed import Client

        host, port = host_and_port(address)
        # Its own tracebacks about a scheduler that is gone say nothing that this project does not say in a line.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            # Dask goes on trying where nobody listens, and this says so at once.
            socket.create_connection((host, port), seconds).close()
            self._client: Any = Client(address, security=_security(address), timeout=seconds, set_as_default=False)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise JobError(
                f"A Dask scheduler must answer at {address}. Received: {_reason(error)}. The README says how to start "
                "one, and with which certificates."
            ) from error
        try:
            theirs = self._client.sync(self._client.scheduler.versions, packages=[], callback_timeout=seconds)
            _check_scheduler(address, theirs)
        except BaseException:
            self.close()
            raise
        self._scheduler_id = ""
        self._is_replaced = False

    @property
    def is_up(self) -> bool:
        """Whether the scheduler is there that it was opened to."""
        return self._client.status == "running" and not self._is_replaced

    def subscribe(self, topic: str, on_text: Callable[[str], None]) -> None:
        """Have `on_text` called with all that workers tell under `topic`, in order, on a thread of Dask's."""
        self._client.subscribe_topic(topic, lambda event: on_text(event[1]))

    def workers(self) -> dict[str, dict[str, Any]]:
        """By address, what the scheduler knows of each. Raises `OSError`.

        Where another scheduler answers by now, which knows nothing of what was given to the first, this is not up.
        """
        identity = self._client.sync(self._client.scheduler.identity, n_workers=-1)
        self._is_replaced = self._scheduler_id not in ("", identity["id"])
        self._scheduler_id = identity["id"]
        return identity["workers"]

    def ask_about(self, worker: str) -> str:
        """What `on_worker.about` says there. Raises whatever goes wrong with it."""
        key = f"about-{uuid.uuid4().hex[:12]}"
        return self._client.submit(on_worker.about, key=key, pure=False, priority=_URGENT, **_pinned(worker)).result()

    def send(
        self, order: Order, worker: str, priority: int, brought_run: bytes | None, brought_data: bytes | None
    ) -> Any:
        """A future of `on_worker.do`, with what has to be brought."""
        brought = [
            None if what is None else self._client.scatter(what, workers=[worker], hash=False)
            for what in (brought_run, brought_data)
        ]
        return self._client.submit(
            on_worker.do, order.to_json(), *brought, key=order.key, pure=False, priority=priority, **_pinned(worker)
        )

    def stop(self, key: str, worker: str) -> None:
        """Returns once the worker has heard it."""
        self._client.run(on_worker.stop, key, workers=[worker])

    def retire(self, worker: str) -> None:
        """Have a worker that does not answer taken out by the scheduler."""
        self._client.sync(self._client.scheduler.unregister, address=worker, stimulus_id=f"retire-{uuid.uuid4().hex}")

    def close(self) -> None:
        self._client.close(timeout=2)


def _pinned(worker: str) -> dict[str, Any]:
    return {"workers": [worker], "allow_other_workers": False}


def _check_scheduler(address: str, theirs: dict[str, Any]) -> None:
    mine = {name: own_versions()[name] for name in ("dask", "distributed")}
    differing = differences(mine, {name: str(theirs["packages"].get(name) or "") for name in mine})
    if differing:
        raise JobError(f"The scheduler at {address} must have the versions of this app. Received: {differing}.")


def _security(address: str) -> Any:
    """Certificates from the files given, else None, which leaves it to Dask's configuration. Raises `JobError`."""
    from distributed.security import Security

    files = {name: os.environ.get(variable, "") for name, variable in TLS_FILES.items()}
    if not address.startswith("tls://") or not any(files.values()):
        return None
    for name, variable in TLS_FILES.items():
        if not Path(files[name]).is_file():
            raise JobError(f"`{variable}` must name a PEM file that is there. Received: {quoted(files[name])}.")
    return Security(require_encryption=True, **files)


def _reason(error: BaseException) -> str:
    """The innermost cause that says something, in one line: Dask's own lines are long and about themselves."""
    text = ""
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen) or text or type(seen).__name__
        seen = seen.__cause__
    return text.strip().splitlines()[0][:150]

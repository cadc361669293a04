"""Where a scheduler is: the address that somebody gave, checked."""

from __future__ import annotations

import os
import re

from recsys_core.errors import ConfigError, quoted

SCHEDULER = "RECSYS_SCHEDULER"
"""The variable that may name one."""

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")


def given_address() -> str | None:
    """What `$RECSYS_SCHEDULER` says, whatever that is; None if nothing."""
    return os.environ.get(SCHEDULER, "").strip() or None


def scheduler_address(given: str | None = None) -> str | None:
    """`given` if it is an address, else that of `$RECSYS_SCHEDULER`; None where neither names one.

    Raises `ConfigError` for what is no address.
    """
    return check_address(given.strip(), "--scheduler") if given is not None else check_address(given_address())


def check_address(address: str | None, where: str = SCHEDULER) -> str | None:
    """`address` if it is one, or none. Raises `ConfigError`, calling it `where`."""
    if address is not None:
        host_and_port(address, where)
    return address


def host_and_port(address: str, where: str = SCHEDULER) -> tuple[str, int]:
    """The two of them. Raises `ConfigError`, calling the address `where`."""
    found = _ADDRESS.fullmatch(address)
    if not found or not 1 <= int(found[3]) <= 65535:
        raise ConfigError(f"`{where}` must be tcp://HOST:PORT or tls://HOST:PORT. Received: {quoted(address)}.")
    return found[2].strip("[]"), int(found[3])

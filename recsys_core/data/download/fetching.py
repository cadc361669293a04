"""Fetch a file over HTTP: gone on with where it broke off, checked against its published md5, and never half there.

Nothing that a server says is believed: not how long a file is, nor that it sends what was asked for.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recsys_core.data.bounded.streams import MAX_FILE_BYTES
from recsys_core.errors import Cancelled, DataError, quoted

SILENT_SECONDS = 20.0
"""A server that sends nothing for so long is given up, for this attempt."""
ATTEMPTS = 4
"""In a row without a new byte."""
WAIT_SECONDS = 1.0
"""Before the second attempt; twice as long before each further one."""

_BLOCK = 1 << 18
_MD5 = re.compile(r"\b[0-9a-fA-F]{32}\b")
_MAX_MD5_BYTES = 4_096

Tell = Callable[[int, int | None], None]
"""Takes the bytes there are and how many there will be, if the server says so."""
ShouldStop = Callable[[], bool]


def fetch(
    url: str,
    target: Path,
    *,
    tell: Tell = lambda done, total: None,
    should_stop: ShouldStop = lambda: False,
    max_bytes: int = MAX_FILE_BYTES,
    silent_seconds: float = SILENT_SECONDS,
    wait_seconds: float = WAIT_SECONDS,
) -> None:
    """Bring `url` to `target`. What is there of it already, from a time it broke off, is gone on with.

    Raises `DataError` where it cannot be had, `Cancelled` when told to stop; either way what has come stays, to go on
    with.
    """
    failures, reason = 0, ""
    while failures < ATTEMPTS:
        if failures:
            _wait(wait_seconds * 2 ** (failures - 1), should_stop)
        before = _size(target)
        try:
            if _attempt(url, target, tell, should_stop, max_bytes, silent_seconds):
                return
            reason = "the connection ended before the file did"
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and before:
                    # What is here is no beginning of what is there.
                    target.unlink(missing_ok=True)
                elif error.code < 500 and error.code not in (408, 429):
                    raise _unavailable(url, f"HTTP {error.code} {error.reason}") from error
                reason = f"HTTP {error.code} {error.reason}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(getattr(error, "reason", "") or error) or type(error).__name__
        failures = 0 if _size(target) > before else failures + 1
    raise _unavailable(url, reason)


def published_md5(url: str, silent_seconds: float = SILENT_SECONDS) -> str | None:
    """The md5 that is published beside `url`, in lower case; None where there is none to be had."""
    try:
        with _opened(urllib.request.Request(f"{url}.md5"), silent_seconds) as answer:
            found = _MD5.search(answer.read(_MAX_MD5_BYTES).decode("ascii", "replace"))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return found[0].lower() if found else None


def md5_of(path: Path, should_stop: ShouldStop = lambda: False) -> str:
    """The md5 of a file: what publishers give to tell a broken download, no proof against forgery."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if should_stop():
                raise Cancelled("The download was stopped.")
            digest.update(block)
    return digest.hexdigest()


def _attempt(
    url: str, target: Path, tell: Tell, should_stop: ShouldStop, max_bytes: int, silent_seconds: float
) -> bool:
    """Whether the file is complete, as far as the server says how long it is."""
    have = _size(target)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with _opened(request, silent_seconds) as answer:
        # A server that knows no ranges sends the whole file again.
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT and _starts_at(answer, have)
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        if total is not None and total > max_bytes:
            raise _unavailable(url, f"it has {total:,} bytes, more than {max_bytes:,}")
        with target.open("ab" if goes_on else "wb") as file:
            while True:
                if should_stop():
                    raise Cancelled("The download was stopped.")
                block = answer.read1(_BLOCK)
                if not block:
                    break
                file.write(block)
                have += len(block)
                if have > max_bytes:
                    raise _unavailable(url, f"it has more than {max_bytes:,} bytes")
                tell(have, total)
    return total is None or have >= total


def _starts_at(answer: Any, have: int) -> bool:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return found is not None and int(found[1]) == have


@contextmanager
def _opened(request: urllib.request.Request, silent_seconds: float) -> Iterator[Any]:
    if urllib.parse.urlparse(request.full_url).scheme not in ("http", "https"):
        raise _unavailable(request.full_url, "it is no address of a web server")
    request.add_header("User-Agent", "movie-embeddings")
    # Redirects are followed to web addresses alone, ten at most: urllib sees to that.
    with urllib.request.urlopen(request, timeout=silent_seconds) as answer:
        yield answer


def _unavailable(url: str, reason: str) -> DataError:
    return DataError(
        f"{quoted(url)} must be there to be downloaded. Received: {reason}. Try again later, or download it in a "
        "browser and add the file."
    )


def _wait(seconds: float, should_stop: ShouldStop) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if should_stop():
            raise Cancelled("The download was stopped.")
        time.sleep(min(0.1, seconds))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

"""A small web server that has files as GroupLens has them, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """`files` (path -> content) with their md5s; each of `faults` is taken by one request for a zip, in turn."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = dict(files)
        self.files |= {
            f"{path}.md5": f"{hashlib.md5(content).hexdigest()}  x\n".encode() for path, content in files.items()
        }
        self.faults: list[str] = []
        self.asked: list[tuple[str, str]] = []
        """Path and range of each request for a zip."""
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is nothing to write of."""


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        path = self.path.removeprefix("/moved")
        content = self.server.files.get(path)
        fault = ""
        if path.endswith(".zip"):
            self.server.asked.append((path, self.headers.get("Range", "")))
            fault = self.server.faults.pop(0) if self.server.faults else ""
        if content is None or fault == "404":
            self._send(404, b"")
        elif fault in ("416", "500", "503"):
            self._send(int(fault), b"")
        elif fault == "redirect":
            self._send(302, b"", {"Location": f"/moved{path}"})
        else:
            self._send_file(content, fault)

    def _send_file(self, content: bytes, fault: str) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and fault != "no ranges" else 0
        if start >= len(content) and asked:
            self._send(416, b"")
            return
        part = content[start:]
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        told = {"says more": len(part) + 1_000, "says less": max(len(part) // 2, 1), "huge": 1 << 50}.get(
            fault, len(part)
        )
        self.send_response(206 if start else 200)
        for name, value in {**headers, "Content-Length": str(told)}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(part) // 2
        self.wfile.write(part[:half])
        self.wfile.flush()
        if fault in ("cut", "stall", "wait"):
            if fault != "cut":
                self.server.may_go_on.wait(20)
            if fault != "wait":
                self.close_connection = True
                return
        self.wfile.write(part[half:])

    def _send(self, code: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    with FileServer(files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.may_go_on.set()
            server.shutdown()
            thread.join()

"""A web service that counts what reaches it, by Idempotency-Key. It lives in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

from tests.invariants import Hit
from tests.serving import Served


class Receiver(Served):
    """Answers each POST with {"ok": true} and remembers it."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        hits = self.hits

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hits.append(Hit(self.headers.get("Idempotency-Key") or "", datetime.now(UTC)))
                body = b'{"ok": true}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        super().__init__(Handler)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as it is wanted."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()

"""A web service that takes requests and never answers, so that nobody can know whether it acted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Silent:
    """What reaches it is kept; `place` is its host and port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.got = threading.Event()
        self.count = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._open.append(caller)
            if caller.recv(65_536):
                self.count += 1
                self.got.set()

    def close(self) -> None:
        """Listens no more."""
        self._listener.close()
        for caller in self._open:
            caller.close()


@contextmanager
def silence() -> Iterator[Silent]:
    """One for as long as it is wanted."""
    silent = Silent()
    try:
        yield silent
    finally:
        silent.close()

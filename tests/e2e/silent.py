"""A web service that takes requests and does not answer, so that nobody can know whether it acted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Silent:
    """What reaches it is kept; `place` is its host and port.

    `/price` is answered when the test lets it go, everything else never.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.forget()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def forget(self) -> None:
        """Begins anew for the next test: nothing came yet, and nothing is let go."""
        self.count = 0
        """How many requests came, but for the price."""
        self.got = threading.Event()
        """Set when one of them came."""
        self.asked = threading.Event()
        """Set when the price is asked for."""
        self._going = threading.Event()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._open.append(caller)
            threading.Thread(target=self._take, args=(caller,), daemon=True).start()

    def _take(self, caller: socket.socket) -> None:
        request = caller.recv(65_536)
        if request.startswith(b"GET /price "):
            going = self._going
            self.asked.set()
            going.wait()
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n9.00")
            caller.close()
        elif request:
            self.count += 1
            self.got.set()

    def let_go(self) -> None:
        """Answers who asks for the price, now and from now on."""
        self._going.set()

    def close(self) -> None:
        """Listens no more."""
        self._listener.close()
        self.let_go()
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

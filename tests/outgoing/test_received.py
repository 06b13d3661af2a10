"""A connection that brings far more than is wanted is cut, whatever the one who reads it is at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from workers.outgoing.received import cut_off_above, received_by

WANTED = 1_000_000
SENT = 600_000_000


@pytest.fixture
def endless() -> Iterator[socket.socket]:
    """A connection over which a server sends as fast as it is read."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        with socket.create_connection(server.getsockname()) as line:
            yield line


def _serve(server: socket.socket) -> None:
    line, _ = server.accept()
    with line, suppress(OSError):
        for _ in range(SENT // WANTED):
            line.sendall(bytes(WANTED))


async def test_it_is_cut_although_its_reader_never_comes_back_to_the_loop(endless: socket.socket) -> None:
    read = 0
    with cut_off_above(endless.fileno(), WANTED) as watched, suppress(ConnectionResetError):
        while came := endless.recv(WANTED):  # as libpq does inside a single call
            read += len(came)

    assert watched.is_over
    assert read < SENT // 2


def test_what_is_wanted_comes_whole(endless: socket.socket) -> None:
    with cut_off_above(endless.fileno(), SENT) as watched:
        for _ in range(20):
            endless.recv(WANTED, socket.MSG_WAITALL)

    assert not watched.is_over
    assert (received_by(endless) or 0) >= 20 * WANTED

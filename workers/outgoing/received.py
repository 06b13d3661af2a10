"""How much a connection to a database may bring.

One huge value comes in one message, which the driver would gather whole before anyone could look at it.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

_LOOK_EVERY_S: Final = 0.02
_SLACK: Final = 16_000_000
"""What may wait in the system's buffers, or be around the rows, beyond what is wanted of them."""
# struct tcp_info of Linux: eight small fields, 24 of four bytes, three of eight, then tcpi_bytes_received.
_RECEIVED: Final = struct.Struct("<128xQ")


@dataclass
class Watched:
    """`is_over`: more came than may come, and the connection was cut."""

    is_over: bool = False


@contextmanager
def cut_off_above(fileno: int, wanted_bytes: int) -> Iterator[Watched]:
    """Cuts the connection behind a file descriptor when far more has come over it than is wanted.

    The system counts what has come, so no copy is made and nothing is asked of the other side. Where it does
    not tell (it is Linux that does), nothing is cut.

    A thread looks, not a task: as long as the server sends as fast as the driver reads, the driver comes back
    from one look at the connection only when it has it all, and no task of its loop runs until then.
    """
    # Values are longer on the wire than in what they become, but never by as much as this.
    most = 4 * wanted_bytes + _SLACK
    watched = Watched()
    stop = threading.Event()
    with socket.socket(fileno=os.dup(fileno)) as line:
        looking = threading.Thread(
            target=_look, args=(line, most, watched, stop), name="what a database sends", daemon=True
        )
        looking.start()
        try:
            yield watched
        finally:
            stop.set()
            looking.join()


def _look(line: socket.socket, most: int, watched: Watched, stop: threading.Event) -> None:
    while (received := received_by(line)) is not None:
        if received > most:
            watched.is_over = True
            # Both ways: a server in the middle of a message hears of nothing else.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            return
        if stop.wait(_LOOK_EVERY_S):
            return


def received_by(line: socket.socket) -> int | None:
    """The bytes that have come over a TCP connection since it began; None where nobody tells."""
    try:
        told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except (AttributeError, OSError):
        return None
    return _RECEIVED.unpack_from(told)[0] if len(told) >= _RECEIVED.size else None

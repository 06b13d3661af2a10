"""Database reads for coroutines, on a few threads that keep their connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

# Django's own async door runs every sync function of a request on one thread; a stream must not wait there.
_threads: ThreadPoolExecutor | None = None


def close() -> None:
    """Ends the reading threads and with them their connections; the next read starts new ones."""
    global _threads
    if _threads is not None:
        _threads.shutdown()
        _threads = None


async def read(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `query` returns, called on a reading thread. A connection that broke is replaced once."""
    global _threads
    if _threads is None:
        _threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="runs-read")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: _run(query, *args, **kwargs))


def _run(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return query(*args, **kwargs)
    except (OperationalError, InterfaceError):
        connections.close_all()
        return query(*args, **kwargs)
    except BaseException:
        connections.close_all()
        raise

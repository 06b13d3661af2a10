"""Database writes for coroutines of the web process: what many requests want to store shares a commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from backend.runs.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

_writer: Writer | None = None


def close() -> None:
    """Ends the writing thread and with it its connection; the next write starts a new one."""
    global _writer
    if _writer is not None:
        _writer.close()
        _writer = None


async def write(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns, called within a transaction on the writing thread, once that is committed.

    `work` may use the ORM and raises to refuse; it is done once or not at all.
    """
    return await _the_writer().write(lambda _: work(*args, **kwargs), may_repeat=False)


async def begin(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for work that begins something: what goes on passes it, and few such are done at a time."""
    return await _the_writer().write(lambda _: work(*args, **kwargs), may_repeat=False, begins=True)


def _the_writer() -> Writer:
    global _writer
    if _writer is None:
        _writer = Writer("web-writer")
    return _writer

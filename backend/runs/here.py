"""Writes to SQLite in the thread that asks, when the thread that writes has nothing to do.

A commit takes a seventh of a millisecond there, and the way to another thread and back as long again. The
connection is the writing thread's; who uses it holds the writer's lock.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError

from backend.accounts.by_hand import on_sqlite
from backend.runs.begin import PATIENCE_S
from backend.runs.failpoint import failpoint

T = TypeVar("T")

QUICK_S = 0.002
SHARE = 20
"""After a commit that was not quick, nobody is held up again for so many times as long as it took."""


def here(connection: Any) -> Here | None:
    """For the connection of a writing thread; None where its database is another one."""
    return Here(connection) if connection.vendor == "sqlite" else None


class Here:
    """Transactions on a connection of Django's that its own thread does not use just now."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._not_before = 0.0

    def write(self, work: Callable[[Any], T]) -> T | None:
        """What `work` returns, committed. None, with nothing done, where another process writes, the last
        commits were slow, or the database broke it off. Raises what `work` raises, with nothing stored."""
        raw, began = self._connection.connection, time.monotonic()
        if raw is None or raw.in_transaction or began < self._not_before:
            return None
        try:
            raw.execute("PRAGMA busy_timeout = 0")
            raw.execute("BEGIN IMMEDIATE")
            try:
                with on_sqlite(self._connection) as cursor:
                    result = work(cursor)
                failpoint("commit.before")
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise
            failpoint("commit.after")
        except (sqlite3.OperationalError, OperationalError):
            return None  # the thread tries it, and again
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(PATIENCE_S * 1000)}")
            took = time.monotonic() - began
            if took > QUICK_S:
                self._not_before = began + (SHARE + 1) * took
        return result

"""Begins a transaction that writes, and loses no time when another process writes just now.

SQLite lets one writer in. Who comes second is made to sleep for a millisecond, then two, five, ten and so on
up to a hundred, though a transaction of ours takes one: under load both writers slept most of their time.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import OperationalError, connections, transaction

SHORT_S, LONG_S = 0.0002, 0.002
SHORT_TRIES = 100
PATIENCE_S = 20.0


class Begun:
    """A transaction of the database `alias`, as `transaction.atomic(durable=True)` would make it."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._atomic = transaction.atomic(alias, durable=True)

    def __enter__(self) -> None:
        connection = connections[self._alias]
        if connection.vendor == "sqlite":
            self._enter_sqlite(connection)
        else:
            self._atomic.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._atomic.__exit__(*error)

    def _enter_sqlite(self, connection: Any) -> None:
        connection.ensure_connection()
        raw = connection.connection
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            until, tries = time.monotonic() + PATIENCE_S, 0
            while True:
                try:
                    self._atomic.__enter__()
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
                    tries += 1
                    time.sleep(SHORT_S if tries <= SHORT_TRIES else LONG_S)
                else:
                    return
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(PATIENCE_S * 1000)}")

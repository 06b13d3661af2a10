"""What the commits of a run cost bare: the same rows, as many commits, one connection, nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

_FENCE = "UPDATE runs_run SET lease_until = lease_until, last_seq = {0} WHERE id = {0}"
_ADD = "INSERT INTO runs_event (run_id, seq, type, path, at, data) VALUES ({0}, {0}, {0}, {0}, {0}, {0})"
_FACTS = "SELECT run_id, seq, type, path, at, data FROM runs_event WHERE run_id = {0} ORDER BY seq"
_DELETE = "DELETE FROM runs_event WHERE run_id = {0}"


def write_barely(run_id: UUID) -> float:
    """Seconds to write the facts of a run of reads once more, commit by commit as its worker had to."""
    connection, mark, key = _connect(run_id)
    cursor = connection.cursor()
    cursor.execute(_FACTS.format(mark), (key,))
    batches = list(_batches(cursor.fetchall()))
    cursor.execute(_DELETE.format(mark), (key,))
    connection.commit()
    fence, add = _FENCE.format(mark), _ADD.format(mark)
    begin = time.perf_counter()
    for batch in batches:
        cursor.execute(fence, (batch[-1][1], key))
        cursor.executemany(add, batch)
        connection.commit()
    seconds = time.perf_counter() - begin
    connection.close()
    return seconds


def _batches(facts: list[Any]) -> Iterator[list[Any]]:
    """Facts that became durable together: before a step looks at the world, and when it has."""
    batch = []
    for fact in facts:
        batch.append(fact)
        kind, path = fact[2], fact[3]
        if kind in ("run_claimed", "run_succeeded") or path.startswith("bench_read_"):
            yield batch
            batch = []


def _connect(run_id: UUID) -> tuple[Any, str, Any]:
    """A connection with its parameter mark, and the run's key there."""
    from django.db import connection

    if connection.vendor == "sqlite":
        opened = sqlite3.connect(connection.settings_dict["NAME"], isolation_level="IMMEDIATE")
        opened.execute("PRAGMA synchronous = FULL")
        return opened, "?", run_id.hex
    import psycopg

    return psycopg.connect(**psycopg_parameters(connection)), "%s", run_id


def psycopg_parameters(connection: Any) -> dict[str, Any]:
    """How to reach the same database without Django."""
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "host", "port", "user", "password") if given.get(name)}

"""Asks a SQLite file. What a query may do is decided by SQLite itself, part by part, before it runs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from nodes.sdk.database_rows import Gathered, too_large
from nodes.sdk.databases import Found, Query
from nodes.sdk.errors import NodeError
from nodes.sdk.sql_text import places_in
from nodes.sdk.values import Json

_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_CHANGES: Final = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_NEVER: Final = frozenset({"load_extension", "writefile", "readfile", "fts3_tokenizer", "edit"})
_WAIT_S: Final = 1.0
_EVERY: Final = 20_000  # steps of SQLite between two looks whether it is to stop


async def ask_sqlite(path: Path, query: Query) -> Found:
    """Runs the query beside the loop; it ends within moments of a time-out or a cancel."""
    mode = "rw" if query.writes else "ro"
    asked = _Asked(f"file:{quote(str(path))}?mode={mode}", query)
    work = asyncio.ensure_future(asyncio.to_thread(asked.run))
    try:
        async with asyncio.timeout(query.timeout_s):
            return await asyncio.shield(work)
    except TimeoutError:
        if await _stopped(asked, work):
            raise query_timeout(query.timeout_s) from None
        return work.result()  # it was done at that very moment
    except asyncio.CancelledError:
        await _stopped(asked, work)
        raise


def ask_sqlite_here(address: str, query: Query) -> Found:
    """The same at once, in this thread. The address is as SQLite writes it: `file:…`."""
    return _Asked(address, query).run()


async def _stopped(asked: _Asked, work: asyncio.Future[Found]) -> bool:
    """Ends the query; false when it was done before."""
    asked.is_over = True
    await asyncio.wait([work])
    return work.exception() is not None


class _Asked:
    def __init__(self, address: str, query: Query) -> None:
        self._address, self._query = address, query
        self.is_over = False
        self._refused = ""

    def run(self) -> Found:
        try:
            with closing(self._open()) as database:
                return self._ask(database)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._said(error) from None

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._address, uri=True, timeout=_WAIT_S, isolation_level=None)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(1_000_000, 4 * self._query.most_bytes))
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute(f"PRAGMA query_only = {'OFF' if self._query.writes else 'ON'}")
        database.text_factory = _text
        return database

    def _ask(self, database: sqlite3.Connection) -> Found:
        query = self._query
        values = {name: _bound(query.values.get(name)) for name in places_in(query.sql)}
        if query.writes:
            database.execute("BEGIN IMMEDIATE")
        database.set_progress_handler(lambda: self.is_over, _EVERY)
        database.set_authorizer(self._may)
        try:
            cursor = database.execute(query.sql, values)
            columns = [column[0] for column in cursor.description or ()]
            kept = Gathered(columns, query.most_rows, query.most_bytes)
            for row in cursor:
                if not kept.add(row):
                    break
            if self.is_over:
                raise sqlite3.OperationalError("The query was stopped.")
            if query.writes and kept.is_cut:
                raise too_large()
            changed = max(cursor.rowcount, 0)
            cursor.close()
        finally:
            database.set_authorizer(None)
        if query.writes:
            database.execute("COMMIT")
        return kept.found(changed)

    def _may(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _NEVER:
            self._refused = "never"
        elif action in _READS:
            return sqlite3.SQLITE_OK
        elif action in _CHANGES and (first or "").lower() != "sqlite_master":
            if self._query.writes:
                return sqlite3.SQLITE_OK
            self._refused = "changes"
        else:
            self._refused = "never"
        return sqlite3.SQLITE_DENY

    def _said(self, error: Exception) -> NodeError:
        if self._refused == "changes":
            return query_changes()
        if self._refused:
            return NodeError(
                "query_failed",
                "The query does something that is not allowed here.",
                "Only what stands in tables can be read or changed: SELECT, INSERT, UPDATE, DELETE.",
            )
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return NodeError(
                "database_busy", "The database is busy with something else.", "Try it again in a while."
            )
        if code == sqlite3.SQLITE_TOOBIG:
            return too_large()
        if code == sqlite3.SQLITE_READONLY:
            return query_changes() if not self._query.writes else query_failed("the file cannot be written")
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB):
            return NodeError(
                "database_missing", "The file is no database that can be opened.", "Choose another file."
            )
        return query_failed(str(error))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def query_timeout(seconds: float) -> NodeError:
    """For a query that was stopped."""
    return NodeError(
        "query_timeout",
        f"The query was not done within {seconds:g} seconds.",
        "Ask for less, or let it wait longer under More options.",
    )


def query_changes() -> NodeError:
    """For a change by a query that may only read."""
    return NodeError(
        "query_changes",
        "The query would change data, and this step may only read.",
        "Switch on 'May change data' in the step if that is wanted.",
    )


def query_failed(said: str) -> NodeError:
    """For what the database itself says of a query."""
    return NodeError(
        "query_failed",
        f"The database refuses the query: {said[:500]}.",
        "Correct the query, or the values that it is given.",
    )


def _bound(value: Json) -> str | int | float | None:
    """A value as SQLite takes it: lists and objects as JSON, for its json_each."""
    if isinstance(value, list | Mapping):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise NodeError("query_failed", "A number is too large for the database.", "Give it as text.")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value

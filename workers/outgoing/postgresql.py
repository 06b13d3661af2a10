"""Asks a PostgreSQL server elsewhere: one connection for one query, to a guarded place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

import certifi
import psycopg
from psycopg import errors
from psycopg.types.json import Jsonb

from nodes.sdk.database_rows import Gathered, too_large
from nodes.sdk.databases import Found, Query
from nodes.sdk.errors import NodeError
from nodes.sdk.sql_text import numbered
from nodes.sdk.sqlite_query import query_changes, query_failed, query_timeout
from nodes.sdk.values import Json
from workers.outgoing.received import cut_off_above

CONNECT_S: Final = 15
_LEAST_CONNECT_S: Final = 4
"""Who waits for an answer only shortly does not wait longer to be connected, but this long in any case."""
_GRACE_S: Final = 2.0  # the server stops by itself at the time limit; this is for one that does not
_SSL: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class Address:
    """What stands in `postgresql://user:password@host:port/name?sslmode=…`."""

    host: str
    port: int
    user: str
    name: str
    password: str = field(repr=False)
    sslmode: str = ""


def read_address(text: str) -> Address:
    """Raises ValueError for what is no such address."""
    parts = urlsplit(text)
    asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    sslmode = asked.pop("sslmode", [""])[0]
    host, name = parts.hostname or "", unquote(parts.path.removeprefix("/"))
    is_fine = parts.scheme in ("postgresql", "postgres") and host and name and parts.username
    if not is_fine or asked or sslmode not in ("", *_SSL) or set(host) & set("/,\\\0") or "\0" in text:
        raise ValueError("not the address of a PostgreSQL database")
    return Address(
        host,
        parts.port or 5432,
        unquote(parts.username or ""),
        name,
        unquote(parts.password or ""),
        sslmode,
    )


async def ask_postgresql(address: Address, at: list[str], is_listed: bool, query: Query) -> Found:
    """Runs the query at `address`, whose host was found `at` these; nowhere else is connected to.

    The connection is the query's own, so nothing it leaves behind is met by another. A read stands in a
    transaction that PostgreSQL itself keeps from writing. A time-out or a cancel ends it at the server.
    Where far more comes than is wanted, such as one value of half a gigabyte, the connection is cut.
    """
    change = _Change()
    connect_s = max(_LEAST_CONNECT_S, min(CONNECT_S, query.timeout_s))
    database = await _connect(address, at, is_listed, connect_s)
    try:
        async with asyncio.timeout(query.timeout_s + _GRACE_S), database:
            return await _ask_within(database, query, change)
    except TimeoutError:
        raise _unsure() if change.is_under_way else query_timeout(query.timeout_s) from None
    except psycopg.Error as error:
        is_cut = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        raise _unsure() if change.is_under_way and is_cut else _said(error, address, query) from None
    except UnicodeError as error:
        raise query_failed(str(error)) from None


async def _connect(
    address: Address, at: list[str], is_listed: bool, within_s: float
) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    sslmode = address.sslmode or ("prefer" if is_listed else "require")
    # psycopg counts anew for each place that a host has: this is for all of them.
    try:
        async with asyncio.timeout(within_s + _GRACE_S):
            return await _connected(address, at, sslmode, within_s)
    except TimeoutError:
        raise _no_answer(address) from None
    except psycopg.OperationalError as error:
        raise _unconnected(error, address) from None


def _connected(
    address: Address, at: list[str], sslmode: str, within_s: float
) -> Coroutine[Any, Any, psycopg.AsyncConnection[tuple[Any, ...]]]:
    return psycopg.AsyncConnection.connect(
        "",
        host=",".join([address.host] * len(at)),
        hostaddr=",".join(at),
        port=address.port,
        user=address.user,
        password=address.password,
        dbname=address.name,
        sslmode=sslmode,
        sslrootcert=certifi.where() if sslmode.startswith("verify") else "",
        sslcert="",
        gssencmode="disable",
        passfile="/dev/null",
        connect_timeout=int(within_s),
        application_name="treadle",
        client_encoding="utf8",
        cursor_factory=psycopg.AsyncRawCursor,
    )


@dataclass
class _Change:
    """Whether it hangs on an answer that is still to come if what was changed stands."""

    is_under_way: bool = False


async def _ask_within(
    database: psycopg.AsyncConnection[tuple[Any, ...]], query: Query, change: _Change
) -> Found:
    with cut_off_above(database.fileno(), query.most_bytes) as watched:
        try:
            return await _ask(database, query, change)
        except psycopg.OperationalError:
            if watched.is_over and not change.is_under_way:
                raise too_large() from None
            raise


async def _ask(database: psycopg.AsyncConnection[tuple[Any, ...]], query: Query, change: _Change) -> Found:
    sql, names = numbered(query.sql)
    values = [_bound(query.values.get(name)) for name in names]
    await database.set_read_only(not query.writes)
    milliseconds = str(max(1, int(query.timeout_s * 1000)))
    async with database.cursor() as cursor:
        await cursor.execute(
            "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true)",
            [milliseconds],
        )
        if query.writes:
            # Prepared, so that the server takes one statement and no second one behind it.
            await cursor.execute(sql.encode(), values, prepare=True)
            kept = Gathered(_columns(cursor), query.most_rows, query.most_bytes)
            rows = await cursor.fetchall() if cursor.description else []
            if not all(kept.add(row) for row in rows):
                raise too_large()
            changed = max(cursor.rowcount, 0)
            change.is_under_way = True
            await database.commit()
            return kept.found(changed)
        kept: Gathered | None = None
        # The extended protocol too. Closed at once, whatever happens: it holds the connection until then.
        async with aclosing(cast("AsyncGenerator[Any]", cursor.stream(sql.encode(), values))) as stream:
            async for row in stream:
                kept = kept or Gathered(_columns(cursor), query.most_rows, query.most_bytes)
                if not kept.add(row):
                    break
        if kept is None:
            kept = Gathered(await _columns_of_none(database, sql, values), query.most_rows, query.most_bytes)
        await database.rollback()
        return kept.found()


async def _columns_of_none(
    database: psycopg.AsyncConnection[tuple[Any, ...]], sql: str, values: list[Any]
) -> list[str]:
    """The names of the columns of a query that found no rows: its end alone does not tell them."""
    async with database.cursor() as cursor:
        with suppress(psycopg.Error):
            inner = sql.rstrip().removesuffix(";")
            empty = "\n".join(("SELECT * FROM (", inner, ") none LIMIT 0"))
            await cursor.execute(empty.encode(), values, prepare=True)
        return _columns(cursor)


def _columns(cursor: psycopg.AsyncCursor[tuple[Any, ...]]) -> list[str]:
    return [column.name for column in cursor.description or ()]


def _bound(value: Json) -> Any:
    """A value as PostgreSQL takes it: a list of plain values as an array, anything deeper as JSON."""
    if isinstance(value, Mapping):
        return Jsonb(value)
    if isinstance(value, list) and any(isinstance(part, list | Mapping) for part in value):
        return Jsonb(value)
    if isinstance(value, list) and len({type(part) for part in value}) > 1:
        return [None if part is None else str(part) for part in value]
    return value


def _unsure() -> NodeError:
    return NodeError(
        "query_unsure",
        "The connection broke while the change was being kept: nobody can tell whether it stands.",
        "Look into the database before you run it again.",
        retry=False,
    )


def _said(error: psycopg.Error, address: Address, query: Query) -> NodeError:
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return query_changes()
    if isinstance(error, errors.QueryCanceled | errors.LockNotAvailable):
        return query_timeout(query.timeout_s)
    if isinstance(error, errors.DeadlockDetected | errors.SerializationFailure):
        return NodeError(
            "database_busy", "The database is busy with something else.", "Try it again in a while."
        )
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return NodeError(
            "database_unreachable",
            f"{address.host!r} broke off the connection.",
            "Check whether the database runs.",
        )
    said = ""
    with suppress(AttributeError):
        said = error.diag.message_primary or ""
    return query_failed(said or str(error).splitlines()[0])


def _unconnected(error: psycopg.OperationalError, address: Address) -> NodeError:
    text = str(error)
    if isinstance(error, errors.TooManyConnections) or "too many clients" in text:
        return NodeError(
            "database_busy", "The database takes no more connections.", "Try it again in a while."
        )
    refusals = ("password authentication", "does not exist", "no pg_hba.conf", "no password supplied")
    if any(one in text for one in refusals) or "permission denied" in text:
        return NodeError(
            "database_login",
            f"The database at {address.host!r} does not let this user in.",
            "Check the user, the password and the name of the database, and enter the address again.",
        )
    return _no_answer(address)


def _no_answer(address: Address) -> NodeError:
    return NodeError(
        "database_unreachable",
        f"No database answers at {address.host!r}, port {address.port}.",
        "Check the address, whether the database runs, and whether it wants an encrypted connection.",
    )

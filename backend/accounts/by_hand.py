"""Statements written by hand, for what every message passes.

Django's cursor takes ten microseconds a statement around the three that SQLite needs for it, and its raw
queries a hundred for a row. There are some thirty statements on the way of a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

M = TypeVar("M", bound=models.Model)


def cursor(alias: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[Any]:
    """A cursor for statements with `%s`: Django's, or on SQLite, where nobody listens to it, a leaner one.

    Errors are Django's in both cases.
    """
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.queries_logged or connection.execute_wrappers:
        return connection.cursor()
    connection.ensure_connection()
    return on_sqlite(connection)


def on_sqlite(connection: Any) -> AbstractContextManager[Any]:
    """The leaner cursor, on an open connection to SQLite."""
    return closing(_SqliteCursor(connection))


def rows(statement: str, values: Sequence[object]) -> list[Any]:
    """What a statement finds."""
    with cursor() as found:
        found.execute(statement, values)
        return found.fetchall()


def first(model: type[M], statement: str, values: Sequence[object]) -> M | None:
    """The first row of `model` that a statement finds, which selects columns of its table by their names."""
    with cursor() as found:
        found.execute(statement, values)
        row = found.fetchone()
        columns = tuple(column[0] for column in found.description)
    if row is None:
        return None
    connection = connections[DEFAULT_DB_ALIAS]
    places, names, converters = _reading(model, connection.vendor, columns)
    values_read = [row[place] for place in places]
    for at, expression, convert in converters:
        values_read[at] = convert(values_read[at], expression, connection)
    return model.from_db(connection.alias, names, values_read)


@lru_cache(maxsize=256)
def _reading(
    model: type[models.Model], vendor: str, columns: tuple[str, ...]
) -> tuple[list[int], list[str], list[tuple[int, Any, Any]]]:
    """Where a model's attributes lie among these columns, in the model's order; their names; and by number of
    the attribute what makes values of what lies there."""
    connection = connections[DEFAULT_DB_ALIAS]
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    converters: list[tuple[int, Any, Any]] = []
    for at, field in enumerate(fields):
        expression = field.get_col(model._meta.db_table)
        ours = connection.ops.get_db_converters(expression) + expression.get_db_converters(connection)
        converters += [(at, expression, convert) for convert in ours]
    return [columns.index(field.column) for field in fields], [field.attname for field in fields], converters


class _SqliteCursor:
    """What our statements need of a cursor."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.connection.cursor()
        self._errors = connection.wrap_database_errors
        self.fetchone = self._cursor.fetchone
        self.fetchall = self._cursor.fetchall
        self.close = self._cursor.close

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def description(self) -> Any:
        return self._cursor.description

    def execute(self, statement: str, values: Sequence[object] | None = None) -> None:
        with self._errors:
            if values is None:
                self._cursor.execute(statement)
            else:
                self._cursor.execute(_in_sqlite(statement), values)

    def executemany(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        with self._errors:
            self._cursor.executemany(_in_sqlite(statement), values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


@lru_cache(maxsize=512)
def _in_sqlite(statement: str) -> str:
    """The statement with SQLite's sign for a value."""
    return statement.replace("%%", "\0").replace("%s", "?").replace("\0", "%")

"""Statements that PostgreSQL keeps prepared, and rows as one value: for what every step writes.

Django binds values into the text of a statement, so each is planned anew; and psycopg takes ten microseconds
for a text in a list, three times what the row it becomes costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import OperationalError

_is_kept = True
"""Whether our statements stay prepared. Some poolers give each transaction another connection: then not."""


def execute(cursor: Any, statement: str, values: Sequence[object]) -> list[Any]:
    """What a statement of a Django cursor's connection returns. Errors are Django's."""
    import psycopg

    global _is_kept
    connection = cursor.connection
    with cursor.db.wrap_database_errors:
        connection.prepare_threshold = 0 if _is_kept else None
        try:
            with psycopg.Cursor(connection) as ours:
                return ours.execute(statement, values, prepare=_is_kept).fetchall()
        except (psycopg.errors.DuplicatePreparedStatement, psycopg.errors.InvalidSqlStatementName) as error:
            _is_kept = False
            raise OperationalError("The database's pooler keeps no prepared statements.") from error
        finally:
            connection.prepare_threshold = None


def array(texts: Iterable[str]) -> str:
    """Texts as the text of an array."""
    return "{" + ",".join(['"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in texts]) + "}"

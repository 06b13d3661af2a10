"""The door to databases of others: one query, its values bound, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json


@dataclass(frozen=True)
class Query:
    """What is asked. The database is the one whose address is the secret named `secret`, or else the SQLite
    `file`. `values` fill the places in `sql` (`:name`); without `writes` nothing can be changed by it.

    No more than `most_rows` rows and `most_bytes` of them come back.
    """

    sql: str
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])
    secret: str = ""
    file: str = ""
    writes: bool = False
    most_rows: int = 100
    most_bytes: int = 1_000_000
    timeout_s: float = 30


@dataclass(frozen=True)
class Found:
    """What a query gave: each row by the names in `columns`, and how many rows it changed."""

    columns: list[str]
    rows: list[dict[str, Json]]
    changed: int = 0
    is_cut: bool = False
    """Whether there was more than was wanted."""


class Databases(Protocol):
    """The databases of one workspace.

    A query that writes and fails, or gives back more rows than wanted, has changed nothing. Raises NodeError:
    "query_failed" with what the database says, "query_timeout", "query_unsure" where nobody can
    tell whether a change stands, "query_changes" for a change without
    `writes`, "database_missing", "database_unreachable", "database_busy", "database_login",
    "answer_too_large", and what `Http` says of addresses and secrets.
    """

    async def ask(self, query: Query) -> Found: ...


class NoDatabases:
    """Databases where there are none."""

    async def ask(self, query: Query) -> Found:
        raise NodeError("database_missing", "There is no database here.", "Run the app on the server.")


NO_DATABASES = NoDatabases()

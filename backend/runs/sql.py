"""The few words in which SQLite and PostgreSQL differ, for the statements written by hand.

The clock is the database's: workers on several machines agree about a lease only if one clock counts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from backend.runs.columns import dumps


class Dialect:
    """How one database says it. Called with a statement it puts in the words that differ:

    `DB_NOW` is the database's time, `DB_LATER` that time plus a parameter in seconds, and `DB_LOCK`
    locks the rows of a SELECT (SQLite, where a writer is alone anyway, needs no word for it).
    """

    def __init__(self, vendor: str) -> None:
        self.is_sqlite = vendor == "sqlite"
        if self.is_sqlite:
            self._now = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
            self._later = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+' || %s || ' seconds')"
            self._lock = ""
        else:
            self._now = "clock_timestamp()"
            self._later = "clock_timestamp() + make_interval(secs => %s)"
            self._lock = "FOR UPDATE"

    def __call__(self, statement: str) -> str:
        """The statement in this database's words."""
        return (
            statement.replace("DB_NOW", self._now)
            .replace("DB_LATER", self._later)
            .replace("DB_LOCK", self._lock)
        )

    def uuid(self, value: UUID | str) -> Any:
        """A UUID as a parameter."""
        value = value if isinstance(value, UUID) else UUID(value)
        return value.hex if self.is_sqlite else value

    def time(self, value: datetime | None) -> Any:
        """A time as a parameter."""
        if value is None or not self.is_sqlite:
            return value
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ", "microseconds")[:26]

    def json(self, value: Any) -> str | None:
        """JSON as a parameter."""
        return None if value is None else dumps(value)

    def read_time(self, value: datetime) -> datetime:
        """A time from a column. SQLite keeps no time zone; ours is UTC."""
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value


@lru_cache
def _dialect(vendor: str) -> Dialect:
    return Dialect(vendor)


def dialect() -> Dialect:
    """The dialect of the database in use."""
    return _dialect(connection.vendor)


def clean_text(text: str) -> str:
    """`text` without what a text column refuses: NUL and halves of characters."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
    return text

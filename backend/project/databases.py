"""DATABASE_URL to Django's settings: SQLite in a file, or PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_OPTIONS = {
    # Take the write lock at BEGIN: a read that turns into a write inside a transaction would fail at once
    # with "database is locked", whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
}


def database_from_url(url: str | None, data: Path) -> dict[str, Any]:
    """The `default` entry of DATABASES. `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://…`."""
    parts = urlsplit(url or f"sqlite:///{data / 'treadle.db'}")
    if parts.scheme == "sqlite":
        name = unquote(parts.path)[1:] or str(data / "treadle.db")
        # A file for the tests too: threads of one process cannot share a database in memory safely.
        test = {"NAME": str(data / "test.db")}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": SQLITE_OPTIONS, "TEST": test}
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            # Under ASGI each request has a thread of its own; a connection kept would be one lost.
            "CONN_MAX_AGE": 0,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ValueError(
        f"DATABASE_URL starts with {parts.scheme!r}. Use sqlite:///file or postgresql://user:password@host/name."
    )

"""The databases of a workspace: where its secrets lead, and the SQLite files of a folder."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from yarl import URL

from backend.accounts.bound_hosts import permits
from nodes.sdk.databases import Found, Query
from nodes.sdk.errors import NodeError
from nodes.sdk.sqlite_query import ask_sqlite
from workers.outgoing.http import GuardedHttp
from workers.outgoing.postgresql import Address, ask_postgresql, read_address
from workers.outgoing.secrets import KnownSecret, Mask, not_allowed, secret_named

_FILE: Final = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,199}\Z")


class WorkspaceDatabases:
    """The `Databases` that the nodes of one workspace get.

    In `folder` lie files for all workspaces, and in folders of it that are named by a workspace's id those of
    that workspace alone. `secrets` gives all secrets, read at each use.
    """

    def __init__(
        self,
        workspace_id: UUID,
        guard: GuardedHttp,
        secrets: Callable[[], Awaitable[list[KnownSecret]]],
        folder: Path | None,
    ) -> None:
        self._workspace_id, self._guard, self._secrets, self._folder = workspace_id, guard, secrets, folder

    async def ask(self, query: Query) -> Found:
        """As `Databases.ask` says."""
        if not query.secret:
            return await ask_sqlite(self._file(query.file), query)
        known = await self._secrets()
        secret = secret_named(query.secret, known)
        address = _address(secret)
        mask = Mask([*(one.value for one in known), address.password])
        try:
            at, is_listed = await self._guard.addresses(address.host, address.port)
            return await ask_postgresql(address, at, is_listed, query)
        except NodeError as error:
            raise mask.error(error) from None

    def _file(self, name: str) -> Path:
        if self._folder is None:
            raise NodeError(
                "database_missing",
                "No folder with database files is set up here.",
                "Ask the administrator to name one (TREADLE_SQLITE_FOLDER).",
            )
        if _FILE.match(name):
            for folder in (self._folder / str(self._workspace_id), self._folder):
                place = (folder / name).resolve()
                if place.parent == folder.resolve() and place.is_file():
                    return place
        raise NodeError(
            "database_missing",
            f"There is no database file {name[:100]!r}.",
            "Choose a file that lies in the folder that the administrator named.",
        )


def _address(secret: KnownSecret) -> Address:
    """Where a secret leads. Raises NodeError where it holds no address, or is not meant for that host."""
    try:
        address = read_address(secret.value or "")
        place = URL.build(scheme="https", host=address.host, port=address.port)
    except ValueError:
        raise NodeError(
            "database_login",
            f"The secret {secret.name!r} holds no address of a PostgreSQL database.",
            "Enter it again, such as postgresql://reader:password@db.example.com:5432/shop.",
        ) from None
    if not permits(secret.hosts, place):
        raise not_allowed(secret, f"{address.host}:{address.port}")
    return address

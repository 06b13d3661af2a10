"""Servers of tools that are programs on the workers' machine: those in the administrator's file (ADR 54).

The file is TREADLE_TOOL_SERVERS, in TOML. Nothing in it can be said or changed over the web; the web process
reads which names there are, a worker starts the program when a tool is used.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings

LARGEST: Final = 200_000
MOST_SERVERS: Final = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}\Z")
_OURS = re.compile(r"TREADLE_|DATABASE_URL\Z|REDIS_URL\Z")
_FIELDS: Final = {"title", "command", "env", "workspaces"}


class BadServersFile(ValueError):
    """The administrator's file cannot be used; the message says why, in words."""


@dataclass(frozen=True)
class MachineServer:
    """One program. `env` are names of variables that are handed on to it; `workspaces` None means all."""

    name: str
    title: str
    command: tuple[str, ...]
    env: tuple[str, ...]
    workspaces: frozenset[UUID] | None

    def is_for(self, workspace_id: UUID) -> bool:
        """Whether this workspace may use it."""
        return self.workspaces is None or workspace_id in self.workspaces


def machine_servers() -> Mapping[str, MachineServer]:
    """All servers in the file, by their names; none without a file. Raises BadServersFile."""
    path: Path | None = settings.TREADLE_TOOL_SERVERS
    if path is None:
        return {}
    try:
        about = path.stat()
        text = path.read_text(encoding="utf-8") if about.st_size <= LARGEST else None
    except (OSError, UnicodeDecodeError) as error:
        raise BadServersFile(f"It cannot be read: {error}.") from None
    if text is None:
        raise BadServersFile(f"It is larger than {LARGEST // 1000} kB.")
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadServersFile("Others than its owner may change it. Run: chmod go-w on it.")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadServersFile(f"It is not TOML: {error}.") from None
    servers = said.get("servers")
    if not isinstance(servers, dict) or set(said) != {"servers"}:
        raise BadServersFile("It holds tables named [servers.NAME], and nothing else.")
    if len(servers) > MOST_SERVERS:
        raise BadServersFile(f"It names more than {MOST_SERVERS} servers.")
    return {name: _server(name, table) for name, table in servers.items()}


def server_for(workspace_id: UUID, name: str) -> MachineServer | None:
    """The server of that name, if this workspace may use it. Raises BadServersFile."""
    found = machine_servers().get(name)
    return found if found is not None and found.is_for(workspace_id) else None


def servers_shown(workspace_id: UUID) -> list[dict[str, Any]]:
    """What a workspace may connect. How a server is started is nobody's business there."""
    try:
        found = machine_servers().values()
    except BadServersFile:
        return []  # the health page and `manage.py check` say so
    return [{"server": one.name, "title": one.title} for one in found if one.is_for(workspace_id)]


def missing_variables(server: MachineServer) -> list[str]:
    """Which of its variables are not set for this process."""
    return [name for name in server.env if name not in os.environ]


def _server(name: str, table: Any) -> MachineServer:
    if not _NAME.match(name):
        raise BadServersFile(f"{name[:60]!r} is no name: use letters, digits, - and _.")
    where = f"[servers.{name}]"
    if not isinstance(table, dict) or not set(table) <= _FIELDS:
        strange = sorted(set(table) - _FIELDS) if isinstance(table, dict) else []
        raise BadServersFile(f"{where} has title, command, env and workspaces, and no {', '.join(strange)}.")
    title, command, env = table.get("title", name), table.get("command"), table.get("env", [])
    if not isinstance(title, str) or not 0 < len(title.strip()) <= 60 or not title.isprintable():
        raise BadServersFile(f"The title in {where} has 1 to 60 characters.")
    if not _is_texts(command) or not command or not command[0]:
        raise BadServersFile(f'The command in {where} is a list, such as ["/usr/bin/server", "--all"].')
    if not os.path.isabs(command[0]):
        raise BadServersFile(f"The program in {where} needs its whole path, not {command[0][:100]!r}.")
    if not _is_texts(env) or not all(_VARIABLE.match(one) for one in env):
        raise BadServersFile(f'env in {where} is a list of names of variables, such as ["SHOP_KEY"].')
    if ours := [one for one in env if _OURS.match(one)]:
        raise BadServersFile(f"{ours[0]} in {where} is not handed on to a program: it is Treadle's own.")
    return MachineServer(name, title.strip(), tuple(command), tuple(env), _workspaces(where, table))


def _workspaces(where: str, table: Mapping[str, Any]) -> frozenset[UUID] | None:
    said = table.get("workspaces")
    if said == "all":
        return None
    try:
        if not _is_texts(said):
            raise ValueError
        return frozenset(UUID(one) for one in said)
    except ValueError:
        raise BadServersFile(f'workspaces in {where} is "all", or a list of ids of workspaces.') from None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and "\0" not in one for one in value)

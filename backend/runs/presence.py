"""Who else has an app open: the sockets tell one another, and nobody writes it down.

A socket says that it is there when it comes, every few seconds after that, and that it goes when it goes. Who
comes asks the others to say so too. One that falls silent, because its process or its line died, counts as
gone. All of it passes through Redis, so that it does not matter which web process a socket belongs to; while
Redis is away nobody is seen.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from backend.accounts.errors import not_found
from backend.accounts.models import User
from backend.runs.redis_clients import RedisError
from backend.runs.timings import TIMINGS
from backend.workflows.models import Workflow

REDIS_S = 2.0


class Layer(Protocol):
    """What is needed of Channels' layer."""

    async def send(self, channel: str, message: dict[str, Any]) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...


@dataclass(frozen=True)
class Other:
    """Another socket at the same app: whose it is, and when it was heard of last."""

    user_id: str
    name: str
    heard_at: float


class Presence:
    """One socket's presence at one app. `hear` and `forget` take what the others say."""

    def __init__(self, layer: Layer, socket: str, app: str, user: User) -> None:
        self.app = app
        self._layer = layer
        self._socket = socket
        self._user = user
        self._others: dict[str, Other] = {}
        self._told: list[dict[str, Any]] | None = None

    async def arrive(self) -> None:
        """Says that it is here, and asks the others to say so."""
        await self._call("presence.here", asks=True)

    async def beat(self) -> None:
        """Says that it is still here, and forgets those who have not said so for long."""
        await self._call("presence.here", asks=False)
        silent_since = time.monotonic() - 3 * TIMINGS.present_s
        self._others = {key: one for key, one in self._others.items() if one.heard_at > silent_since}

    async def leave(self) -> None:
        """Says that it goes."""
        await _quietly(self._layer.group_discard(self._group, self._socket))
        await _quietly(self._layer.group_send(self._group, self._event("presence.gone")))

    async def hear(self, event: dict[str, Any]) -> None:
        """Someone is here. Who asks is told so of this one."""
        if self._is_of_another(event):
            self._others[event["socket"]] = Other(event["user"], event["name"], time.monotonic())
            if event["asks"]:
                await _quietly(self._layer.send(event["socket"], self._event("presence.here", asks=False)))

    def forget(self, event: dict[str, Any]) -> None:
        """Someone is gone."""
        if self._is_of_another(event):
            self._others.pop(event["socket"], None)

    def news(self) -> list[dict[str, Any]] | None:
        """The others, one entry a person, by name; None when that was told already."""
        windows = Counter((one.name, one.user_id) for one in self._others.values())
        me = str(self._user.pk)
        people = [
            {"id": user_id, "name": name, "is_you": user_id == me, "windows": count}
            for (name, user_id), count in sorted(windows.items())
        ]
        if people == (self._told or []):
            return None
        self._told = people
        return people

    @property
    def _group(self) -> str:
        return f"app.{self.app}"

    def _is_of_another(self, event: dict[str, Any]) -> bool:
        return event["app"] == self.app and event["socket"] != self._socket

    async def _call(self, kind: str, **more: Any) -> None:
        """To all at this app. Joining them again costs nothing, and a Redis that was away has forgotten."""
        await _quietly(self._layer.group_add(self._group, self._socket))
        await _quietly(self._layer.group_send(self._group, self._event(kind, **more)))

    def _event(self, kind: str, **more: Any) -> dict[str, Any]:
        name = self._user.name or self._user.email.partition("@")[0]
        said = {"app": self.app, "socket": self._socket, "user": str(self._user.pk), "name": name}
        return {"type": kind, **said, **more}


def require_app(app: str, workspace_id: uuid.UUID) -> None:
    """Raises ApiError 404, the same for another workspace's app as for one that is not there."""
    if not Workflow.objects.for_people(workspace_id).filter(pk=app).exists():
        raise not_found("This app")


async def _quietly(said: Awaitable[None]) -> None:
    """Presence is a courtesy: without Redis there is none for a while, and all else goes on."""
    with suppress(*RedisError, TimeoutError):
        await asyncio.wait_for(said, REDIS_S)

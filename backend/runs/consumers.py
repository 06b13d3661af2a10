"""The console's socket: members watch runs through it, step by step, and come back to where they were; and
they see who else has the same app open."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing, suppress
from importlib import import_module
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.urls import path

from backend.accounts.auth import Principal, member_of_session
from backend.accounts.errors import ApiError, not_found
from backend.accounts.rights import sockets_of
from backend.accounts.strict_json import parse_json
from backend.runs.columns import dumps
from backend.runs.entries import Entry, Reset, place_of
from backend.runs.models import Run
from backend.runs.presence import Presence, require_app
from backend.runs.reads import read
from backend.runs.redis_clients import RedisError
from backend.runs.stream import follow_batches
from backend.runs.timings import TIMINGS

MOST_WATCHED = 32
MOST_BYTES = 4096
BETWEEN_BATCHES_S = 0.05
RIGHTS_HOLD_S = 5.0
REDIS_S = 2.0
SIGNED_OUT = 4401

logger = logging.getLogger("treadle.runs")


class ConsoleConsumer(AsyncWebsocketConsumer):
    """`{"type": "watch", "run", "after"}` and `{"type": "unwatch", "run"}` come in, and, for the one app that
    a window has open, `{"type": "enter", "app"}` and `{"type": "leave"}`.

    `{"type": "entries", "run", "entries"}`, `{"type": "reset", "run"}`, `{"type": "present", "app",
    "people"}` and `{"type": "error", "code", "message"}` go out. Who may watch is asked at each message,
    every few seconds while watching, and at once when someone changes their rights.
    """

    async def connect(self) -> None:
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._presence: Presence | None = None
        self._staying: asyncio.Task[None] | None = None
        self._asked_at = 0.0
        self._principal: Principal | None = None
        self._is_closed = False
        self._group: str | None = None
        await self.accept()
        try:
            await self._join(await self._member())
        except ApiError as error:
            await self._refuse(error)

    async def _join(self, member: Principal) -> None:
        """Makes this socket one of the person's, which are told at once when their rights change."""
        assert member.user is not None
        group = sockets_of(member.user.pk)
        try:
            await asyncio.wait_for(self.channel_layer.group_add(group, self.channel_name), REDIS_S)
            self._group = group
        except (*RedisError, TimeoutError) as error:
            logger.warning("A socket will hear of changed rights some seconds late: %r", error)

    async def rights_changed(self, event: dict[str, Any]) -> None:
        """The person's rights are not what they were: asks anew, and closes if none are left."""
        try:
            await self._member(is_fresh=True)
        except ApiError as error:
            await self._refuse(error)

    async def disconnect(self, code: int) -> None:
        await self._leave()
        if self._group is not None:
            with suppress(*RedisError, TimeoutError):
                await asyncio.wait_for(
                    self.channel_layer.group_discard(self._group, self.channel_name), REDIS_S
                )
        for task in self._watches.values():
            task.cancel()
        await asyncio.gather(*self._watches.values(), return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            wish = _read_wish(text_data)
            member = await self._member(is_fresh=True)
            if wish["type"] == "watch":
                await self._watch(member, wish["run"], wish["after"])
            elif wish["type"] == "unwatch":
                self._unwatch(wish["run"])
            elif wish["type"] == "enter":
                await self._enter(member, wish["app"])
            else:
                await self._leave()
        except ApiError as error:
            await self._refuse(error)

    async def _watch(self, member: Principal, run_id: str, after: str | None) -> None:
        run = await read(_run_of, run_id, member.workspace_id)
        self._unwatch(run_id)
        if len(self._watches) >= MOST_WATCHED:
            raise ApiError(429, "too_many_watched", f"One window can watch {MOST_WATCHED} runs at a time.")
        self._watches[run_id] = asyncio.create_task(self._follow(run_id, after, run.last_seq))

    def _unwatch(self, run_id: str) -> None:
        task = self._watches.pop(run_id, None)
        if task is not None:
            task.cancel()

    async def _enter(self, member: Principal, app: str) -> None:
        assert member.user is not None
        await read(require_app, app, member.workspace_id)
        await self._leave()
        self._presence = Presence(self.channel_layer, self.channel_name, app, member.user)
        self._staying = asyncio.create_task(self._stay(self._presence))

    async def _leave(self) -> None:
        presence, self._presence = self._presence, None
        if presence is None or self._staying is None:
            return
        self._staying.cancel()
        await asyncio.gather(self._staying, return_exceptions=True)
        await presence.leave()

    async def _stay(self, presence: Presence) -> None:
        """Says again and again that this window has the app open, as long as its person may see it."""
        try:
            await presence.arrive()
            while True:
                await asyncio.sleep(TIMINGS.present_s)
                await self._member()
                await presence.beat()
                await self._tell_present(presence)
        except ApiError as error:
            await self._refuse(error)

    async def presence_here(self, event: dict[str, Any]) -> None:
        """Another window says that it has the app open."""
        if (presence := self._presence) is not None:
            await presence.hear(event)
            await self._tell_present(presence)

    async def presence_gone(self, event: dict[str, Any]) -> None:
        """Another window says that it has it open no more."""
        if (presence := self._presence) is not None:
            presence.forget(event)
            await self._tell_present(presence)

    async def _tell_present(self, presence: Presence) -> None:
        people = presence.news()
        if people is None:
            return
        try:
            await self._member()
        except ApiError as error:
            await self._refuse(error)
            return
        await self._send({"type": "present", "app": presence.app, "people": people})

    async def _follow(self, run_id: str, after: str | None, known_seq: int) -> None:
        try:
            async with aclosing(follow_batches(run_id, after, known_seq)) as batches:
                async for batch in batches:
                    await self._member()
                    await self._tell(run_id, batch)
                    await asyncio.sleep(BETWEEN_BATCHES_S)
        except ApiError as error:
            await self._refuse(error)
        finally:
            if self._watches.get(run_id) is asyncio.current_task():
                del self._watches[run_id]

    async def _tell(self, run_id: str, batch: list[Entry | Reset]) -> None:
        entries: list[dict[str, Any]] = []
        for entry in batch:
            if isinstance(entry, Reset):
                entries = []  # what stands before a reset is told again after it
                await self._send({"type": "reset", "run": run_id})
            else:
                entries.append(entry.to_json())
        if entries:
            await self._send({"type": "entries", "run": run_id, "entries": entries})

    async def _member(self, *, is_fresh: bool = False) -> Principal:
        """Who is asking, as of now or a few seconds ago at most. Raises ApiError once they are signed out."""
        if is_fresh or self._principal is None or time.monotonic() - self._asked_at > RIGHTS_HOLD_S:
            before = self._principal
            self._principal = await read(_member_of, self.scope["session"].session_key)
            self._asked_at = time.monotonic()
            if before is not None and before.workspace_id != self._principal.workspace_id:
                raise ApiError(401, "signed_out", "You are no longer a member of this workspace.")
        return self._principal

    async def _refuse(self, error: ApiError) -> None:
        if self._is_closed:
            return  # messages that came before the close are of nobody any more
        await self._send({"type": "error", "code": error.code, "message": error.message})
        if error.status == 401:
            self._is_closed = True
            await self.close(SIGNED_OUT)

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(text_data=dumps(message))


FIELDS: dict[str, set[str]] = {
    "watch": {"run", "after"},
    "unwatch": {"run", "after"},
    "enter": {"app"},
    "leave": set(),
}
"""The messages of a client: their types, with the fields of each."""


def _read_wish(text: str | None) -> dict[str, Any]:
    """The message of a client. Raises ApiError for one that is none."""
    if text is None or len(text) > MOST_BYTES:
        raise ApiError(400, "bad_message", "This socket takes short JSON messages.")
    value = parse_json(text.encode())
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in FIELDS:
        kinds = ", ".join(f'"{known}"' for known in FIELDS)
        raise ApiError(400, "bad_message", f"A message must be of one of the types {kinds}.")
    if value.keys() - FIELDS[kind] - {"type"}:
        named = " and ".join(["type", *sorted(FIELDS[kind])])
        raise ApiError(400, "unknown_field", f"Such a message has the fields {named}.")
    after = value.get("after")
    if after is not None and (not isinstance(after, str) or place_of(after) is None):
        raise ApiError(400, "bad_message", "`after` must be the id of an entry, such as 12-57.")
    wish: dict[str, Any] = {"type": kind, "after": after}
    if "run" in FIELDS[kind]:
        wish["run"] = str(_uuid(value.get("run"), "This run"))
    if "app" in FIELDS[kind]:
        wish["app"] = str(_uuid(value.get("app"), "This app"))
    return wish


def _uuid(value: Any, named: str) -> UUID:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        raise not_found(named) from None


def _run_of(run_id: str, workspace_id: UUID) -> Run:
    run = Run.objects.for_workspace(workspace_id).filter(pk=run_id).only("last_seq").first()
    if run is None:
        raise not_found("This run")
    return run


def _member_of(session_key: str | None) -> Principal:
    """The member of a session, read anew: a socket outlives sessions and memberships."""
    return member_of_session(import_module(settings.SESSION_ENGINE).SessionStore(session_key))


websocket_urlpatterns = [path("ws/console", ConsoleConsumer.as_asgi())]

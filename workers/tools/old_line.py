"""The older way of MCP by HTTP: one stream of events for all answers, and an address for what we say.

Spoken where a server refuses the newer way. The stream is opened with the first question and read by whoever
waits for an answer; between questions nobody reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Final

from yarl import URL

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from workers.models.sse import SseParser
from workers.outgoing.http import read_capped
from workers.outgoing.secrets import Mask
from workers.tools.access import Access
from workers.tools.lines import MOST_MESSAGES, messages_in, require_success, too_much, wrong

_SAID: Final = 20_000


class OldLine:
    """Messages to a server whose stream is at `address`. One question at a time."""

    def __init__(self, access: Access, address: str, *, host: str) -> None:
        self._access, self._address, self.host = access, address, host
        self.version = ""
        self._open = AsyncExitStack()
        self._events: AsyncIterator[tuple[str, int]] | None = None
        self._post = ""
        self._turn = asyncio.Lock()

    async def ask(self, message: Json, most_bytes: int) -> AsyncGenerator[Json]:
        """The messages that come while an answer to one is waited for."""
        async with self._turn:
            events = await self._stream()
            await self.tell(message)
            seen = count = 0
            async for text, size in events:
                seen, count = seen + size, count + 1
                if seen > most_bytes:
                    raise too_much(self.host, most_bytes)
                if count > MOST_MESSAGES:
                    raise wrong(self.host, "it says ever more and comes to no answer")
                for one in messages_in(text, self.host):
                    yield one

    async def tell(self, message: Json) -> None:
        """Sends what has no answer."""
        request = self._access.open("POST", self._post, headers=self._headers(), json=message)
        async with request as (response, mask):
            await require_success(response, mask, self.host)
            await read_capped(response, _SAID)

    async def close(self) -> None:
        """Ends the stream."""
        with suppress(NodeError):
            await self._open.aclose()

    async def _stream(self) -> AsyncIterator[tuple[str, int]]:
        if self._events is None:
            headers = {**self._headers(), "Accept": "text/event-stream"}
            response, mask = await self._open.enter_async_context(
                self._access.open("GET", self._address, headers=headers)
            )
            await require_success(response, mask, self.host)
            if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise wrong(self.host, "there is no MCP server at this address")
            self._events = _events(response.content.iter_any(), mask, self.host)
            first, _ = await anext(self._events, ("", 0))
            self._post = self._place(first)
        return self._events

    def _place(self, said: str) -> str:
        """Where we are to write to: only on the server that we were connected to."""
        base = URL(self._address)
        try:
            place = base.join(URL(said.strip()))
            is_there = bool(said.strip()) and place.origin() == base.origin() and place.user is None
        except ValueError:
            is_there = False
        if not is_there:
            raise wrong(self.host, "it does not say where on its own host to write to")
        return str(place)

    def _headers(self) -> dict[str, str]:
        return {"MCP-Protocol-Version": self.version} if self.version else {}


async def _events(pieces: AsyncIterator[bytes], mask: Mask, host: str) -> AsyncIterator[tuple[str, int]]:
    """The data of each event, masked, and how many bytes came since the one before."""
    parser, size = SseParser(), 0
    async for piece in pieces:
        size += len(piece)
        try:
            events = parser.feed(piece)
        except ValueError:
            raise wrong(host, "one of its events has no end") from None
        for text in events:
            yield mask.text(text), size
            size = 0

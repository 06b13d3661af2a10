"""How messages of MCP get to a server by HTTP and back: one request each, answered as JSON or as events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp

from nodes.sdk import web_answers
from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.values import Json
from workers.models.sse import SseParser
from workers.outgoing.http import read_capped
from workers.outgoing.secrets import Mask
from workers.tools.access import Access

MOST_MESSAGES: Final = 1_000
"""Of one answer. A server that says more before it comes to the point is cut off."""
_SESSION = re.compile(r"[\x21-\x7e]{1,500}\Z")
_SAID: Final = 20_000  # bytes of a refusal that are read


class SessionGone(Exception):
    """The server has forgotten our session."""


class NoStreamable(Exception):
    """The server does not speak by one request each: it may speak the older way."""


class HttpLine:
    """Messages to one address. `host` is how a person calls it in an error."""

    def __init__(self, access: Access, address: str, *, host: str) -> None:
        self._access, self._address, self.host = access, address, host
        self._session = ""
        self.version = ""
        """Which version of the protocol was agreed upon; "" before that."""

    async def ask(self, message: Json, most_bytes: int) -> AsyncGenerator[Json]:
        """The messages that come back for one, as they come, until the server ends its answer."""
        async with self._post(message) as (response, mask):
            if session := response.headers.get("Mcp-Session-Id", ""):
                if not _SESSION.match(session):
                    raise wrong(self.host, "its session has a name that cannot be used")
                self._session = session
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind == "application/json":
                body = await read_capped(response, most_bytes)
                for one in messages_in(mask.body(body).decode("utf-8", "replace"), self.host):
                    yield one
            elif kind == "text/event-stream":
                async for text in events_of(response, mask, most_bytes, self.host):
                    for one in messages_in(text, self.host):
                        yield one
            elif response.status not in (202, 204):
                raise wrong(self.host, f"it answers with {kind[:60] or 'nothing'} instead of data")

    async def tell(self, message: Json) -> None:
        """Sends what has no answer."""
        async with self._post(message) as (response, _):
            await read_capped(response, _SAID)

    async def close(self) -> None:
        """Tells the server that its session is over."""
        if not self._session:
            return
        with suppress(NodeError, TimeoutError):
            async with asyncio.timeout(5):
                async with self._access.open("DELETE", self._address, headers=self._headers()):
                    pass

    @asynccontextmanager
    async def _post(self, message: Json) -> AsyncIterator[tuple[aiohttp.ClientResponse, Mask]]:
        request = self._access.open("POST", self._address, headers=self._headers(), json=message)
        async with request as (response, mask):
            await self._require_success(response, mask)
            yield response, mask

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json, text/event-stream"}
        if self.version:
            headers["MCP-Protocol-Version"] = self.version
        if self._session:
            headers["Mcp-Session-Id"] = self._session
        return headers

    async def _require_success(self, response: aiohttp.ClientResponse, mask: Mask) -> None:
        if response.status == 404 and self._session:
            raise SessionGone
        if response.status in (400, 404, 405) and not self.version:
            raise NoStreamable
        await require_success(response, mask, self.host)


async def require_success(response: aiohttp.ClientResponse, mask: Mask, host: str) -> None:
    """Raises NodeError, with the server's own words, where it refuses; and where it leads us elsewhere."""
    if response.status in (301, 302, 303, 307, 308):
        raise NodeError(
            "address_refused",
            f"{host!r} sends us on to another address, and nothing was sent there.",
            "Enter the final address of the server.",
        )
    if response.status == 401:
        raise sign_in(host)
    if response.status >= 400:
        body = mask.body(await read_capped(response, _SAID))
        headers = {name.lower(): value for name, value in response.headers.items()}
        web_answers.require_success(HttpResponse(response.status, headers, body), host)


async def events_of(
    response: aiohttp.ClientResponse, mask: Mask, most_bytes: int, host: str
) -> AsyncIterator[str]:
    """The data of the events that come, masked. Raises NodeError when they are more than allowed."""
    parser, seen, count = SseParser(), 0, 0
    async for piece in response.content.iter_any():
        seen += len(piece)
        if seen > most_bytes:
            raise too_much(host, most_bytes)
        try:
            events = parser.feed(piece)
        except ValueError:
            raise wrong(host, "one of its events has no end") from None
        for text in events:
            count += 1
            if count > MOST_MESSAGES:
                raise wrong(host, "it says ever more and comes to no answer")
            yield mask.text(text)
    for text in parser.close():
        yield mask.text(text)


def too_much(host: str, most_bytes: int) -> NodeError:
    """For an answer without measure."""
    return NodeError(
        "answer_too_large",
        f"{host!r} sent more than {most_bytes:,} bytes.",
        "Ask the tool for less, or let the step take in more.",
    )


def wrong(host: str, why: str) -> NodeError:
    """For a server that does not speak as it should."""
    return NodeError(
        "tool_protocol",
        f"{host!r} does not speak MCP as it should: {why}.",
        "Check the address; often it ends with /mcp. Otherwise tell those who run the server.",
    )


def sign_in(host: str) -> NodeError:
    """For a server that wants to know who is asking."""
    return NodeError(
        "tool_sign_in",
        f"{host!r} does not let us in: somebody has to sign in there, or its key is wrong.",
        "Sign in, or choose another secret, under Tools.",
    )


def messages_in(text: str, host: str) -> list[Json]:
    """The messages in what a server says: one, or a list of them."""
    if not text.strip():
        return []
    try:
        said = data_of(text)
    except NotData:
        raise wrong(host, "what it says is no JSON") from None
    return said if isinstance(said, list) else [said]

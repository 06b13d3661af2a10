"""The door to our own model host: a unix socket, or the address the operator set. Never a user's choice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from nodes.sdk.values import Json
from workers.outgoing.http import connection_errors

_LIMIT_PER_LOOP = 0  # the host has its own bounded queue


class LocalHttp:
    """Requests to one local service, given as the path of a unix socket or as an http address.

    Without `keep_alive` each request has its own connection: for servers that close idle ones so soon that a
    POST now and then meets one that is just closing.
    """

    def __init__(self, place: str, *, keep_alive: bool = True) -> None:
        self._keep_alive = keep_alive
        is_url = place.startswith(("http://", "https://"))
        self._socket = None if is_url else place.removeprefix("unix://").removeprefix("unix:")
        self.base = URL(place if is_url else "http://localhost")
        self._made: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        read_timeout_s: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """As GuardedHttp.open, but unguarded: `url` must begin with this service's address."""
        place = URL(url)
        if place.origin() != self.base.origin():
            raise ValueError(f"{url} is not part of {self.base}")
        with connection_errors(place):
            async with self._session().request(
                method,
                place,
                headers=headers,
                json=json,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=10, sock_read=read_timeout_s),
            ) as response:
                yield response

    async def close(self) -> None:
        """Closes the connections of the running loop."""
        session = self._made.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._made.get(loop)
        if session is None or session.closed:
            connector = (
                aiohttp.UnixConnector(self._socket, limit=_LIMIT_PER_LOOP, force_close=not self._keep_alive)
                if self._socket is not None
                else aiohttp.TCPConnector(limit=_LIMIT_PER_LOOP, force_close=not self._keep_alive)
            )
            session = self._made[loop] = aiohttp.ClientSession(
                connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return session

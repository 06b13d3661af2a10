"""aiohttp sessions whose sockets open only to checked addresses.

A name is resolved once, every address it has is checked, and the socket connects to exactly these: there is
no second look-up that could answer differently. The socket factory sees the very address of each connect and
is the last word, whatever path led there.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from nodes.sdk.errors import NodeError
from workers.outgoing.addresses import is_public

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to addresses, as text. Raises OSError when there are none."""


class NotPublic(OSError):
    """A socket was about to be opened to an address outside the public internet."""


def refused(host: str) -> NodeError:
    """The error for an address that may not be reached."""
    return NodeError(
        "address_refused",
        f"The address {host!r} lies inside a private network, so it may not be reached.",
        hint="Use a public address, or ask the administrator to allow it "
        "(TREADLE_ALLOWED_HOSTS_PRIVATE, as host:port).",
    )


async def system_lookup(host: str, port: int) -> list[str]:
    """All addresses the system knows for a name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedSessions:
    """One public and one allow-listed session for each event loop that asks."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._made: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, aiohttp.ClientSession]]
        self._made = WeakKeyDictionary()
        self._tls = _tls_context()

    def session(self, *, allow_listed: bool) -> aiohttp.ClientSession:
        """A session of the running loop. With `allow_listed`, addresses are not checked: the host was."""
        sessions = self._made.setdefault(asyncio.get_running_loop(), {})
        session = sessions.get(allow_listed)
        if session is None or session.closed:
            session = sessions[allow_listed] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(self._lookup, checked=not allow_listed),
                    socket_factory=_any_socket if allow_listed else _public_socket,
                    use_dns_cache=False,
                    ssl=self._tls,
                    limit=0,
                ),
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=16_384,
                max_field_size=16_384,
            )
        return session

    async def close(self) -> None:
        """Closes the running loop's sessions."""
        for session in self._made.pop(asyncio.get_running_loop(), {}).values():
            await session.close()


class _Resolver(AbstractResolver):
    def __init__(self, lookup: Lookup, *, checked: bool) -> None:
        self._lookup, self._checked = lookup, checked

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host, port)
        if not addresses:
            raise OSError(f"no address for {host}")
        if self._checked and not all(map(is_public, addresses)):
            raise refused(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Holds nothing."""


def _any_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    family, kind, proto, *_ = addr_info
    return socket.socket(family, kind, proto)


def _public_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    address = str(addr_info[4][0])
    if not is_public(address):
        raise NotPublic(f"{address} is not public")
    return _any_socket(addr_info)


def _tls_context() -> ssl.SSLContext:
    # The system's certificates (a company's own among them), and certifi's for images that ship none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context

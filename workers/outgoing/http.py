"""The guarded HTTP client: the `Http` that nodes get, and the streaming door that model backends use."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Literal

import aiohttp
from yarl import URL

from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse
from nodes.sdk.values import Json
from workers.outgoing.addresses import is_public
from workers.outgoing.allow import AllowList
from workers.outgoing.own_site import PREFIX, OwnSite
from workers.outgoing.sessions import GuardedSessions, Lookup, NotPublic, refused, system_lookup

MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 15.0

Carry = Callable[[URL, Mapping[str, str]], tuple[URL, dict[str, str]]]
"""Gives the address and headers that are really sent; what it adds is in no answer and no error."""

Reason = Literal["not_found", "certificate", "timeout", "refused", "broken", "redirects"]

_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What a request may still carry after it was sent on to another host. Anything else may be a key.
_HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
# What says where a message goes and where it ends: another value could reach another host there.
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)


class GuardedHttp:
    """Sends requests to public addresses and to the administrator's list, and nowhere else.

    http and https only, no proxies from the environment, no cookies. Each redirect is checked like a new
    address; on the way to another host all headers that may hold credentials are dropped.
    """

    def __init__(
        self,
        allow: AllowList | None = None,
        *,
        own: OwnSite | None = None,
        lookup: Lookup = system_lookup,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.allow = AllowList.from_env() if allow is None else allow
        self._own = own
        self._lookup = lookup
        self._sessions = GuardedSessions(lookup)
        self._max_bytes = max_bytes

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        timeout_s: float = 30,
        max_bytes: int | None = None,
        follow_redirects: bool = True,
        carry: Carry | None = None,
    ) -> HttpResponse:
        """The whole answer, after redirects. Raises NodeError when the address is refused or silent.

        `carry` puts what is secret into each request, and is asked anew for each place.
        """
        sent = dict(headers or {})
        is_own = self._own is not None and url.startswith(PREFIX)
        place = self._own.place(method, url) if self._own is not None and is_own else check_url(url)
        most = self._max_bytes if max_bytes is None else min(max_bytes, self._max_bytes)
        redirects = 0
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    where, carried = (place, sent) if carry is None else carry(place, sent)
                    request = self._open(method, where, carried, json, data, is_allowed=is_own)
                    async with request as response:
                        target = _target(response) if follow_redirects else None
                        if target is None:
                            body = await read_capped(response, most)
                            return HttpResponse(response.status, _headers(response), body, str(place))
                        status = response.status
                    redirects += 1
                    is_own = False  # what the sample service redirects to is an address like any other
                    if redirects > MAX_REDIRECTS:
                        raise NoAnswer(place, "redirects", f"redirected more than {MAX_REDIRECTS} times")
                    target = check_url(str(place.join(target)))
                    if status == 303 or (status in (301, 302) and method.upper() == "POST"):
                        method, json, data = "GET", None, None
                        sent = {k: v for k, v in sent.items() if not k.lower().startswith("content-")}
                    if not _same_place(place, target):
                        if json is not None or data is not None:
                            raise NodeError(
                                "address_refused",
                                f"{place.host!r} wants what was sent to go to {target.host!r} instead.",
                                hint=f"If you trust {target.host!r}, use its address directly.",
                            )
                        sent = {k: v for k, v in sent.items() if k.lower() in _HARMLESS}
                    place = target
        except TimeoutError:
            raise NoAnswer(place, "timeout", f"did not answer within {timeout_s:g} seconds") from None

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        read_timeout_s: float | None = None,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """One request, not redirected, its body still unread; leaving the block closes an unread connection.

        `read_timeout_s` bounds the silence between two pieces. Errors of the connection inside the block
        become NodeErrors too.
        """
        place = check_url(url) if isinstance(url, str) else url
        request = self._open(method, place, headers or {}, json, data, read_timeout_s=read_timeout_s)
        async with request as response:
            yield response

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        place: URL,
        headers: Mapping[str, str],
        json: Json,
        data: bytes | str | None,
        *,
        read_timeout_s: float | None = None,
        is_allowed: bool = False,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        session = self._sessions.session(allow_listed=is_allowed or self._is_allowed(place))
        _check_request(method, headers)
        with connection_errors(place):
            async with session.request(
                method.upper(),
                place,
                headers=headers,
                json=json,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=CONNECT_TIMEOUT_S, sock_read=read_timeout_s
                ),
            ) as response:
                yield response

    async def addresses(self, host: str, port: int) -> tuple[list[str], bool]:
        """Where a host may be reached by another protocol, and whether the administrator's list names it.

        To be connected to as they are, without a second look-up. Raises NodeError as for a request.
        """
        try:
            place = URL.build(scheme="http", host=host, port=port)
        except ValueError:
            raise refused(host) from None
        is_listed = self._is_allowed(place)
        try:
            found = await self._lookup(place.host or "", port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise NoAnswer(place, "not_found", "was not found")
        if not is_listed and not all(map(is_public, found)):
            raise refused(host)
        return found, is_listed

    async def close(self) -> None:
        """Closes the connections of the running loop."""
        await self._sessions.close()

    def _is_allowed(self, place: URL) -> bool:
        """True if the place is on the list. Raises address_refused for a private address that is not."""
        host, port = place.host or "", place.port or 0
        if self.allow.permits(host, port):
            return True
        try:
            literal = ip_address(host)
        except ValueError:
            # 127.1, 0x7f000001, 2130706433: nobody writes these for an honest reason.
            if _NUMERIC.fullmatch(host):
                raise refused(host) from None
            return False
        if not is_public(literal):
            raise refused(host)
        return False


def check_url(text: str) -> URL:
    """A complete http(s) address. Raises NodeError address_refused for anything else."""
    try:
        url = URL(text)
        whole = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
        (url.host or "").encode("idna")  # what the look-up would do: a label may be empty or too long
    except ValueError:
        url, whole = URL(), False
    if not whole:
        raise NodeError(
            "address_refused",
            f"{text[:200]!r} is not a web address.",
            hint="Write the whole address, beginning with https:// or http://.",
        )
    if url.user is not None or url.password is not None:
        raise NodeError(
            "address_refused",
            f"The address of {url.host!r} has a name or password in it.",
            hint="Put the key into a secret and send it as a header.",
        )
    return url


def _check_request(method: str, headers: Mapping[str, str]) -> None:
    if not _METHOD.fullmatch(method.upper()):
        raise NodeError("bad_config", f"{method!r} is not an HTTP method.", hint="Use GET or POST.")
    for name, value in headers.items():
        if name.lower() in _OURS:
            raise NodeError(
                "bad_config",
                f"The header {name[:100]!r} is set by the connection itself.",
                hint="Leave it away; the address says which host is meant.",
            )
        if not _HEADER.fullmatch(name) or _CONTROL.search(value):
            raise NodeError(
                "bad_config",
                f"The header {name[:100]!r} cannot be sent.",
                hint="A header is a name and one line of text: look for a line end or an invisible sign.",
            )


async def read_capped(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body, inflated. Raises answer_too_large as soon as it is longer than `max_bytes`."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > max_bytes:
            raise NodeError(
                "answer_too_large",
                f"{response.url.host!r} sent more than {max_bytes:,} bytes.",
                hint="Ask the address for less, for example for one page of a list.",
            )
    return bytes(body)


class connection_errors:
    """Turns what aiohttp raises inside the block into NodeErrors."""

    def __init__(self, place: URL) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        if isinstance(exc, aiohttp.ClientConnectorError) and isinstance(exc.os_error, NotPublic):
            raise refused(self._place.host or "") from None
        if isinstance(exc, aiohttp.ClientConnectorDNSError):
            raise NoAnswer(self._place, "not_found", "was not found") from None
        if isinstance(exc, aiohttp.ClientSSLError):
            raise NoAnswer(self._place, "certificate", "has no valid certificate") from None
        if isinstance(exc, aiohttp.ServerTimeoutError):
            raise NoAnswer(self._place, "timeout", "took too long to answer") from None
        if isinstance(exc, aiohttp.InvalidURL):
            raise refused(self._place.host or "") from None
        if isinstance(exc, aiohttp.ClientConnectorError):
            raise NoAnswer(self._place, "refused", "refused the connection") from None
        if isinstance(exc, (aiohttp.ClientError, ConnectionError)):
            raise NoAnswer(self._place, "broken", "broke off the connection") from None


class NoAnswer(NodeError):
    """An allowed address did not answer; `reason` tells model backends which of their codes fits."""

    def __init__(self, place: URL, reason: Reason, what: str) -> None:
        super().__init__(
            "address_unreachable",
            f"{place.host!r} {what}.",
            hint="Check the address, and whether the service runs.",
            retry=reason not in ("certificate", "redirects"),
        )
        self.reason = reason


def _target(response: aiohttp.ClientResponse) -> URL | None:
    """Where a redirect leads, None if the answer is none."""
    location = response.headers.get("Location")
    if response.status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        return URL(location)
    except ValueError:
        return None


def _same_place(a: URL, b: URL) -> bool:
    """True if what may go to `a` may go to `b`: one origin, or the same host moved from http to https."""
    if a.origin() == b.origin():
        return True
    return a.host == b.host and (a.scheme, a.port, b.scheme, b.port) == ("http", 80, "https", 443)


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}

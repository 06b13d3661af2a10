"""The guarded client as a transport for libraries that speak httpx, such as LiteLLM and the openai client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import aiohttp
import httpx
from yarl import URL

from nodes.sdk.errors import NodeError
from workers.outgoing.http import GuardedHttp, check_url, connection_errors

# aiohttp has already undone these.
_CONSUMED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
_OURS = frozenset({"host", "connection", "content-length", "transfer-encoding"})
_LARGEST_ANSWER = 50_000_000


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends what httpx wants to send through GuardedHttp.

    A redirect is refused: httpx would follow it with headers such as `x-api-key` still on, and no model API
    answers a call with one. The NodeError travels as the cause of what the library raises.
    """

    def __init__(self, http: GuardedHttp, failed: Callable[[NodeError], None] = lambda _: None) -> None:
        """`failed` hears of an answer that breaks off while it is read."""
        self._http = http
        self._failed = failed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        place = check_url(str(request.url))
        timeout = request.extensions.get("timeout", {}).get("read")
        stack = AsyncExitStack()
        try:
            response = await stack.enter_async_context(
                self._http.open(
                    request.method,
                    place,
                    headers={k: v for k, v in request.headers.items() if k.lower() not in _OURS},
                    data=await request.aread() or None,
                    read_timeout_s=timeout,
                )
            )
            if response.status in (301, 302, 303, 307, 308):
                raise NodeError(
                    "address_refused",
                    f"{place.host!r} redirects to another address, which a model service may not do.",
                    hint="Enter the final address of the service in the connection.",
                )
        except BaseException:
            await stack.aclose()
            raise
        return httpx.Response(
            response.status,
            headers=[(k, v) for k, v in response.headers.items() if k.lower() not in _CONSUMED],
            stream=_Body(response, place, stack, self._failed),
            request=request,
        )


class _Body(httpx.AsyncByteStream):
    def __init__(
        self,
        response: aiohttp.ClientResponse,
        place: URL,
        stack: AsyncExitStack,
        failed: Callable[[NodeError], None],
    ) -> None:
        self._response, self._place, self._stack = response, place, stack
        self._failed = failed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces():
                yield piece
        except NodeError as error:
            self._failed(error)
            raise

    async def _pieces(self) -> AsyncIterator[bytes]:
        seen = 0
        with connection_errors(self._place):
            async for piece in self._response.content.iter_any():
                seen += len(piece)
                if seen > _LARGEST_ANSWER:
                    raise NodeError(
                        "answer_too_large", f"{self._place.host!r} sent more than {_LARGEST_ANSWER:,} bytes."
                    )
                yield piece

    async def aclose(self) -> None:
        # Not read to its end: the connection is closed, so the provider stops generating.
        self._response.close()
        await self._stack.aclose()


class RefusingTransport(httpx.BaseTransport):
    """For the blocking clients a library may reach for: they cannot be guarded, so they do not connect."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise NodeError("address_refused", f"A blocking request to {request.url.host!r} was stopped.")

"""LiteLLM, loaded late and with its doors shut: no telemetry, no callbacks, no connections of its own.

LiteLLM builds HTTP clients in many places; in version 1.106.2 every asynchronous one gets its transport from
`AsyncHTTPHandler.create_async_transport`, which is replaced here. The transport asks at each request which
guarded client the present task uses, so LiteLLM's caches of clients do not matter, and a request outside of a
call of ours has no client and fails. `tests/models/test_litellm_guard.py` fails when an upgrade moves this.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypeVar

from nodes.sdk.errors import NodeError
from workers.outgoing.http import GuardedHttp

T = TypeVar("T")

# Read while litellm is imported: without them it fetches lists from the network.
_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",  # DEV reads a .env file
    "LITELLM_RUST": "False",  # its native clients would pass by the guard
    "LITELLM_LOG": "ERROR",
}


class Call:
    """One call of ours: the guarded client it goes through, and the answers it has open.

    It is sent once. Whether to try again is the engine's decision; the client libraries below some providers
    retry whatever LiteLLM is told.
    """

    def __init__(self, http: GuardedHttp) -> None:
        self._http = http
        self._streams: list[Any] = []
        self._failed: NodeError | None = None
        self.last: tuple[int, Mapping[str, str]] | None = None
        """Status and headers of the latest answer: LiteLLM loses either for some providers."""

    @property
    def was_answered(self) -> bool:
        """Whether the latest answer was a success, by its status."""
        return self.last is not None and self.last[0] == 200

    async def send(self, request: Any) -> Any:
        """An httpx request to its httpx response. After a failure, the same failure again."""
        from workers.outgoing.httpx_transport import GuardedTransport

        if self._failed is not None:
            raise self._failed
        try:
            response = await GuardedTransport(self._http, self._fail).handle_async_request(request)
        except NodeError as error:
            self._failed = error
            raise
        self.last = response.status_code, response.headers
        response.headers["x-should-retry"] = "false"  # the openai client obeys
        self._streams.append(response.stream)
        return response

    def _fail(self, error: NodeError) -> None:
        """An answer broke off, and is not asked for again: what it was to say may have been paid for."""
        self._failed = error

    async def run(self, step: Awaitable[T]) -> T:
        """Awaits a step of LiteLLM's; what it sends goes through this call's client."""
        token = present.set(self)
        try:
            return await step
        finally:
            present.reset(token)

    async def close(self) -> None:
        """Ends the connections. LiteLLM's own closing does not reach all of them."""
        for stream in self._streams:
            with suppress(Exception):
                await stream.aclose()


present: ContextVar[Call | None] = ContextVar("present", default=None)
"""The call that the present task makes."""

_loading = threading.Lock()
_loaded: Any = None


async def litellm_library() -> Any:
    """The library, set up. The first call takes seconds and does not hold up the loop."""
    return _loaded or await asyncio.to_thread(_load)


def _load() -> Any:
    global _loaded
    with _loading:
        if _loaded is None:
            os.environ.update(_ENVIRONMENT)
            import litellm

            _quiet(litellm)
            _guard(litellm)
            _loaded = litellm
    return _loaded


def _quiet(litellm: Any) -> None:
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.disable_streaming_logging = True
    litellm.set_verbose = False
    litellm.callbacks = []
    litellm.success_callback = []
    litellm.failure_callback = []
    litellm.input_callback = []
    litellm.cache = None
    litellm.drop_params = True  # a setting that a model does not have is left out
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # debug and error logs may show keys


def _guard(litellm: Any) -> None:
    import httpx
    from litellm.llms.custom_httpx import http_handler

    from workers.outgoing.httpx_transport import RefusingTransport

    class PresentCall(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            call = present.get()
            if call is None:
                raise NodeError("address_refused", f"A request to {request.url.host!r} was stopped.")
            return await call.send(request)

    def create_async_transport(*args: object, **kwargs: object) -> httpx.AsyncBaseTransport:
        return PresentCall()

    http_handler.AsyncHTTPHandler.create_async_transport = staticmethod(create_async_transport)
    http_handler.AsyncHTTPHandler._create_async_transport = staticmethod(create_async_transport)
    litellm.sync_transport = RefusingTransport()
    litellm.client_session = httpx.Client(transport=RefusingTransport())

"""The start and end of a web process."""

import gc
from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import get_resolver

from backend.runs.hub import hub


class Lifespan:
    """Begins to hear how runs end, so that the first request already does; the rest starts on first use."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                settle()
                hub().start()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return


def settle() -> None:
    """Loads what all requests need, and spares the garbage collector what stays anyway.

    Looking through it again and again was two thirds of what a request took that makes much, such as the one
    for an app of a thousand steps.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()

"""The start and end of a web process."""

from collections.abc import Awaitable, Callable
from typing import Any

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
                hub().start()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

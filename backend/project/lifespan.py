"""The start and end of a web process."""

from collections.abc import Awaitable, Callable
from typing import Any


class Lifespan:
    """Answers the server's two questions; what needs a loop starts on first use."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

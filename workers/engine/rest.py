"""The time between two attempts, which a pause of the run cuts short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.engine.engine import Engine


async def rest(engine: Engine, seconds: float) -> None:
    """Waits by the engine's clock; ends early when the run is paused, so that nothing of it is held."""
    if seconds <= 0 or engine.is_pausing:
        return
    woken = asyncio.get_running_loop().create_future()
    timer = engine.clock.call_later(seconds, lambda: woken.done() or woken.set_result(None))
    engine.resting.add(woken)
    try:
        await woken
    finally:
        engine.resting.discard(woken)
        timer.cancel()


def wake_all(engine: Engine) -> None:
    """Ends all rests now."""
    for woken in engine.resting:
        if not woken.done():
            woken.set_result(None)

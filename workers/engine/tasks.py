"""Stops asyncio tasks, and never waits for ever."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from workers.engine.engine import Engine

log = logging.getLogger(__name__)

STOP_GRACE_S: Final = 1.0
"""How long a node that is told to stop may take before nobody waits for it any more."""


def look_at_error(task: asyncio.Task[Any]) -> None:
    """asyncio complains of an error nobody has looked at; of many tasks that fail at once, one counts."""
    if not task.cancelled():
        task.exception()


async def stop(engine: Engine, tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Stops tasks and waits until they have. One that will not is left behind: it can write nothing."""
    if isinstance(sys.exc_info()[1], GeneratorExit):
        return  # the caller is thrown away with its loop, on which nothing can be waited for any more
    open_tasks = [task for task in tasks if not task.done()]
    if not open_tasks:
        return
    for task in open_tasks:
        task.cancel()
    all_stopped = asyncio.gather(*open_tasks, return_exceptions=True)
    gave_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    alarm = engine.clock.call_later(STOP_GRACE_S, lambda: gave_up.cancel())
    await asyncio.wait((all_stopped, gave_up), return_when=asyncio.FIRST_COMPLETED)
    alarm.cancel()
    gave_up.cancel()
    if not all_stopped.done():
        log.warning(
            "A node of run %s did not stop within %g s and was left behind.", engine.run_id, STOP_GRACE_S
        )

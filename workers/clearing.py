"""Deletes what workspaces do not want kept, a small piece at a time, in whichever worker comes first."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from backend.retention.deletion import Lost, take_step
from backend.retention.leases import claim
from backend.retention.services import begin_due
from backend.runs.reads import read
from backend.runs.timings import TIMINGS

log = logging.getLogger(__name__)

_LEAST_PAUSE_S: Final = 0.02


async def clear_up(owner: str) -> None:
    """Looks every few seconds, for ever: for workspaces whose hour has come, and for rounds to take up."""
    while True:
        try:
            await read(begin_due)
            while (clearing_id := await read(claim, owner)) is not None:
                await _work(clearing_id, owner)
        except Lost:
            log.info("A round of clearing up was taken over by another worker.")
        except Exception:
            log.exception("Clearing up failed; trying again.")
        await asyncio.sleep(TIMINGS.sweep_s)


async def _work(clearing_id: object, owner: str) -> None:
    """Rests after each piece for as long as it took: runs want the database more than this does."""
    is_more = True
    while is_more:
        began = time.monotonic()
        is_more = await read(take_step, clearing_id, owner)
        await asyncio.sleep(max(_LEAST_PAUSE_S, time.monotonic() - began))

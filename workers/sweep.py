"""Finds what nobody rang for. It alone would run the system, slowly; the bell only makes it fast."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import connection

from backend.runs.reads import read
from backend.runs.redis_clients import CANCELS, RedisError, client
from backend.runs.services import end_overdue_cancels
from backend.runs.sql import dialect
from backend.runs.timings import TIMINGS
from workers.overlong import Overlong
from workers.runner import Runner

log = logging.getLogger(__name__)

# Due: accepted and not rung for, told to wake up, or held by a worker that is gone. A queued run whose
# turn in its conversation has not come is not due: the run before it wakes it.
_DUE = (
    "SELECT id FROM runs_run WHERE ("
    "(status IN ('queued', 'waiting', 'running') AND wake_at <= DB_NOW"
    " AND (lease_until IS NULL OR lease_until < DB_NOW))"
    " OR (status = 'running' AND lease_until < DB_NOW))"
    " AND NOT EXISTS (SELECT 1 FROM runs_run other WHERE other.conversation_id = runs_run.conversation_id"
    " AND other.id <> runs_run.id AND (other.status = 'running'"
    " OR (other.status = 'queued' AND other.turn < runs_run.turn)))"
    " ORDER BY priority DESC, wake_at LIMIT %s"
)
_CANCELLED = "SELECT id FROM runs_run WHERE lease_owner = %s AND cancel_requested_at IS NOT NULL"
_PAUSED = "SELECT id FROM runs_run WHERE lease_owner = %s AND pause_requested_at IS NOT NULL"


async def sweep(runner: Runner) -> None:
    """Every few seconds, and soon after the process was full, begins with what is due.

    It also ends what was cancelled and whose worker does not, and leases that a wrong clock has made too
    long: that needs no room.
    """
    waited_s = looked_s = TIMINGS.sweep_s
    overlong = Overlong()
    while True:
        if looked_s >= TIMINGS.sweep_s:
            looked_s = 0.0
            with _going_on("Looking for cancelled runs that do not end"):
                await read(end_overdue_cancels)
            with _going_on("Looking for leases that last too long"):
                await read(overlong.look)
        if runner.free > 0 and (waited_s >= TIMINGS.sweep_s or runner.was_full):
            waited_s, runner.was_full = 0.0, False
            with _going_on("Looking for runs that are due"):
                # One more than there is room for: then it is known that more are due.
                runner.start(await read(_due, runner.free + 1))
        pause_s = min(0.2, TIMINGS.sweep_s)
        await asyncio.sleep(pause_s)
        waited_s, looked_s = waited_s + pause_s, looked_s + pause_s


async def hear_cancels(runner: Runner) -> None:
    """Stops runs that were cancelled, and pauses those that were paused.

    What is heard over Redis only makes the database be asked sooner.
    """
    heard = asyncio.Event()
    listener = asyncio.create_task(_listen(heard))
    try:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TIMINGS.cancel_poll_s):
                    await heard.wait()
            heard.clear()
            if runner.open_ids:
                with _going_on("Looking for cancelled runs"):
                    cancelled, paused = await read(_told_to_stop, runner.leases.owner)
                    for run_id in cancelled:
                        runner.cancel(run_id)
                    for run_id in paused:
                        runner.pause(run_id)
    finally:
        listener.cancel()


async def _listen(heard: asyncio.Event) -> None:
    redis_client = client(timeout_s=None)
    while True:
        try:
            async with redis_client.pubsub() as pubsub:
                await pubsub.subscribe(CANCELS)
                while True:
                    await pubsub.get_message(timeout=None)
                    heard.set()
        except RedisError:
            await asyncio.sleep(1)


def _due(limit: int) -> list[UUID]:
    return _ids(_DUE, [limit])


def _told_to_stop(owner: str) -> tuple[list[UUID], list[UUID]]:
    return _ids(_CANCELLED, [owner]), _ids(_PAUSED, [owner])


def _ids(statement: str, parameters: list[Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(dialect()(statement), parameters)
        return [row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in cursor.fetchall()]


class _going_on(suppress):
    """Logs what went wrong in a round of an endless loop, and goes on with the next."""

    def __init__(self, what: str) -> None:
        super().__init__(Exception)
        self._what = what

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, Exception):
            log.error("%s failed; trying again.", self._what, exc_info=error)
        return bool(super().__exit__(kind, error, trace))

"""Checks how models call tools: asks the questions one by one and notes each answer.

The row is the truth: any worker takes up a check whose worker is gone, with the question that comes next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from backend.providers.models import CheckState, ToolCheck
from backend.runs.reads import read
from backend.runs.timings import TIMINGS
from nodes.sdk.errors import NodeError
from workers.models.tool_check import QUESTIONS, Asked, ask_once, verdict

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class ToolChecks:
    """One for a worker process. `serve()` turns for ever and checks one model at a time."""

    def __init__(self, models_of: Callable[[UUID], Asked], owner: str) -> None:
        self._models_of = models_of
        self._owner = owner

    async def serve(self) -> None:
        """Looks for checks that nobody works on, and does them."""
        while True:
            try:
                while (row := await read(_claim, self._owner)) is not None:
                    await self._check(row)
            except Exception as error:
                log.error("Looking for checks of models failed; trying again.", exc_info=error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _check(self, row: ToolCheck) -> None:
        holding = asyncio.create_task(self._hold(row.pk))
        work = asyncio.create_task(self._work(row))
        try:
            await asyncio.wait({holding, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        except NodeError as error:
            said = {"code": error.code, "message": error.message, "hint": error.hint}
            await read(_settle, row.pk, self._owner, state=CheckState.FAILED, error=said)
        except Exception as error:
            log.error("Checking the model %s failed.", row.model, exc_info=error)
            said = {"code": "node_crashed", "message": "Something unexpected happened.", "hint": "Try again."}
            await read(_settle, row.pk, self._owner, state=CheckState.FAILED, error=said)
        finally:
            for task in (holding, work):
                task.cancel()
            await asyncio.gather(holding, work, return_exceptions=True)

    async def _hold(self, pk: UUID) -> None:
        """Says that we are at it. Ends when the check was cancelled or is not ours any more."""
        while await read(_touch, pk, self._owner):  # noqa: ASYNC110 (the database tells nobody)
            await asyncio.sleep(min(TIMINGS.lease_s / 5, 1.0))

    async def _work(self, row: ToolCheck) -> None:
        models = self._models_of(row.workspace_id)
        found = None
        while found is None:
            while row.done < len(QUESTIONS):
                fits, right = await ask_once(models, row.model, row.done, guided=row.is_guided)
                row.done, row.fits, row.right = row.done + 1, row.fits + fits, row.right + right
                if not await read(_note, row.pk, self._owner, fits, right):
                    return
            found = verdict(row.fits, row.right, guided=row.is_guided)
            if found is None:  # once more, guided
                row.is_guided, row.done, row.fits, row.right = True, 0, 0, 0
                if not await read(_begin_guided, row.pk, self._owner):
                    return
        await read(_settle, row.pk, self._owner, state=CheckState.DONE, verdict=found, error=None)


def _claim(owner: str) -> ToolCheck | None:
    """A check to work on that nobody holds, now held by us."""
    now = timezone.now()
    free = Q(held_until=None) | Q(held_until__lt=now)
    until = now + timedelta(seconds=TIMINGS.lease_s)
    for row in ToolCheck.objects.filter(free, state=CheckState.RUNNING):
        ours = ToolCheck.objects.filter(free, pk=row.pk, state=CheckState.RUNNING)
        if ours.update(held_by=owner, held_until=until):
            row.refresh_from_db()
            return row
    return None


def _touch(pk: UUID, owner: str) -> bool:
    return bool(_ours(pk, owner).update(held_until=timezone.now() + timedelta(seconds=TIMINGS.lease_s)))


def _note(pk: UUID, owner: str, fits: bool, right: bool) -> bool:
    one_more = {"done": F("done") + 1, "fits": F("fits") + fits, "right": F("right") + right}
    return bool(_ours(pk, owner).update(**one_more))


def _begin_guided(pk: UUID, owner: str) -> bool:
    return bool(_ours(pk, owner).update(is_guided=True, done=0, fits=0, right=0))


def _settle(pk: UUID, owner: str, **fields: Any) -> bool:
    return bool(_ours(pk, owner).update(held_by="", held_until=None, **fields))


def _ours(pk: UUID, owner: str) -> Any:
    return ToolCheck.objects.filter(pk=pk, held_by=owner, state=CheckState.RUNNING)

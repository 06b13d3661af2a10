"""Looks which tools a source has, when somebody asked for that. Any worker takes a waiting row up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from backend.runs.reads import read
from backend.tools.models import SourceState, ToolSource
from backend.tools.services import note_failure, take_in
from nodes.sdk.errors import NodeError
from workers.outgoing import HttpWithSecrets
from workers.tools.kinds import Looked, begin

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
PATIENCE_S = 60.0


class ToolLooks:
    """One for a worker process. `serve()` turns for ever and looks at one source at a time."""

    def __init__(self, http_of: Callable[[UUID], HttpWithSecrets], owner: str) -> None:
        self._http_of = http_of
        self._owner = owner

    async def serve(self) -> None:
        """Waits for sources that somebody wants looked at."""
        while True:
            try:
                while (row := await read(_claim, self._owner)) is not None:
                    await self._look(row)
            except Exception as error:
                log.error("Looking at sources of tools failed; trying again.", exc_info=error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, row: ToolSource) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                looked = await look_at(row, self._http_of(row.workspace_id))
            await read(take_in, row, looked.tools, looked.notices, looked.service)
        except NodeError as error:
            state = SourceState.SIGN_IN if error.code == "tool_sign_in" else SourceState.FAILED
            await read(_note, row.pk, state, error.code, error.message, error.hint)
        except TimeoutError:
            words = f"{row.name!r} did not say within {PATIENCE_S:g} seconds which tools it has."
            await read(_note, row.pk, SourceState.FAILED, "address_unreachable", words, "Look again later.")
        except Exception as error:
            log.error("Looking at %s failed.", row.pk, exc_info=error)
            words = "Something unexpected happened."
            await read(_note, row.pk, SourceState.FAILED, "node_crashed", words, "Look again.")


async def look_at(row: ToolSource, http: HttpWithSecrets) -> Looked:
    """The tools that a source has now. Raises NodeError."""
    talk = await begin(row, http)
    try:
        return await talk.look()
    finally:
        await talk.close()


def _claim(owner: str) -> ToolSource | None:
    """A source to look at that nobody holds, now held by us."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    until = now + timedelta(seconds=PATIENCE_S + 30)
    for row in ToolSource.objects.filter(free, state=SourceState.LOOKING)[:20]:
        ours = ToolSource.objects.filter(free, pk=row.pk, state=SourceState.LOOKING)
        if ours.update(lease_owner=owner, lease_until=until):
            row.refresh_from_db()
            return row
    return None


def _note(source_id: UUID, state: str, code: str, message: str, hint: str) -> None:
    note_failure(source_id, code=code, message=message, hint=hint, state=state)

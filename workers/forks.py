"""What a run from the editor begins with besides its message: pins, and the run that it goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from backend.runs.models import Run
from backend.runs.reads import read
from workers.engine.events import Event
from workers.engine.forking import Fork
from workers.rows import Claimed, read_events


class OriginGone(Exception):
    """The run that this one was to go on from was deleted before anyone took it up."""

    code = "origin_gone"
    message = "The run that this one was to go on from is not there any more."
    hint = "Run the app again from its beginning."


async def fork_of(claimed: Claimed) -> Fork | None:
    """What a run that begins now goes on from; None where it is a run of its own. Raises OriginGone."""
    origin, trial = claimed.origin, claimed.trial or {}
    if origin is None or any(event.type == "run_started" for event in claimed.events):
        return None
    facts = await read(_facts_of, claimed.workspace_id, UUID(origin["run"]))
    return Fork(
        run=origin["run"],
        path=origin["path"],
        facts=facts,
        edits=trial.get("edits") or {},
        only=bool(trial.get("only")),
        changed=tuple(trial.get("changed") or ()),
    )


def pins_in(claimed: Claimed) -> Mapping[str, Any]:
    """The pins that a run begins with."""
    return (claimed.trial or {}).get("pins") or {}


def _facts_of(workspace_id: UUID, run_id: UUID) -> list[Event]:
    if not Run.objects.for_workspace(workspace_id).filter(pk=run_id).exists():
        raise OriginGone
    with connection.cursor() as cursor:
        return read_events(cursor, run_id=run_id)

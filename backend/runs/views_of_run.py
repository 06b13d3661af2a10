"""What people and programs are shown of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone

from backend.runs.entries import event_entry
from backend.runs.held_files import files_along
from backend.runs.models import Conversation, Event, Run, RunStatus
from backend.runs.origins import shown_origins
from backend.runs.ratings import rating_json, rating_of, thought_of
from backend.runs.state import state_of
from backend.workflows.models import Version

NOTHING_USED = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": None}


def run_json(run: Run) -> dict[str, Any]:
    """A run as every API gives it."""
    return {
        "id": str(run.pk),
        "status": run.status,
        "answer": run.answer,
        "outputs": run.outputs,
        "error": run.error,
        "usage": run.usage or NOTHING_USED,
        "sources": run.sources or [],
        "files": files_along(run.outputs),
        "handled_errors": run.handled_errors,
        "conversation_id": str(run.conversation_id) if run.conversation_id else None,
        "origin": run.origin,
        "created_at": stamp(run.created_at),
        "finished_at": stamp(run.finished_at),
    }


def state_json(run: Run, *, is_behind: bool = False) -> dict[str, Any]:
    """What the run is doing at the moment and why, as `state_of` says it."""
    state = state_of(run, timezone.now(), is_behind=is_behind)
    return {**state, "since": stamp(state["since"]), "until": stamp(state["until"])}


def elapsed_ms(run: Run) -> int | None:
    """How long the run took from its start to its end, waiting included; None before that."""
    if run.finished_at is None:
        return None
    return round((run.finished_at - (run.started_at or run.created_at)).total_seconds() * 1000)


def ahead_of(
    workspace_id: UUID, pk: UUID | OuterRef, conversation: UUID | OuterRef | None, turn: int | OuterRef | None
) -> QuerySet[Run]:
    """The runs for whose end or waiting a run of their conversation is left alone, as workers see it."""
    others = Run.objects.for_workspace(workspace_id).filter(conversation_id=conversation).exclude(pk=pk)
    return others.filter(Q(status=RunStatus.RUNNING) | Q(status=RunStatus.QUEUED, turn__lt=turn))


def run_with_events(run: Run) -> dict[str, Any]:
    """A run as its members see it: with the graph it ran on, and its journal."""
    rows = Event.objects.filter(run=run).order_by("seq").values_list("seq", "type", "path", "at", "data")
    events = [event_entry(*row).body for row in rows]
    is_behind = (
        run.conversation_id is not None
        and not run.is_final
        and ahead_of(run.workspace_id, run.pk, run.conversation_id, run.turn).exists()
    )
    return {
        **run_json(run),
        "origin": shown_origins(run.workspace_id, [run]).get(run.pk),
        "query": run.query,
        "state": state_json(run, is_behind=is_behind),
        "recoveries": run.recoveries,
        "rated": rating_json(rating_of(run)),
        "elapsed_ms": elapsed_ms(run),
        "workflow_id": str(run.workflow_id),
        "version": {"id": str(run.version_id), "number": run.version.number},
        "graph": run.version.graph,
        "workflows": _used(run, next((e["data"] for e in events if e["type"] == "run_started"), {})),
        "events": events,
    }


def used_workflows(run: Run) -> dict[str, dict[str, Any]]:
    """The apps that run inside this run, without the rest of it; none before a worker has taken it up."""
    started = Event.objects.filter(run=run, type="run_started").order_by("seq").values_list("data", flat=True)
    return _used(run, started.first() or {})


def _used(run: Run, started: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The apps that ran inside this run, by `<id>@<latest or number>`; those deleted since are left out."""
    found = started.get("workflows") or {}
    if not found:
        return {}
    rows = Version.objects.for_workspace(run.workspace_id).filter(pk__in=set(found.values()))
    known = {str(row.pk): row for row in rows.select_related("workflow")}
    return {
        key: {
            "workflow_id": str(known[version].workflow_id),
            "name": known[version].workflow.name,
            "number": known[version].number,
            "graph": known[version].graph,
        }
        for key, version in found.items()
        if version in known
    }


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """What was said in a conversation, in order. A message carries what became of its run; an answer also
    its sources, the files that it gave along, why it broke off, and what the one who asked thought of it."""
    rows = conversation.messages.order_by("position").values_list(
        "role",
        "text",
        "run_id",
        "run__status",
        "run__sources",
        "run__error",
        "run__outputs",
        "run__rating__is_good",
    )
    return {
        "id": str(conversation.pk),
        "messages": [
            {
                "role": role,
                "text": text,
                "run_id": str(run_id),
                "status": status,
                "sources": sources or [] if role == "assistant" else [],
                "files": files_along(outputs) if role == "assistant" else [],
                "error": error if role == "assistant" else None,
                "rating": thought_of(is_good) if role == "assistant" else None,
            }
            for role, text, run_id, status, sources, error, outputs, is_good in rows
        ],
    }


def stamp(at: datetime | None) -> str | None:
    """A time as it travels: ISO 8601, UTC, with a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None

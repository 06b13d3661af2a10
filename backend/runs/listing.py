"""The list of an app's runs: page by page, newest first, of all kinds or of one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final, Literal

from django.db.models import Exists, OuterRef, Q

from backend.accounts.errors import not_found
from backend.runs.models import FINAL, Run, RunStatus
from backend.runs.origins import shown_origins
from backend.runs.views_of_run import NOTHING_USED, ahead_of, elapsed_ms, stamp, state_json

Only = Literal["", "open", "waiting", "succeeded", "failed", "stopped", "recovered", "bad"]

_ONLY: Final[dict[str, Q]] = {
    "": Q(),
    "open": ~Q(status__in=FINAL),
    "waiting": Q(status=RunStatus.WAITING),
    "succeeded": Q(status=RunStatus.SUCCEEDED),
    "failed": Q(status__in=[RunStatus.FAILED, RunStatus.TIMED_OUT]),
    "stopped": Q(status=RunStatus.CANCELLED),
    "recovered": Q(recoveries__gt=0),
    "bad": Q(rating__is_good=False),
}
_SHOWN: Final = 300  # characters of a message


def page_of_runs(
    workspace_id: uuid.UUID, workflow_id: uuid.UUID, *, only: Only, before: uuid.UUID | None, limit: int
) -> dict[str, Any]:
    """{"runs": [...], "next"}: `next` is the `before` of the page after it, None on the last.

    Raises ApiError 404 when `before` is no run of this app.
    """
    rows = Run.objects.for_workspace(workspace_id).filter(workflow_id=workflow_id)
    if before is not None:
        last = rows.filter(pk=before).values_list("created_at", flat=True).first()
        if last is None:
            raise not_found("This run")
        rows = rows.filter(Q(created_at__lt=last) | Q(created_at=last, pk__lt=before))
    ahead = ahead_of(workspace_id, OuterRef("pk"), OuterRef("conversation_id"), OuterRef("turn"))
    found: Sequence[Run] = list(
        rows.filter(_ONLY[only])
        .select_related("version")
        .defer("version__graph", "version__answer_plan", "history", "outputs", "sources", "trial")
        .annotate(is_behind=Exists(ahead))
        .order_by("-created_at", "-pk")[: limit + 1]
    )
    shown = found[:limit]
    origins = shown_origins(workspace_id, shown)
    return {
        "runs": [{**_summary(run), "origin": origins.get(run.pk)} for run in shown],
        "next": str(shown[-1].pk) if len(found) > limit else None,
    }


def _summary(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "status": run.status,
        "state": state_json(run, is_behind=bool(getattr(run, "is_behind", False))),
        "query": run.query[:_SHOWN],
        "answer": run.answer[:_SHOWN],
        "audience": run.audience,
        "version": run.version.number,
        "error": run.error,
        "usage": run.usage or NOTHING_USED,
        "handled_errors": run.handled_errors,
        "recoveries": run.recoveries,
        "conversation_id": str(run.conversation_id) if run.conversation_id else None,
        "created_at": stamp(run.created_at),
        "finished_at": stamp(run.finished_at),
        "elapsed_ms": elapsed_ms(run),
    }

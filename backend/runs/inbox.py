"""All that waits for a person in a workspace: questions, and steps of which nobody knows what became."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from backend.runs.answers import ASKED
from backend.runs.asks import form_of
from backend.runs.models import FINAL, Wait
from backend.runs.views_of_run import stamp

FOR_PEOPLE: Final = (ASKED, "outcome_unknown")
_SHOWN: Final = 300  # characters of a message


def page_of_inbox(workspace_id: UUID, *, after: int | None, limit: int) -> dict[str, Any]:
    """{"items", "count", "next"}: the longest wait comes first. `next` is the `after` of the next page."""
    waits = (
        Wait.objects.for_workspace(workspace_id)
        # A template that somebody tries asks them where they try it.
        .filter(reason__in=FOR_PEOPLE, run__workspace_id=workspace_id, run__workflow__is_hidden=False)
        .exclude(run__status__in=FINAL)
    )
    rows = waits if after is None else waits.filter(pk__gt=after)
    found = list(
        rows.select_related("run__workflow")
        .only(
            "path", "reason", "about", "since", "until", "run__query", "run__audience",
            "run__pause_requested_at", "run__workflow__name",
        )
        .order_by("pk")[: limit + 1]
    )  # fmt: skip
    shown = found[:limit]
    return {
        "items": [_item(wait) for wait in shown],
        "count": waits.count(),
        "next": shown[-1].pk if len(found) > limit else None,
    }


def _item(wait: Wait) -> dict[str, Any]:
    run = wait.run
    return {
        "id": wait.pk,
        "reason": wait.reason,
        "run_id": str(run.pk),
        "workflow_id": str(run.workflow_id),
        "app": run.workflow.name,
        "query": run.query[:_SHOWN],
        "audience": run.audience,
        "is_paused": run.pause_requested_at is not None,
        "path": wait.path,
        "title": str(wait.about.get("title") or ""),
        "who": "team" if wait.about.get("who") == "team" else "visitor",
        "ask": form_of(wait) if wait.reason == ASKED else None,
        "since": stamp(wait.since),
        "until": stamp(wait.until),
    }

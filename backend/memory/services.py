"""Looking at what an app remembers about its people, and forgetting it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from backend.accounts.audit import audit
from backend.accounts.models import User
from backend.memory.models import Memory
from backend.runs.models import Audience
from backend.runs.views_of_run import stamp
from backend.workflows.models import Workflow

MOST_PEOPLE: Final = 200


def memories_of(*, workspace_id: uuid.UUID, workflow_id: uuid.UUID) -> QuerySet[Memory]:
    """What an app remembers, about whomever."""
    return Memory.objects.for_workspace(workspace_id).filter(workflow_id=workflow_id)


def people(rows: QuerySet[Memory]) -> list[dict[str, Any]]:
    """Who is remembered, those of whom something was said last first; at most MOST_PEOPLE of them.

    `name` is that of a member who tried the app; of others nobody knows one but what their program gave.
    """
    found = list(
        rows.values("audience", "audience_ref")
        .annotate(count=Count("pk"), last=Max("said_at"))
        .order_by("-last", "audience_ref")[:MOST_PEOPLE]
    )
    members = _names([one["audience_ref"] for one in found if one["audience"] == Audience.MEMBER])
    return [
        {
            "audience": one["audience"],
            "ref": one["audience_ref"],
            "name": members.get(one["audience_ref"], ""),
            "count": one["count"],
            "last": one["last"],
        }
        for one in found
    ]


def memory_json(row: Memory) -> dict[str, Any]:
    """A memory as its person may see it."""
    return {"id": str(row.pk), "name": row.name, "text": row.text, "said_at": stamp(row.said_at)}


def forget(rows: QuerySet[Memory], workflow: Workflow) -> int:
    """Deletes these memories of the app, and says how many there were; the log does not tell their words."""
    with transaction.atomic():
        count, _ = rows.delete()
        if count:
            audit("memory.forgotten", workflow, workflow.name, memories=count)
    return count


def _names(user_ids: list[str]) -> Mapping[str, str]:
    ids = [found for text in user_ids if (found := _as_uuid(text)) is not None]
    rows = User.objects.filter(pk__in=ids).values_list("pk", "name", "email")
    return {str(pk): name or email for pk, name, email in rows}


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

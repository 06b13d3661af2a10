"""/api/audit: what was done in the workspace, by whom, for its owners to read. Nothing changes a row."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict

from backend.accounts.audit import ACTIONS
from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer
from backend.accounts.errors import ApiError
from backend.accounts.models import AuditEntry

router = Router(tags=["audit"])
_owner = ConsoleAuth("owner")

MOST_LISTED = 200
HIGHEST_ID = 2**62
GROUPS = sorted({action.partition(".")[0] for action in ACTIONS})


class AuditEntryAnswer(Answer):
    """One thing that was done. `who` is the person's address then; `thing` what the thing was called."""

    id: int
    at: datetime
    action: str
    who_id: uuid.UUID | None
    who: str
    thing_id: str
    thing: str
    details: dict[str, Any]
    address: str | None
    request_id: str


class AuditAnswer(Answer):
    """A page of the log, the newest first. `next` is the `before` of the page after it, if there is one."""

    entries: list[AuditEntryAnswer]
    next: int | None
    groups: list[str]


class AuditFilter(BaseModel):
    """Which entries. `group` is the part of an action before its dot."""

    model_config = ConfigDict(extra="ignore")

    group: str | None = None
    who_id: uuid.UUID | None = None
    thing_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@router.get("/audit", auth=_owner, response=AuditAnswer)
def list_audit(
    request: HttpRequest,
    only: Query[AuditFilter],
    before: int | None = Query(None, ge=1, le=HIGHEST_ID),
    limit: int = Query(50, ge=1, le=MOST_LISTED),
) -> dict:
    """What was done in the workspace."""
    rows = AuditEntry.objects.for_workspace(request.auth.workspace_id)
    if only.group:
        if only.group not in GROUPS:
            raise ApiError(422, "bad_field", f"There is no group {only.group[:40]!r}.", field="group")
        rows = rows.filter(action__startswith=f"{only.group}.")
    if only.who_id:
        rows = rows.filter(who_id=only.who_id)
    if only.thing_id:
        rows = rows.filter(thing_id=only.thing_id[:64])
    if only.since:
        rows = rows.filter(at__gte=_moment(only.since, "since"))
    if only.until:
        rows = rows.filter(at__lt=_moment(only.until, "until"))
    if before:
        rows = rows.filter(id__lt=before)
    page = list(rows.order_by("-id")[: limit + 1])
    return {
        "entries": page[:limit],
        "next": page[limit - 1].id if len(page) > limit else None,
        "groups": GROUPS,
    }


def _moment(time: datetime, field: str) -> datetime:
    """The time in UTC, which is meant where no zone is named. Raises ApiError 422 beyond the calendar."""
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise ApiError(422, "bad_field", "There is no such day in the calendar.", field=field) from None

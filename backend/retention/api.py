"""/api/retention: how long the workspace keeps its runs, what would go, and deleting it now."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.retention import services
from backend.retention.cut import Wanted, find_cut, least_days, wanted_by
from backend.retention.preview import preview

router = Router(tags=["retention"])
_owner = ConsoleAuth("owner")


class ClearingFigures(Answer):
    """How much of each kind: goes, or has gone so far."""

    runs: int = 0
    facts: int = 0
    messages: int = 0
    conversations: int = 0
    files: int = 0
    values: int = 0
    versions: int = 0
    streams: int = 0
    bytes: int = 0


class ClearingAnswer(Answer):
    """A round of deleting. `is_asked`: by a person; else it was time."""

    id: UUID
    state: Literal["working", "stopping", "done", "cancelled"]
    is_asked: bool
    expected: ClearingFigures
    done: ClearingFigures
    created_at: datetime
    ended_at: datetime | None


class RetentionAnswer(Answer):
    """What is kept at most; null: all. A run is kept for `least_days` after its end in any case."""

    runs_days: int | None
    runs_mb: int | None
    least_days: int
    clearing: ClearingAnswer | None


class RetentionChange(Body):
    """What is to be kept at most from now on; null: all."""

    runs_days: int | None
    runs_mb: int | None


class AppPreview(Answer):
    """What would go of one app. `name` is empty for runs of no app, such as tests of a model."""

    workflow_id: str
    name: str
    runs: int
    oldest: datetime
    newest: datetime
    bytes: int


class KeptAnswer(Answer):
    """The ended runs that would stay."""

    runs: int
    bytes: int


class PreviewAnswer(ClearingFigures):
    """What would go. `streams` is null while Redis is away.

    Runs that ended before `runs_before` would: that is the later of `by_age` and `by_size`. `still_over` is
    by how many bytes more than wanted would be left, for being too young to go.
    """

    streams: int | None
    runs_before: datetime | None
    by_age: datetime | None
    by_size: datetime | None
    still_over: int
    conversations_shortened: int
    apps: list[AppPreview]
    kept: KeptAnswer


@router.get("/retention", response=RetentionAnswer)
def get_retention(request: HttpRequest) -> dict:
    """What the workspace keeps, and the newest round of deleting."""
    return _shown(request.auth.workspace_id)


@router.put("/retention", auth=_owner, response={200: RetentionAnswer, 422: ErrorAnswer})
def put_retention(request: HttpRequest, body: RetentionChange) -> dict:
    """Says what is kept. Workers delete the rest within the hour, or at once by `POST /api/retention/run`."""
    services.change_retention(request.auth.workspace_id, Wanted(**body.model_dump()))
    return _shown(request.auth.workspace_id)


@router.get("/retention/preview", auth=_owner, response={200: PreviewAnswer, 422: ErrorAnswer})
def preview_retention(
    request: HttpRequest,
    runs_days: int | None = Query(None, ge=0, le=2**31),
    runs_mb: int | None = Query(None, ge=0, le=2**31),
) -> dict:
    """What would go if this were kept at most; without either, by what is kept now. Changes nothing."""
    workspace_id = request.auth.workspace_id
    asked = Wanted(runs_days, runs_mb)
    wanted = wanted_by(workspace_id) if asked.is_nothing else services.check(asked)
    return preview(workspace_id, find_cut(workspace_id, wanted))


@router.post("/retention/run", auth=_owner, response={202: ClearingAnswer, 409: ErrorAnswer})
def run_retention(request: HttpRequest) -> Status:
    """Deletes now what is not to be kept; a worker does it, `GET /api/retention` tells how far it is."""
    row = services.start_clearing(request.auth.workspace_id, is_asked=True)
    return Status(202, services.clearing_json(row))


@router.post("/retention/cancel", auth=_owner, response={202: ClearingAnswer, 409: ErrorAnswer})
def cancel_retention(request: HttpRequest) -> Status:
    """Stops deleting. What is gone is gone."""
    row = services.cancel_clearing(request.auth.workspace_id)
    return Status(202, services.clearing_json(row))


def _shown(workspace_id: UUID) -> dict:
    wanted = wanted_by(workspace_id)
    return {
        "runs_days": wanted.runs_days,
        "runs_mb": wanted.runs_mb,
        "least_days": least_days(),
        "clearing": services.clearing_json(services.last_clearing(workspace_id)),
    }

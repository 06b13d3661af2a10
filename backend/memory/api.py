"""/api/workflows/{id}/memories: what an app remembers about the people it talks to."""

import uuid
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest
from ninja import Router, Status

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, ErrorAnswer
from backend.accounts.errors import not_found
from backend.accounts.models import Role
from backend.memory import services
from backend.runs.models import Audience
from backend.workflows.models import Workflow

router = Router(tags=["memories"])
_editor = ConsoleAuth("editor")


class PersonAnswer(Answer):
    """Someone whom the app remembers. `name` is known of members alone."""

    audience: Audience
    ref: str
    name: str
    count: int
    last: datetime


class PeopleAnswer(Answer):
    """Whom the app remembers, the latest first."""

    people: list[PersonAnswer]


class MemoryAnswer(Answer):
    """One thing that is remembered, and in which run it was said last."""

    id: uuid.UUID
    name: str
    text: str
    said_at: datetime
    run_id: uuid.UUID


class MemoriesAnswer(Answer):
    """What is remembered about one person, what was said last first."""

    memories: list[MemoryAnswer]


@router.get(
    "/workflows/{uuid:workflow_id}/memories/people",
    response={200: PeopleAnswer, 404: ErrorAnswer},
)
def list_people(request: HttpRequest, workflow_id: uuid.UUID) -> dict:
    """Whom the app remembers."""
    workflow = _workflow(request, workflow_id)
    return {"people": services.people(_seen(request, workflow))}


@router.get("/workflows/{uuid:workflow_id}/memories", response={200: MemoriesAnswer, 404: ErrorAnswer})
def list_memories(
    request: HttpRequest, workflow_id: uuid.UUID, audience: Audience = Audience.VISITOR, ref: str = ""
) -> dict:
    """What the app remembers about one person."""
    rows = _seen(request, _workflow(request, workflow_id)).filter(audience=audience, audience_ref=ref)
    return {"memories": list(rows.order_by("-said_at", "-pk"))}


@router.delete("/workflows/{uuid:workflow_id}/memories", auth=_editor, response={204: None, 404: ErrorAnswer})
def forget_person(
    request: HttpRequest, workflow_id: uuid.UUID, audience: Audience = Audience.VISITOR, ref: str = ""
) -> Status:
    """Deletes all that the app remembers about one person."""
    workflow = _workflow(request, workflow_id)
    services.forget(_rows(workflow).filter(audience=audience, audience_ref=ref), workflow)
    return Status(204, None)


@router.delete(
    "/workflows/{uuid:workflow_id}/memories/{uuid:memory_id}",
    auth=_editor,
    response={204: None, 404: ErrorAnswer},
)
def forget_memory(request: HttpRequest, workflow_id: uuid.UUID, memory_id: uuid.UUID) -> Status:
    """Deletes one memory."""
    workflow = _workflow(request, workflow_id)
    if not services.forget(_rows(workflow).filter(pk=memory_id), workflow):
        raise not_found("This memory")
    return Status(204, None)


def _rows(workflow: Workflow) -> services.QuerySet[services.Memory]:
    return services.memories_of(workspace_id=workflow.workspace_id, workflow_id=workflow.pk)


def _seen(request: HttpRequest, workflow: Workflow) -> services.QuerySet[services.Memory]:
    """What this member may see: whoever only looks sees nothing of what other members said."""
    rows = _rows(workflow)
    if request.auth.may(Role.EDITOR):
        return rows
    return rows.exclude(Q(audience=Audience.MEMBER) & ~Q(audience_ref=request.auth.audience_ref))


def _workflow(request: HttpRequest, workflow_id: uuid.UUID) -> Workflow:
    found = Workflow.objects.for_people(request.auth.workspace_id).filter(pk=workflow_id).first()
    if found is None:
        raise not_found("This app")
    return found

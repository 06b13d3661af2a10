"""Console routes of publishing: publish, the publication's settings, and keys."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, StringConstraints

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.publish import services
from backend.publish.models import HIGHEST_LIMIT, LIMIT_FIELDS, Publication
from backend.workflows.models import Workflow
from backend.workflows.offers import PublicationAnswer

router = Router(tags=["publish"])
_owner = ConsoleAuth("owner")
_editor = ConsoleAuth("editor")

Limit = Annotated[int, Field(ge=1, le=HIGHEST_LIMIT)]
Suggestion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Website = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class PublishedVersionAnswer(Answer):
    """The version that was frozen."""

    id: uuid.UUID
    number: int
    created_at: datetime


class PublishAnswer(Answer):
    """What came of publishing. The key is there on the first time only, and never again."""

    version: PublishedVersionAnswer
    publication: PublicationAnswer
    api_key: str | None


class KeyAnswer(Answer):
    """A key without what makes it one."""

    id: uuid.UUID
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class KeysAnswer(Answer):
    """The keys of an app."""

    keys: list[KeyAnswer]


class NewKeyAnswer(Answer):
    """A new key, with its text, once."""

    key: KeyAnswer
    api_key: str


class PublishBody(Body):
    """What to say about the new version."""

    note: str = Field("", max_length=500)


class PublicationBody(Body):
    """Settings to change; those left out stay."""

    slug: str | None = Field(None, max_length=50)
    is_enabled: bool | None = None
    allow_system_text: bool | None = None
    suggestions: list[Suggestion] | None = Field(None, max_length=8)
    is_on_websites: bool | None = None
    websites: list[Website] | None = Field(None, max_length=50)
    requests_per_minute_visitor: Limit | None = None
    requests_per_minute_key: Limit | None = None
    requests_per_minute_app: Limit | None = None
    tokens_per_day_visitor: Limit | None = None
    tokens_per_day_key: Limit | None = None
    tokens_per_day_app: Limit | None = None


class KeyBody(Body):
    """A new key's name."""

    name: Name = "Key"


@router.post(
    "/workflows/{uuid:workflow_id}/publish",
    auth=_editor,
    response={200: PublishAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def publish(request: HttpRequest, workflow_id: uuid.UUID, body: PublishBody) -> dict[str, object]:
    """Freezes the draft and offers it at its address. Only an owner is given the first key."""
    published = services.publish_workflow(
        workflow=_workflow(request, workflow_id),
        by=request.auth.user,
        note=body.note,
        with_key=request.auth.may("owner"),
    )
    return {
        "version": published.version,
        "publication": services.publication_json(published.publication),
        "api_key": published.api_key,
    }


@router.get("/workflows/{uuid:workflow_id}/publication", response={200: PublicationAnswer, 404: ErrorAnswer})
def get_publication(request: HttpRequest, workflow_id: uuid.UUID) -> dict[str, object]:
    """Where and how the app is offered; 404 while it is not."""
    return services.publication_json(_publication(request, workflow_id))


@router.patch(
    "/workflows/{uuid:workflow_id}/publication",
    auth=_editor,
    response={200: PublicationAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def change_publication(
    request: HttpRequest, workflow_id: uuid.UUID, body: PublicationBody
) -> dict[str, object]:
    """Changes the settings that are given. Limits, which cost money, are for owners."""
    changes = body.model_dump(exclude_none=True)
    if not changes.keys().isdisjoint(LIMIT_FIELDS):
        _owner(request)
    publication = _publication(request, workflow_id)
    return services.publication_json(services.change_publication(publication, changes))


@router.get("/workflows/{uuid:workflow_id}/keys", auth=_editor, response={200: KeysAnswer, 404: ErrorAnswer})
def list_keys(request: HttpRequest, workflow_id: uuid.UUID) -> dict[str, object]:
    """The app's keys, without their texts."""
    return {"keys": list(services.keys_of(_workflow(request, workflow_id)))}


@router.post(
    "/workflows/{uuid:workflow_id}/keys",
    auth=_owner,
    response={201: NewKeyAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def create_key(request: HttpRequest, workflow_id: uuid.UUID, body: KeyBody) -> Status:
    """A new key for a published app. Its text is in this answer and nowhere else."""
    publication = _publication(request, workflow_id)
    key, text = services.create_key(publication.workflow, name=body.name)
    return Status(201, {"key": key, "api_key": text})


@router.delete(
    "/workflows/{uuid:workflow_id}/keys/{uuid:key_id}",
    auth=_owner,
    response={204: None, 404: ErrorAnswer},
)
def revoke_key(request: HttpRequest, workflow_id: uuid.UUID, key_id: uuid.UUID) -> Status:
    """Makes a key useless from now on."""
    services.revoke_key(_workflow(request, workflow_id), key_id)
    return Status(204, None)


def _workflow(request: HttpRequest, workflow_id: uuid.UUID) -> Workflow:
    found = Workflow.objects.for_people(request.auth.workspace_id).filter(pk=workflow_id).first()
    if found is None:
        raise not_found("This app")
    return found


def _publication(request: HttpRequest, workflow_id: uuid.UUID) -> Publication:
    workflow = _workflow(request, workflow_id)
    found = (
        Publication.objects.for_workspace(request.auth.workspace_id)
        .filter(workflow=workflow)
        .select_related("version", "workflow")
        .first()
    )
    if found is None:
        raise ApiError(404, "not_published", "This app is not published yet.", hint="Press Publish first.")
    return found

"""/api/secrets: names and hosts of what is kept, and where it is used. Values go in and never come out."""

import uuid
from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from backend.accounts import workspace_secrets
from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.accounts.models import Secret
from backend.workflows.secret_uses import uses_of_secrets

router = Router(tags=["secrets"])
_owner = ConsoleAuth("owner")
_editor = ConsoleAuth("editor")


class SecretUseAnswer(Answer):
    """An app that names the secret; `is_published` if visitors' runs use it."""

    id: uuid.UUID
    name: str
    is_published: bool


class SecretAnswer(Answer):
    """A secret without its value; `is_database` if that is the address of a PostgreSQL database."""

    id: uuid.UUID
    name: str
    hosts: list[str]
    is_database: bool
    created_at: datetime
    changed_at: datetime
    uses: list[SecretUseAnswer]


class SecretsAnswer(Answer):
    """All secrets of the workspace."""

    secrets: list[SecretAnswer]


class NewSecret(Body):
    """A value, the name it is kept under, and the hosts it may go to."""

    name: str = Field(min_length=1, max_length=100)
    value: str = Field(min_length=1, max_length=10_000)
    hosts: list[str] = Field(max_length=100)


class SecretReplacement(Body):
    """Another value, other hosts, or both. Without a value the hosts can only become fewer."""

    value: str | None = Field(None, max_length=10_000)
    hosts: list[str] = Field(max_length=100)


@router.get("/secrets", auth=_editor, response=SecretsAnswer)
def list_secrets(request: HttpRequest) -> dict:
    """The workspace's secrets by name, without their values."""
    rows = Secret.objects.for_workspace(request.auth.workspace_id).order_by("name")
    uses = uses_of_secrets(request.auth.workspace_id)
    return {"secrets": [_shown(row, uses.get(row.name, [])) for row in rows]}


@router.post("/secrets", auth=_owner, response={201: SecretAnswer, 409: ErrorAnswer, 422: ErrorAnswer})
def add_secret(request: HttpRequest, body: NewSecret) -> Status:
    """Keeps a secret. From now on its value can be used and replaced, but not read."""
    secret = workspace_secrets.add_secret(workspace_id=request.auth.workspace_id, **body.model_dump())
    return Status(201, _shown(secret, uses_of_secrets(request.auth.workspace_id).get(secret.name, [])))


@router.put(
    "/secrets/{uuid:secret_id}",
    auth=_owner,
    response={200: SecretAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def replace_secret(request: HttpRequest, secret_id: uuid.UUID, body: SecretReplacement) -> dict:
    """Replaces a secret's value, its hosts, or both."""
    secret = workspace_secrets.replace_secret(_find(request, secret_id), **body.model_dump())
    return _shown(secret, uses_of_secrets(request.auth.workspace_id).get(secret.name, []))


@router.delete("/secrets/{uuid:secret_id}", auth=_owner, response={204: None, 404: ErrorAnswer})
def remove_secret(request: HttpRequest, secret_id: uuid.UUID) -> Status:
    """Deletes a secret. Steps that name it fail until there is one of that name again."""
    workspace_secrets.remove_secret(_find(request, secret_id))
    return Status(204, None)


def _find(request: HttpRequest, secret_id: uuid.UUID) -> Secret:
    found = Secret.objects.for_workspace(request.auth.workspace_id).filter(pk=secret_id).first()
    if found is None:
        raise not_found("This secret")
    return found


def _shown(row: Secret, uses: list[dict]) -> dict:
    return {
        "id": row.pk,
        "name": row.name,
        "hosts": row.hosts,
        "is_database": workspace_secrets.leads_to_database(row),
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "uses": uses,
    }

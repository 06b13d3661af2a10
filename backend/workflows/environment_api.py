"""/api/environment: values that all apps of the workspace may use by name, and which apps do."""

import uuid
from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, JsonValue

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.workflows import environment
from backend.workflows.environment_uses import uses_of_variables
from backend.workflows.models import EnvironmentVariable
from nodes.sdk.environment import EnvKind

router = Router(tags=["environment"])
_owner = ConsoleAuth("owner")
_editor = ConsoleAuth("editor")


class VariableUseAnswer(Answer):
    """An app that names the variable; `is_published` if visitors' runs use it."""

    id: uuid.UUID
    name: str
    is_published: bool


class EnvironmentVariableAnswer(Answer):
    """One environment variable. `value` is of the kind that `type` says."""

    id: uuid.UUID
    name: str
    type: EnvKind
    value: JsonValue
    description: str
    created_at: datetime
    changed_at: datetime
    uses: list[VariableUseAnswer]


class EnvironmentAnswer(Answer):
    """All environment variables of the workspace."""

    variables: list[EnvironmentVariableAnswer]


class NewEnvironmentVariable(Body):
    """A value, its kind, and the name by which apps use it."""

    name: str = Field(min_length=1, max_length=100)
    type: EnvKind
    value: JsonValue
    description: str = Field("", max_length=300)


class EnvironmentVariableChange(Body):
    """Another value, kind or description. The name stays: apps use it."""

    type: EnvKind
    value: JsonValue
    description: str = Field("", max_length=300)


@router.get("/environment", auth=_editor, response=EnvironmentAnswer)
def list_variables(request: HttpRequest) -> dict:
    """The workspace's environment variables by name."""
    rows = EnvironmentVariable.objects.for_workspace(request.auth.workspace_id).order_by("name")
    uses = uses_of_variables(request.auth.workspace_id)
    return {"variables": [_shown(row, uses.get(row.name, [])) for row in rows]}


@router.post(
    "/environment",
    auth=_owner,
    response={201: EnvironmentVariableAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_variable(request: HttpRequest, body: NewEnvironmentVariable) -> Status:
    """Keeps a value under a new name."""
    row = environment.add_variable(workspace_id=request.auth.workspace_id, **body.model_dump())
    return Status(201, _shown(row, uses_of_variables(row.workspace_id).get(row.name, [])))


@router.put(
    "/environment/{uuid:variable_id}",
    auth=_owner,
    response={200: EnvironmentVariableAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def change_variable(request: HttpRequest, variable_id: uuid.UUID, body: EnvironmentVariableChange) -> dict:
    """Changes a variable. Runs that have begun keep the old value."""
    row = _find(request, variable_id)
    environment.change_variable(row, **body.model_dump())
    return _shown(row, uses_of_variables(row.workspace_id).get(row.name, []))


@router.delete("/environment/{uuid:variable_id}", auth=_owner, response={204: None, 404: ErrorAnswer})
def remove_variable(request: HttpRequest, variable_id: uuid.UUID) -> Status:
    """Deletes a variable. Steps that name it fail in runs that begin from now on."""
    environment.remove_variable(_find(request, variable_id))
    return Status(204, None)


def _find(request: HttpRequest, variable_id: uuid.UUID) -> EnvironmentVariable:
    row = EnvironmentVariable.objects.for_workspace(request.auth.workspace_id).filter(pk=variable_id).first()
    if row is None:
        raise not_found("This information")
    return row


def _shown(row: EnvironmentVariable, uses: list[dict]) -> dict:
    return {
        "id": row.pk,
        "name": row.name,
        "type": row.type,
        "value": row.value,
        "description": row.description,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "uses": uses,
    }

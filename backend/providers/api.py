"""/api/models: which models there are, connecting one, and the default."""

import uuid
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, StringConstraints

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.providers import services
from backend.providers.known import PROVIDERS
from backend.providers.models import ModelConnection
from backend.providers.probe import probe_model

router = Router(tags=["models"])
_owner = ConsoleAuth("owner")  # a connection spends money and holds a secret

ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ModelAnswer(Answer):
    """A model that nodes can name by its id. `connection` is the name of where it comes from."""

    id: str
    title: str
    kind: Literal["chat"]
    is_practice: bool
    connection: str | None


class ConnectionAnswer(Answer):
    """A connection, without its key."""

    id: uuid.UUID
    name: str
    kind: Literal["litellm", "openai_compatible"]
    provider: str
    base_url: str
    models: list[str]
    is_ready: bool


class ProviderAnswer(Answer):
    """A provider one can connect, and what that needs."""

    id: str
    title: str
    needs: list[Literal["api_key", "base_url"]]


class ModelsAnswer(Answer):
    """All that the page Models shows."""

    models: list[ModelAnswer]
    default: str
    connections: list[ConnectionAnswer]
    providers: list[ProviderAnswer]


class NewConnection(Body):
    """What a connection needs; the key is stored encrypted and never shown again."""

    name: str = Field(min_length=1, max_length=40)
    kind: Literal["litellm", "openai_compatible"]
    provider: str = Field("", max_length=40)
    base_url: str = Field("", max_length=500)
    api_key: str = Field("", max_length=2_000)
    models: list[ModelName] = Field(min_length=1, max_length=50)


class DefaultModel(Body):
    """The id of a model."""

    model: str = Field(min_length=1, max_length=300)


@router.get("/models", response=ModelsAnswer)
def list_models(request: HttpRequest) -> dict:
    """The models there are, the default, the connections, and the providers one can connect."""
    return _models(request.auth.workspace_id)


@router.post(
    "/models/connections",
    auth=_owner,
    response={201: ConnectionAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_connection(request: HttpRequest, body: NewConnection) -> Status:
    """Connects a model: saved, tested by one real question, and removed again if no answer comes."""
    connection = services.add_connection(workspace_id=request.auth.workspace_id, **body.model_dump())
    try:
        probe_model(connection.model_ids()[0], by=request.auth)
    except BaseException:
        services.remove_connection(connection)
        raise
    services.mark_ready(connection)
    return Status(201, _connection(connection))


@router.delete(
    "/models/connections/{uuid:connection_id}", auth=_owner, response={204: None, 404: ErrorAnswer}
)
def remove_connection(request: HttpRequest, connection_id: uuid.UUID) -> Status:
    """Removes a connection and its key."""
    rows = ModelConnection.objects.for_workspace(request.auth.workspace_id)
    connection = rows.filter(pk=connection_id).first()
    if connection is None:
        raise not_found("This connection")
    services.remove_connection(connection)
    return Status(204, None)


@router.put("/models/default", auth=_owner, response={200: ModelsAnswer, 422: ErrorAnswer})
def set_default(request: HttpRequest, body: DefaultModel) -> dict:
    """Sets the model that steps use when they name none."""
    services.set_default_model(request.auth.workspace_id, body.model)
    return _models(request.auth.workspace_id)


def _models(workspace_id: uuid.UUID) -> dict:
    rows = list(ModelConnection.objects.for_workspace(workspace_id).order_by("created_at"))
    practice = {
        "id": services.PRACTICE,
        "title": "Practice model: small, English",
        "kind": "chat",
        "is_practice": True,
        "connection": None,
    }
    connected = [
        {**practice, "id": model_id, "title": model, "is_practice": False, "connection": row.name}
        for row in rows
        if row.is_ready
        for model_id, model in zip(row.model_ids(), row.model_names, strict=True)
    ]
    return {
        "models": [practice, *connected],
        "default": services.default_model(workspace_id),
        "connections": [_connection(row) for row in rows],
        "providers": list(PROVIDERS),
    }


def _connection(row: ModelConnection) -> dict:
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "provider": row.provider,
        "base_url": row.base_url,
        "models": row.model_names,
        "is_ready": row.is_ready,
    }

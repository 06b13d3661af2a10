"""/api/models: which models there are, connecting one, the defaults, and testing."""

import copy
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.providers import rules, services, tool_checks
from backend.providers.fields import open_settings, secret_names
from backend.providers.known import COMPATIBLE_FIELDS, PRESETS, PROVIDERS
from backend.providers.local_api import local
from backend.providers.models import LOCAL, LocalModel, LocalState, ModelConnection, ModelRules, ToolCheck
from backend.providers.probe import probe_connection, probe_model
from backend.providers.schemas import (
    CheckedModel,
    ConnectionAnswer,
    ConnectionChange,
    DefaultModel,
    ModelsAnswer,
    ModelTest,
    NewConnection,
    NewRules,
    TestAnswer,
)

router = Router(tags=["models"])
router.add_router("", local)
_owner = ConsoleAuth("owner")  # a connection spends money and holds a secret


@router.get("/models", response=ModelsAnswer)
def list_models(request: HttpRequest) -> dict:
    """The models there are, the defaults, the connections, and the providers one can connect."""
    return _models(request.auth.workspace_id)


@router.post(
    "/models/connections",
    auth=_owner,
    response={201: ConnectionAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_connection(request: HttpRequest, body: NewConnection) -> Status:
    """Connects models: saved, one of each kind tested for real, and removed again if no answer comes."""
    connection = services.add_connection(workspace_id=request.auth.workspace_id, **body.model_dump())
    try:
        probe_connection(connection, by=request.auth)
    except BaseException:
        services.remove_connection(connection)
        raise
    services.mark_ready(connection)
    return Status(201, _connection(connection))


@router.patch(
    "/models/connections/{uuid:connection_id}",
    auth=_owner,
    response={200: ConnectionAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def change_connection(request: HttpRequest, connection_id: uuid.UUID, body: ConnectionChange) -> dict:
    """Changes a connection, tests it, and puts it back as it was if no answer comes."""
    connection = _find(request, connection_id)
    before = copy.copy(connection)
    services.change_connection(connection, **body.model_dump())
    try:
        probe_connection(connection, by=request.auth)
    except BaseException:
        services.restore_connection(connection, before)
        raise
    services.mark_ready(connection, action="model.changed")
    return _connection(connection)


@router.delete(
    "/models/connections/{uuid:connection_id}", auth=_owner, response={204: None, 404: ErrorAnswer}
)
def remove_connection(request: HttpRequest, connection_id: uuid.UUID) -> Status:
    """Removes a connection and its keys."""
    services.remove_connection(_find(request, connection_id))
    return Status(204, None)


@router.put("/models/default", auth=_owner, response={200: ModelsAnswer, 422: ErrorAnswer})
def set_default(request: HttpRequest, body: DefaultModel) -> dict:
    """Sets the model that steps use for a kind of work when they name none."""
    services.set_default_model(request.auth.workspace_id, body.model, body.kind)
    return _models(request.auth.workspace_id)


@router.put("/models/rules", auth=_owner, response={200: ModelsAnswer, 422: ErrorAnswer})
def set_rules(request: HttpRequest, body: NewRules) -> dict:
    """Says how much of a model may be used, what it costs, and which models stand in for it."""
    rules.set_rules(workspace_id=request.auth.workspace_id, **body.model_dump())
    return _models(request.auth.workspace_id)


@router.post("/models/tools/check", auth=_owner, response={200: ModelsAnswer, 422: ErrorAnswer})
def check_tools(request: HttpRequest, body: CheckedModel) -> dict:
    """Has a worker ask a model twenty questions that need tools; the answer to GET tells how far it is."""
    workspace_id = request.auth.workspace_id
    is_here = body.model == services.PRACTICE or body.model.startswith(f"{LOCAL}/")
    tool_checks.start_check(workspace_id=workspace_id, model=body.model, is_guided=is_here)
    return _models(workspace_id)


@router.post("/models/tools/cancel", auth=_owner, response={200: ModelsAnswer, 422: ErrorAnswer})
def cancel_tools_check(request: HttpRequest, body: CheckedModel) -> dict:
    """Stops the check of a model before its next question."""
    tool_checks.cancel_check(workspace_id=request.auth.workspace_id, model=body.model)
    return _models(request.auth.workspace_id)


@router.post("/models/test", auth=_owner, response={200: TestAnswer, 404: ErrorAnswer, 422: ErrorAnswer})
def test_model(request: HttpRequest, body: ModelTest) -> dict:
    """Asks a model, or the models of a saved connection, for real. 422 says why no answer came.

    A connection is ready or not by what its test gave.
    """
    if body.connection is None and not body.model:
        raise ApiError(422, "missing_field", "Say which model to test.", hint="Choose one.", field="model")
    if body.connection is None:
        for model in _model_rows(request.auth.workspace_id):
            if model["id"] == body.model:
                return {"tested": [probe_model(body.model, model["kind"], by=request.auth)]}
        raise not_found("This model")
    connection = _find(request, body.connection)
    try:
        tested = probe_connection(connection, by=request.auth)
    except ApiError:
        services.mark_tested(connection, False)
        raise
    services.mark_tested(connection, True)
    return {"tested": tested}


def _find(request: HttpRequest, connection_id: uuid.UUID) -> ModelConnection:
    rows = ModelConnection.objects.for_workspace(request.auth.workspace_id)
    connection = rows.filter(pk=connection_id).first()
    if connection is None:
        raise not_found("This connection")
    return connection


def _models(workspace_id: uuid.UUID) -> dict:
    rows = ModelConnection.objects.for_workspace(workspace_id).order_by("created_at")
    return {
        "models": _model_rows(workspace_id),
        "default": services.default_model(workspace_id),
        "kinds": [
            {"kind": kind, "default": services.default_model(workspace_id, kind)} for kind in services.TASKS
        ],
        "connections": [_connection(row) for row in rows],
        "providers": list(PROVIDERS),
        "compatible": list(COMPATIBLE_FIELDS),
        "presets": list(PRESETS),
        "rules": [_rules(row) for row in rules.rules_of(workspace_id).values()],
        "tool_checks": [_tool_check(row) for row in tool_checks.checks_of(workspace_id).values()],
    }


def _model_rows(workspace_id: uuid.UUID) -> list[dict[str, Any]]:
    practice = _model(services.PRACTICE, "Practice model: small, English", is_practice=True, is_local=True)
    embedder = _model(
        services.EMBEDDER, "Multilingual E5 small", kind=services.EMBEDDING, is_local=True, is_practice=False
    )
    files = LocalModel.objects.for_workspace(workspace_id).filter(state=LocalState.READY)
    connections = ModelConnection.objects.for_workspace(workspace_id).filter(is_ready=True)
    return [
        practice,
        embedder,
        *(_model(row.model_id, row.title, is_local=True) for row in files.order_by("created_at", "pk")),
        *(
            _model(f"{row.name}/{name}", name, kind=kind, connection=row.name)
            for row in connections.order_by("created_at")
            for kind in services.TASKS
            for name in services.names_for(row, kind)
        ),
    ]


def _model(model_id: str, title: str, **more: Any) -> dict[str, Any]:
    plain = {"kind": services.CHAT, "is_practice": False, "is_local": False, "connection": None}
    return {"id": model_id, "title": title, **plain, **more}


def _rules(row: ModelRules) -> dict[str, Any]:
    return {
        "model": row.model,
        "at_once": row.at_once,
        "requests_a_minute": row.requests_a_minute,
        "tokens_a_minute": row.tokens_a_minute,
        "prompt_price": row.prompt_price,
        "completion_price": row.completion_price,
        "unit_price": row.unit_price,
        "stand_ins": row.stand_ins,
    }


def _tool_check(row: ToolCheck) -> dict[str, Any]:
    fields = ("model", "state", "is_guided", "done", "fits", "right", "verdict", "error")
    return {**{name: getattr(row, name) for name in fields}, "total": tool_checks.QUESTIONS}


def _connection(row: ModelConnection) -> dict:
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "provider": row.provider,
        "base_url": row.base_url,
        "fields": open_settings(row),
        "filled": secret_names(row),
        "models": row.model_names,
        "embedding_models": row.embedding_names,
        "rerank_models": row.rerank_names,
        "transcription_models": row.transcription_names,
        "speech_models": row.speech_names,
        "image_models": row.image_names,
        "is_ready": row.is_ready,
    }

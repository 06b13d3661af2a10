"""Verbs of model connections, and what a worker asks: where a model is, and with which key."""

import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.sealed import seal, unseal
from backend.accounts.vault import VaultError
from backend.providers.known import BY_ID
from backend.providers.models import Kind, ModelConnection, WorkspaceModels
from nodes.sdk.errors import NodeError

PRACTICE = "practice"
EMBEDDER = "multilingual-e5-small"
MOST_CONNECTIONS = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")


@dataclass(frozen=True)
class ModelTarget:
    """Where a call to a model goes. `model` is the name the provider knows; the key is never printed."""

    id: str
    kind: str  # "practice", "embedder", "litellm" or "openai_compatible"
    model: str
    provider: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)


def lookup(workspace_id: uuid.UUID, model_id: str, task: str = "chat") -> ModelTarget:
    """Where the model `model_id` of a workspace is; "" is its default for the task, "chat" or "embedding".

    Raises NodeError `model_missing`.
    """
    model_id = model_id or (EMBEDDER if task == "embedding" else default_model(workspace_id))
    if model_id == PRACTICE:
        return ModelTarget(PRACTICE, PRACTICE, PRACTICE)
    if model_id == EMBEDDER:
        return ModelTarget(EMBEDDER, "embedder", EMBEDDER)
    name, _, model = model_id.partition("/")
    connection = None
    if _NAME.match(name):
        connection = ModelConnection.objects.for_workspace(workspace_id).filter(name=name).first()
    if connection is None or model not in connection.model_names:
        raise NodeError(
            "model_missing",
            f"The model {model_id!r} is not set up here.",
            "Choose another model in the step, or connect it on the page Models.",
        )
    return ModelTarget(
        id=model_id,
        kind=connection.kind,
        model=model,
        provider=connection.provider,
        base_url=connection.base_url,
        api_key=_open_key(connection),
    )


def default_model(workspace_id: uuid.UUID) -> str:
    """The id of the model that a workspace's nodes use when they name none."""
    row = WorkspaceModels.objects.for_workspace(workspace_id).first()
    return (row.default if row else "") or PRACTICE


def set_default_model(workspace_id: uuid.UUID, model_id: str) -> None:
    """Makes `model_id` the default. Raises ApiError 422 for a model that is not set up."""
    if model_id != PRACTICE and model_id not in known_models(workspace_id):
        raise ApiError(422, "model_missing", f"The model {model_id!r} is not set up here.", field="model")
    with transaction.atomic():
        row, _ = WorkspaceModels.objects.update_or_create(
            workspace_id=workspace_id, defaults={"default": model_id}
        )
        audit("model.default_changed", row, model_id)


def known_models(workspace_id: uuid.UUID) -> list[str]:
    """The ids of all models that are ready, besides the practice model."""
    ready = ModelConnection.objects.for_workspace(workspace_id).filter(is_ready=True).order_by("created_at")
    return [model_id for connection in ready for model_id in connection.model_ids()]


def add_connection(
    *,
    workspace_id: uuid.UUID,
    name: str,
    kind: str,
    models: list[str],
    provider: str = "",
    base_url: str = "",
    api_key: str = "",
) -> ModelConnection:
    """A new connection, not ready until it is tested. Raises ApiError 409 or 422."""
    _check_fields(name, kind, provider, base_url, api_key)
    if ModelConnection.objects.for_workspace(workspace_id).count() >= MOST_CONNECTIONS:
        raise ApiError(409, "too_many_connections", f"There are {MOST_CONNECTIONS} connections already.")
    connection = ModelConnection(
        workspace_id=workspace_id,
        name=name,
        kind=kind,
        provider=provider if kind == Kind.LITELLM else "",
        base_url=base_url.rstrip("/"),
        model_names=list(dict.fromkeys(models)),
    )
    if api_key:
        seal(connection, "key", api_key)
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError as error:
        message = f"There is a connection named {name!r} already."
        raise ApiError(409, "name_taken", message, hint="Choose another name.", field="name") from error
    return connection


def mark_ready(connection: ModelConnection) -> None:
    """Makes the connection's models ones to choose from: a test came back with an answer.

    Raises ApiError 404 when the connection was removed during the test.
    """
    with transaction.atomic():
        if not ModelConnection.objects.filter(pk=connection.pk).update(is_ready=True):
            raise not_found("This connection")
        audit(
            "model.connected",
            connection,
            connection.name,
            provider=connection.provider or connection.kind,
            base_url=connection.base_url,
        )
    connection.is_ready = True


def remove_connection(connection: ModelConnection) -> None:
    """Removes the connection and its key; a default that was one of its models becomes the practice model."""
    with transaction.atomic():
        WorkspaceModels.objects.for_workspace(connection.workspace_id).filter(
            default__in=connection.model_ids()
        ).update(default="")
        if connection.is_ready:  # else it was never there to be used
            audit("model.removed", connection, connection.name)
        connection.delete()


def _open_key(connection: ModelConnection) -> str:
    try:
        return unseal(connection, "key")
    except VaultError as error:
        raise NodeError(
            "model_auth",
            f"The key of the connection {connection.name!r} cannot be read any more.",
            "Remove the connection on the page Models and make it anew.",
        ) from error


def _check_fields(name: str, kind: str, provider: str, base_url: str, api_key: str) -> None:
    if not _NAME.match(name) or name == PRACTICE:
        raise ApiError(
            422,
            "bad_name",
            "A connection's name holds small letters, digits and hyphens, at most 40.",
            hint="For example: openai, or our-server.",
            field="name",
        )
    needs = ("base_url",) if kind == Kind.OPENAI_COMPATIBLE else _provider_needs(provider)
    if "base_url" in needs and not base_url:
        raise ApiError(422, "missing_field", "The address (base URL) is missing.", field="base_url")
    if "api_key" in needs and not api_key:
        raise ApiError(422, "missing_field", "The key is missing.", field="api_key")
    if base_url:
        _check_url(base_url)


def _provider_needs(provider: str) -> tuple[str, ...]:
    if provider not in BY_ID:
        raise ApiError(
            422,
            "unknown_provider",
            f"The provider {provider!r} is not one of those offered here.",
            hint="Connect it by its OpenAI-compatible address instead.",
            field="provider",
        )
    return BY_ID[provider].needs


def _check_url(base_url: str) -> None:
    """The form only. Where it leads is checked by the worker, at each call, when it is resolved."""
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.username or parts.password or parts.query or parts.fragment or " " in base_url:
        raise ApiError(
            422,
            "bad_address",
            "The address must look like https://host/v1, without a user name, ? or #.",
            field="base_url",
        )

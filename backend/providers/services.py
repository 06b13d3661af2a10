"""Verbs of model connections, and what a worker asks: where a model is, and with which key."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from backend.accounts.audit import audit
from backend.accounts.by_hand import first
from backend.accounts.errors import ApiError, not_found
from backend.accounts.vault import VaultError
from backend.providers.fields import (
    NAME,
    check_fields,
    check_name,
    fields_of,
    open_fields,
    open_settings,
    put_fields,
)
from backend.providers.files import path_of
from backend.providers.models import (
    LOCAL,
    Kind,
    LocalModel,
    LocalState,
    ModelConnection,
    ModelRules,
    ToolCheck,
    WorkspaceModels,
)
from backend.runs.sql import dialect
from nodes.sdk.errors import NodeError
from nodes.sdk.models import Task
from nodes.sdk.usual_models import none_usual

PRACTICE = "practice"
EMBEDDER = "multilingual-e5-small"
MOST_CONNECTIONS = 50

CHAT: Task = "chat"
EMBEDDING: Task = "embedding"
RERANK: Task = "rerank"
TRANSCRIPTION: Task = "transcription"
SPEECH: Task = "speech"
IMAGE: Task = "image"
TASKS: tuple[Task, ...] = (CHAT, EMBEDDING, RERANK, TRANSCRIPTION, SPEECH, IMAGE)
_COMES_ALONG: dict[Task, str] = {CHAT: PRACTICE, EMBEDDING: EMBEDDER}
_NAMES: dict[Task, str] = {
    CHAT: "model_names",
    EMBEDDING: "embedding_names",
    RERANK: "rerank_names",
    TRANSCRIPTION: "transcription_names",
    SPEECH: "speech_names",
    IMAGE: "image_names",
}
# By hand, as every call of a model passes here.
_CONNECTION = "SELECT * FROM providers_modelconnection WHERE workspace_id = %s AND name = %s"
_DEFAULTS = "SELECT * FROM providers_workspacemodels WHERE workspace_id = %s"
_COLUMN: dict[Task, str] = {CHAT: "default", **{task: task for task in TASKS[1:]}}


@dataclass(frozen=True)
class ModelTarget:
    """Where a call to a model goes. `model` is the name the provider knows; the keys are never printed.

    `options` are the further fields of a connection, such as a region. A "local" model is a file here:
    `model` is the id of its row in hex, `base_url` its path.
    """

    id: str
    kind: str  # "practice", "embedder", "local", "litellm" or "openai_compatible"
    model: str
    provider: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def lookup(workspace_id: uuid.UUID, model_id: str, task: Task = CHAT) -> ModelTarget:
    """Where the model `model_id` of a workspace is; "" is its default for the task.

    Raises NodeError `model_missing`.
    """
    model_id = model_id or default_model(workspace_id, task)
    if not model_id:
        raise none_usual(task)
    if model_id == PRACTICE:
        return ModelTarget(PRACTICE, PRACTICE, PRACTICE)
    if model_id == EMBEDDER:
        return ModelTarget(EMBEDDER, "embedder", EMBEDDER)
    name, _, model = model_id.partition("/")
    if name == LOCAL:
        return _local_target(workspace_id, model_id, model)
    connection = None
    if NAME.match(name):
        connection = first(ModelConnection, _CONNECTION, [dialect().uuid(workspace_id), name])
    if connection is None or model_id not in connection.model_ids():
        raise _missing(model_id)
    fields = _open(connection)
    return ModelTarget(
        id=model_id,
        kind=connection.kind,
        model=model,
        provider=connection.provider,
        base_url=fields.pop("base_url", ""),
        api_key=fields.pop("api_key", ""),
        options=fields,
    )


def default_model(workspace_id: uuid.UUID, task: Task = CHAT) -> str:
    """The id of the model that a workspace's nodes use for a task when they name none; "" if none is."""
    row = first(WorkspaceModels, _DEFAULTS, [dialect().uuid(workspace_id)])
    return (getattr(row, _COLUMN[task]) if row else "") or _COMES_ALONG.get(task, "")


def set_default_model(workspace_id: uuid.UUID, model_id: str, task: Task = CHAT) -> None:
    """Makes `model_id` the default for a task. Raises ApiError 422 for one that is not set up for it."""
    along = _COMES_ALONG.get(task, "")
    if model_id != along and model_id not in known_models(workspace_id, task):
        raise ApiError(
            422,
            "model_missing",
            f"The model {model_id!r} is not set up here.",
            hint="Choose one of those listed.",
            field="model",
        )
    kept = "" if model_id == along else model_id
    with transaction.atomic():
        row, _ = WorkspaceModels.objects.update_or_create(
            workspace_id=workspace_id, defaults={_COLUMN[task]: kept}
        )
        audit("model.default_changed", row, model_id)


def known_models(workspace_id: uuid.UUID, task: Task = CHAT) -> list[str]:
    """The ids of all models that are ready for a task, besides the one that comes along."""
    ready = ModelConnection.objects.for_workspace(workspace_id).filter(is_ready=True).order_by("created_at")
    names = [f"{connection.name}/{model}" for connection in ready for model in names_for(connection, task)]
    if task != CHAT:
        return names
    local = LocalModel.objects.for_workspace(workspace_id).filter(state=LocalState.READY)
    return [*(model.model_id for model in local.order_by("created_at")), *names]


def names_for(connection: ModelConnection, task: Task) -> list[str]:
    """The models of a connection for a task, as the provider knows them."""
    return getattr(connection, _NAMES[task])


def add_connection(
    *,
    workspace_id: uuid.UUID,
    name: str,
    kind: str,
    models: Sequence[str],
    provider: str = "",
    fields: Mapping[str, str] | None = None,
    embedding_models: Sequence[str] = (),
    rerank_models: Sequence[str] = (),
    transcription_models: Sequence[str] = (),
    speech_models: Sequence[str] = (),
    image_models: Sequence[str] = (),
) -> ModelConnection:
    """A new connection, not ready until it is tested. Raises ApiError 409 or 422."""
    check_name(name)
    known = fields_of(kind, provider)
    filled = check_fields(known, fields or {})
    wanted: dict[Task, Sequence[str]] = {
        CHAT: models,
        EMBEDDING: embedding_models,
        RERANK: rerank_models,
        TRANSCRIPTION: transcription_models,
        SPEECH: speech_models,
        IMAGE: image_models,
    }
    _check_models(*wanted.values())
    if ModelConnection.objects.for_workspace(workspace_id).count() >= MOST_CONNECTIONS:
        raise ApiError(409, "too_many_connections", f"There are {MOST_CONNECTIONS} connections already.")
    connection = ModelConnection(
        workspace_id=workspace_id,
        name=name,
        kind=kind,
        provider=provider if kind == Kind.LITELLM else "",
        **{_NAMES[task]: list(dict.fromkeys(names)) for task, names in wanted.items()},
    )
    put_fields(connection, known, filled)
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError as error:
        message = f"There is a connection named {name!r} already."
        raise ApiError(409, "name_taken", message, hint="Choose another name.", field="name") from error
    return connection


def change_connection(
    connection: ModelConnection,
    *,
    fields: Mapping[str, str] | None = None,
    models: Sequence[str] | None = None,
    embedding_models: Sequence[str] | None = None,
    rerank_models: Sequence[str] | None = None,
    transcription_models: Sequence[str] | None = None,
    speech_models: Sequence[str] | None = None,
    image_models: Sequence[str] | None = None,
) -> None:
    """Changes what is given and keeps the rest: a secret field that is left out stays as it is, "" clears it.

    A key goes where the person who entered it sent it: with a new address, the secret fields must be entered
    again. The connection is not ready until it is tested. Raises ApiError 422.
    """
    known = fields_of(connection.kind, connection.provider)
    try:
        before = open_fields(connection)
    except VaultError:  # entering the keys anew is how such a connection is mended
        before = open_settings(connection)
    given = dict(fields or {})
    moved = "base_url" in given and given["base_url"].strip().rstrip("/") != before.get("base_url", "")
    for one in known:
        if moved and one.is_secret and one.name in before and one.name not in given:
            raise ApiError(
                422,
                "secret_value_needed",
                f"With another address, {one.title} must be entered again.",
                hint="Enter it, or leave the address as it is.",
                field=f"fields.{one.name}",
            )
    wanted: dict[Task, Sequence[str] | None] = {
        CHAT: models,
        EMBEDDING: embedding_models,
        RERANK: rerank_models,
        TRANSCRIPTION: transcription_models,
        SPEECH: speech_models,
        IMAGE: image_models,
    }
    names = {
        task: names_for(connection, task) if said is None else list(dict.fromkeys(said))
        for task, said in wanted.items()
    }
    filled = check_fields(known, {**before, **given})
    _check_models(*names.values())
    put_fields(connection, known, filled)
    for task, said in names.items():
        setattr(connection, _NAMES[task], said)
    connection.is_ready = False
    _save(connection)


def restore_connection(connection: ModelConnection, before: ModelConnection) -> None:
    """Puts a connection back as it was: what it was changed to did not answer."""
    for name in ("base_url", "settings", "key", "secrets", *_NAMES.values(), "is_ready"):
        setattr(connection, name, getattr(before, name))
    _save(connection)


def mark_ready(connection: ModelConnection, *, action: str = "model.connected") -> None:
    """Makes the connection's models ones to choose from: a test came back with an answer.

    Raises ApiError 404 when the connection was removed during the test.
    """
    with transaction.atomic():
        if not ModelConnection.objects.filter(pk=connection.pk).update(is_ready=True):
            raise not_found("This connection")
        audit(
            action,
            connection,
            connection.name,
            provider=connection.provider or connection.kind,
            base_url=connection.base_url,
        )
    connection.is_ready = True


def mark_tested(connection: ModelConnection, is_ready: bool) -> None:
    """Notes whether a connection that is there answered its test."""
    ModelConnection.objects.filter(pk=connection.pk).update(is_ready=is_ready)
    connection.is_ready = is_ready


def remove_connection(connection: ModelConnection) -> None:
    """Removes the connection and its keys; defaults that were its models become those that come along."""
    with transaction.atomic():
        forget_models(connection.workspace_id, connection.model_ids())
        if connection.is_ready:  # else it was never there to be used
            audit("model.removed", connection, connection.name)
        connection.delete()


def forget_models(workspace_id: uuid.UUID, model_ids: Sequence[str]) -> None:
    """Leaves no word of models that are gone: what comes along is the default where one of them was, their
    rules go, and where they stood in, the next model does."""
    rows = WorkspaceModels.objects.for_workspace(workspace_id)
    for column in _COLUMN.values():
        rows.filter(**{f"{column}__in": model_ids}).update(**{column: ""})
    rules = ModelRules.objects.for_workspace(workspace_id)
    rules.filter(model__in=model_ids).delete()
    ToolCheck.objects.for_workspace(workspace_id).filter(model__in=model_ids).delete()
    for row in rules:
        kept = [model for model in row.stand_ins if model not in model_ids]
        if kept != row.stand_ins:
            row.stand_ins = kept
            row.save(update_fields=["stand_ins"])


def _local_target(workspace_id: uuid.UUID, model_id: str, slug: str) -> ModelTarget:
    row = LocalModel.objects.for_workspace(workspace_id).filter(slug=slug).first()
    if row is None or row.state != LocalState.READY:
        raise _missing(model_id)
    return ModelTarget(id=model_id, kind="local", model=row.pk.hex, base_url=str(path_of(row)))


def _missing(model_id: str) -> NodeError:
    return NodeError(
        "model_missing",
        f"The model {model_id!r} is not set up here.",
        "Choose another model in the step, or connect it on the page Models.",
    )


def _open(connection: ModelConnection) -> dict[str, str]:
    try:
        return open_fields(connection)
    except VaultError as error:
        raise NodeError(
            "model_auth",
            f"The key of the connection {connection.name!r} cannot be read any more.",
            "Remove the connection on the page Models and make it anew.",
        ) from error


def _save(connection: ModelConnection) -> None:
    if not ModelConnection.objects.filter(pk=connection.pk).exists():
        raise not_found("This connection")
    connection.save(force_update=True)


def _check_models(*models: Sequence[str]) -> None:
    if not any(models):
        raise ApiError(
            422,
            "missing_field",
            "The names of the models are missing.",
            hint="Write at least one, as the provider names it.",
            field="models",
        )

"""/api/models/local: model files on this server."""

import json
import logging
import shutil
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Status

from backend.accounts.auth import ConsoleAuth, Principal
from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import ApiError
from backend.providers import local_models
from backend.providers.models import LOCAL, LocalModel, LocalState
from backend.providers.offered import BY_ID, OfferedModel
from backend.providers.schemas import LocalModelAnswer, LocalModelsAnswer, NewLocalModel
from backend.runs.redis_clients import RedisError, plain_client

log = logging.getLogger(__name__)

local = Router(tags=["models"])
_owner = ConsoleAuth("owner")

RUNNING_KEY = "model-file:{}"
"""Where a worker says which model process runs and what memory it takes: JSON {memory_bytes}, short-lived."""


@local.get("/models/local", response=LocalModelsAnswer)
def list_local(request: HttpRequest) -> dict:
    """The model files that are here, on their way, or offered; what each does just now."""
    return _all(request.auth)


@local.post(
    "/models/local",
    auth=_owner,
    response={201: LocalModelAnswer, 403: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_local(request: HttpRequest, body: NewLocalModel) -> Status:
    """Adds a GGUF file by its path on the server, or by an address with its hash. A worker does the rest."""
    local_models.require_instance_owner(request.auth)
    workspace_id = request.auth.workspace_id
    if bool(body.path) == bool(body.url):
        raise ApiError(
            422, "missing_field", "Give either a path or an address.", hint="One of the two.", field="path"
        )
    if body.path:
        row = local_models.add_from_path(workspace_id, title=body.title, path=body.path)
    else:
        row = local_models.add_from_address(workspace_id, title=body.title, url=body.url, sha256=body.sha256)
    return Status(201, _row(row, {}))


@local.post(
    "/models/local/{slug}/download",
    auth=_owner,
    response={200: LocalModelAnswer, 403: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def download(request: HttpRequest, slug: str) -> dict:
    """Fetches an offered model, goes on with a paused one, or tries a failed one again."""
    if slug not in BY_ID:
        local_models.find(request.auth.workspace_id, slug)
    local_models.require_instance_owner(request.auth)
    return _row(local_models.start_download(request.auth.workspace_id, slug), {})


@local.post(
    "/models/local/{slug}/cancel",
    auth=_owner,
    response={200: LocalModelAnswer, 403: ErrorAnswer, 404: ErrorAnswer},
)
def cancel(request: HttpRequest, slug: str) -> dict:
    """Stops fetching and keeps what is there: `download` goes on with it, DELETE throws it away."""
    local_models.find(request.auth.workspace_id, slug)
    local_models.require_instance_owner(request.auth)
    return _row(local_models.pause_download(request.auth.workspace_id, slug), {})


@local.delete("/models/local/{slug}", auth=_owner, response={204: None, 403: ErrorAnswer, 404: ErrorAnswer})
def remove(request: HttpRequest, slug: str) -> Status:
    """Takes a model off the list, and its file off the server if it was fetched."""
    row = local_models.find(request.auth.workspace_id, slug)
    local_models.require_instance_owner(request.auth)
    local_models.remove(row)
    return Status(204, None)


def _all(principal: Principal) -> dict:
    rows = local_models.rows_by_slug(principal.workspace_id)
    memory = _memory([row.pk for row in rows.values() if row.state == LocalState.READY])
    offered = local_models.offered_without_row(principal.workspace_id)
    may_change = local_models.is_instance_owner(principal)
    return {
        "models": [*(_row(row, memory, may_change) for row in rows.values()), *map(_available, offered)],
        "may_change": may_change,
        "free_bytes": shutil.disk_usage(settings.TREADLE_DATA).free,
    }


def _row(row: LocalModel, memory: dict[uuid.UUID, int], shows_path: bool = True) -> dict[str, Any]:
    offered = BY_ID.get(row.slug)
    progress = 1.0 if row.state == LocalState.READY else 0.0
    if row.size_bytes and row.state != LocalState.READY:
        progress = min(1.0, row.done_bytes / row.size_bytes)
    return {
        "id": row.slug,
        "title": row.title,
        "model": row.model_id,
        "is_offered": offered is not None,
        "url": row.url,
        "path": row.path if shows_path else "",
        "sha256": row.sha256,
        "size_bytes": row.size_bytes,
        "done_bytes": row.done_bytes,
        "progress": progress,
        "licence": row.licence,
        "languages": row.languages,
        "header": row.header,
        "state": row.state,
        "error": row.error,
        "is_running": row.pk in memory,
        "memory_bytes": memory.get(row.pk) or (offered.memory_bytes if offered else None),
    }


def _available(offered: OfferedModel) -> dict[str, Any]:
    return {
        "id": offered.id,
        "title": offered.title,
        "model": f"{LOCAL}/{offered.id}",
        "is_offered": True,
        "url": offered.url,
        "path": "",
        "sha256": offered.sha256,
        "size_bytes": offered.size_bytes,
        "done_bytes": 0,
        "progress": 0.0,
        "licence": offered.licence,
        "languages": offered.languages,
        "header": {},
        "state": "available",
        "error": None,
        "is_running": False,
        "memory_bytes": offered.memory_bytes,
    }


def _memory(ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """What the running models take, by row; nothing when Redis does not answer."""
    if not ids:
        return {}
    try:
        said = plain_client().mget([RUNNING_KEY.format(one.hex) for one in ids])
    except RedisError as error:
        log.warning("Cannot ask which local models run: %s", error)
        return {}
    return {one: int(json.loads(text)["memory_bytes"]) for one, text in zip(ids, said, strict=True) if text}

"""What an app remembers of the people of a program that uses it: /v1/memories, for the app's keys.

A key stands for a whole program, which says in `user` whom it means: the name that it gave the steps. All
keys of an app see the same. What members and visitors said is not among it.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from backend.accounts.errors import not_found
from backend.memory import services
from backend.memory.limits import LONGEST_PERSON
from backend.publish.asking import App, app_of_key
from backend.publish.refusals import bad_field
from backend.runs.models import Audience
from backend.runs.reads import read
from backend.runs.writes import write


@require_http_methods(["GET", "DELETE"])
async def memories(request: HttpRequest) -> HttpResponseBase:
    """GET /v1/memories?user=…: what is remembered about them. DELETE: forgets all of it."""
    app = await read(app_of_key, request)
    user = _user_in(request)
    if request.method == "DELETE":
        return _json({"deleted": await write(_forget, app, user, None)})
    return _json({"memories": await read(_listed, app, user)})


@require_http_methods(["DELETE"])
async def memory(request: HttpRequest, memory_id: uuid.UUID) -> HttpResponseBase:
    """DELETE /v1/memories/{id}."""
    app = await read(app_of_key, request)
    if not await write(_forget, app, None, memory_id):
        raise not_found("This memory")
    return _json({"deleted": 1})


def _user_in(request: HttpRequest) -> str:
    """Whom a request means, written as the steps keep it. Raises ApiError 400 for a request that says nobody:
    all that is said by mistake must not be all that is deleted."""
    user = request.GET.get("user")
    if user is None:
        raise bad_field(
            "user", "Say whose memories are meant: ?user=…", "It is the name that the step was given."
        )
    return user.strip()[:LONGEST_PERSON]


def _rows(app: App) -> services.QuerySet[services.Memory]:
    publication = app.publication
    rows = services.memories_of(workspace_id=publication.workspace_id, workflow_id=publication.workflow_id)
    return rows.filter(audience=Audience.KEY)


def _listed(app: App, user: str) -> list[dict[str, object]]:
    rows = _rows(app).filter(audience_ref=user).order_by("-said_at", "-pk")
    return [services.memory_json(row) for row in rows]


def _forget(app: App, user: str | None, memory_id: uuid.UUID | None) -> int:
    rows = _rows(app).filter(pk=memory_id) if memory_id is not None else _rows(app).filter(audience_ref=user)
    return services.forget(rows, app.publication.workflow)


def _json(body: dict[str, object]) -> JsonResponse:
    return JsonResponse(body, headers={"Cache-Control": "no-store"})

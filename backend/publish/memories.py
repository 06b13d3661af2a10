"""What an app remembers about its visitor, for the visitor: to look at and to delete."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from backend.accounts.errors import not_found
from backend.memory import services
from backend.publish.asking import publication_at
from backend.publish.models import Publication
from backend.publish.visitors import Visitor, refuse_other_sites, remember, visitor_of
from backend.runs.models import Audience
from backend.runs.reads import read
from backend.runs.writes import write


@require_http_methods(["GET", "DELETE"])
async def memories(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /c/<slug>/memories: what is remembered about this visitor. DELETE: forgets all of it."""
    if request.method == "DELETE":
        return await _forget(request, slug, None)
    publication = await read(publication_at, slug)
    visitor = visitor_of(request, publication)
    return _json(request, publication, visitor, {"memories": await read(_listed, publication, visitor)})


@require_http_methods(["DELETE"])
async def memory(request: HttpRequest, slug: str, memory_id: uuid.UUID) -> HttpResponseBase:
    """DELETE /c/<slug>/memories/{id}."""
    return await _forget(request, slug, memory_id)


def is_remembered(publication: Publication, visitor: Visitor) -> bool:
    """Whether the app remembers anything about this visitor, be it by an app that it uses."""
    return _theirs(publication, visitor).exists()


async def _forget(request: HttpRequest, slug: str, memory_id: uuid.UUID | None) -> HttpResponseBase:
    refuse_other_sites(request.headers, request.get_host())
    publication = await read(publication_at, slug)
    visitor = visitor_of(request, publication)
    await write(_forget_now, publication, visitor, memory_id)
    return _json(request, publication, visitor, {"memories": await read(_listed, publication, visitor)})


def _theirs(publication: Publication, visitor: Visitor) -> services.QuerySet[services.Memory]:
    rows = services.memories_of(workspace_id=publication.workspace_id, workflow_id=publication.workflow_id)
    return rows.filter(audience=Audience.VISITOR, audience_ref=visitor.id)


def _listed(publication: Publication, visitor: Visitor) -> list[dict[str, object]]:
    rows = _theirs(publication, visitor).order_by("-said_at", "-pk")
    return [services.memory_json(row) for row in rows]


def _forget_now(publication: Publication, visitor: Visitor, memory_id: uuid.UUID | None) -> None:
    rows = _theirs(publication, visitor)
    if memory_id is not None:
        rows = rows.filter(pk=memory_id)
    if not services.forget(rows, publication.workflow) and memory_id is not None:
        raise not_found("This memory")


def _json(
    request: HttpRequest, publication: Publication, visitor: Visitor, body: dict[str, object]
) -> JsonResponse:
    response = JsonResponse(body, headers={"Cache-Control": "no-store"})
    remember(response, request, publication, visitor)
    return response

"""Files that come with a message or an answer, for people outside: uploaded first, then named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from backend.accounts.errors import ApiError
from backend.files.services import file_json, keep_upload
from backend.files.uploads import upload_in
from backend.publish.answering import fields_asked
from backend.publish.asking import App, app_of_key, publication_at, sender_of
from backend.publish.inputs import fields_of
from backend.publish.limits import Caller
from backend.publish.visitors import refuse_other_sites, remember, visitor_of
from backend.runs.models import Audience
from backend.runs.reads import read
from nodes.sdk.inputs import FILE_KINDS


@require_POST
async def upload(request: HttpRequest) -> HttpResponseBase:
    """POST /v1/files, also as /v1/files/upload: multipart with the field `file`. Answers as Dify does."""
    app = await read(app_of_key, request)
    return await _keep(request, app)


@require_POST
async def visitors_upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST /c/<slug>/files: the same, for a visitor of the chat page."""
    refuse_other_sites(request.headers, request.get_host())
    publication = await read(publication_at, slug)
    visitor = visitor_of(request, publication)
    response = await _keep(request, App(publication, Caller(Audience.VISITOR, visitor.id)))
    remember(response, request, publication, visitor)
    return response


async def _keep(request: HttpRequest, app: App) -> JsonResponse:
    return await read(_store, request, app)


def _store(request: HttpRequest, app: App) -> JsonResponse:
    """On a thread: the body is taken apart, and written to the disk."""
    if not (_has_file(fields_of(app.publication.version_id)) or _has_file(fields_asked(app))):
        raise ApiError(409, "no_files_here", "This app does not ask for files.")
    row = keep_upload(sender_of(app), upload_in(request))
    return JsonResponse(file_json(row), status=201, headers={"Cache-Control": "no-store"})


def _has_file(fields: Iterable[Mapping[str, Any]]) -> bool:
    return any(field.get("type") in FILE_KINDS for field in fields)

"""Files for people outside: those that come with a message or an answer, uploaded first and then named; and
those that a reply gives along."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.errors import ApiError, not_found
from backend.files.sending import file_response
from backend.files.services import file_json, find_file, keep_upload
from backend.files.uploads import upload_in
from backend.publish.answering import fields_asked
from backend.publish.asking import App, app_of_key, publication_at, sender_of, theirs
from backend.publish.inputs import fields_of
from backend.publish.limits import Caller
from backend.publish.visitors import refuse_other_sites, remember, visitor_of
from backend.runs.held_files import was_given
from backend.runs.models import Audience, Run
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


@require_GET
async def download(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """GET /v1/files/{id}: a file that was sent with a key of this app, or that a run of one has made."""
    app = await read(app_of_key, request)
    return await read(_of_key, app, file_id)


@require_GET
async def visitors_download(request: HttpRequest, slug: str, file_id: uuid.UUID) -> HttpResponseBase:
    """GET /c/<slug>/files/{id}: a file that a reply to this visitor gave along."""
    publication = await read(publication_at, slug)
    visitor = visitor_of(request, publication)
    return await read(_of_visitor, App(publication, Caller(Audience.VISITOR, visitor.id)), file_id)


def _of_key(app: App, file_id: uuid.UUID) -> HttpResponseBase:
    row = find_file(sender_of(app), file_id)
    if row is None:
        raise not_found("This file")
    return file_response(row)


def _of_visitor(app: App, file_id: uuid.UUID) -> HttpResponseBase:
    # What steps make on their way to an answer is the app's own business.
    row = find_file(sender_of(app), file_id)
    if row is None or not was_given(row, Run.objects.filter(**theirs(app))):
        raise not_found("This file")
    return file_response(row)


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

"""Answering by a link: /a is a page for whoever has one. Looking changes nothing; only a POST answers."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.headers import page_policy
from backend.accounts.shell import shell
from backend.accounts.strict_json import Json, read_object
from backend.files.services import file_json, keep_upload
from backend.files.uploads import upload_in
from backend.publish.bodies import text_in
from backend.publish.pace import LINKS
from backend.runs.answer_links import answer_by_link, question_of, read_token
from backend.runs.asks import form_of
from backend.runs.reads import read


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """GET /a: the page, the same for everyone. What it is about stands behind the # of its address."""
    response = shell("chat.html")
    response.headers["Content-Security-Policy"] = page_policy()
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
async def look(request: HttpRequest) -> HttpResponseBase:
    """POST /a/look: {"token"}; what is asked. A POST, so that the token stands in no address."""
    LINKS.keep(request)
    body = read_object(request, {"token"})
    return await read(_look, body.get("token"))


@require_POST
async def answer(request: HttpRequest) -> HttpResponseBase:
    """POST /a/answer: {"token", "action", "fields"}."""
    LINKS.keep(request)
    body = read_object(request, {"token", "action", "fields"})
    return await read(_answer, body.get("token"), text_in(body, "action"), body.get("fields", {}))


@require_POST
async def upload(request: HttpRequest) -> HttpResponseBase:
    """POST /a/files: multipart with the field `file`, the token in Authorization: Bearer."""
    LINKS.keep(request)
    return await read(_upload, request)


def _look(token: Json) -> JsonResponse:
    link = read_token(token)
    wait = question_of(link)
    return _json({"app": link.run.workflow.name, "ask": form_of(wait)})


def _answer(token: Json, action: str, fields: Json) -> JsonResponse:
    answer_by_link(read_token(token), action, fields)
    return _json({"is_answered": True})


def _upload(request: HttpRequest) -> JsonResponse:
    # The header, not the body: whoever has no link has nothing taken apart or written to the disk.
    link = read_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
    question_of(link)
    return _json(file_json(keep_upload(link.sender, upload_in(request))), status=201)


def _json(body: Json, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})

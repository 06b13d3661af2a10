"""The chat page at /c/<slug> and what it asks for: one app, one visitor, their own conversations.

The same at /embed/<slug>, for websites that the app's owner has allowed to show it.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST, require_safe

from backend.accounts.errors import ApiError
from backend.accounts.headers import page_policy
from backend.accounts.shell import shell
from backend.accounts.strict_json import read_object
from backend.publish.answering import ANSWER_FIELDS, give_answer
from backend.publish.asking import App, ask, conversation_of, idempotency_of, publication_at, run_of
from backend.publish.bodies import conversation_id_in, text_in
from backend.publish.faults import public_error, run_for_visitor, sources_for_visitor
from backend.publish.inputs import fields_of
from backend.publish.limits import Caller
from backend.publish.live import event_stream
from backend.publish.memories import is_remembered
from backend.publish.models import Publication
from backend.publish.pace import RATINGS
from backend.publish.practice import answers_by_practice_model
from backend.publish.visitors import (
    Visitor,
    refuse_other_sites,
    refuse_where_not_offered,
    remember,
    visitor_of,
)
from backend.publish.websites import ancestors_of
from backend.runs.models import Audience, Conversation
from backend.runs.ratings import RATING_FIELDS, rate_run, rating_in
from backend.runs.reads import read
from backend.runs.services import cancel_run
from backend.runs.views_of_run import conversation_json, run_json, stamp
from backend.runs.writes import write

MOST_CONVERSATIONS = 100
_FIELDS = {"query", "inputs", "conversation_id"}


@require_safe
async def chat_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /c/<slug>: the page, and on the first visit the visitor's cookie."""
    try:
        publication = await read(publication_at, slug)
    except ApiError as refusal:
        return shell(
            "chat.html", status=refusal.status
        )  # it asks for the app and says in words what is wrong
    visitor = visitor_of(request, publication)
    response = _page(publication, page_policy())
    remember(response, request, publication, visitor)
    return response


@require_safe
async def framed_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /embed/<slug>: the page, for frames on allowed websites. It asks for its token by itself."""
    try:
        publication = await read(publication_at, slug)
        refuse_where_not_offered(request, publication)
    except ApiError as refusal:
        return shell("chat.html", status=refusal.status)
    return _page(publication, page_policy(ancestors_of(publication)))


@require_GET
async def about(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /c/<slug>/app: what the page needs to draw itself."""
    publication, visitor = await _enter(request, slug)
    return _json(request, publication, visitor, await read(_about, publication))


@require_POST
async def runs(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST /c/<slug>/runs: a question; the answer streams."""
    refuse_other_sites(request.headers, request.get_host())
    publication, visitor = await _enter(request, slug)
    body = read_object(request, _FIELDS)
    app = _app(publication, visitor)
    run = await ask(
        app,
        query=text_in(body, "query"),
        inputs=body.get("inputs", {}),
        conversation_id=conversation_id_in(body),
        idempotency=idempotency_of(request, app, body),
    )
    response = event_stream(run, None, run_for_visitor)
    remember(response, request, publication, visitor)
    return response


@require_GET
async def events(request: HttpRequest, slug: str, run_id: uuid.UUID) -> HttpResponseBase:
    """GET /c/<slug>/runs/{id}/events: goes on after the header Last-Event-ID."""
    publication, visitor = await _enter(request, slug)
    run = await read(run_of, _app(publication, visitor), run_id)
    return event_stream(run, request.headers.get("Last-Event-ID"), run_for_visitor)


@require_POST
async def cancel(request: HttpRequest, slug: str, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /c/<slug>/runs/{id}/cancel."""
    refuse_other_sites(request.headers, request.get_host())
    publication, visitor = await _enter(request, slug)
    run = await read(run_of, _app(publication, visitor), run_id)
    cancelled = await write(cancel_run, run)
    return _json(request, publication, visitor, run_for_visitor(run_json(cancelled)))


@require_POST
async def answer(request: HttpRequest, slug: str, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /c/<slug>/runs/{id}/answer: {"path", "action", "fields"} for a step that asks the visitor."""
    refuse_other_sites(request.headers, request.get_host())
    publication, visitor = await _enter(request, slug)
    body = read_object(request, ANSWER_FIELDS)
    app = _app(publication, visitor)
    answered = await write(give_answer, app, await read(run_of, app, run_id), body, "visitor")
    return _json(request, publication, visitor, run_for_visitor(run_json(answered)))


@require_POST
async def rating(request: HttpRequest, slug: str, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /c/<slug>/runs/{id}/rating: {"rating", "reason"}, what the visitor thinks of the answer."""
    RATINGS.keep(request)
    refuse_other_sites(request.headers, request.get_host())
    publication, visitor = await _enter(request, slug)
    thought, reason = rating_in(read_object(request, RATING_FIELDS))
    rated = await read(run_of, _app(publication, visitor), run_id)
    return _json(request, publication, visitor, await write(rate_run, rated, thought, reason))


@require_GET
async def conversations(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /c/<slug>/conversations: the visitor's own, the latest first, and whether they are remembered."""
    publication, visitor = await _enter(request, slug)
    return _json(request, publication, visitor, await read(_conversations, publication, visitor))


@require_GET
async def conversation(request: HttpRequest, slug: str, conversation_id: uuid.UUID) -> HttpResponseBase:
    """GET /c/<slug>/conversations/{id}."""
    publication, visitor = await _enter(request, slug)
    said = await read(_conversation, _app(publication, visitor), conversation_id)
    return _json(request, publication, visitor, said)


def _page(publication: Publication, policy: str) -> HttpResponse:
    workflow = publication.workflow
    response = shell("chat.html", title=workflow.name, language=workflow.language)
    response.headers["Content-Security-Policy"] = policy
    return response


async def _enter(request: HttpRequest, slug: str) -> tuple[Publication, Visitor]:
    publication = await read(publication_at, slug)
    return publication, visitor_of(request, publication)


def _app(publication: Publication, visitor: Visitor) -> App:
    return App(publication, Caller(Audience.VISITOR, visitor.id))


def _json(
    request: HttpRequest, publication: Publication, visitor: Visitor, body: dict[str, object]
) -> JsonResponse:
    response = JsonResponse(body, headers={"Cache-Control": "no-store"})
    remember(response, request, publication, visitor)
    return response


def _about(publication: Publication) -> dict[str, object]:
    return {
        "name": publication.workflow.name,
        "suggestions": publication.suggestions,
        "is_practice": answers_by_practice_model(publication.version_id, publication.workspace_id),
        "inputs": fields_of(publication.version_id),
    }


def _conversations(publication: Publication, visitor: Visitor) -> dict[str, object]:
    rows = Conversation.objects.filter(
        workflow_id=publication.workflow_id,
        audience=Audience.VISITOR,
        audience_ref=visitor.id,
        is_draft=False,
    ).order_by("-updated_at")[:MOST_CONVERSATIONS]
    return {
        "conversations": [
            {"id": str(row.pk), "title": row.title, "updated_at": stamp(row.updated_at)} for row in rows
        ],
        "remembers": is_remembered(publication, visitor),
    }


def _conversation(app: App, conversation_id: uuid.UUID) -> dict[str, object]:
    said = conversation_json(conversation_of(app, conversation_id))
    for message in said["messages"]:
        message["sources"] = sources_for_visitor(message["sources"])
        message["error"] = public_error(message) if message["role"] == "assistant" else None
    return said

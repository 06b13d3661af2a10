"""Our own protocol, /v1/runs: start a run and wait for it, follow it live, or come back for it.

`mode` says how: "wait" answers 200 with the ended run, or 202 with the run as it is when it takes
longer than `Prefer: wait=<seconds>` (55 s unless said, at most 300); "stream" answers with
server-sent events; "async" answers 202 at once. The run goes on in each case.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.strict_json import Json, read_object
from backend.publish.answering import ANSWER_FIELDS, give_answer
from backend.publish.asking import app_of_key, ask, idempotency_of, run_of
from backend.publish.bodies import conversation_id_in, text_in
from backend.publish.faults import run_for_key
from backend.publish.live import event_stream
from backend.publish.refusals import bad_field
from backend.runs.asks import Ask, asks_of
from backend.runs.columns import dumps
from backend.runs.models import Run, RunStatus
from backend.runs.ratings import RATING_FIELDS, rate_run, rating_in
from backend.runs.reads import read
from backend.runs.services import cancel_run
from backend.runs.stream import wait_for_end
from backend.runs.views_of_run import run_json
from backend.runs.writes import write

WAIT_S = 55
LONGEST_WAIT_S = 300
_MODES = ("wait", "stream", "async")
_FIELDS = {"inputs", "query", "conversation_id", "mode"}


@require_POST
async def runs(request: HttpRequest) -> HttpResponseBase:
    """POST /v1/runs."""
    app = await read(app_of_key, request)
    body = read_object(request, _FIELDS)
    mode, wait_s = _mode(body), _wait_s(request)
    run = await ask(
        app,
        query=text_in(body, "query"),
        inputs=body.get("inputs", {}),
        conversation_id=conversation_id_in(body),
        idempotency=idempotency_of(request, app, body),
    )
    if mode == "stream":
        return event_stream(run, None, run_for_key)
    if mode == "wait":
        await wait_for_end(run.pk, wait_s)
        run = await read(run_of, app, run.pk)
    asks = await read(asks_of, run) if run.status == RunStatus.WAITING else []
    return _answer(run, status=200 if run.is_final else 202, asks=asks)


@require_GET
async def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """GET /v1/runs/{id}."""
    app = await read(app_of_key, request)
    found = await read(run_of, app, run_id)
    return _answer(found, asks=await read(asks_of, found))


@require_GET
async def events(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """GET /v1/runs/{id}/events: goes on after the header Last-Event-ID."""
    app = await read(app_of_key, request)
    found = await read(run_of, app, run_id)
    return event_stream(found, request.headers.get("Last-Event-ID"), run_for_key)


@require_POST
async def cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /v1/runs/{id}/cancel: no step starts after this has answered; an ended run stays as it is."""
    app = await read(app_of_key, request)
    found = await read(run_of, app, run_id)
    return _answer(await write(cancel_run, found))


@require_POST
async def answer(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /v1/runs/{id}/answer: {"path", "action", "fields"} for a step that asks. The first counts."""
    app = await read(app_of_key, request)
    body = read_object(request, ANSWER_FIELDS)
    found = await read(run_of, app, run_id)
    return _answer(await write(give_answer, app, found, body, "key"))


@require_POST
async def rating(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """POST /v1/runs/{id}/rating: {"rating", "reason"}, what whoever asked thinks of the answer."""
    app = await read(app_of_key, request)
    thought, reason = rating_in(read_object(request, RATING_FIELDS))
    rated = await write(rate_run, await read(run_of, app, run_id), thought, reason)
    return JsonResponse(rated, headers={"Cache-Control": "no-store"})


def _answer(run: Run, status: int = 200, asks: Sequence[Ask] = ()) -> HttpResponse:
    headers = {"Location": f"/v1/runs/{run.pk}", "Cache-Control": "no-store"}
    body = run_for_key(run_json(run))
    text = dumps({**body, "asks": list(asks)} if asks else body)
    return HttpResponse(text, status=status, headers=headers, content_type="application/json")


def _mode(body: dict[str, Json]) -> str:
    mode = body.get("mode", "wait")
    if mode not in _MODES:
        raise bad_field("mode", '`mode` must be "wait", "stream" or "async".')
    return str(mode)


def _wait_s(request: HttpRequest) -> float:
    asked = re.search(r"\bwait=(\d{1,6})\b", request.headers.get("Prefer", ""))
    return min(float(asked[1]), LONGEST_WAIT_S) if asked else WAIT_S

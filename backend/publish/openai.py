"""OpenAI's protocol, /v1/chat/completions and /v1/models: an app is a model whose name is its slug.

Their answers can only grow. When a run has to say something again and says it differently, the stream
ends with the error `answer_restarted`; the run itself goes on, and GET /v1/runs/{id} has its answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from functools import wraps

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import read_json
from backend.publish.asking import App, app_of_key, ask, idempotency_of, run_of
from backend.publish.faults import http_status, public_error
from backend.publish.openai_answer import (
    AppendOnly,
    Chunks,
    Restarted,
    completion,
    error_chunk,
    error_json,
    model_json,
)
from backend.publish.openai_request import Question, read_request
from backend.runs.asks import asks_of
from backend.runs.models import Run
from backend.runs.public import SseEvent, public_events
from backend.runs.reads import read
from backend.runs.sse import sse_response
from backend.runs.stream import wait_for_end
from backend.runs.views_of_run import run_json

LONGEST_WAIT_S = 600  # their clients give up then, too
View = Callable[..., Awaitable[HttpResponseBase]]


def _in_their_shape(view: View) -> View:
    """Gives refusals the shape that OpenAI's clients read."""

    @wraps(view)
    async def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return await view(request, *args, **kwargs)
        except ApiError as refusal:
            run_id = refusal.extra.get("run_id")
            return JsonResponse(error_json(refusal, run_id), status=refusal.status, headers=refusal.headers)

    return wrapped


@require_POST
@_in_their_shape
async def chat_completions(request: HttpRequest) -> HttpResponseBase:
    """POST /v1/chat/completions."""
    app = await read(app_of_key, request)
    body = read_json(request)
    if not isinstance(body, dict):
        raise ApiError(400, "not_an_object", "The data sent must be a JSON object.")
    question = read_request(body, allow_system=app.publication.allow_system_text)
    _check_model(app, question.model)
    run = await ask(
        app,
        query=question.query,
        inputs={},
        history=question.history,
        idempotency=idempotency_of(request, app, body),
    )
    if question.stream:
        response = sse_response(_chunks(run, question))
    else:
        response = JsonResponse(await _whole(app, run, question), headers={"Cache-Control": "no-store"})
    response.headers["X-Treadle-Run-Id"] = str(run.pk)
    return response


@require_GET
@_in_their_shape
async def models(request: HttpRequest) -> HttpResponseBase:
    """GET /v1/models: the one app that the key opens."""
    app = await read(app_of_key, request)
    return JsonResponse({"object": "list", "data": [_model(app)]})


@require_GET
@_in_their_shape
async def model(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET /v1/models/{id}."""
    app = await read(app_of_key, request)
    _check_model(app, name)
    return JsonResponse(_model(app))


def _model(app: App) -> dict[str, object]:
    return dict(model_json(app.publication.slug, app.publication.published_at))


def _check_model(app: App, name: str) -> None:
    if name != app.publication.slug:
        raise ApiError(
            404,
            "model_not_found",
            f"This key opens no app named {name[:100]!r}.",
            hint="GET /v1/models says which it opens.",
            field="model",
        )


async def _whole(app: App, run: Run, question: Question) -> dict[str, object]:
    """The completion, once the run has ended well. Raises ApiError with the run's id otherwise."""
    if not await wait_for_end(run.pk, LONGEST_WAIT_S):
        is_asking = bool(await read(asks_of, await read(run_of, app, run.pk)))
        raise _failed(_asks_someone() if is_asking else _still_running(), run)
    ended = run_json(await read(run_of, app, run.pk))
    fault = _fault(ended)
    if fault is not None:
        raise _failed(fault, run)
    return dict(completion(ended, question.model))


async def _chunks(run: Run, question: Question) -> AsyncIterator[str]:
    """The run as the chunks of a stream."""
    chunks = Chunks(str(run.pk), question.model, int(run.created_at.timestamp()), question.include_usage)
    reader = AppendOnly()
    yield chunks.opening()
    try:
        async with aclosing(public_events(run)) as events:
            async for event in events:
                for chunk in _chunks_of(event, reader, chunks):
                    yield chunk
                if event.event == "asks" and event.data["asks"]:
                    yield error_chunk(_asks_someone(), chunks.run_id)
                    return
    except Restarted:
        yield error_chunk(_restarted(run), chunks.run_id)


def _chunks_of(event: SseEvent, reader: AppendOnly, chunks: Chunks) -> Iterator[str]:
    """What one event of our stream is in theirs. Raises Restarted."""
    fault = None
    text = ""
    if event.event == "answer":
        text = reader.answer(event.data["offset"], event.data["text"])
    elif event.event == "end":
        fault = _fault(event.data)
        text = reader.end(event.data["answer"] or "") if fault is None else ""
    if text:
        yield chunks.text(text)
    if fault is not None:
        yield error_chunk(fault, chunks.run_id)
    elif event.event == "end":
        yield from chunks.closing(event.data["usage"], event.data["sources"])


def _fault(ended: dict[str, object]) -> ApiError | None:
    error = public_error(ended)
    if error is None:
        return None
    code = str(error["code"])
    return ApiError(http_status(code), code, str(error["message"]), hint=str(error["hint"]))


def _failed(fault: ApiError, run: Run) -> ApiError:
    """`fault` of a run that was started: their clients would repeat the request, and pay again."""
    fault.headers = {"X-Should-Retry": "false", "X-Treadle-Run-Id": str(run.pk)}
    fault.extra = {"run_id": str(run.pk)}
    return fault


def _still_running() -> ApiError:
    message = f"The app has not finished within {LONGEST_WAIT_S // 60} minutes; its run goes on."
    return ApiError(504, "still_running", message, hint="GET /v1/runs/{run_id} has the answer later.")


def _asks_someone() -> ApiError:
    """Their protocol has no words for a form; the run goes on when it is answered elsewhere."""
    message = "The app asks a person something before it goes on."
    hint = "POST /v1/runs/{run_id}/answer, or answer in the inbox; GET /v1/runs/{run_id} has the reply then."
    return ApiError(409, "asks_someone", message, hint=hint)


def _restarted(run: Run) -> ApiError:
    return ApiError(
        502,
        "answer_restarted",
        "The app had to begin its answer again and now says something else.",
        hint=f"Drop what came so far; GET /v1/runs/{run.pk} has the whole answer when the run has ended.",
    )

"""What OpenAPI says of `/v1/runs`: the way in for programs, which are plain views and describe nothing."""

from __future__ import annotations

from typing import Any, Final

from backend.runs.models import RunStatus

_LOCATION: Final = {
    "Location": {
        "description": "Where the run is found from now on: `/v1/runs/{id}`.",
        "schema": {"type": "string"},
    }
}
_NOT_ENDED: Final = (
    "The run is accepted and has not ended: in mode `async` at once, in mode `wait` after 55 seconds or what"
    " `Prefer: wait=<seconds>` says. It goes on, and will end. Look at `status`: `queued` or `running` is"
    " still at work, so ask the address in `Location` again, or read its `/events`; `waiting` needs someone"
    " or something first, and `asks` has the questions that you may answer at its `/answer`. Do not send the"
    " message again: that would be a second run, unless you repeat it with the same `Idempotency-Key`."
)
_REFUSALS: Final = {
    400: "Something in the request is wrong; `field` says what.",
    401: "There is no good key.",
    403: "The app is switched off.",
    404: "There is no such run or conversation for this key.",
    409: "The key of the request was used before for another body, or the question is answered.",
    429: "Too many requests or tokens; `Retry-After` says when to try again.",
    503: "The message could not be stored just now.",
}


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document `schema` with the routes under `/v1/runs` and what they answer."""
    components = schema["components"]
    schemas = {**components["schemas"], "PublicRun": _RUN, "PublicAsk": _ASK, "PublicRunBody": _BODY}
    keys = {**components.get("securitySchemes", {}), "AppKey": {"type": "http", "scheme": "bearer"}}
    return {
        **schema,
        "paths": {**schema["paths"], **_PATHS},
        "components": {**components, "schemas": schemas, "securitySchemes": keys},
    }


def _answer(text: str, of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": of}}, **more}


def _run(text: str) -> dict[str, Any]:
    return _answer(text, {"$ref": "#/components/schemas/PublicRun"}, headers=_LOCATION)


def _refused(*statuses: int) -> dict[str, Any]:
    of = {"$ref": "#/components/schemas/ErrorAnswer"}
    return {str(status): _answer(_REFUSALS[status], of) for status in statuses}


def _operation(id: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "operationId": id,
        "summary": summary,
        "tags": ["v1"],
        "security": [{"AppKey": []}],
        "responses": responses,
        **more,
    }


def _header(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}


def _null_or(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


_TEXT: Final = {"type": "string"}
_FREE: Final = {"type": "object", "additionalProperties": True}
_ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_EVENTS: Final = {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": _TEXT}}}

_ASK: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A question to a person. Of what the app's team is asked, only the time is told.",
    "properties": {
        "path": _TEXT,
        "who": {"type": "string", "enum": ["visitor", "team"]},
        "title": _TEXT,
        "message": _TEXT,
        "fields": {"type": "array", "items": _FREE},
        "actions": {"type": "array", "items": _FREE},
        "since": _null_or("string"),
        "until": _null_or("string"),
    },
}
_RUN: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": [str(status) for status in RunStatus.values]},
        "answer": _TEXT,
        "outputs": _FREE,
        "error": _null_or(
            "object", properties={"code": _TEXT, "message": _TEXT, "hint": _TEXT}, additionalProperties=False
        ),
        "usage": _FREE,
        "sources": {"type": "array", "items": _FREE},
        "files": {
            "type": "array",
            "description": "What the replies gave along; each is fetched from /v1/files/{file_id}.",
            "items": {
                "type": "object",
                "properties": {
                    "file_id": _TEXT,
                    "name": _TEXT,
                    "mime": _TEXT,
                    "size": {"type": "integer", "description": "In bytes."},
                },
            },
        },
        "handled_errors": {"type": "integer"},
        "conversation_id": _null_or("string", format="uuid"),
        "created_at": _TEXT,
        "finished_at": _null_or("string"),
        "asks": {
            "type": "array",
            "description": "There while the run asks someone.",
            "items": {"$ref": "#/components/schemas/PublicAsk"},
        },
    },
}
_RUN["required"] = [name for name in _RUN["properties"] if name != "asks"]
_BODY: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "query": _TEXT,
        "inputs": _FREE,
        "conversation_id": {"type": "string", "format": "uuid"},
        "mode": {"type": "string", "enum": ["wait", "stream", "async"], "default": "wait"},
    },
}
_ANSWER_BODY: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path"],
    "properties": {"path": _TEXT, "action": _TEXT, "fields": _FREE},
}


def _body(of: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": of}}}


_PATHS: Final[dict[str, Any]] = {
    "/v1/runs": {
        "post": _operation(
            "start_public_run",
            "Starts a run of the app that the key opens.",
            {
                "200": {
                    **_run("The run has ended; in mode `stream`, its events as they come."),
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/PublicRun"}},
                        **_EVENTS["content"],
                    },
                },
                "202": _run(_NOT_ENDED),
                **_refused(400, 401, 403, 404, 409, 429, 503),
            },
            parameters=[
                _header(
                    "Prefer", "`wait=<seconds>`: how long mode `wait` waits; 55 unless said, at most 300."
                ),
                _header("Idempotency-Key", "A repeated request gets the same run for 24 hours."),
            ],
            requestBody=_body({"$ref": "#/components/schemas/PublicRunBody"}),
        )
    },
    "/v1/runs/{id}": {
        "get": _operation(
            "get_public_run",
            "Tells how a run goes, and what it asks.",
            {"200": _run("The run as it is."), **_refused(401, 403, 404)},
            parameters=[_ID],
        )
    },
    "/v1/runs/{id}/events": {
        "get": _operation(
            "follow_public_run",
            "Follows a run live.",
            {"200": _EVENTS, **_refused(401, 403, 404)},
            parameters=[_ID, _header("Last-Event-ID", "Goes on after this event.")],
        )
    },
    "/v1/runs/{id}/cancel": {
        "post": _operation(
            "cancel_public_run",
            "Stops a run: no further step starts once this has answered.",
            {"200": _run("The run as it is."), **_refused(401, 403, 404)},
            parameters=[_ID],
        )
    },
    "/v1/runs/{id}/answer": {
        "post": _operation(
            "answer_public_run",
            "Answers a question that the run asks. The first answer counts.",
            {"200": _run("The run as it is."), **_refused(400, 401, 403, 404, 409)},
            parameters=[_ID],
            requestBody=_body(_ANSWER_BODY),
        )
    },
}

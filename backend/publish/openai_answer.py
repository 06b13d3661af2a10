"""Our answers as OpenAI's clients read them: a completion, the chunks of a stream, errors, models.

Pure: no request, no database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.accounts.errors import ApiError
from nodes.sdk import Json


@dataclass
class AppendOnly:
    """Follows an answer that may be taken back, for a reader to whom text can only be added.

    `answer(offset, text)` is our public stream's event: the answer is now `answer[:offset] + text`.
    It returns what may be sent now. A shorter answer is waited out, because a new attempt often says
    the same again; once it says something else, Restarted is raised.
    """

    sent: str = ""
    text: str = ""

    def answer(self, offset: int, text: str) -> str:
        self.text = self.text[:offset] + text
        if self.sent.startswith(self.text):
            return ""
        return self._go_on()

    def end(self, answer: str) -> str:
        """What is left to send of the final `answer`."""
        self.text = answer
        return self._go_on()

    def _go_on(self) -> str:
        if not self.text.startswith(self.sent):
            raise Restarted
        rest = self.text[len(self.sent) :]
        self.sent = self.text
        return rest


class Restarted(Exception):
    """The answer began anew and differs from what was already sent."""


def completion_id(run_id: str) -> str:
    """Their id for a run of ours; the run's id can be read off it."""
    return f"chatcmpl-{run_id.replace('-', '')}"


def usage_json(usage: Json) -> dict[str, Json]:
    """Their usage object; zeros when a run used no model."""
    used = usage if isinstance(usage, dict) else {}
    return {name: used.get(name) or 0 for name in ("prompt_tokens", "completion_tokens", "total_tokens")}


def completion(run: Mapping[str, Json], model: str) -> dict[str, Json]:
    """The body of an answer that is not streamed, from a run that succeeded."""
    message = {"role": "assistant", "content": run["answer"] or "", "refusal": None}
    return {
        "id": completion_id(str(run["id"])),
        "object": "chat.completion",
        "created": _unix(run["created_at"]),
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": usage_json(run["usage"]),
        **_extension(run.get("sources")),
    }


def _extension(sources: Json) -> dict[str, Json]:
    """The passages an answer rests on, beside what their protocol knows; their clients let it pass."""
    return {"sources": sources} if sources else {}


@dataclass(frozen=True)
class Chunks:
    """Writes the chunks of one streamed completion."""

    run_id: str
    model: str
    created: int
    include_usage: bool = False

    def opening(self) -> str:
        return self._delta({"role": "assistant", "content": "", "refusal": None})

    def text(self, text: str) -> str:
        return self._delta({"content": text})

    def closing(self, usage: Json, sources: Json = None) -> Iterable[str]:
        """Everything after the last text."""
        yield self._delta({}, finish="stop", **_extension(sources))
        if self.include_usage:
            yield self._chunk([], usage_json(usage))
        yield DONE

    def _delta(self, delta: Mapping[str, Json], finish: str | None = None, **more: Json) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk([choice], None, **more)

    def _chunk(self, choices: list[Json], usage: Mapping[str, Json] | None, **more: Json) -> str:
        body = {
            "id": completion_id(self.run_id),
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
            **more,
        }
        return _sse({**body, "usage": usage} if self.include_usage else body)


DONE = "data: [DONE]\n\n"


def error_json(refusal: ApiError, run_id: str | None = None) -> dict[str, Json]:
    """Their error body. The hint joins the message, since their clients show nothing else."""
    error: dict[str, Json] = {
        "message": f"{refusal.message} {refusal.hint}".strip(),
        "type": _error_type(refusal.status),
        "param": refusal.field,
        "code": refusal.code,
    }
    return {"error": {**error, "run_id": run_id} if run_id else error}


def error_chunk(refusal: ApiError, run_id: str) -> str:
    """An error in mid-stream: their clients raise it. No [DONE] follows: that would mean complete."""
    return _sse(error_json(refusal, run_id))


def model_json(slug: str, published_at: datetime) -> dict[str, Json]:
    """One entry of GET /v1/models."""
    return {"id": slug, "object": "model", "created": int(published_at.timestamp()), "owned_by": "treadle"}


def _error_type(status: int) -> str:
    if status == 401:
        return "authentication_error"
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


def _unix(at: Json) -> int:
    return int(datetime.fromisoformat(str(at)).timestamp())


def _sse(body: Mapping[str, Json]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n"

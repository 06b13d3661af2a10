"""How llama.cpp's own server is asked, whether it runs in this process or in one of its own.

Two things make cancelling sure. Progress reports during the reading of a long prompt are asked for, because
the server looks at the connection only when it writes; and batches are small, because it writes between
batches (a cancel in the prompt took 17-36 s with the defaults, 0.3 s so). An answer that does not stream is
never asked for: it runs to its end whatever the client does.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

from nodes.sdk.values import Json
from workers.models.failures import broken_off
from workers.models.runtime import Job, Piece, Refused
from workers.models.sse import SseParser
from workers.models.usage import usage_from_json
from workers.outgoing.http import read_capped
from workers.outgoing.local import LocalHttp

BATCH: Final = 256
PROMPT_CACHE_MIB: Final = 256
ALIVE_WITHIN_S: Final = 90.0
_SILENCE_S = 600.0


async def ask(http: LocalHttp, job: Job, *, key: str = "") -> AsyncGenerator[Piece]:
    """The reply to a job. Closing the iterator frees the slot. Raises Refused before any piece, and NodeError
    when the server goes away."""
    request = http.open(
        "POST",
        str(http.base / "v1/chat/completions"),
        headers=_headers(key),
        json=_request(job),
        read_timeout_s=_SILENCE_S,
    )
    async with request as response:
        if response.status != 200:
            raise _refused(await read_capped(response, 100_000))
        parser = SseParser()
        finish: str | None = None
        async for piece in response.content.iter_any():
            for data in parser.feed(piece):
                if data == "[DONE]":
                    return
                event = json.loads(data)
                if "error" in event:
                    raise _refused(data.encode())
                finish = _finish(event) or finish
                usage = usage_from_json(event.get("usage"))
                text, reasoning = _said(event)
                if usage is not None:
                    yield Piece(finish=finish or "stop", usage=usage)
                elif text or reasoning:
                    yield Piece(text, reasoning)
        raise broken_off("local")


async def turns(http: LocalHttp, *, key: str = "") -> bool:
    """Asks for the slots: the answer comes from the engine's own loop, so a stuck loop gives none."""
    async with http.open("GET", str(http.base / "slots"), headers=_headers(key)) as response:
        return response.status == 200


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _request(job: Job) -> dict[str, Json]:
    body: dict[str, Json] = {
        "messages": [{"role": m.role, "content": m.content} for m in job.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "cache_prompt": True,
        "max_tokens": job.max_tokens,
        **job.defaults,
    }
    settings: dict[str, Json] = {
        "temperature": job.temperature,
        "top_p": job.top_p,
        "top_k": job.top_k,
        "min_p": job.min_p,
        "repeat_penalty": job.repeat_penalty,
        "frequency_penalty": job.frequency_penalty,
        "presence_penalty": job.presence_penalty,
        "seed": None if job.seed is None else job.seed % (2**32 - 1),  # the last value means "any"
        "stop": list(job.stop) or None,
    }
    body.update({name: value for name, value in settings.items() if value is not None})
    if job.is_bound:
        body["grammar"] = job.grammar
    return body


def _said(event: dict[str, Any]) -> tuple[str, str]:
    choices = event.get("choices") or [{}]
    delta = choices[0].get("delta") or {}
    return delta.get("content") or "", delta.get("reasoning_content") or ""


def _finish(event: dict[str, Any]) -> str | None:
    choices = event.get("choices") or [{}]
    return choices[0].get("finish_reason")


def _refused(body: bytes) -> Refused:
    try:
        error = json.loads(body)["error"]
        kind, message = str(error.get("type", "")), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        kind, message = "", ""
    if kind == "exceed_context_size_error":
        return Refused("context_too_long", f"The messages are too long for the model: {message}.")
    if "schema" in message.lower() or "grammar" in message.lower():
        return Refused("bad_schema", "The model cannot be bound to this schema.")
    return Refused("bad_request", message or "The model refused the request.")

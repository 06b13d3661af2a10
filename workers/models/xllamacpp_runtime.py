"""llama.cpp through xllamacpp: its own server in this process, reached over a private unix socket.

The detour over its HTTP listener is what makes cancelling sure: closing the connection frees the slot within
0.05 s [measured], while the direct call `handle_chat_completions` only hears a callback's answer. Two
settings belong to that. Progress reports during the reading of a long prompt are asked for, because the
server looks at the connection only when it writes; and batches are small, because it writes between batches
(a cancel in the prompt took 17-36 s with the defaults, 0.3 s so). An answer that does not stream is never
asked for: it runs to its end whatever the client does.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from workers.models.runtime import CONTEXT, Job, Piece, Refused, half_the_processors
from workers.models.sse import SseParser
from workers.models.usage import usage_from_json
from workers.outgoing.http import read_capped
from workers.outgoing.local import LocalHttp

_BATCH = 256
_PROMPT_CACHE_MIB = 256
_SILENCE_S = 600.0
_ALIVE_WITHIN_S = 90.0


class XllamacppRuntime:
    """A GGUF file, answering up to `slots` requests at a time.

    `socket` is where llama.cpp listens, in a folder of ours. What a killed host left there is removed.
    """

    def __init__(
        self, model: Path, *, socket: Path, slots: int = 2, context: int = CONTEXT, threads: int = 0
    ) -> None:
        self.slots = slots
        self.context = context
        self._model = model
        self._threads = threads or half_the_processors()
        self._socket = socket
        self._http = LocalHttp(str(self._socket), keep_alive=False)  # it closes idle ones after 5 s
        self._server: Any = None

    async def load(self) -> None:
        self._server = await asyncio.to_thread(self._start)

    def _start(self) -> Any:
        # Threads that spin while they wait ruin a busy machine: 3 tokens a second against 33 [measured, two
        # processors with six processes wanting them]. Read when the library is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import xllamacpp

        self._socket.unlink(missing_ok=True)
        params = xllamacpp.CommonParams()
        params.model.path = str(self._model)
        params.n_parallel = self.slots
        params.n_ctx = self.context * self.slots
        params.kv_unified = False  # each slot has its own share, so one long chat cannot starve the others
        params.ctx_shift = False
        params.n_batch = params.n_ubatch = _BATCH
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.fit_params = False
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        params.hostnames = [str(self._socket)]
        params.ui = False
        params.endpoint_slots = True  # is_alive asks it
        params.cors_origins = ""
        params.verbosity = 1
        return xllamacpp.Server(params)

    async def generate(self, job: Job) -> AsyncIterator[Piece]:
        request = self._http.open(
            "POST",
            "http://localhost/v1/chat/completions",
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

    async def is_alive(self) -> bool:
        """Asks for the slots: the answer comes from the engine's own loop, so a stuck loop gives none."""
        try:
            async with asyncio.timeout(_ALIVE_WITHIN_S):
                async with self._http.open("GET", "http://localhost/slots") as response:
                    return response.status == 200
        except (TimeoutError, NodeError):
            return False

    async def close(self) -> None:
        await self._http.close()
        self._server = None
        self._socket.unlink(missing_ok=True)


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

"""A model provider as a small web application, for tests to talk to over a real connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from nodes.sdk.word_vectors import ranked_by_words, word_vector
from tests.models.fake_families import OtherFamilies
from tests.models.fake_media import MediaFamilies
from tests.models.fake_wire import calls_of, cut, pieces_of, text_of, words_of

LINK_LOCAL = "http://169.254.169.254/latest/meta-data"


class FakeProvider(OtherFamilies, MediaFamilies):
    """Does what the last message says.

    `status NNN` answers with it; `bytes` sends the stream byte by byte; `crlf` ends lines with CR LF;
    `cut` breaks off after two words; `slow` and `endless`, which hurries, never end by themselves;
    `silent` says nothing; `whole` does not stream; `garbage` sends no JSON; `no usage` leaves the usage
    out; `think` reasons first; `late error` fails in the stream. `call NAME ARGUMENTS` calls a tool, its
    arguments sent in pieces; `whole call …` does so at once, and `calls …` twice, the pieces in turns.
    What texts are to fit says it as in `_rerank`; what is heard, said and drawn as in `MediaFamilies`. Any
    other message is echoed word by word. A path under /redirect leads to a link-local address.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.closed_early = 0

    async def start(self) -> int:
        """Listens on a free port of 127.0.0.1 and returns it."""
        app = web.Application(client_max_size=30_000_000)
        app.router.add_route("*", "/redirect{rest:.*}", self._redirect)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/embeddings", self._embeddings)
        for path in ("/v1/rerank", "/v2/rerank", "/reranks"):
            app.router.add_post(path, self._rerank)
        app.router.add_post("/v1/messages", self._anthropic)
        app.router.add_post("/{rest:.*}:streamGenerateContent", self._gemini)
        app.router.add_post("/openai/deployments/{name}/chat/completions", self._openai)
        self.route(app)
        self.route_media(app)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _redirect(self, request: web.Request) -> web.Response:
        self._note(request, {})
        return web.Response(status=307, headers={"Location": f"{LINK_LOCAL}{request.match_info['rest']}"})

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        message = text_of(body["messages"][-1]["content"])
        calls = calls_of(message)
        text = _json_reply(body) if "response_format" in body else "" if calls else message
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1"}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        if message.startswith("whole call "):
            said = {"role": "assistant", "content": None, "tool_calls": calls}
            choice = {"index": 0, "message": said, "finish_reason": "tool_calls"}
            return web.json_response({**head, "choices": [choice], "usage": usage})
        if message == "whole":
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            return web.json_response({**head, "choices": [choice], "usage": usage})

        def delta(fields: dict[str, Any], finish: str | None = None) -> str:
            return json.dumps(
                {**head, "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]},
                ensure_ascii=False,
            )

        async def events() -> AsyncIterator[str]:
            yield delta({"role": "assistant", "content": ""})
            if message == "think":
                yield delta({"reasoning_content": "Hm."})
            async for word in words_of(text):
                yield delta({"content": word})
            for piece in pieces_of(calls):
                yield delta({"tool_calls": [piece]})
            if message == "late error":
                yield json.dumps({"error": {"message": "overloaded", "code": 503}})
            yield delta({}, "length" if message.endswith("CUT") else "tool_calls" if calls else "stop")
            if message != "no usage":
                yield json.dumps({**head, "choices": [], "usage": usage})
            yield "[DONE]"

        return await self._stream(request, message, (f"data: {event}\n\n" async for event in events()))

    async def _embeddings(self, request: web.Request) -> web.Response:
        """Vectors from words alone, longer than one and in another order than asked, as services may."""
        body = await request.json()
        self._note(request, body)
        texts = body["input"]
        if texts[0].startswith("status "):
            status = int(texts[0].split()[1])
            error = {"message": f"no, {request.headers.get('Authorization', '')}"}
            return web.json_response({"error": error}, status=status, headers={"Retry-After": "7"})
        if texts[0] == "garbage":
            return web.json_response({"data": [{"index": 0, "embedding": [0, 0]}]})
        entries = [
            {"object": "embedding", "index": n, "embedding": [3 * x for x in word_vector(text)]}
            for n, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 5, "total_tokens": 5}
        return web.json_response({"object": "list", "model": "fake-e", "data": entries[::-1], "usage": usage})

    async def _rerank(self, request: web.Request) -> web.StreamResponse:
        """Scores from words alone, the best first, as services send them; or what the question says.

        `logits` sends such numbers as open models compute; `texts` wants the texts by another name;
        the names of faults in the answer are those below.
        """
        body = await request.json()
        self._note(request, body)
        query = body["query"]
        if query.startswith("status "):
            error = {"message": f"no, {request.headers.get('Authorization', '')}"}
            status = int(query.split()[1])
            return web.json_response({"error": error}, status=status, headers={"Retry-After": "7"})
        if query == "silent":
            await asyncio.sleep(600)
        if query in ("drip", "huge"):
            return await self._without_end(request, 0.02 if query == "drip" else 0)
        if query.startswith("texts ") and "texts" not in body:
            return web.Response(text="Failed to deserialize the JSON body: missing field `texts`", status=422)
        scores = ranked_by_words(query, body.get("texts") or body["documents"]).scores
        if query.startswith("logits "):
            scores = tuple(20 * score - 10 for score in scores)
        results: list[Any] = [{"index": n, "relevance_score": score} for n, score in enumerate(scores)]
        results.sort(key=lambda one: -one["relevance_score"])
        faults: dict[str, Any] = {
            "out of range": [{**results[0], "index": len(results)}, *results[1:]],
            "below": [{**results[0], "index": -1}, *results[1:]],
            "doubled": [*results, results[0]],
            "missing": results[1:],
            "words": [{**results[0], "relevance_score": "very"}, *results[1:]],
            "no score": [{"index": 0}, *results[1:]],
            "nan": [{**results[0], "relevance_score": float("nan")}, *results[1:]],
            "endless": [{**results[0], "relevance_score": float("inf")}, *results[1:]],
            "list": ["one", "two"],
            "nothing": None,
        }
        results = faults.get(query, results)
        if query == "garbage":
            return web.Response(text="{no json", content_type="application/json")
        if query.startswith("texts "):
            return web.json_response(
                [{"index": one["index"], "score": one["relevance_score"]} for one in results]
            )
        usage = {"total_tokens": 5, "prompt_tokens": 5}
        meta = {"billed_units": {"search_units": 1}}
        return web.json_response({"results": results, "data": results, "usage": usage, "meta": meta})

    async def _without_end(self, request: web.Request, pause_s: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            await response.write(b'{"results": [')
            for _ in range(100_000):
                await response.write(b" " * (1 if pause_s else 100_000))
                await asyncio.sleep(pause_s)
            return response
        except (asyncio.CancelledError, ConnectionError):
            self.closed_early += 1
            raise

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        message = text_of(body["messages"][-1]["content"])
        calls = calls_of(message)

        async def events() -> AsyncIterator[dict[str, Any]]:
            start = {
                "id": "m1",
                "type": "message",
                "role": "assistant",
                "content": [],
                "model": "claude-fake",
            }
            usage = {"input_tokens": 7, "output_tokens": 1}
            yield {"type": "message_start", "message": {**start, "stop_reason": None, "usage": usage}}
            block = {"type": "text", "text": ""}
            yield {"type": "content_block_start", "index": 0, "content_block": block}
            async for word in words_of("Let me see." if calls else message):
                yield {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "text_delta", "text": word},
                }
            yield {"type": "content_block_stop", "index": 0}
            for index, call in enumerate(calls, 1):
                function = call["function"]
                block = {"type": "tool_use", "id": call["id"], "name": function["name"], "input": {}}
                yield {"type": "content_block_start", "index": index, "content_block": block}
                for part in cut(function["arguments"]):
                    said = {"type": "input_json_delta", "partial_json": part}
                    yield {"type": "content_block_delta", "index": index, "delta": said}
                yield {"type": "content_block_stop", "index": index}
            end = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
            yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": 3}}
            yield {"type": "message_stop"}

        lines = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" async for e in events())
        return await self._stream(request, message, lines)

    async def _gemini(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        message = text_of(body["contents"][-1]["parts"])
        calls = calls_of(message)

        async def events() -> AsyncIterator[str]:
            for call in calls:
                said = {"name": call["function"]["name"], "args": json.loads(call["function"]["arguments"])}
                part = {"content": {"role": "model", "parts": [{"functionCall": said}]}, "index": 0}
                yield json.dumps({"candidates": [part]})
            async for word in words_of("" if calls else message):
                part = {"content": {"role": "model", "parts": [{"text": word}]}, "index": 0}
                yield json.dumps({"candidates": [part]})
            last = {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP", "index": 0}
            usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
            yield json.dumps({"candidates": [last], "usageMetadata": usage})

        return await self._stream(request, message, (f"data: {e}\n\n" async for e in events()))

    def _note(self, request: web.Request, body: dict[str, Any]) -> None:
        self.asked.append({"path": request.path, "headers": dict(request.headers), "json": body})

    async def _stream(
        self,
        request: web.Request,
        message: str,
        events: AsyncIterator[str] | AsyncIterator[bytes],
        content_type: str = "text/event-stream",
    ) -> web.StreamResponse:
        if message.startswith("status "):
            status = int(message.split()[1])
            error = {"message": f"{message} for key {request.headers.get('Authorization', '')}"}
            said = {"error": error, "message": message}
            return web.json_response(said, status=status, headers={"Retry-After": "7"})
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        try:
            if message == "silent":
                await asyncio.sleep(600)
            if message == "garbage":
                await response.write(b"data: {no json\n\n")
            sent = 0
            async for event in events:
                wire = event if isinstance(event, bytes) else event.encode()
                wire = wire.replace(b"\n", b"\r\n") if message == "crlf" else wire
                step = 1 if message == "bytes" else len(wire)
                for start in range(0, len(wire), step):
                    await response.write(wire[start : start + step])
                    await asyncio.sleep(0)
                sent += 1
                if message == "cut" and sent == 3 and request.transport is not None:
                    request.transport.abort()
            return response
        except (asyncio.CancelledError, ConnectionError):
            self.closed_early += 1
            raise


def _json_reply(body: dict[str, Any]) -> str:
    fields = body["response_format"]["json_schema"]["schema"].get("properties", {})
    return json.dumps(dict.fromkeys(fields, "x"))

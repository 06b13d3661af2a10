"""The straight path to any OpenAI-compatible address, our own model host among them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol

import aiohttp

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, InLine, Ranking, Usage, Vectors
from nodes.sdk.values import Json
from workers.models import failures
from workers.models.calls import CallsHeard, message_json, tool_settings
from workers.models.ranking import TIMEOUT_S as RANKING_TIMEOUT_S
from workers.models.ranking import ranking_usage, scores_in_order, squeezed
from workers.models.sse import SseParser
from workers.models.usage import embedding_usage, estimate_usage, usage_from_json
from workers.models.vectors import batches, prefixed, unit
from workers.outgoing.http import read_capped
from workers.rounds import rounds

SILENCE_S = 180.0
MOST_TEXTS = 64  # of an embedding request: services take 96, 128 or 2,048, small servers fewer than those
_MOST_CHARACTERS = 100_000
_DRAIN_S = 0.05
_MAX_ERROR_BYTES = 100_000
_MAX_REPLY_BYTES = 10_000_000


class Door(Protocol):
    """GuardedHttp for addresses that people enter, LocalHttp for our own host."""

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        json: Json = None,
        read_timeout_s: float | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]: ...


class OpenAIBackend:
    """One model at one base address such as `https://host/v1`.

    `title` is how messages name the model. `silence_s` bounds the wait for the first and for each next piece.
    A model that `is_blind` reads text only: pictures are refused here, and not sent. One that `tells_place`
    is served by our own host, which says how many are before a question.
    """

    def __init__(
        self,
        door: Door,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        title: str = "",
        silence_s: float = SILENCE_S,
        is_blind: bool = False,
        tells_place: bool = False,
    ) -> None:
        self._door = door
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._embeddings_url = base_url.rstrip("/") + "/embeddings"
        self._rerank_url = base_url.rstrip("/") + "/rerank"
        self._model = model
        self._key = api_key
        self._title = title or model
        self._silence_s = silence_s
        self._is_blind = is_blind
        self._tells_place = tells_place

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        if self._is_blind and request.has_images:
            raise failures.cannot_see(self._title)
        body = request_body(request, self._model)
        if self._tells_place and request.on_place is not None:
            body["stream_options"] = {"include_usage": True, "include_place": True}
        headers = {"Accept": "text/event-stream"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            async with self._door.open(
                "POST",
                self._url,
                headers=headers,
                json=body,
                read_timeout_s=self._silence_s,
            ) as response:
                if response.status != 200:
                    raise await self._refusal(response, with_images=request.has_images)
                async for chunk in self._read(request, response):
                    yield chunk
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        vectors: list[list[float]] = []
        usage = Usage()
        try:
            for group in batches(prefixed(texts, self._model, kind), MOST_TEXTS, _MOST_CHARACTERS):
                found, used = await self._embed_group(group)
                vectors += found
                usage += used
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        return Vectors(vectors, model=self._title, usage=usage)

    async def _embed_group(self, texts: list[str]) -> tuple[list[list[float]], Usage]:
        async with self._door.open(
            "POST",
            self._embeddings_url,
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            json={"model": self._model, "input": list(texts), "encoding_format": "float"},
            read_timeout_s=self._silence_s,
        ) as response:
            if response.status != 200:
                raise await self._refusal(response)
            answer = await self._whole(response)
        try:
            found = vectors_in_order(answer.get("data"), len(texts))
        except ValueError:
            raise failures.senseless(self._title) from None
        return found, embedding_usage(answer.get("usage"), texts)

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        try:
            async with asyncio.timeout(min(self._silence_s, RANKING_TIMEOUT_S)):
                answer = await self._rank(query, texts)
        except TimeoutError:
            raise failures.timed_out(self._title) from None
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None
        said = answer if isinstance(answer, dict) else {"results": answer}
        usage = said.get("usage")
        counted = [usage.get("total_tokens"), usage.get("prompt_tokens")] if isinstance(usage, dict) else []
        try:
            scores = scores_in_order(said.get("results", said.get("data")), len(texts))
        except ValueError:
            raise failures.senseless(self._title) from None
        return Ranking(tuple(squeezed(scores)), self._title, ranking_usage(counted, query, texts))

    async def _rank(self, query: str, texts: Sequence[str]) -> Json:
        """What the service answers, whose own form of the question is found out where it is not Cohere's."""
        asked: dict[str, Json] = {"model": self._model, "query": query}
        common: dict[str, Json] = {**asked, "documents": list(texts), "top_n": len(texts)}
        for body in (common, {**asked, "texts": list(texts)}):
            async with self._door.open(
                "POST",
                self._rerank_url,
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
                json=body,
                read_timeout_s=min(self._silence_s, RANKING_TIMEOUT_S),
            ) as response:
                if response.status == 200:
                    return await self._json(response)
                refused = await self._refusal(response)
            # Text Embeddings Inference takes "texts", and says so.
            if response.status != 422 or "`texts`" not in refused.message:
                break
        raise refused

    async def _read(self, request: ChatRequest, response: aiohttp.ClientResponse) -> AsyncIterator[ChatChunk]:
        calls = CallsHeard(request, self._title)
        on_place = request.on_place if self._tells_place else None
        reply = _Reply(self._title, self._key, calls, with_images=request.has_images, on_place=on_place)
        if response.content_type == "application/json":  # it does not stream; take the answer whole
            for chunk in reply.read(await self._whole(response), "message"):
                yield chunk
        else:
            parser, together, has_begun = SseParser(), rounds(), False
            try:
                async for piece in response.content.iter_any():
                    for data in parser.feed(piece):
                        for chunk in reply.read_event(data):
                            yield chunk
                    if reply.is_done:
                        await _drain(response)
                        break
                    if has_begun:
                        await together.wait(response.connection and response.connection.transport)
                    elif reply.text:
                        has_begun = True
                        together.reading += 1
                else:
                    for data in parser.close():
                        for chunk in reply.read_event(data):
                            yield chunk
            except ValueError:
                raise failures.senseless(self._title) from None
            finally:
                together.reading -= has_begun
        if reply.finish is None and not reply.is_done:
            raise failures.broken_off(self._title)
        calls = reply.calls.whole(was_cut=reply.finish == "length")
        yield ChatChunk(
            usage=reply.usage or estimate_usage(request, reply.text),
            finish="tool_calls" if calls else reply.finish or "stop",
            model=reply.model or self._model,
            tool_calls=calls,
        )

    async def _json(self, response: aiohttp.ClientResponse) -> Json:
        try:
            return json.loads(await read_capped(response, _MAX_REPLY_BYTES))
        except (ValueError, RecursionError):
            raise failures.senseless(self._title) from None

    async def _whole(self, response: aiohttp.ClientResponse) -> dict[str, Any]:
        value = await self._json(response)
        if not isinstance(value, dict):
            raise failures.senseless(self._title)
        return value

    async def _refusal(self, response: aiohttp.ClientResponse, *, with_images: bool = False) -> NodeError:
        try:
            body = await read_capped(response, _MAX_ERROR_BYTES)
        except NodeError:
            body = b""
        return failures.from_status(
            response.status,
            body,
            response.headers,
            model=self._title,
            secret=self._key,
            with_images=with_images,
        )


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Reads what follows [DONE], normally the end alone, so that the connection can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            await response.content.readany()


def request_body(request: ChatRequest, model: str) -> dict[str, Json]:
    """The request as OpenAI's JSON. Settings that are None are left out: the model's own then hold."""
    body: dict[str, Json] = {
        "model": model,
        "messages": [message_json(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **tool_settings(request),
    }
    settings: dict[str, Json] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    body.update({name: value for name, value in settings.items() if value is not None})
    if request.schema is not None:
        body["response_format"] = response_format(request)
    return body


def response_format(request: ChatRequest) -> dict[str, Json]:
    """OpenAI's way of binding an answer to a JSON Schema."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": dict(request.schema or {}), "strict": True},
    }


def vectors_in_order(data: object, count: int) -> list[list[float]]:
    """OpenAI's list of embeddings as unit vectors. Raises ValueError when it is not `count` of one width."""
    found: dict[int, list[float]] = {}
    for position, entry in enumerate(data if isinstance(data, list) else []):
        if not isinstance(entry, dict):
            raise ValueError("no embedding")
        index = entry.get("index")
        found[index if isinstance(index, int) else position] = unit(entry.get("embedding"))
    if sorted(found) != list(range(count)) or len({len(vector) for vector in found.values()}) > 1:
        raise ValueError("not one vector for each text")
    return [found[index] for index in range(count)]


def _place_of(value: dict[str, Any]) -> InLine | None:
    """The place in the line that an event of our own host tells."""
    said = value.get("place")
    if not isinstance(said, dict):
        return None
    ahead, at_once = said.get("ahead"), said.get("at_once")
    return InLine(ahead, at_once) if isinstance(ahead, int) and isinstance(at_once, int) else None


class _Reply:
    """What has been heard so far."""

    def __init__(
        self,
        title: str,
        secret: str,
        calls: CallsHeard,
        *,
        with_images: bool,
        on_place: Callable[[InLine], None] | None,
    ) -> None:
        self._on_place = on_place
        self._title, self._secret, self._with_images = title, secret, with_images
        self.calls = calls
        self._texts: list[str] = []
        self.usage: Usage | None = None
        self.finish: str | None = None
        self.model: str | None = None
        self.is_done = False

    @property
    def text(self) -> str:
        return "".join(self._texts) + self.calls.text

    def read_event(self, data: str) -> list[ChatChunk]:
        if data.strip() == "[DONE]":
            self.is_done = True
            return []
        try:
            value = json.loads(data)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(value, dict):
            raise ValueError("not an object")
        return self.read(value, "delta")

    def read(self, value: dict[str, Any], part: str) -> list[ChatChunk]:
        """The chunks in one event (`part` "delta") or one whole answer (`part` "message")."""
        error = value.get("error")
        if error:
            raise self._failure(error)
        self.usage = usage_from_json(value.get("usage")) or self.usage
        model = value.get("model")
        self.model = model if isinstance(model, str) and model else self.model
        choices = value.get("choices")
        if not choices and self._on_place is not None and (place := _place_of(value)) is not None:
            self._on_place(place)
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return []
        finish = choices[0].get("finish_reason")
        self.finish = finish if isinstance(finish, str) else self.finish
        said = choices[0].get(part)
        if not isinstance(said, dict):
            return []
        text, reasoning = said.get("content"), said.get("reasoning_content") or said.get("reasoning")
        text = text if isinstance(text, str) else ""
        reasoning = reasoning if isinstance(reasoning, str) else ""
        chunks = [ChatChunk(call_text=piece) for piece in self.calls.feed(said.get("tool_calls"))]
        if text or reasoning:
            self._texts += [reasoning, text]
            chunks.insert(0, ChatChunk(text=text, reasoning=reasoning))
        return chunks

    def _failure(self, error: object) -> NodeError:
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        body = json.dumps({"error": error})
        return failures.from_status(
            status, body, {}, model=self._title, secret=self._secret, with_images=self._with_images
        )

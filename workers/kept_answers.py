"""What models have answered, taken again where a step wants that and exactly the same is asked.

An app has its own answers: what it was asked holds what its visitors said, and neither another app nor
another workspace shall find out that it was asked. An answer hangs on the run that got it, so that whatever
deletes the run deletes the answer. What breaks off, is cut at a limit, or may call tools is not kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Count, QuerySet, Sum

from backend.runs.models import KeptAnswer, Run
from backend.runs.reads import read
from backend.runs.sql import clean_text
from backend.runs.writer import Writer
from nodes.sdk.models import (
    ChatChunk,
    ChatRequest,
    EmbedKind,
    Made,
    Models,
    Price,
    Ranking,
    Recording,
    Task,
    Transcript,
    Usage,
    Vectors,
)

log = logging.getLogger(__name__)

LONGEST: Final = 200_000
"""Characters of an answer that is kept, with the thoughts before it."""
MOST_OF_AN_APP: Final = 1_000
MOST_CHARACTERS_OF_AN_APP: Final = 20_000_000
_NO_PART_OF_THE_QUESTION: Final = frozenset({"reuse_s", "on_place"})
_NOTHING_PAID: Final = Usage(cost=0.0)


@dataclass(frozen=True)
class ModelsWithKeptAnswers:
    """A workspace's models as a run of one of its apps asks them: the SDK's `Models`."""

    models: Models
    workspace_id: UUID
    run_id: UUID
    writer: Writer

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        if request.reuse_s is None or request.tools:
            return self.models.chat(request)
        return self._with_kept(request, timedelta(seconds=request.reuse_s))

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        return await self.models.embed(texts, model=model, kind=kind)

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return await self.models.rerank(query, texts, model=model)

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        return await self.models.transcribe(recording, language=language, model=model)

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        return await self.models.speak(text, voice=voice, model=model)

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        return await self.models.draw(words, size=size, model=model)

    async def which(self, model: str = "") -> str:
        return await self.models.which(model)

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return await self.models.price(model, task=task)

    async def _with_kept(self, request: ChatRequest, how_old: timedelta) -> AsyncIterator[ChatChunk]:
        model = await self.models.which(request.model)
        key = key_of(model, request)
        kept = await self._find(key, how_old)
        if kept is not None:
            yield ChatChunk(
                text=kept.text,
                reasoning=kept.reasoning,
                usage=_NOTHING_PAID,
                finish="stop",
                model=kept.model,
                answered_at=kept.answered_at,
            )
            return
        heard: list[ChatChunk] = []
        stream = self.models.chat(request)
        try:
            async for chunk in stream:
                heard.append(chunk)
                yield chunk
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()  # now, not when it is collected: it holds a connection
        answer = _whole(heard)
        if answer.finish != "stop" or answer.tool_calls or not answer.text:
            return
        if request.model and answer.model not in (None, "", request.model):
            return  # a stand-in answered
        await self._keep(key, answer, how_old)

    async def _find(self, key: str, how_old: timedelta) -> KeptAnswer | None:
        def look() -> KeptAnswer | None:
            return self._rows().filter(key=key, answered_at__gt=datetime.now(UTC) - how_old).first()

        try:
            return await read(look)
        except DatabaseError:
            log.warning("A kept answer could not be looked up; the model is asked.", exc_info=True)
            return None

    async def _keep(self, key: str, answer: ChatChunk, how_long: timedelta) -> None:
        size = len(answer.text) + len(answer.reasoning)
        is_clean = clean_text(answer.text) == answer.text and clean_text(answer.reasoning) == answer.reasoning
        if size > LONGEST or not is_clean:
            return
        try:
            await self.writer.write(lambda _: self._write(key, answer, size, how_long))
        except DatabaseError:
            log.warning("An answer could not be kept; it will be asked for again.", exc_info=True)

    def _write(self, key: str, answer: ChatChunk, size: int, how_long: timedelta) -> None:
        runs = Run.objects.for_workspace(self.workspace_id).select_for_update()
        run = runs.only("workflow_id").filter(pk=self.run_id).first()
        if run is None:
            return  # it was deleted meanwhile
        now = datetime.now(UTC)
        KeptAnswer.objects.bulk_create(
            [
                KeptAnswer(
                    workspace_id=self.workspace_id,
                    workflow_id=run.workflow_id,
                    run_id=run.pk,
                    key=key,
                    text=answer.text,
                    reasoning=answer.reasoning,
                    model=(answer.model or "")[:300],
                    size=size,
                    answered_at=now,
                    expires_at=now + how_long,
                )
            ],
            update_conflicts=True,
            unique_fields=["workflow", "key"],
            update_fields=["run", "text", "reasoning", "model", "size", "answered_at", "expires_at"],
        )
        kept = KeptAnswer.objects.for_workspace(self.workspace_id).filter(workflow_id=run.workflow_id)
        kept.filter(expires_at__lt=now).delete()
        _make_room(kept)

    def _rows(self) -> QuerySet[KeptAnswer]:
        app = Run.objects.for_workspace(self.workspace_id).filter(pk=self.run_id).values("workflow")
        return KeptAnswer.objects.for_workspace(self.workspace_id).filter(workflow__in=app)


def key_of(model: str, request: ChatRequest) -> str:
    """A hash of all that a model is asked, whatever parameters there come to be."""
    asked = {one.name: getattr(request, one.name) for one in fields(request)}
    asked = {name: value for name, value in asked.items() if name not in _NO_PART_OF_THE_QUESTION}
    text = json.dumps(
        {**asked, "model": model}, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be part of a question")


def _whole(heard: Sequence[ChatChunk]) -> ChatChunk:
    """One piece that says all that was heard."""
    whole = ChatChunk(
        text="".join(chunk.text for chunk in heard), reasoning="".join(chunk.reasoning for chunk in heard)
    )
    for chunk in heard:
        whole = replace(
            whole,
            finish=chunk.finish or whole.finish,
            model=chunk.model or whole.model,
            tool_calls=chunk.tool_calls or whole.tool_calls,
        )
    return whole


def _make_room(kept: QuerySet[KeptAnswer]) -> None:
    """Deletes the oldest answers of an app that has too many, or too long ones."""
    held = kept.aggregate(count=Count("pk"), characters=Sum("size"))
    if held["count"] <= MOST_OF_AN_APP and (held["characters"] or 0) <= MOST_CHARACTERS_OF_AN_APP:
        return
    too_old: list[int] = []
    characters = 0
    for n, (pk, size) in enumerate(kept.order_by("-answered_at", "-pk").values_list("pk", "size"), 1):
        characters += size
        if n > MOST_OF_AN_APP or characters > MOST_CHARACTERS_OF_AN_APP:
            too_old.append(pk)
    kept.filter(pk__in=too_old).delete()

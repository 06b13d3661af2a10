"""A run as visitors and app keys may follow it: the answer as it grows, and the end. Nothing of the inside.

The answer is folded here, on the server: no prompt, no step, no raw error leaves with it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any
from uuid import UUID

from backend.accounts.by_hand import first
from backend.runs.asks import Ask, AskFold
from backend.runs.doings import Doing, DoingFold, Told, told_of
from backend.runs.entries import Entry, Place, Reset, place_of
from backend.runs.models import Run
from backend.runs.reads import read
from backend.runs.sql import dialect
from backend.runs.stream import follow_batches
from backend.runs.views_of_run import run_json
from backend.runs.whole import whole_entries
from backend.workflows.models import Version
from nodes.sdk.answers import AnswerFold, AnswerPlan
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import graph_from_json


@dataclass(frozen=True)
class SseEvent:
    """One server-sent event. `id` is where a reader may come back to."""

    event: str
    data: dict[str, Any]
    id: str | None = None


async def public_events(run: Run, last_event_id: str | None = None) -> AsyncGenerator[SseEvent]:
    """The public stream of a run, from its beginning or from where a reader was.

    `run` comes first: {"id", "status", "conversation_id"}. Then `answer`: {"offset", "text"}, meaning that
    the answer is now what it was up to `offset` (in code points), followed by `text`. `asks`: {"asks"} comes
    when the questions to people that are open have changed (`asks.py`), `doing`: {"doing"} when an agent
    began to use a tool or is done with it, or a question moves up in the line before a model
    (`doings.py`). At last `end`, with the run as
    `run_json` gives it. Whoever comes back with an id gets what is new since then, or, if that
    can no longer be told, the whole answer at offset 0.
    """
    conversation_id = str(run.conversation_id) if run.conversation_id else None
    yield SseEvent("run", {"id": str(run.pk), "status": run.status, "conversation_id": conversation_id})
    plan, tools = await read(_plan_of, run.version_id)
    answer = _Answer(plan, place_of(last_event_id))
    asks, told = AskFold(), None if last_event_id else list[Ask]()
    doing, seen = DoingFold(tools), None if last_event_id else list[Doing]()
    async with aclosing(follow_batches(run.pk, None, known_seq=run.last_seq)) as batches:
        async for batch in batches:
            change = answer.take(await whole_entries(run.pk, batch, plan.told))
            last = next((entry for entry in reversed(batch) if isinstance(entry, Entry)), None)
            if change is not None:
                yield SseEvent("answer", change, last.id if last else None)
            asks, doing = _take(asks, doing, tools, batch)
            if (now := doing.doings) != seen:
                seen = now
                yield SseEvent("doing", {"doing": seen}, last.id if last else None)
            if asks.asks != told:
                told = asks.asks
                yield SseEvent("asks", {"asks": told}, last.id if last else None)
            if last is not None and last.is_end:
                yield SseEvent("end", run_json(await read(_run_of, run.pk)), last.id)


def _take(
    asks: AskFold, doing: DoingFold, tools: Told, batch: list[Entry | Reset]
) -> tuple[AskFold, DoingFold]:
    for entry in batch:
        if isinstance(entry, Reset):
            asks, doing = AskFold(), DoingFold(tools)
        elif entry.kind == "event":
            asks.event(entry.body)
            doing.event(entry.body)
        elif entry.kind == "place":
            doing.place(entry.body)
    return asks, doing


class _Answer:
    """The answer as we know it, and as the reader was last told."""

    def __init__(self, plan: AnswerPlan, came_back_to: Place | None) -> None:
        self._plan = plan
        self._fold = AnswerFold(plan)
        self._back_to = came_back_to
        self._told: str | None = "" if came_back_to is None else None

    def take(self, batch: list[Entry | Reset]) -> dict[str, Any] | None:
        """Folds entries; gives the change to tell, if there is one."""
        for entry in batch:
            if isinstance(entry, Reset):
                self._fold = AnswerFold(self._plan)
                continue
            self._fold_in(entry)
            if entry.place == self._back_to:
                self._told = self._fold.text
        text, told = self._fold.text, self._told
        self._told = text
        if text == told:
            return None
        if told is None:
            return {"offset": 0, "text": text}
        offset = len(told) if text.startswith(told) else _common_length(told, text)
        return {"offset": offset, "text": text[offset:]}

    def _fold_in(self, entry: Entry) -> None:
        body = entry.body
        if entry.kind == "event":
            self._fold.event(body["type"], body["path"], body["data"])
        elif entry.kind == "delta":
            self._fold.delta(body["path"], body["attempt"], body["offset"], body["text"])
        elif entry.kind == "snapshot":
            self._fold.snapshot(body["path"], body["attempt"], body["text"])


def _common_length(a: str, b: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


@lru_cache(maxsize=256)
def _plan_of(version_id: object) -> tuple[AnswerPlan, Told]:
    plan, graph = Version.objects.values_list("answer_plan", "graph").get(pk=version_id)
    return AnswerPlan.from_json(plan), told_of(graph_from_json(graph), installed_catalogue())


def _run_of(run_id: UUID) -> Run:
    run = first(Run, "SELECT * FROM runs_run WHERE id = %s", [dialect().uuid(run_id)])
    if run is None:
        raise Run.DoesNotExist
    return run

"""Readers for tests: what a member and what a visitor see of a run, and the answer each ends up with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from backend.runs.entries import Entry, Reset
from backend.runs.hub import hub
from backend.runs.models import Event, Run
from backend.runs.public import SseEvent, public_events
from backend.runs.reads import read
from backend.runs.stream import follow
from nodes.sdk.answers import AnswerFold, AnswerPlan


@asynccontextmanager
async def listening() -> AsyncIterator[None]:
    """Ends this loop's connection to Redis when the test is over."""
    try:
        yield
    finally:
        await hub().close()


async def entries_of(run: Run, after: str | None = None) -> list[Entry | Reset]:
    """All that a member's console gets until the run has ended."""
    return [entry async for entry in follow(run.pk, after)]


async def public_of(run: Run, last_event_id: str | None = None) -> list[SseEvent]:
    """All that a visitor gets until the run has ended."""
    return [event async for event in public_events(await reread(run), last_event_id)]


async def reread(run: Run) -> Run:
    """The run as it is in the database now."""
    return await read(lambda: Run.objects.select_related("version").get(pk=run.pk))


def told(events: Iterable[SseEvent], answer: str = "") -> str:
    """The answer that a visitor who had `answer` ends up with."""
    for event in events:
        if event.event == "answer":
            answer = answer[: event.data["offset"]] + event.data["text"]
    return answer


def folded(run: Run, entries: Iterable[Entry | Reset], fold: AnswerFold | None = None) -> AnswerFold:
    """The answer as a member's console folds it, from the beginning or on top of `fold`."""
    plan = AnswerPlan.from_json(run.version.answer_plan)
    fold = fold or AnswerFold(plan)
    for entry in entries:
        if isinstance(entry, Reset):
            fold = AnswerFold(plan)
        elif entry.kind == "event":
            fold.event(entry.body["type"], entry.body["path"], entry.body["data"])
        elif entry.kind == "delta":
            body = entry.body
            fold.delta(body["path"], body["attempt"], body["offset"], body["text"])
        elif entry.kind == "snapshot":
            fold.snapshot(entry.body["path"], entry.body["attempt"], entry.body["text"])
    return fold


def facts(entries: Iterable[Entry | Reset]) -> list[tuple[int, str, str]]:
    """(seq, type, path) of the facts among entries."""
    return [
        (entry.seq, entry.body["type"], entry.body["path"])
        for entry in entries
        if isinstance(entry, Entry) and entry.kind == "event"
    ]


async def first_words(run: Run, count: int = 3) -> None:
    """Returns when the run has said something live `count` times."""
    async with asyncio.timeout(45):
        async for entry in follow(run.pk):
            if isinstance(entry, Entry) and entry.kind != "event":
                count -= 1
            if count == 0:
                return
    raise AssertionError("The run ended before it said so much.")


def journal_of(run: Run) -> list[tuple[int, str, str]]:
    """(seq, type, path) of the run's facts in the database."""
    return list(Event.objects.filter(run=run).order_by("seq").values_list("seq", "type", "path"))

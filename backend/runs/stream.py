"""A run's live stream: how a reader follows it without a gap.

The stream is a view of the journal. Live text may be lost and is then said again; facts may not be
lost, so whatever Redis misses a reader takes from the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from backend.runs.entries import START, Entry, Place, Reset, event_entry, place_of
from backend.runs.hub import Reader, hub
from backend.runs.models import Event
from backend.runs.reads import read
from backend.runs.redis_clients import RedisError


async def follow(
    run_id: UUID | str, after: str | None = None, known_seq: int | None = None
) -> AsyncGenerator[Entry | Reset]:
    """Everything a run says after the entry `after`, until it ends. See `follow_batches`."""
    async with aclosing(follow_batches(run_id, after, known_seq)) as batches:
        async for batch in batches:
            for entry in batch:
                yield entry


async def follow_batches(
    run_id: UUID | str, after: str | None = None, known_seq: int | None = None
) -> AsyncGenerator[list[Entry | Reset]]:
    """What a run says after the entry `after`, in order, as it comes; ends with the run's last fact.

    Facts come once each and without a gap. Where live text was lost a Reset comes first, and then all
    facts from the first on. `known_seq` is the run's last seq if the caller has just read it: facts
    that the stream lacks are then fetched at once and not only when the run has been silent a while.
    """
    watch = hub().watch(str(run_id))
    cursor = _Cursor(str(run_id), place_of(after))
    try:
        await watch.is_listening()
        batch = await cursor.from_stream(watch)
        if known_seq is not None and cursor.seq < known_seq:
            batch += await cursor.from_journal()
        while True:
            ends = [n for n, entry in enumerate(batch, 1) if isinstance(entry, Entry) and entry.is_end]
            if ends:
                yield batch[: ends[0]]  # what was cut off may have said a word too much
                return
            if batch:
                yield batch
            news = await watch.news()
            if news.is_gone:
                return
            batch = await cursor.from_stream(watch) if news.missed else await cursor.take(news.entries)
            if news.journal_seq is not None and news.journal_seq != cursor.seq:
                batch += await cursor.from_journal()
            watch.seq = cursor.seq
    finally:
        watch.close()


class _Cursor:
    """Where one reader is: the last fact it has, and the last entry of the stream it has seen."""

    def __init__(self, run_id: str, after: Place | None) -> None:
        self.run_id = run_id
        self.seq = after[0] if after else 0
        self._seen = after or START
        self._shown = after or START
        self._is_new = True

    async def from_stream(self, watch: Reader) -> list[Entry | Reset]:
        """What the stream holds after what was seen; nothing when Redis is away."""
        try:
            first, entries = await watch.hub.range(self.run_id, self._seen)
        except RedisError:
            return await self._start_over() if self._is_new and self._seen != START else []
        lost = self._seen != START and (first is None or first > self._seen)
        self._is_new = False
        return (await self._start_over() if lost else []) + await self.take(entries)

    async def take(self, entries: Sequence[Entry]) -> list[Entry | Reset]:
        """Entries of the stream in order; facts that are missing between them come from the journal."""
        batch: list[Entry | Reset] = []
        for entry in entries:
            if entry.place <= self._seen:
                continue
            self._seen = entry.place
            is_fact = entry.kind in ("event", "elsewhere")
            if entry.seq > self.seq + is_fact or entry.kind == "elsewhere":
                batch += await self.from_journal(up_to=entry.seq)
            if not is_fact:
                # Live text that comes after facts fetched from the journal keeps the reader's place.
                batch.append(self._show(entry))
            elif entry.seq == self.seq + 1:
                self.seq = entry.seq
                batch.append(self._show(entry))
        return batch

    async def from_journal(self, up_to: int | None = None) -> list[Entry | Reset]:
        """The facts after the last one we have. A journal that is behind us means that ours was a dream."""
        found, last_seq = await read(_facts, self.run_id, self.seq, up_to)
        if last_seq < self.seq:
            return await self._start_over()
        if found:
            self.seq = found[-1].seq
        return [self._show(entry) for entry in found]

    async def _start_over(self) -> list[Entry | Reset]:
        """What was said live is lost: say so, and tell all facts again. Clients drop those they have."""
        self._is_new = False
        self._seen = self._shown = START
        self.seq = 0
        return [Reset(), *await self.from_journal()]

    def _show(self, entry: Entry) -> Entry:
        self._shown = max(self._shown, entry.place)
        return entry if entry.place == self._shown else replace(entry, place=self._shown)


def _facts(run_id: str, after: int, up_to: int | None) -> tuple[list[Entry], int]:
    """The facts after a seq, and the last seq there is."""
    rows = Event.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    if up_to is not None:
        rows = rows.filter(seq__lte=up_to)
    found = [event_entry(*row) for row in rows.values_list("seq", "type", "path", "at", "data")]
    if found:
        return found, found[-1].seq
    last = Event.objects.filter(run_id=run_id).order_by("-seq").values_list("seq", flat=True).first()
    return found, last or 0


async def wait_for_end(run_id: UUID | str, timeout_s: float | None = None) -> bool:
    """Returns True when the run has ended, False when `timeout_s` passed first.

    Cheaper than following the run: nothing is subscribed to and no entry is read.
    """
    ends = hub()
    ended = ends.end_of(str(run_id))
    try:
        async with asyncio.timeout(timeout_s):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        ends.forget_end(str(run_id), ended)
    return True

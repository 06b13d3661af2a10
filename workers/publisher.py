"""Says aloud what runs do: their facts after the commit, their live text as it comes, each run in order.

Redis may be slow or away; a run never waits for it and never fails by it. What could not be said is not
said later: readers take facts from the journal, and live text is said again as a whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import redis.asyncio

from backend.runs.entries import FINAL_EVENTS, Entry, Place, event_entry
from backend.runs.failpoint import failpoint
from backend.runs.putting import Heard, Putter, empty
from backend.runs.redis_clients import RedisError
from nodes.sdk.models import InLine
from workers.engine.events import Event
from workers.engine.journal import Live
from workers.rounds import ROUND_S, said_at

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 1.0
EMPTIED_AFTER_S = 3.0
"""A stream is emptied so long after its run's end, or up to twice as long: readers that were cut off for a
moment find it whole, and Redis does not hold an hour of runs. Later ones are told by the journal."""
EMPTIED_AT_ONCE = 200
SAID_AT_ONCE = 100
"""Runs whose words go to Redis in one call: it does nothing else meanwhile, some milliseconds."""

_Speaker = tuple[str, int]
"""The path and the attempt that say something."""


class Voice(Live):
    """What one run says. Deltas wait for the facts they came after, and for their turn."""

    def __init__(
        self, run_id: str, publisher: Publisher, on_refused: Callable[[], None] | None = None
    ) -> None:
        self.run_id = run_id
        self.on_refused = on_refused
        self._publisher = publisher
        self._ready: list[Entry] = []
        self._place: Place = (0, 0)
        self._expected_seq = 0
        self._texts: dict[_Speaker, list[str]] = {}
        self._waiting: dict[_Speaker, tuple[int, list[str]]] = {}
        self._lengths: dict[_Speaker, int] = {}
        self._progress: dict[str, dict[str, Any]] = {}
        self._progress_timer: asyncio.TimerHandle | None = None
        self._progressed_at = 0.0
        self._waits_for_seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._said_at = 0.0
        self._was_lost = False
        self._is_hushed = False

    def expect(self, seq: int) -> None:
        """The fact `seq` is believed, and will be said once it is durable."""
        self._expected_seq = seq

    def say(self, facts: Iterable[tuple[Event, str | None]]) -> None:
        """Says facts that are durable now, each with the JSON text of its data if that is known."""
        for event, text in facts:
            if self._waiting and self._waits_for_seq < event.seq:
                self._speak()
            self._place = (event.seq, 0)
            self._ready.append(event_entry(*event, text))
            if event.type in ("node_succeeded", "node_failed"):
                for speaker in [s for s in self._texts if s[0] == event.path] if self._texts else ():
                    del self._texts[speaker]
                    self._lengths.pop(speaker, None)
                    self._waiting.pop(speaker, None)
                self._progress.pop(event.path, None)
            if event.type in FINAL_EVENTS:
                self._end()
        if self._waiting and self._waits_for_seq <= self._place[0]:
            self._speak()
        self._publisher.wake(self)

    def hush(self, seq: int) -> None:
        """The run was cancelled, and the fact that would have been `seq` was left out: live text that came
        after it may rest on it, so nothing but facts is said any more."""
        self._is_hushed = True
        self._texts.clear()
        self._lengths.clear()
        if self._waits_for_seq >= seq:
            self._waiting.clear()

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Live text: the first at once, then 20 times a second, at the same moments for all runs."""
        if self._is_hushed:
            return
        speaker = (path, attempt)
        is_first = speaker not in self._texts
        if offset < self._lengths.get(speaker, 0):
            self._cut(speaker, offset)
        self._lengths[speaker] = offset + len(text)
        self._texts.setdefault(speaker, []).append(text)
        self._waiting.setdefault(speaker, (offset, []))[1].append(text)
        self._waits_for_seq = self._expected_seq
        if self._timer is None:
            loop = asyncio.get_running_loop()
            now = loop.time()
            if is_first and self._said_at + ROUND_S <= now:
                self._speak_if_due()
            else:
                # Not a moment after the last word: with the next round, or the one after that.
                due = said_at(max(now, self._said_at + ROUND_S / 2))
                self._timer = loop.call_at(due, self._speak_if_due)

    def _cut(self, speaker: _Speaker, offset: int) -> None:
        """What stood from `offset` on is said anew: a step inside that speaker began again."""
        self._texts[speaker] = ["".join(self._texts.get(speaker, ()))[:offset]]
        begin, parts = self._waiting.pop(speaker, (offset, []))
        if begin < offset:
            self._waiting[speaker] = (begin, ["".join(parts)[: offset - begin]])

    def progress(self, path: str, done: int, total: int | None) -> None:
        """How far a node is, at most 20 times a second. It waits for no fact: nothing is built upon it."""
        if self._is_hushed:
            return
        self._progress[path] = {"path": path, "done": done, "total": total}
        if self._progress_timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(0.0, self._progressed_at + ROUND_S - loop.time())
            self._progress_timer = loop.call_later(wait_s, self._tell_progress)

    def place(self, path: str, place: InLine) -> None:
        """How many questions are before one of a node's at its model. It waits for no fact either."""
        if not self._is_hushed:
            body = {"path": path, "ahead": place.ahead, "at_once": place.at_once}
            self._ready.append(Entry(self._next_place(), "place", body))
            self._publisher.wake(self)

    def take(self) -> list[Entry]:
        """What is to be said now. After a loss, live text is said from its beginning."""
        ready, self._ready = self._ready, []
        if self._was_lost and self._waits_for_seq <= self._place[0]:
            self._was_lost = False
            ready = [entry for entry in ready if entry.kind == "event"]
            for (path, attempt), parts in self._texts.items():
                body = {"path": path, "attempt": attempt, "text": "".join(parts)}
                ready.append(Entry(self._next_place(), "snapshot", body))
            self._waiting.clear()
        return ready

    def lose(self) -> bool:
        """What was said did not arrive, or was forgotten since. True if there is more to say."""
        self._ready = []
        self._was_lost = True
        return bool(self._texts)

    def _end(self) -> None:
        """The last fact is the last word: a step that was cut off has nothing to add."""
        self._is_hushed = True
        self._texts.clear()
        self._lengths.clear()
        self._waiting.clear()
        self._progress.clear()

    def _speak_if_due(self) -> None:
        self._timer = None
        if self._waiting and self._waits_for_seq <= self._place[0]:
            self._speak()
            self._publisher.wake(self)

    def _tell_progress(self) -> None:
        self._progress_timer = None
        self._progressed_at = asyncio.get_running_loop().time()
        if self._progress:
            self._ready += [Entry(self._next_place(), "progress", body) for body in self._progress.values()]
            self._progress.clear()
            self._publisher.wake(self)

    def _speak(self) -> None:
        for (path, attempt), (offset, parts) in self._waiting.items():
            body = {"path": path, "attempt": attempt, "offset": offset, "text": "".join(parts)}
            self._ready.append(Entry(self._next_place(), "delta", body))
        self._waiting.clear()
        self._said_at = asyncio.get_running_loop().time()

    def _next_place(self) -> Place:
        self._place = (self._place[0], self._place[1] + 1)
        return self._place


class Publisher:
    """Takes what all runs of the process have to say to Redis, in one call at a time."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._redis = client
        self._putter = Putter(client)
        self._due: dict[Voice, None] = {}
        self._came = asyncio.Event()
        self._pause_s = 0.0
        self._is_silent = asyncio.Event()
        self._ended: list[str] = []
        self._ended_before: list[str] = []
        self._to_empty: list[str] = []
        self._turn: asyncio.TimerHandle | None = None

    def wake(self, voice: Voice) -> None:
        """`voice` has something to say."""
        self._due[voice] = None
        self._is_silent.clear()
        self._came.set()

    async def serve(self) -> None:
        """Says what comes, for ever."""
        while True:
            await self._came.wait()
            self._came.clear()
            due, self._due = self._due, {}
            words = [(voice, entries) for voice in due if (entries := voice.take())]
            for begin in range(0, len(words), SAID_AT_ONCE):
                await self._say(words[begin : begin + SAID_AT_ONCE])
            if self._to_empty and not self._due:
                await self._empty_some()
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
            if not self._due:
                self._is_silent.set()

    async def close(self, patience_s: float = 1.0) -> None:
        """Says the last words, then closes the connection."""
        if self._turn is not None:
            self._turn.cancel()
        with suppress(*RedisError, TimeoutError):
            async with asyncio.timeout(patience_s):
                if self._due:
                    await self._is_silent.wait()
            await self._redis.aclose()

    async def _say(self, words: list[tuple[Voice, list[Entry]]]) -> None:
        try:
            answers = await self._putter.put([(voice.run_id, entries) for voice, entries in words])
            failpoint("outbox.after")
        except RedisError as error:
            if not self._pause_s:
                log.warning("Redis is away (%s); runs go on, live views read the database.", error)
            self._pause_s = min(LONGEST_PAUSE_S, (self._pause_s or 0.05) * 2)
            self._lose([voice for voice, _ in words])
            return
        self._pause_s = 0.0
        for (voice, entries), answer in zip(words, answers, strict=True):
            self._hear(voice, entries, answer)

    def _turn_over(self) -> None:
        """What had ended at the last turn is due, what has ended since is at the next."""
        self._to_empty += self._ended_before
        self._ended_before, self._ended = self._ended, []
        self._turn = None
        if self._ended_before:
            self._turn = asyncio.get_running_loop().call_later(EMPTIED_AFTER_S, self._turn_over)
        if self._to_empty:
            self._came.set()

    async def _empty_some(self) -> None:
        """Empties a few streams; what Redis does not hear of goes by itself in an hour."""
        some, self._to_empty = self._to_empty[:EMPTIED_AT_ONCE], self._to_empty[EMPTIED_AT_ONCE:]
        with suppress(*RedisError):
            await empty(self._redis, some)
        if self._to_empty:
            self._came.set()

    def _hear(self, voice: Voice, entries: list[Entry], answer: Heard) -> None:
        if entries[-1].is_end:
            self._ended.append(voice.run_id)
            if self._turn is None:
                self._turn = asyncio.get_running_loop().call_later(EMPTIED_AFTER_S, self._turn_over)
        refused, was_new = answer
        if refused and voice.on_refused is not None:
            voice.on_refused()
        if was_new and entries[0].place != (1, 0):
            # The stream began without its beginning: Redis was emptied meanwhile, and live text with it.
            self._lose([voice])

    def _lose(self, voices: list[Voice]) -> None:
        for voice in voices:
            if voice.lose():
                self.wake(voice)

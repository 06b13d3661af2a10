"""Writes facts down and then believes them, in order, while several are on their way to the disk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from nodes.sdk.answers import AnswerFold
from nodes.sdk.values import Json
from workers.engine.clock import Clock
from workers.engine.events import Event, EventType, new_event
from workers.engine.frames import Calls
from workers.engine.journal import Claim, Journal, RunCancelled
from workers.engine.recount import answer_by
from workers.engine.state import RunState


class Recorder:
    """One claim's facts: those the journal had, and those it adds.

    Durable first, then believed: the other order lets a node act on what a crash un-happens. A buffered
    fact is of a pure node, which would give the same again; it is believed at once.
    """

    def __init__(self, journal: Journal, clock: Clock, answers: AnswerFold) -> None:
        self.state = RunState()
        self._journal = journal
        self._now = clock.now
        self._answers = answers
        self.calls: Calls | None = None
        """What goes on inside workflows that this one runs; None where it runs none."""
        self._seq = 0
        self._durable_seq = 0
        self._unfolded: deque[tuple[Event, bool]] = deque()

    @property
    def answer(self) -> str:
        """What the run says to the person, by the facts and the live text so far."""
        return self._answers.text

    async def written_answer(self) -> str:
        """The same by what is written down. A cancel leaves out steps that had begun only in the buffer."""
        facts = await self._journal.recount()
        if facts is not None:
            return answer_by(facts, self._answers, self.calls)
        self.believe(self._seq)
        return self.answer

    def hear(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Takes in live text: what was shown of an answer stays, should the run be cut short."""
        self._answers.delta(path, attempt, offset, text)
        if self.calls is not None and (call := self.calls.around(path)) is not None:
            call.delta(path, attempt, offset, text)

    def take_in(self, claim: Claim) -> None:
        """Begins with what the journal holds."""
        for event in claim.events:
            self._fold(event)
        if self.calls is not None:
            self.calls.remember(claim.events)
        self._seq = self._durable_seq = self.state.seq

    async def reuse(self, facts: Sequence[Event]) -> None:
        """Adds facts of another run, all before anything else is written: one commit takes them."""
        for fact in facts:
            await self.append(fact.type, fact.path, fact.data, durable=False)
        if self.calls is not None:
            self.calls.remember(facts)

    @property
    def next_seq(self) -> int:
        """The number of the fact that is appended next."""
        return self._seq + 1

    @property
    def behind(self) -> int:
        """The number of the last fact if some wait for one that is on its way to the disk; else 0."""
        return self._seq if self._unfolded else 0

    async def catch_up(self) -> None:
        """Returns when all facts so far are durable and believed. Raises what the journal raises."""
        if seq := self.behind:
            await self._journal.barrier()
            self.believe(seq)

    def believe(self, seq: int) -> None:
        """All facts up to this one are durable."""
        self._durable_seq = max(self._durable_seq, seq)
        while self._unfolded and self._unfolded[0][0].seq <= self._durable_seq:
            self._fold(self._unfolded.popleft()[0])

    async def append(self, kind: EventType, path: str, data: dict[str, Json], *, durable: bool) -> None:
        """Adds a fact. Raises what the journal raises; after RunCancelled it is as if it had never been."""
        event = self.take(kind, path, data, durable=durable)
        try:
            await self._journal.append(event, durable=durable)
        except RunCancelled:
            self.take_back(event)
            raise
        except asyncio.CancelledError:
            raise  # the journal has the event and keeps it; it is folded with the next one
        self.believe_taken(event, durable=durable)

    def take(self, kind: EventType, path: str, data: dict[str, Json], *, durable: bool) -> Event:
        """The next fact, for the journal: it has its place from now on. Then comes `take_back`, should the
        journal refuse it, or `believe_taken`."""
        self._seq = seq = self._seq + 1
        event = new_event(Event, (seq, kind, path, self._now(), data))
        self._unfolded.append((event, durable))
        return event

    def take_back(self, event: Event) -> None:
        """The run was cancelled before this fact, the last one: it never was."""
        self._seq = event.seq - 1
        self._unfolded.pop()

    def believe_taken(self, event: Event, *, durable: bool) -> None:
        """The journal has this fact. It is believed, and what waited for it, unless it waits for another."""
        if durable and event.seq > self._durable_seq:
            self._durable_seq = event.seq
        unfolded = self._unfolded
        while unfolded and (not unfolded[0][1] or unfolded[0][0].seq <= self._durable_seq):
            self._fold(unfolded.popleft()[0])

    def _fold(self, event: Event) -> None:
        self.state.apply(event)
        self._answers.event(event.type, event.path, event.data)
        if self.calls is not None and (call := self.calls.around(event.path)) is not None:
            call.event(event)

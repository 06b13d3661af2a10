"""The journal of a run in the database: the only place that knows both the rows and the engine's Event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from backend.runs.failpoint import failpoint, is_armed
from backend.runs.timings import TIMINGS
from backend.runs.writer import Writer
from workers.engine.events import FINAL, Event, RunStatus
from workers.engine.journal import REFUSED_AFTER_CANCEL, Claim, Journal, LostLease, RunCancelled
from workers.leases import Leases
from workers.publisher import Voice
from workers.rows import Claimed, Stored, claim_run, give_back, read_events, store, store_at_once

FLUSH_AFTER_S = 0.05
SAFE_S = 5.0
"""What must be left of a lease before a node acts on the world."""


MOST_HERE = 16
"""Facts that may be committed in the loop's own thread."""

T = TypeVar("T")


@dataclass(eq=False)
class _Place:
    """Someone who waits for a commit: that of an event, or (a barrier) of all before it."""

    done: asyncio.Future[None]
    event: Event | None = None


class DjangoJournal(Journal):
    """One worker's hold on one run. `claim` may be called ahead by `open`, which also tells the version.

    Events wait in a buffer; a single flusher at a time commits all there is and wakes who waited, so
    appends that come during a commit share the next one. Only what is durable is published.
    """

    def __init__(self, run_id: UUID, *, writer: Writer, leases: Leases, voice: Voice) -> None:
        self.run_id = run_id
        self.next_run: UUID | None = None
        """The run of the same conversation whose turn came when this one let go."""
        self.has_mail = False
        """Whether a note came in between the last look into the inbox and the release."""
        self._writer = writer
        self._leases = leases
        self._voice = voice
        self._claimed: Claimed | None = None
        self._buffer: list[Event] = []
        self._places: list[_Place] = []
        self._flusher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_seq = 0
        self._stored_seq = 0
        self._left_out = 0
        """Facts that were believed and are not written: later ones have numbers lower by so many."""
        self._is_cancelled = False
        self._is_paused = False
        self._was_paused = False
        self._has_ended = False
        self._lost: BaseException | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the row was marked when we last saw it."""
        return self._is_paused

    async def open(self, worker: str | None = None, *, if_due: bool = False) -> Claimed:
        """Takes the lease and says what was claimed. `if_due` leaves a run that only waits. Raises Busy."""
        asked_at = time.monotonic()
        failpoint("lease.before")
        claim = partial(
            claim_run,
            run_id=self.run_id,
            owner=self._leases.owner,
            worker=worker or self._leases.owner,
            lease_s=TIMINGS.lease_s,
            if_due=if_due,
        )
        claimed = self._write_here(claim) or await self._writer.write(claim, begins=True)
        failpoint("lease.after")
        self._claimed = claimed
        self._last_seq = self._stored_seq = claimed.events[-1].seq
        self._is_cancelled = claimed.is_cancelled
        self._is_paused = self._was_paused = claimed.is_paused
        self._leases.hold(self.run_id, asked_at)
        self._voice.say([(claimed.events[-1], None)])
        return claimed

    async def claim(self, worker: str) -> Claim:
        claimed = self._claimed or await self.open(worker)
        self._claimed = None
        return Claim(claimed.events, claimed.opening, claimed.signals)

    async def append(self, event: Event, *, durable: bool) -> None:
        if self._lost is not None:
            raise LostLease from self._lost
        if event.seq != self._last_seq + 1 or self._has_ended:
            raise ValueError(f"Event {event.seq} does not follow {self._last_seq}.")
        if self._is_cancelled and event.type in REFUSED_AFTER_CANCEL:
            raise RunCancelled
        self._buffer.append(event)
        self._last_seq = event.seq
        self._voice.expect(event.seq - self._left_out)
        if durable:
            await self._committed(event)
        elif self._timer is None and self._flusher is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    async def barrier(self) -> None:
        while True:
            if self._lost is not None:
                raise LostLease from self._lost
            await self._committed(None)
            if self._is_cancelled:
                raise RunCancelled
            # The commit renewed the lease; but this loop may have been slow to hear of it.
            if self._leases.left_s(self.run_id) >= min(SAFE_S, TIMINGS.lease_s / 2):
                return

    async def recount(self) -> list[Event] | None:
        if self._lost is not None:
            raise LostLease from self._lost
        if self._buffer:
            await self._committed(None)
        if not self._left_out:
            return None
        return await self._writer.write(partial(read_events, run_id=self.run_id))

    async def release(
        self, status: RunStatus, wake_at: datetime | None, *, has_crashed: bool = False
    ) -> None:
        if self._buffer:
            await self._committed(None)
        if not self._has_ended and self._lost is None:
            failpoint("release.before")
            given = await self._writer.write(
                partial(
                    give_back,
                    run_id=self.run_id,
                    owner=self._leases.owner,
                    seq=self._stored_seq,
                    status=status,
                    wake_at=wake_at,
                    was_paused=self._was_paused,
                    has_crashed=has_crashed,
                )
            )
            failpoint("release.after")
            self.next_run, self.has_mail = given.next_run, given.has_mail
        self._leases.drop(self.run_id)

    async def abandon(self, *, has_crashed: bool = False) -> None:
        """Gives the run to whoever comes next, without a word about it: this process is stopping, or the work
        on the run `has_crashed`, which counts as if its worker had died."""
        await self.release("running", None, has_crashed=has_crashed)

    def notice_cancel(self) -> None:
        """The run's row is marked: from now on nothing starts."""
        self._is_cancelled = True

    def notice_pause(self) -> None:
        """The run's row is marked: no step starts until someone lets it go on."""
        self._is_paused = self._was_paused = True

    def doubt(self) -> None:
        """Redis refused our entry: someone else may speak for this run. The database knows."""
        if self._lost is None and not self._has_ended:
            self._places.append(_Place(asyncio.get_running_loop().create_future()))
            self._places[-1].done.add_done_callback(lambda done: done.exception())
            self._flush()

    def lose(self) -> None:
        """Writes nothing any more, as if another worker had taken the run."""
        self._lost = self._lost or LostLease()
        self._stop_timer()
        self._leases.drop(self.run_id)

    async def _committed(self, event: Event | None) -> None:
        if self._flusher is None and self._commits_here(event):
            await asyncio.sleep(0)  # however many there are, the loop's other work gets its turn
            return
        place = _Place(asyncio.get_running_loop().create_future(), event)
        self._places.append(place)
        self._flush()
        await place.done

    def _flush(self) -> None:
        self._stop_timer()
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_all())

    async def _flush_all(self) -> None:
        """Commits until nobody waits. Runs in a task of its own: a node that is stopped while it waits
        must not leave us in doubt about what is stored."""
        try:
            while True:
                batch, self._buffer = self._buffer, []
                places, self._places = self._places, []
                await self._commit(batch, places)
                if not self._places:
                    break
        finally:
            self._flusher = None
            if self._buffer and self._lost is None and self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    def _write_here(self, work: Callable[[Any], T]) -> T | None:
        return self._writer.write_here(work) if self._leases.is_alone(self.run_id) else None

    def _commits_here(self, event: Event | None) -> bool:
        """Commits what there is at once, where this process has nothing else to do. False where it has."""
        if self._lost is not None or len(self._buffer) > MOST_HERE:
            return False
        asked_at = time.monotonic()
        batch = self._renumbered(self._buffer)

        def work(cursor: Any) -> Stored:
            if is_armed():
                _pass_all(batch, "before")
            return store(cursor, **self._facts(batch))

        try:
            stored = self._write_here(work)
        except BaseException as error:
            self._lost = error
            self._leases.drop(self.run_id)
            raise
        if stored is None:
            return False
        self._stop_timer()
        self._buffer = []
        self._take(stored, batch, asked_at)
        if stored.refused is not None and event is not None:
            raise RunCancelled
        return True

    def _renumbered(self, batch: list[Event]) -> list[Event]:
        if not self._left_out:
            return batch
        return [event._replace(seq=event.seq - self._left_out) for event in batch]

    def _facts(self, batch: list[Event]) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "owner": self._leases.owner,
            "after": self._stored_seq,
            "events": batch,
            "lease_s": TIMINGS.lease_s,
        }

    async def _commit(self, batch: list[Event], places: list[_Place]) -> None:
        asked_at = time.monotonic()
        last = batch[-1] if batch else None
        batch = self._renumbered(batch)
        try:
            if self._lost is not None:
                raise LostLease from self._lost
            if is_armed():
                _pass_all(batch, "before")
            facts = self._facts(batch)
            stored = await self._writer.write(
                partial(store, **facts), at_once=partial(store_at_once, **facts)
            )
        except BaseException as error:
            # A lost lease, or a database that stayed away: in doubt, whoever claims next reads the truth.
            self._lost = error
            self._leases.drop(self.run_id)
            for place in places:
                if not place.done.done():
                    place.done.set_exception(error)
            return
        self._take(stored, batch, asked_at)
        for place in places:
            if place.done.done():
                continue
            if stored.refused is not None and place.event is not None and place.event is last:
                place.done.set_exception(RunCancelled())
            else:
                place.done.set_result(None)

    def _take(self, stored: Stored, batch: Sequence[Event], asked_at: float) -> None:
        self._is_cancelled = self._is_cancelled or stored.is_cancelled
        self._is_paused = stored.is_paused
        self._was_paused = self._was_paused or stored.is_paused
        if stored.refused is not None:
            self._last_seq -= 1
            batch = batch[:-1]
        if len(stored.events) < len(batch):
            self._voice.hush(_first_left_out(batch, stored.events))
        self._left_out += len(batch) - len(stored.events)
        batch = stored.events
        if batch:
            self._stored_seq = batch[-1].seq
            if batch[-1].type in FINAL:
                self._has_ended = True
                self.next_run = stored.next_run
            if is_armed():
                _pass_all(batch, "after")
            failpoint("outbox.before")
            self._voice.say(stored.told)
        if self._has_ended:
            self._leases.drop(self.run_id)
        else:
            self._leases.hold(self.run_id, asked_at)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _first_left_out(batch: Sequence[Event], kept: Sequence[Event]) -> int:
    """The number that the first fact has that a cancel left out."""
    differs = (event.seq for event, other in zip(batch, kept, strict=False) if event.data is not other.data)
    return next(differs, batch[min(len(kept), len(batch) - 1)].seq)


def _pass_all(batch: Sequence[Event], side: str) -> None:
    """Passes the failpoint of each fact that is to be stored, or was."""
    for event in batch:
        if event.type in FINAL:
            name = "finish"
        elif event.type in ("node_waiting", "run_waiting") or event.data.get("retry_in_s") is not None:
            name = "timer"
        else:
            name = _POINT_OF.get(event.type, "event")
        failpoint(f"{name}.{side}")


_POINT_OF = {
    "node_started": "step_intent",
    "node_succeeded": "step_result",
    "node_failed": "step_result",
    "signal_received": "signal",
}

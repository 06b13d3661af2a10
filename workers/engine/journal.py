"""What the engine asks of the place where a run's facts are kept, and one such place in memory.

Every journal must pass `tests/contracts/journal_conformance.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from nodes.sdk.graph import Json
from nodes.sdk.models import ChatMessage, InLine
from workers.engine.clock import Clock, SystemClock, Timer
from workers.engine.events import FINAL, Event, EventType, RunStatus
from workers.engine.remembering import declared_in, is_remembered, remember


class Busy(Exception):
    """Someone else holds the run, or it is not this run's turn. Nothing was changed."""


class LostLease(Exception):
    """Another worker owns the run now: its claim took the next seq. Stop, and write nothing more."""


class RunCancelled(Exception):
    """The run was told to stop. The event it was raised for was not taken: its seq is free."""


@dataclass(frozen=True)
class Opening:
    """What a run was accepted with. `run` is its id, the root of every idempotency key."""

    query: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    history: tuple[ChatMessage, ...] = ()
    run: str = ""


@dataclass(frozen=True)
class Claim:
    """A run that is ours: all its durable events, the last one being our own run_claimed."""

    events: list[Event]
    opening: Opening
    signals: "Sequence[Signal]" = ()
    """The notes that came for this run by then, oldest first; also those the journal holds already."""


@dataclass(frozen=True)
class Signal:
    """A note from outside for the node run at `path`. The first of a name wins."""

    path: str
    name: str
    payload: Json = None


class Journal(Protocol):
    """One worker's hold on one run's facts. Each method is called from one event loop.

    Order: `append` must take its event's place before it first suspends, so that two appends started
    one after the other become durable in that order. Several may be under way at once (that is what
    lets their commits be grouped). A journal that raised LostLease stays lost.
    """

    @property
    def is_paused(self) -> bool:
        """Whether a person wants nothing more to start for now, as far as is known; exact after a barrier."""
        ...

    async def claim(self, worker: str) -> Claim:
        """Takes the lease and records it as the event run_claimed {"worker"}. Raises Busy.

        It says "handed_over" too where the worker before was told to stop and gave the run away."""
        ...

    async def append(self, event: Event, *, durable: bool) -> None:
        """Adds `event`, whose seq is the last one's plus one; else raises ValueError (or LostLease).

        With durable=True it returns after the commit, and everything buffered before went with it. With
        durable=False the event may wait in the buffer for at most 50 ms, and this returns at once.
        A step that began in the buffer when the run was cancelled was never written as begun: its start, and
        what happened in it, is left out at the commit, and what follows moves up.
        Raises LostLease when the seq was taken by another worker's claim. A task that is cancelled while
        it waits for the commit changes nothing: the event was taken and becomes durable.

        Once the run was cancelled, an event that would start something or end the run otherwise
        (node_started if it is known by then; run_succeeded, run_failed, run_timed_out, run_waiting always)
        raises RunCancelled and is not taken. Facts about work already done, and run_cancelled, are.
        """
        ...

    async def barrier(self) -> None:
        """Returns when the buffer is durable, the lease is ours for 5 s more, and nobody cancelled.

        The engine passes it before a `read` or `write` node acts. Raises LostLease or RunCancelled; in the
        latter case the buffer is durable all the same.
        """
        ...

    async def recount(self) -> list[Event] | None:
        """Makes the buffer durable. Then all facts as they are written down, if a cancel has left some out
        that were taken; None where all of them were written. Raises LostLease."""
        ...

    async def release(self, status: RunStatus, wake_at: datetime | None) -> None:
        """Flushes the buffer and gives the lease back. The run is claimed again at `wake_at`, if given."""
        ...


REFUSED_AFTER_CANCEL: frozenset[EventType] = frozenset(
    {"node_started", "run_succeeded", "run_failed", "run_timed_out", "run_waiting"}
)
"""What a journal takes no more once the run was told to stop."""


def without_starts(events: Sequence[Event]) -> list[Event]:
    """What is still to be written of a batch when it turns out that the run was told to stop meanwhile.

    No step that begins in the batch has acted on the world: one that may waits for this very commit. So
    they are left out with all that happened in them, and so is what came of the containers around them, as
    if their worker had died. What follows moves up.
    """
    started = {event.path for event in events if event.type == "node_started"}
    if not started:
        return list(events)
    around = {outer for path in started for outer in _containers_of(path)}
    kept = [
        event
        for event in events
        if event.path not in started
        and not (event.path in around and event.type in ("node_succeeded", "node_failed"))
        and started.isdisjoint(_containers_of(event.path))
    ]
    return [event._replace(seq=events[0].seq + i) for i, event in enumerate(kept)]


def _containers_of(path: str) -> Iterator[str]:
    """The paths of the containers around the node at `path`, from the inside out."""
    while "." in path:
        path = path[: path.rfind("[", 0, path.rfind("."))]
        yield path


class Live(Protocol):
    """Where live text goes: best effort, never waited for."""

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        """`text` stands at `offset` code points of what this attempt of `path` says."""
        ...

    def progress(self, path: str, done: int, total: int | None) -> None:
        """The node at `path` has done so many of its passes; `total` is None where nobody knows."""
        ...

    def place(self, path: str, place: InLine) -> None:
        """A question of the node at `path` waits its turn at a model, or its turn has come."""
        ...


class Silent:
    """A Live that nobody watches."""

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        pass

    def progress(self, path: str, done: int, total: int | None) -> None:
        pass

    def place(self, path: str, place: InLine) -> None:
        pass


@dataclass
class MemoryRun:
    """One run's durable facts in memory; the workers that share it each hold a MemoryJournal on it."""

    opening: Opening = field(default_factory=Opening)
    events: list[Event] = field(default_factory=list[Event])
    signals: list[Signal] = field(default_factory=list[Signal])
    holder: "MemoryJournal | None" = None
    conversation: dict[str, Json] | None = None
    """What its conversation remembers, shared by the conversation's runs; None outside a conversation."""
    is_cancelled: bool = False
    is_paused: bool = False
    is_handed_over: bool = False
    wake_at: datetime | None = None

    def expire(self) -> None:
        """Ends the lease, as time does when a worker dies. A memory lease ends in no other way."""
        self.holder = None

    def cancel(self) -> None:
        """Tells the run to stop."""
        self.is_cancelled = True

    def send(self, signal: Signal) -> None:
        """Drops a note in the run's inbox, unless one of that name is there already."""
        if not any((s.path, s.name) == (signal.path, signal.name) for s in self.signals):
            self.signals.append(signal)


class MemoryJournal:
    """A journal without a disk: what is in the shared MemoryRun is durable, what is in the buffer is not."""

    flush_after_s = 0.05

    def __init__(self, run: MemoryRun | None = None, clock: Clock | None = None) -> None:
        self.run = run or MemoryRun()
        self._clock = clock or SystemClock()
        self._buffer: list[Event] = []
        self._last_seq = 0
        self._is_lost = False
        self._left_out = 0
        """Facts that were believed and are not written: later ones move up by so many."""
        self._timer: Timer | None = None

    @property
    def is_paused(self) -> bool:
        return self.run.is_paused

    async def claim(self, worker: str) -> Claim:
        run = self.run
        if run.holder is not None:
            raise Busy("Another worker holds this run.")
        if run.events and run.events[-1].type in FINAL:
            raise Busy("This run has ended.")
        run.holder = self
        run.wake_at = None
        seq = len(run.events) + 1
        data: dict[str, Json] = {"worker": worker}
        if run.conversation:
            data["conversation"] = dict(run.conversation)
        if run.is_handed_over:
            run.is_handed_over, data["handed_over"] = False, True
        run.events.append(Event(seq, "run_claimed", "", self._clock.now(), data))
        self._last_seq = seq
        self._buffer = []
        self._left_out = 0
        self._is_lost = False
        return Claim(list(run.events), run.opening, list(run.signals))

    async def append(self, event: Event, *, durable: bool) -> None:
        if self._is_lost:
            raise LostLease
        if event.seq != self._last_seq + 1:
            raise ValueError(f"Event {event.seq} does not follow {self._last_seq}.")
        if self.run.is_cancelled and event.type in REFUSED_AFTER_CANCEL:
            raise RunCancelled
        self._buffer.append(event._replace(seq=event.seq - self._left_out) if self._left_out else event)
        self._last_seq = event.seq
        if durable:
            self._flush()
        elif self._timer is None:
            self._timer = self._clock.call_later(self.flush_after_s, self._flush_late)

    async def barrier(self) -> None:
        self._flush()
        if self.run.holder is not self:
            raise LostLease
        if self.run.is_cancelled:
            raise RunCancelled

    async def recount(self) -> list[Event] | None:
        self._flush()
        return list(self.run.events) if self._left_out else None

    async def release(self, status: RunStatus, wake_at: datetime | None) -> None:
        self._flush()
        if self.run.holder is self:
            self.run.holder = None
            self.run.wake_at = wake_at

    async def abandon(self) -> None:
        """Gives the run to whoever comes next: this worker was told to stop."""
        await self.release("running", None)
        self.run.is_handed_over = self.run.holder is None and not self._is_lost

    def crash(self) -> None:
        """Forgets the buffer and lets the lease go, as if this worker's process had been killed."""
        self._stop_timer()
        self._buffer = []
        self._is_lost = True
        if self.run.holder is self:
            self.run.expire()

    def _flush(self) -> None:
        self._stop_timer()
        if self._is_lost:
            raise LostLease
        events = self.run.events
        if self._buffer and self._buffer[0].seq != len(events) + 1:
            self._buffer = []
            self._is_lost = True
            raise LostLease
        if self.run.is_cancelled and self._buffer:
            kept = without_starts(self._buffer)
            self._left_out += len(self._buffer) - len(kept)
            self._buffer = kept
        events.extend(self._buffer)
        if self.run.conversation is not None and any(map(is_remembered, self._buffer)):
            remember(self.run.conversation, self._buffer, declared_in(events))
        self._buffer = []

    def _flush_late(self) -> None:
        self._timer = None
        try:
            self._flush()
        except LostLease:
            return  # the next append or barrier says so

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

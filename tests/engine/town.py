"""Runs, workers, a broker that loses, doubles and delays, and people, in one process and by one seed."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tests.engine.drawings import ENV, Case
from tests.engine.test_simulation import (
    UnreliableJournal,
    has_crashed,
)
from tests.engine.world import Outside, World
from tests.invariants import Fact, Story
from workers.engine.events import FINAL, Event
from workers.engine.journal import Busy, Claim, LostLease, MemoryRun, Opening, Signal
from workers.engine.limits import Limits
from workers.engine.state import fold
from workers.engine.testing import Crash, FakeClock

LEASE_S, RENEW_S, SWEEP_S = 30.0, 10.0, 5.0
SHORT_OF_LEASE_S = 5.0
PATIENT = Limits(wall_s=1e9)


@dataclass
class LeasedRun(MemoryRun):
    """A run whose lease ends by the clock, whatever its holder does."""

    lease_until: datetime | None = None


@dataclass(eq=False)
class Worker:
    """One worker process: what it has open, whether it is asleep."""

    town: "Town"
    journals: dict[int, "LeasedJournal"] = field(default_factory=dict)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    is_dead: bool = False
    is_leaving: bool = False
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self, number: int) -> None:
        """Someone said that a run is due; if it is open here, that changes nothing."""
        if number not in self.tasks and not self.is_dead:
            self.journals[number] = LeasedJournal(self.town, self, number)
            task = self.tasks[number] = asyncio.ensure_future(self.execute(number))
            task.add_done_callback(lambda _: self.tasks.pop(number, None))

    async def execute(self, number: int) -> None:
        try:
            await self.town.worlds[number].engine(self.journals[number]).run()
        except (Busy, LostLease, Crash):
            return
        except asyncio.CancelledError:
            if self.is_leaving:
                with suppress(LostLease):
                    await self.journals[number].abandon()
            raise

    def leave(self) -> None:
        """It is told to stop, as by every deployment: its runs are given to whoever comes next."""
        self.is_dead = self.is_leaving = True
        self.town.seen["stops"] += 1
        for task in self.tasks.values():
            task.cancel()

    def renew(self) -> None:
        """What the thread that keeps leases does; a process that sleeps has none."""
        if self.is_dead or not self.awake.is_set():
            return
        for number in self.tasks:
            run = self.town.runs[number]
            if run.holder is self.journals[number] and self.town.holds_lease(run):
                run.lease_until = self.town.clock.now() + timedelta(seconds=LEASE_S)

    def die(self) -> None:
        """kill -9: what was not written is gone, and the lease lasts until it runs out."""
        self.is_dead = True
        self.town.seen["deaths"] += 1
        for journal in self.journals.values():
            journal.forget()
        current = asyncio.current_task()
        for task in self.tasks.values():
            if task is not current:
                task.cancel()


class LeasedJournal(UnreliableJournal):
    """A journal on a bad day, in a worker that dies as a whole and may be asleep at any commit."""

    run: LeasedRun

    def __init__(self, town: "Town", worker: Worker, number: int) -> None:
        super().__init__(town.runs[number], town.clock, town.dice, town.danger)
        self.town = town
        self.worker = worker
        self.number = number

    async def claim(self, worker: str) -> Claim:
        await self.worker.awake.wait()
        self._maybe_die()
        if self.run.holder is not None and not self.town.holds_lease(self.run):
            self.town.seen["takeovers"] += 1
            self.run.expire()
        claim = await super().claim(worker)
        self.town.seen["handed over"] += "handed_over" in claim.events[-1].data
        self.run.lease_until = self.town.clock.now() + timedelta(seconds=LEASE_S)
        self._maybe_die()
        return claim

    async def append(self, event: Event, *, durable: bool) -> None:
        self._maybe_cancel(0.2 if event.type in FINAL else 0.01)
        await super().append(event, durable=durable)

    async def barrier(self) -> None:
        await super().barrier()
        assert self.run.lease_until is not None
        if self.run.lease_until - self.town.clock.now() < timedelta(seconds=SHORT_OF_LEASE_S):
            self._is_lost = True
            raise LostLease

    async def _commit(self) -> None:
        async with self.commits:
            for _ in range(self.dice.choice([0, 0, 1, 5])):
                await asyncio.sleep(0)
            self._maybe_cancel(0.01)
            await self.worker.awake.wait()
            self._maybe_die()
            self._flush()

    def _maybe_cancel(self, chance: float) -> None:
        """Someone cancels while a fact is on its way."""
        if self.town.may_cancel and self.dice.random() < chance:
            self.town.cancel(self.number)

    def _maybe_die(self) -> None:
        if not self.worker.is_dead and self.dice.random() < self.danger:
            self.worker.die()
        if self._is_lost or self.worker.is_dead:
            raise Crash

    def _flush(self) -> None:
        super()._flush()
        if self.run.events and self.run.events[-1].type in FINAL:
            self.run.expire()  # the transaction that ends a run gives its lease back

    def forget(self) -> None:
        self._stop_timer()
        self._buffer = []
        self._is_lost = True


MOST_TURNS = 4_000
"""A run may hold twenty steps that wait a minute and a half, one behind the other; most have ended by 900."""


class Town:
    """Three runs of one graph, two workers, a broker that cannot be trusted, and a person who answers."""

    def __init__(self, dice: Random, case: Case, outside: Outside, models: Any = None) -> None:
        self.dice = dice
        self.case = case
        self.outside = outside
        self.danger = dice.choice([0.0, 0.001, 0.005, 0.02])
        more: dict[str, Any] = {"limits": PATIENT, "workflows": case.inner, "env": ENV}
        more |= {} if models is None else {"models": models}
        self.worlds = [World(case.graph, outside, **more) for _ in range(3)]
        self.ids = [UUID(int=i + 1) for i in range(3)]
        self.runs = [LeasedRun(Opening("hi", run=str(id)), conversation=dict(case.kept)) for id in self.ids]
        self.messages: list[tuple[datetime, int]] = []
        self.workers: list[Worker] = []
        self.cancelled: dict[UUID, datetime] = {}
        self.may_cancel = dice.random() < 0.25
        self.is_restless = dice.random() < 0.1
        """Whether one deployment follows upon another."""
        self.seen: Counter[str] = Counter()
        self.overlong: dict[tuple[int, datetime], float] = {}
        self.still: dict[int, int] = {}
        """By run that is paused: how many facts it had when it was known to wait."""
        for world, run in zip(self.worlds, self.runs, strict=True):
            world.run = run

    @property
    def clock(self) -> FakeClock:
        return self.outside.clock

    def holds_lease(self, run: LeasedRun) -> bool:
        return run.lease_until is not None and self.clock.now() < run.lease_until

    def has_ended(self, number: int) -> bool:
        events = self.runs[number].events
        return bool(events) and events[-1].type in FINAL

    def send(self, number: int) -> None:
        """Rings for a run: the message may be lost, doubled, late by seconds, or by a day."""
        if self.dice.random() < 0.25:
            return
        for _ in range(self.dice.choice([1, 1, 2, 3])):
            late = timedelta(seconds=self.dice.choice([0, 0, 0.1, 7, 60, 86_400]))
            self.messages.append((self.clock.now() + late, number))

    def deliver(self) -> None:
        """What has come by now, in any order, to any worker."""
        due = [message for message in self.messages if message[0] <= self.clock.now()]
        self.messages = [message for message in self.messages if message not in due]
        self.dice.shuffle(due)
        for _, number in due:
            self.dice.choice(self.workers).ring(number)

    def sweep(self) -> None:
        """Each worker that is up looks for runs that nobody holds; those that wait are left to notes."""
        if any(worker.awake.is_set() and not worker.is_dead for worker in self.workers):
            self.end_overlong()
        for worker in self.workers:
            if worker.awake.is_set() and not worker.is_dead:
                for number, run in enumerate(self.runs):
                    is_held = run.holder is not None and self.holds_lease(run)
                    if not self.has_ended(number) and not is_held and not self.waits(number):
                        worker.ring(number)
        self.clock.call_later(SWEEP_S, self.sweep)

    def end_overlong(self) -> None:
        """What workers do about leases that were taken while the clock was fast (`workers/overlong.py`)."""
        now, longest = self.clock.monotonic(), self.clock.now() + timedelta(seconds=LEASE_S)
        held = [(n, run.lease_until) for n, run in enumerate(self.runs) if run.holder is not None]
        leases = [(n, until) for n, until in held if until is not None and until > longest]
        self.overlong = {lease: self.overlong.get(lease, now) for lease in leases}
        for (number, _), since in self.overlong.items():
            if now - since >= LEASE_S:
                self.runs[number].lease_until = self.clock.now()
                self.seen["overlong"] += 1

    def waits(self, number: int) -> bool:
        """Whether the run waits for a person who has not said anything yet, or for a moment to come."""
        run = self.runs[number]
        if not run.events or run.events[-1].type != "run_waiting" or run.is_cancelled:
            return False
        if run.is_paused:
            return True
        if run.wake_at is not None and self.clock.now() >= run.wake_at:
            return False
        said = {(signal.path, signal.name) for signal in run.signals}
        reasons: Any = run.events[-1].data["reasons"]
        return not any(w["reason"] == "paused" or (w["path"], w["name"]) in said for w in reasons)

    def renew(self) -> None:
        for worker in self.workers:
            worker.renew()
        self.clock.call_later(RENEW_S, self.renew)

    def answer(self) -> None:
        """A person looks at what arrived outside, and tells the truth of each step that was cut off; and
        sooner or later tells those that wait what they wait for."""
        for number, run in enumerate(self.runs):
            if run.events and run.events[-1].type == "run_waiting":
                reasons: Any = run.events[-1].data["reasons"]
                for wait in reasons:
                    self.tell(number, wait["path"], wait["name"], wait["reason"])

    def tell(self, number: int, path: str, name: str, reason: str) -> None:
        run, note = self.runs[number], None
        if reason == "outcome_unknown":
            wrote = self.outside.wrote.get(f"{self.ids[number]}:{path}")
            is_sure = wrote is not None and path.rpartition(".")[2].startswith("write")
            note = {"action": "done", "output": {"text": wrote}} if is_sure else {"action": "again"}
        elif reason in ("event", "ask_human") and self.dice.random() < 0.2:
            note = self.case.notes.get(path)
            self.seen["notes"] += note is not None
        if note is not None:
            run.send(Signal(path, name, note))
            self.send(number)

    def pause(self) -> None:
        """Someone pauses a run, or lets one go on; while it is paused and waits, nothing happens in it."""
        number = self.dice.randrange(3)
        run = self.runs[number]
        if run.is_paused:
            self.go_on(number)
        elif not self.has_ended(number):
            run.is_paused = True
            self.seen["pauses"] += 1

    def go_on(self, number: int) -> None:
        run = self.runs[number]
        run.is_paused = False
        since = {event.type for event in run.events[self.still.pop(number, len(run.events)) :]}
        is_given_up = self.is_rough and run.events and has_crashed(fold(run.events), self.worlds[number])
        if not run.is_cancelled and not is_given_up:
            assert since <= {"run_claimed", "run_waiting", "signal_received"}, since
        self.send(number)

    @property
    def is_rough(self) -> bool:
        """Whether there was enough trouble for a run or a step to be given up."""
        return self.seen["deaths"] + self.seen["takeovers"] >= 3

    def look_at_pauses(self) -> None:
        for number, run in enumerate(self.runs):
            if run.is_paused and run.events and run.events[-1].type == "run_waiting":
                self.still.setdefault(number, len(run.events))

    def disturb(self) -> None:
        """Something goes wrong, or nothing."""
        luck, worker = self.dice.random(), self.dice.choice(self.workers)
        if luck < self.danger * 2:
            worker.die()
        elif (luck < self.danger * 5 or (self.is_restless and luck > 0.5)) and worker.awake.is_set():
            worker.leave()
        elif luck < self.danger * 9 and worker.awake.is_set():
            self.seen["naps"] += 1
            worker.awake.clear()
            self.clock.call_later(self.dice.choice([3, 40, 100]), worker.awake.set)
        elif luck < self.danger * 10:
            self.seen["leaps"] += 1
            self.clock.leap(self.dice.choice([-100, -3, 20, 3600]))
        elif luck < self.danger * 12:
            self.pause()
        elif luck < self.danger * 12 + 0.05:
            self.send(self.dice.randrange(3))
        self.workers = [w for w in self.workers if not w.is_dead]
        self.hire()

    def hire(self) -> None:
        while len(self.workers) < 2:
            worker = Worker(self)
            worker.awake.set()
            self.workers.append(worker)

    def cancel(self, number: int) -> None:
        if not self.has_ended(number) and not self.runs[number].is_cancelled:
            self.seen["cancelled"] += 1
            self.cancelled[self.ids[number]] = moment(len(self.runs[number].events))
            self.runs[number].cancel()
            self.send(number)

    async def one_more(self) -> float:
        """A run that begins when all trouble is over. Gives the seconds it took."""
        self.danger, began = 0.0, self.clock.monotonic()
        self.may_cancel = False
        self.worlds.append(World(self.case.graph, self.outside, limits=PATIENT))
        self.ids.append(UUID(int=len(self.runs) + 1))
        self.worlds[-1].run = run = LeasedRun(Opening(run=str(self.ids[-1])))
        self.runs.append(run)
        self.workers = [worker for worker in self.workers if not worker.is_dead]
        self.hire()
        worker = self.dice.choice(self.workers)
        worker.ring(len(self.runs) - 1)
        await self.clock.finish(worker.tasks[len(self.runs) - 1])
        return self.clock.monotonic() - began

    async def live(self) -> None:
        """Goes on until all has ended; the trouble ends after a while, so that I1 can be asked for."""
        self.hire()
        self.sweep()
        self.renew()
        cancel_at = self.dice.randint(1, 60) if self.dice.random() < 0.3 else None
        for number in range(3):
            self.send(number)
            for path, note in self.case.notes.items():
                if self.dice.random() < 0.1:
                    self.runs[number].send(Signal(path, "answer", note))  # before anyone asked
        for turn in range(MOST_TURNS):
            if all(map(self.has_ended, range(3))):
                break
            if turn == 300:
                self.danger, self.is_restless = 0.0, False
                for worker in self.workers:
                    for journal in worker.journals.values():
                        journal.danger = 0.0
                for number in range(3):
                    self.go_on(number)
            if turn == cancel_at:
                self.cancel(0)
            self.disturb()
            self.look_at_pauses()
            self.answer()
            self.deliver()
            for _ in range(self.dice.choice([1, 5, 40])):
                await asyncio.sleep(0)
            self.clock.advance(self.dice.choice([0, 0.05, 1, 4]))
        tasks = [task for worker in self.workers for task in worker.tasks.values()]
        for worker in self.workers:
            worker.awake.set()
        await self.clock.finish(asyncio.gather(*tasks, return_exceptions=True)) if tasks else None

    def story(self, number: int) -> Story:
        run, id = self.runs[number], self.ids[number]
        state = fold(run.events)
        end: Any = run.events[-1].data if self.has_ended(number) else {}
        return Story(
            id=id,
            workspace=id,
            version=id,
            status=state.status,
            answer=state.answer,
            usage=end.get("usage"),
            lease_owner=None if run.holder is None else "worker",
            last_seq=len(run.events),
            facts=tuple(Fact(e.seq, e.type, e.path, moment(e.seq), dict(e.data)) for e in run.events),
        )


def moment(seq: int) -> datetime:
    """A time that fits the order of a journal: clocks on the wall are set back."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seq)

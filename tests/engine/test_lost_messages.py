"""Runs, workers, a clock and a broker in one process, all by one seed, which is printed when it fails.

The broker loses, doubles, delays and reorders what rings for runs; workers die between any two writes, sleep
past their leases and wake up again. The invariants of tests/invariants.py are the oracle, and each run comes
to what it comes to on a calm day.

SIMULATION_FIRST=N SIMULATION_SEEDS=1 repeats seed N; TREADLE_SOAK=1 tries 10,000 of them.
"""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from nodes.sdk.graph import Graph, Policy
from nodes.sdk.shapes import all_nodes
from tests.engine.test_simulation import (
    LEAVES,
    UnreliableJournal,
    check_promises,
    fresh_outside,
    random_failures,
    random_graph,
    settled,
)
from tests.engine.world import Outside, World
from tests.invariants import Fact, Hit, Pace, Story, violations
from tests.invariants import World as Seen
from workers.engine.events import FINAL
from workers.engine.journal import Busy, Claim, LostLease, MemoryRun, Opening, Signal
from workers.engine.limits import Limits
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash, FakeClock

SOAK = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = int(os.environ.get("SIMULATION_SEEDS", "10000" if SOAK else "300"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))
FAILED_ONCE: tuple[int, ...] = (205, 1033)
"""Seeds that once failed; they are tried for ever. In both, a model call was counted twice: its step was
stopped while its result was on the way to the disk."""

pytestmark = pytest.mark.timeout(7200 if SOAK else 120)

LEASE_S, RENEW_S, SWEEP_S = 30.0, 10.0, 5.0
SHORT_OF_LEASE_S = 5.0
PATIENT = Limits(wall_s=1e6)


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
        self.town.deaths += 1
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

    async def claim(self, worker: str) -> Claim:
        await self.worker.awake.wait()
        self._maybe_die()
        if self.run.holder is not None and not self.town.holds_lease(self.run):
            self.town.takeovers += 1
            self.run.expire()
        claim = await super().claim(worker)
        self.run.lease_until = self.town.clock.now() + timedelta(seconds=LEASE_S)
        self._maybe_die()
        return claim

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
            await self.worker.awake.wait()
            self._maybe_die()
            self._flush()

    def _maybe_die(self) -> None:
        if not self.worker.is_dead and self.dice.random() < self.danger:
            self.worker.die()
        if self._is_lost or self.worker.is_dead:
            raise Crash

    def _flush(self) -> None:
        super()._flush()
        if self.run.events[-1].type in FINAL:
            self.run.expire()  # the transaction that ends a run gives its lease back

    def forget(self) -> None:
        self._stop_timer()
        self._buffer = []
        self._is_lost = True


class Town:
    """Three runs of one graph, two workers, a broker that cannot be trusted, and a person who settles."""

    def __init__(self, dice: Random, graph: Graph, outside: Outside) -> None:
        self.dice = dice
        self.outside = outside
        self.danger = dice.choice([0.0, 0.001, 0.005, 0.02])
        self.worlds = [World(graph, outside, limits=PATIENT) for _ in range(3)]
        self.ids = [UUID(int=i + 1) for i in range(3)]
        self.runs = [LeasedRun(Opening(run=str(id))) for id in self.ids]
        self.messages: list[tuple[datetime, int]] = []
        self.workers: list[Worker] = []
        self.cancelled: dict[UUID, datetime] = {}
        self.deaths = self.takeovers = self.naps = 0
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
        for worker in self.workers:
            if worker.awake.is_set() and not worker.is_dead:
                for number, run in enumerate(self.runs):
                    is_held = run.holder is not None and self.holds_lease(run)
                    if not self.has_ended(number) and not is_held and not self.waits(number):
                        worker.ring(number)
        self.clock.call_later(SWEEP_S, self.sweep)

    def waits(self, number: int) -> bool:
        """Whether the run waits for a person who has not said anything yet."""
        run = self.runs[number]
        if not run.events or run.events[-1].type != "run_waiting":
            return False
        said = {(signal.path, signal.name) for signal in run.signals}
        reasons: Any = run.events[-1].data["reasons"]
        return not any((wait["path"], wait["name"]) in said for wait in reasons)

    def renew(self) -> None:
        for worker in self.workers:
            worker.renew()
        self.clock.call_later(RENEW_S, self.renew)

    def settle(self) -> None:
        """A person looks at what arrived outside, and tells the truth of each step that was cut off."""
        for number, run in enumerate(self.runs):
            if run.events and run.events[-1].type == "run_waiting":
                reasons: Any = run.events[-1].data["reasons"]
                for wait in reasons:
                    arrived = f"{self.ids[number]}:{wait['path']}" in self.outside.keys
                    id = wait["path"].rpartition(".")[2]
                    done = {"action": "done", "output": {"text": f"{wait['path']}()"}}
                    is_sure = arrived and id.startswith("write")
                    run.send(Signal(wait["path"], wait["name"], done if is_sure else {"action": "again"}))
                    self.send(number)

    def disturb(self) -> None:
        """Something goes wrong, or nothing."""
        luck, worker = self.dice.random(), self.dice.choice(self.workers)
        if luck < self.danger * 2:
            worker.die()
        elif luck < self.danger * 6 and worker.awake.is_set():
            self.naps += 1
            worker.awake.clear()
            self.clock.call_later(self.dice.choice([3, 40, 100]), worker.awake.set)
        elif luck < self.danger * 6 + 0.05:
            self.send(self.dice.randrange(3))
        self.workers = [w for w in self.workers if not w.is_dead]
        self.hire()

    def hire(self) -> None:
        while len(self.workers) < 2:
            worker = Worker(self)
            worker.awake.set()
            self.workers.append(worker)

    def cancel(self, number: int) -> None:
        if not self.has_ended(number):
            self.cancelled[self.ids[number]] = self.clock.now()
            self.runs[number].cancel()
            self.send(number)

    async def one_more(self, graph: Graph) -> float:
        """A run that begins when all trouble is over. Gives the seconds it took."""
        self.danger, began = 0.0, self.clock.now()
        self.worlds.append(World(graph, self.outside, limits=PATIENT))
        self.ids.append(UUID(int=len(self.runs) + 1))
        self.worlds[-1].run = run = LeasedRun(Opening(run=str(self.ids[-1])))
        self.runs.append(run)
        self.workers = [worker for worker in self.workers if not worker.is_dead]
        self.hire()
        worker = self.dice.choice(self.workers)
        worker.ring(len(self.runs) - 1)
        await self.clock.finish(worker.tasks[len(self.runs) - 1])
        return (self.clock.now() - began).total_seconds()

    async def live(self) -> None:
        """Goes on until all has ended; the trouble ends after a while, so that I1 can be asked for."""
        self.hire()
        self.sweep()
        self.renew()
        cancel_at = self.dice.randint(1, 60) if self.dice.random() < 0.3 else None
        for number in range(3):
            self.send(number)
        for turn in range(900):
            if all(map(self.has_ended, range(3))):
                break
            if turn == 300:
                self.danger = 0.0
                for worker in self.workers:
                    for journal in worker.journals.values():
                        journal.danger = 0.0
            if turn == cancel_at:
                self.cancel(0)
            self.disturb()
            self.settle()
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
            facts=tuple(Fact(e.seq, e.type, e.path, e.at, dict(e.data)) for e in run.events),
        )


async def simulate(seed: int) -> Town:
    dice = Random(seed)
    graph = without_retries_of_writes(random_graph(dice))
    can_stop = any(node.type in LEAVES for node in all_nodes(graph))
    failures = {
        path: errors
        for path, errors in random_failures(dice, graph, may_be_final=not can_stop).items()
        if not path.rpartition(".")[2].startswith("write")
    }
    smooth = World(graph, fresh_outside(failures), limits=PATIENT)
    began = smooth.clock.now()
    calm: RunState = await smooth.finish()
    before_s = (smooth.clock.now() - began).total_seconds()

    town = Town(dice, graph, fresh_outside(failures))
    await town.live()
    after_s = await town.one_more(graph)

    writes = frozenset(node.id for node in all_nodes(graph) if node.type == "write")
    keys = [key for key in town.outside.keys if key.rpartition(":")[2].rpartition(".")[2] in writes]
    seen = Seen(
        accepted=tuple(town.ids),
        runs=tuple(map(town.story, range(4))),
        hits=tuple(map(Hit, keys)),
        posts=writes,
        unrepeatable=writes,
        cancelled=town.cancelled,
        pace=Pace((before_s,), (after_s,)),
    )
    assert violations(seen) == []
    for number, world in enumerate(town.worlds):
        if town.ids[number] not in town.cancelled:
            check_promises(world, settled(calm), calm)
    return town


def without_retries_of_writes(graph: Graph) -> Graph:
    """The same, where what writes is never done again by itself."""
    nodes = {
        node.id: type(node)(
            node.id,
            node.type,
            config={**node.config, "text": ""} if node.type == "write" else node.config,
            policy=Policy() if node.type == "write" else node.policy,
            body=None if node.body is None else without_retries_of_writes(node.body),
        )
        for node in graph.nodes.values()
    }
    return Graph(nodes, graph.edges)


async def test_messages_lost_doubled_late_and_workers_dead_or_asleep_change_nothing(outside):
    seen = {"deaths": 0, "takeovers": 0, "naps": 0, "cancelled": 0}
    for seed in (*FAILED_ONCE, *range(FIRST, FIRST + SEEDS)):
        try:
            town = await simulate(seed)
        except BaseException:
            print(f"\nSIMULATION_FIRST={seed} SIMULATION_SEEDS=1 repeats this.")  # noqa: T201
            raise
        seen["deaths"] += town.deaths
        seen["takeovers"] += town.takeovers
        seen["naps"] += town.naps
        seen["cancelled"] += len(town.cancelled)
    if SEEDS >= 300:
        assert all(count > SEEDS / 20 for count in seen.values()), seen

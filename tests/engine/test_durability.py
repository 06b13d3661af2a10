"""Durable first, then believed: and no more commits than that takes."""

import asyncio

from tests.engine.world import texts
from workers.engine.clock import sleep
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal
from workers.engine.testing import settle


class SlowDisk(MemoryJournal):
    """Takes five seconds for what must be durable before it is believed."""

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=False)
        if durable:
            await sleep(self._clock, 5)
            self._flush()


class CountingJournal(MemoryJournal):
    """A memory journal that writes down its commits: how many events each made durable."""

    def __init__(self, run, clock):
        super().__init__(run, clock)
        self.commits: list[list[str]] = []

    def _flush(self) -> None:
        if self._buffer:
            self.commits.append([f"{event.type} {event.path}".strip() for event in self._buffer])
        super()._flush()


class HeldJournal(MemoryJournal):
    """A memory journal whose disk hangs when a given fact is to become durable."""

    def __init__(self, run, clock, kind, path):
        super().__init__(run, clock)
        self.held = (kind, path)
        self.may_go_on = asyncio.Event()

    async def append(self, event: Event, *, durable: bool) -> None:
        if (event.type, event.path) == self.held:
            await super().append(event, durable=False)
            await self.may_go_on.wait()
            self._flush()
        else:
            await super().append(event, durable=durable)


async def test_a_hundred_pure_nodes_cost_one_commit(draw):
    world = draw(" -> ".join(f"pure_{i}" for i in range(100)))
    journal = CountingJournal(world.run, world.clock)

    await world.finish(journal)

    assert len(journal.commits) == 1
    assert len(journal.commits[0]) == 202


async def test_the_start_of_a_node_that_acts_is_durable_before_it_acts_and_its_end_at_once(draw):
    world = draw("pure_1 -> work -> pure_2 -> write -> pure_3")
    journal = CountingJournal(world.run, world.clock)

    await world.finish(journal)

    assert journal.commits == [
        ["run_started", "node_started pure_1", "node_succeeded pure_1", "node_started work_1"],
        ["node_succeeded work_1"],
        ["node_started pure_2", "node_succeeded pure_2", "node_started write_1"],
        ["node_succeeded write_1"],
        ["node_started pure_3", "node_succeeded pure_3", "run_succeeded"],
    ]


async def test_nothing_acts_on_a_result_that_is_not_durable_yet(draw):
    world = draw("work_1 -> pure_1 -> work_2")
    journal = HeldJournal(world.run, world.clock, "node_succeeded", "work_1")
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    assert world.outside.acts == ["work_1"]

    journal.may_go_on.set()
    await world.clock.finish(task)

    assert world.outside.acts == ["work_1", "work_2"]


async def test_another_branch_goes_on_while_the_disk_is_busy_with_one(draw):
    drawing = "work_1 -> pure_9\nwork_2 -> pure_1 -> pure_2 -> pure_9"
    want = texts(await draw(drawing, configs={"work_2": {"seconds": 1}}).finish())
    world = draw(drawing, configs={"work_2": {"seconds": 1}})
    journal = HeldJournal(world.run, world.clock, "node_succeeded", "work_1")
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    world.clock.advance(1.1)
    await settle()
    assert journal._buffer[-1].path == "pure_2"

    journal.may_go_on.set()
    state = await world.clock.finish(task)

    assert texts(state) == want


async def test_what_was_being_committed_when_a_cancel_came_is_kept_and_believed(draw):
    world = draw("work_1 -> work_2")
    journal = HeldJournal(world.run, world.clock, "node_succeeded", "work_1")
    engine = world.engine(journal)
    task = asyncio.ensure_future(engine.run())
    await settle()

    engine.cancel()
    state = await world.clock.finish(task)

    assert state.status == "cancelled"
    assert "work_1" in state.results
    assert world.types[-2:] == ["node_succeeded", "run_cancelled"]


async def test_a_fact_on_its_way_to_the_disk_is_not_believed_because_a_later_one_need_not_wait(draw):
    world = draw("pure_1 -> work_1\n pure_1 -> work_2 -> pure_2", configs={"work_1": {"seconds": 4}})
    engine = world.engine(SlowDisk(world.run, world.clock))
    task = asyncio.ensure_future(engine.run())
    while world.clock.monotonic() < 8:  # work_1 was done after 4 s and is written after 9; pure_2 began at 5
        await settle()
        world.clock.advance(0.5)
    await settle()

    assert "work_1" not in engine.state.results
    assert "pure_2" not in engine.state.results  # the order of the journal is that of belief

    state = await world.clock.finish(task)
    assert {"work_1", "pure_2"} <= state.results.keys()

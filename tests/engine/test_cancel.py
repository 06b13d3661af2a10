"""After cancel, no node starts, and the run ends as cancelled."""

import asyncio

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Policy
from tests.engine import world as worlds
from tests.engine.test_calls import KEY, everything
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal
from workers.engine.testing import build, settle

DRAWING = "pure_1 -> work_1 -> pure_9\npure_1 -> pure_2 -> write_1 -> pure_9\npure_9 -> steps_1"


class CancellingJournal(MemoryJournal):
    """A memory journal on a run that is told to stop just before its n-th event."""

    def __init__(self, run, clock, at):
        super().__init__(run, clock)
        self.at = at

    async def append(self, event: Event, *, durable: bool) -> None:
        if event.seq == self.at:
            self.run.cancel()
            self.acts_before = list(worlds.outside.acts)
        await super().append(event, durable=durable)


@pytest.mark.parametrize("at", range(2, 20))
async def test_a_run_cancelled_before_any_event_starts_nothing_more(draw, at):
    world = draw(DRAWING)
    journal = CancellingJournal(world.run, world.clock, at)

    state = await world.finish(journal)

    assert state.status == "cancelled"
    assert world.types[-1] == "run_cancelled"
    assert "run_succeeded" not in world.types
    # A step of a node at work is a start too.
    assert world.outside.acts == journal.acts_before


@pytest.mark.parametrize("ticks", range(0, 40, 2))
async def test_the_worker_that_hears_of_a_cancel_stops_its_engine(draw, ticks):
    world = draw(DRAWING, configs={"work_1": {"seconds": 10}, "write_1": {"seconds": 5}})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    for _ in range(ticks):
        await asyncio.sleep(0)

    engine.cancel()
    acts = list(world.outside.acts)
    state = await world.clock.finish(task)

    assert state.status == "cancelled"
    assert world.outside.acts == acts
    assert world.clock.monotonic() < 1


async def test_a_node_that_will_not_stop_is_left_behind_after_a_second(draw):
    world = draw("stubborn")
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()

    engine.cancel()
    state = await world.clock.finish(task)

    assert state.status == "cancelled"
    assert world.clock.monotonic() == 1
    assert world.outside.acts == ["asked to stop"]


async def test_tokens_used_up_to_the_cancel_count(draw):
    world = draw("say_1 -> work_1", configs={"say_1": {"user": "a b c"}, "work_1": {"seconds": 9}})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()

    engine.cancel()
    await world.clock.finish(task)

    assert world.events("run_cancelled")[0].data["usage"]["total_tokens"] == 6


async def test_a_worker_that_shuts_down_writes_nothing_and_leaves_the_run_to_the_next(draw):
    world = draw("pure -> work -> pure_2", configs={"work_1": {"seconds": 10}})
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await world.clock.finish(task)
    world.run.expire()

    assert world.types[-1] == "node_started"
    assert (await world.finish()).status == "succeeded"


@pytest.mark.parametrize("starts_before", range(12))
async def test_no_step_is_written_as_begun_after_the_cancel_was_answered(draw, starts_before):
    """Pure steps too, which begin without asking anybody: the journal refuses their start."""
    world = draw(
        " -> ".join(f"pure_{i}" for i in range(1, 8)) + " -> loop -> work",
        configs={"loop_1": {"count": 3}},
        bodies={"loop_1": build("pure -> pure_2")},
    )
    answered: list[int] = []

    class Journal(MemoryJournal):
        async def append(self, event: Event, *, durable: bool) -> None:
            await super().append(event, durable=durable)
            if event.type == "node_started" and not answered:
                self.seen = getattr(self, "seen", -1) + 1
                if self.seen == starts_before:
                    self.run.cancel()
                    answered.append(len(self.run.events))

    state = await world.finish(Journal(world.run, world.clock))

    after = world.run.events[answered[0] :]
    assert [event.type for event in after if event.type == "node_started"] == []
    assert after[-1].type == "run_cancelled"
    assert [event.seq for event in world.run.events] == list(range(1, len(world.run.events) + 1))
    assert state.status == "cancelled"


@pytest.mark.parametrize("shape", ["parallel", "inside", "backoff"])
async def test_a_run_at_work_anywhere_has_ended_within_a_second_of_the_cancel(draw, shape):
    slow = {"work_1": {"seconds": 60}}
    if shape == "parallel":
        world = draw("pure -> work_1\npure -> write_1", configs=slow | {"write_1": {"seconds": 60}})
    elif shape == "inside":  # a workflow that is used, inside a parallel each, inside a loop
        frame = build("start -> work -> write -> answer", configs=slow | {"answer_1": {"text": "-"}})
        world = draw(everything(), workflows={KEY: frame})
    else:
        world = draw("work -> write", policies={"work_1": Policy(max_attempts=9, backoff_s=200)})
        worlds.outside.failures["work_1"] = [NodeError("rate_limited", "Slow down.", retry=True)] * 8
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()
    acts, began_at = list(world.outside.acts), world.clock.monotonic()
    assert acts

    engine.cancel()
    state = await world.clock.finish(task)

    assert state.status == "cancelled"
    assert world.types[-1] == "run_cancelled"
    assert world.outside.acts == acts
    assert world.clock.monotonic() - began_at <= 1


async def test_pure_steps_see_a_pause_without_being_told(draw):
    """They ask nobody before they begin; what the journal last heard of the row is enough."""
    world = draw(" -> ".join(f"pure_{i}" for i in range(1, 9)))

    class Journal(MemoryJournal):
        async def append(self, event: Event, *, durable: bool) -> None:
            await super().append(event, durable=durable)
            self.run.is_paused = self.run.is_paused or event.path == "pure_3"

    state = await world.finish(Journal(world.run, world.clock))

    assert state.status == "waiting"
    assert "pure_4" not in state.attempts

"""A worker that is told to stop in the middle of a step gives its run away. Nobody died of it, so it counts
neither as a crash of the run nor as an attempt of the step; but a step that writes may have acted."""

import asyncio

import pytest

from nodes.sdk import NodeError
from nodes.sdk.graph import Policy
from tests.engine.test_crash import check_journal, crash_in_the_work
from tests.engine.world import World
from workers.engine.journal import MemoryJournal
from workers.engine.testing import build, settle

LONG = {"work_1": {"seconds": 9}}


async def stop_in_the_work(world: World) -> None:
    """A claim whose worker is told to stop when its nodes are at work, as every deployment does."""
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await journal.abandon()


@pytest.mark.parametrize("stops", [3, 4, 12])
async def test_many_orderly_stops_during_one_long_step_do_not_end_the_run(draw, stops):
    world = draw("pure -> work -> pure_2", configs=LONG)
    for _ in range(stops):
        await stop_in_the_work(world)

    state = await world.finish()

    assert (state.status, state.error) == ("succeeded", None)
    assert world.outside.hits["work_1"] == stops + 1
    assert state.attempts["work_1"] == stops + 1, "a new attempt takes back what was shown of the last"
    check_journal(world.run.events)


async def test_orderly_stops_in_between_do_not_hide_that_a_step_kills_its_workers(draw):
    world = draw("work", configs=LONG, policies={"work_1": Policy(max_attempts=10)})
    for _ in range(2):
        await crash_in_the_work(world)
        await stop_in_the_work(world)
        await stop_in_the_work(world)
    await crash_in_the_work(world)

    state = await world.finish()

    assert (state.status, state.error["code"]) == ("failed", "worker_crashed")
    assert world.outside.hits["work_1"] == 7, "three that died, and four that were told to stop"


async def test_a_step_has_all_its_attempts_still_when_its_worker_was_told_to_stop(draw):
    world = draw("work", configs=LONG)
    for _ in range(3):
        await stop_in_the_work(world)
    busy = NodeError("model_busy", "Busy.")
    world.outside.failures["work_1"] = [busy] * 5  # attempts 4 and 5 fail, 6 works

    state = await world.finish()

    assert (state.status, state.attempts["work_1"]) == ("succeeded", 6)


async def test_a_write_that_may_not_be_repeated_is_asked_about_after_an_orderly_stop_too(draw):
    world = draw("write", configs={"write_1": {"seconds": 9}})
    await stop_in_the_work(world)

    state = await world.finish()

    assert state.status == "waiting"
    assert [wait["reason"] for wait in world.events("run_waiting")[-1].data["reasons"]] == ["outcome_unknown"]
    assert world.outside.hits["write_1"] == 1


async def test_a_write_is_sent_no_more_often_than_drawn_however_its_workers_ended(draw):
    world = draw("write", configs={"write_1": {"seconds": 9}}, policies={"write_1": Policy(max_attempts=3)})
    for _ in range(3):
        await stop_in_the_work(world)

    state = await world.finish()

    assert state.status == "waiting"
    assert world.outside.hits["write_1"] == 3


async def test_inside_a_list_in_a_repeat_it_is_the_same(draw):
    item = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    body = build("each", configs={"each_1": {"items": [9, 9], "at_once": 2}}, bodies={"each_1": item})
    world = draw("loop", configs={"loop_1": {"count": 2}}, bodies={"loop_1": body})
    for _ in range(5):
        await stop_in_the_work(world)

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.attempts["loop_1[0].each_1[1].work_1"] == 6
    assert state.attempts["loop_1[1].each_1[1].work_1"] == 1

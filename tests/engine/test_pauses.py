"""A pause holds nothing, loses nothing, and what it does not concern goes on."""

import asyncio
from datetime import timedelta

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Policy
from tests.engine.test_crash import crash_in_the_work
from tests.engine.world import World
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, Signal
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash, build, crash_at, settle


async def begin(world: World) -> tuple[Engine, "asyncio.Future[RunState]"]:
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()
    return engine, task


def pause(world: World, engine: Engine) -> None:
    world.run.is_paused = True
    engine.pause()


async def test_a_pause_between_two_attempts_frees_the_worker_at_once_and_the_rest_is_waited_for_later(
    draw, outside
):
    world = draw("work", policies={"work_1": Policy(backoff_s=100, max_attempts=2)})
    outside.failures["work_1"] = [NodeError("model_busy", "Busy.", retry=True)]
    engine, task = await begin(world)
    began = world.clock.now()

    pause(world, engine)
    await settle()

    assert task.done()
    assert task.result().status == "waiting"
    assert world.clock.now() == began
    assert (world.run.holder, world.run.wake_at) == (None, None)
    world.run.is_paused = False
    world.clock.advance(40)
    state = await world.finish()
    assert state.status == "succeeded"
    assert outside.hits == {"work_1": 2}
    assert timedelta(seconds=99) < world.clock.now() - began < timedelta(seconds=130)


async def test_a_pause_that_one_branch_hears_of_ends_the_rest_of_another(draw, outside):
    world = draw(
        "pure_1 -> work_1\n pure_1 -> work_2 -> work_3",
        configs={"work_2": {"seconds": 5}},
        policies={"work_1": Policy(backoff_s=100, max_attempts=2)},
    )
    outside.failures["work_1"] = [NodeError("model_busy", "Busy.", retry=True)]
    _, task = await begin(world)
    world.run.is_paused = True  # nobody tells the engine; the barrier of work_3 reads it
    began = world.clock.now()

    state = await world.clock.finish(task)

    assert state.status == "waiting"
    assert world.clock.now() - began < timedelta(seconds=10)
    assert "work_3" not in outside.hits


async def test_pure_steps_of_a_long_loop_hear_of_a_pause_and_go_on_in_the_same_round(draw):
    world = draw("times", bodies={"times_1": build("pure")}, configs={"times_1": {"times": 3_000}})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    for _ in range(100_000):
        if world.run.events and len(engine.state.results) >= 200:
            break
        await asyncio.sleep(0)

    pause(world, engine)
    state = await world.clock.finish(task)

    assert state.status == "waiting"
    assert 200 <= len(state.results) < 1_500
    world.run.is_paused = False
    state = await world.finish()
    assert state.status == "succeeded"
    assert sum(path.endswith("pure_1") for path in state.results) == 3_000
    started = [e.path for e in world.events("node_started") if e.path.endswith("pure_1")]
    assert len(started) == len(set(started))


async def test_a_run_may_be_paused_and_go_on_while_it_waits_for_something_else(draw):
    world = draw("pure_1 -> await_1\n pure_1 -> work_1 -> work_2", configs={"work_1": {"seconds": 5}})
    engine, task = await begin(world)
    pause(world, engine)
    state = await world.clock.finish(task)
    reasons = {(r["path"], r["reason"]) for r in world.events("run_waiting")[-1].data["reasons"]}
    assert reasons == {("", "paused"), ("await_1", "event")}
    assert world.run.wake_at is None
    world.run.send(Signal("await_1", "answer", "yes"))
    assert (await world.finish()).status == "waiting"  # a note does not end a pause
    assert "work_2" not in world.outside.hits

    world.run.is_paused = False
    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["await_1"].output == {"said": "yes"}
    assert {e.data["attempt"] for e in world.events("node_started")} == {1}


async def test_a_wait_that_runs_out_during_a_pause_wakes_nobody_and_is_over_afterwards(draw):
    world = draw("pure_1 -> await_1\n pure_1 -> work_1", configs={"await_1": {"seconds": 60}})
    await world.finish()
    assert world.run.wake_at is not None
    world.run.is_paused = True
    assert (await world.finish()).status == "waiting"
    assert world.run.wake_at is None
    world.clock.advance(100)
    assert (await world.finish()).status == "waiting"
    assert "await_1/after" not in world.outside.hits

    world.run.is_paused = False
    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["await_1"].output == {"said": None}


async def test_a_paused_run_that_is_cancelled_ends_and_starts_nothing_more(draw):
    world = draw("work_1 -> work_2", configs={"work_1": {"seconds": 5}})
    engine, task = await begin(world)
    pause(world, engine)
    await world.clock.finish(task)
    world.run.cancel()

    state = await world.finish()

    assert state.status == "cancelled"
    assert world.outside.hits == {"work_1": 1}


@pytest.mark.parametrize(("node", "again"), [("work", 2), ("write", 1)])
async def test_a_worker_that_dies_while_its_run_is_being_paused_leaves_a_run_that_is_paused(
    draw, node, again
):
    world = draw(f"{node} -> pure", configs={f"{node}_1": {"seconds": 5}})
    await crash_in_the_work(world)
    world.run.is_paused = True

    state = await world.finish()

    assert state.status == "waiting"
    assert world.events("run_waiting")[-1].data["reasons"][0]["reason"] == "paused"
    assert world.outside.hits == {f"{node}_1": 1}
    world.run.is_paused = False
    state = await world.finish()
    assert world.outside.hits == {f"{node}_1": again}
    assert state.status == ("succeeded" if node == "work" else "waiting")  # asks what became of the write


@pytest.mark.parametrize("at", range(1, 14))
async def test_a_crash_before_any_write_of_a_run_that_is_paused_again_and_again_changes_no_result(draw, at):
    world = draw(
        "work_1 -> work_2 -> pure_1",
        configs={"work_1": {"seconds": 1}, "pure_1": {"text": "{{ work_2.text }}"}},
    )
    left: int | None = at
    state = None
    for turn in range(12):
        world.run.is_paused = turn % 2 == 0
        journal = crash_at(left, world.run, world.clock) if left else MemoryJournal(world.run, world.clock)
        try:
            state = await world.finish(journal)
        except Crash:
            left = None
            continue
        left = journal._left or None if left else None
        if state.status != "waiting":
            break

    state = fold(world.run.events)
    assert state.status == "succeeded"
    assert state.results["pure_1"].output == {"text": "work_2()"}
    assert max(world.outside.hits.values()) <= 2
    assert sum(world.outside.hits.values()) <= 3


async def test_a_wait_inside_an_app_that_is_used_is_answered_by_its_path_and_what_is_beside_goes_on(draw):
    inner = build("await -> pure", configs={"pure_1": {"text": "{{ await_1.said }}"}})
    world = draw(
        "start -> sub_workflow -> pure_1\n start -> work_1 -> work_2",
        configs={"sub_workflow_1": {"workflow": "inner", "query": "x"}, "work_1": {"seconds": 5}},
        workflows={"inner@latest": inner},
    )
    state = await world.finish()
    assert set(state.waiting) == {"sub_workflow_1[0].await_1"}
    assert "work_2" in state.results
    world.run.send(Signal("await_1", "answer", "not for it"))
    assert (await world.finish()).status == "waiting"
    world.run.send(Signal("sub_workflow_1[0].await_1", "answer", "yes"))

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["sub_workflow_1[0].pure_1"].output == {"text": "yes"}


async def test_rounds_beside_one_that_waits_go_on(draw):
    inner = build(
        "fork.yes -> await\n fork.no -> work",
        configs={"fork_1": {"port": "{{ at_once_1.item }}"}, "work_1": {"seconds": 5}},
    )
    world = draw(
        "at_once", bodies={"at_once_1": inner}, configs={"at_once_1": {"items": ["no", "yes", "no"]}}
    )
    state = await world.finish()
    assert set(state.waiting) == {"at_once_1[1].await_1"}
    assert {"at_once_1[0].work_1", "at_once_1[2].work_1"} <= state.results.keys()
    world.run.send(Signal("at_once_1[1].await_1", "answer", "yes"))

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits["at_once_1[0].work_1"] == world.outside.hits["at_once_1[2].work_1"] == 1

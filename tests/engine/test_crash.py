"""A worker may die at any moment: the run ends as if nothing had happened, and nothing done is done again."""

import asyncio

import pytest

from nodes.sdk import NodeError
from nodes.sdk.graph import Policy
from tests.engine.world import World, texts
from workers.engine.events import Event
from workers.engine.journal import Busy, LostLease, MemoryJournal
from workers.engine.state import fold
from workers.engine.testing import Crash, build, crash_at, settle

BRANCHES_AND_A_JOIN = """
    pure_1 -> fork_1
    fork_1.yes -> work_1 -> pure_9
    fork_1.no -> work_2 -> pure_9
    pure_1 -> work_3 -> pure_3 -> work_4 -> pure_9
    pure_1 -> say_1 -> pure_9
    pure_9 -> write_1 -> pure_10
"""
CONFIGS = {
    "say_1": {"user": "to {{ pure_1.text }}"},
    "work_1": {"text": "{{ pure_1.text }}"},
    "work_4": {"text": "{{ pure_3.text }} {{ work_3.text }}"},
    "pure_9": {"text": "{{ work_1.text }} {{ work_2.text }} {{ work_4.text }} {{ say_1.text }}"},
    "write_1": {"text": "{{ pure_9.text }}"},
}
REPEATABLE = {"write_1": Policy(max_attempts=3)}


async def run_with_a_crash(world: World, at: int, *, flushes_all: bool = False) -> bool:
    """Runs until the worker dies before its write `at`, then lets another worker finish. Whether it died.

    With `flushes_all` every fact is durable at once, as when the buffer is written between any two.
    """
    try:
        await world.finish(crash_at(at, world.run, world.clock, flushes_all=flushes_all))
    except Crash:
        await world.finish()
        return True
    return False


def check_journal(events: list[Event]) -> None:
    """I4: seq is 1..n. I2: no node run has a second result, no step is done twice."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    results = [e.path for e in events if e.type == "node_succeeded"]
    assert len(results) == len(set(results))
    steps = [(e.path, e.data["name"]) for e in events if e.type == "step_done"]
    assert len(steps) == len(set(steps))
    assert (
        sum(
            event.type.startswith("run_") and event.type not in ("run_claimed", "run_started")
            for event in events
        )
        == 1
    )


@pytest.mark.parametrize("at", range(1, 40))
async def test_a_crash_before_any_write_changes_no_result(draw, at):
    smooth = draw(BRANCHES_AND_A_JOIN, configs=CONFIGS, policies=REPEATABLE)
    want = texts(await smooth.finish())
    world = draw(BRANCHES_AND_A_JOIN, configs=CONFIGS, policies=REPEATABLE)

    await run_with_a_crash(world, at)

    state = fold(world.run.events)
    assert state.status == "succeeded"
    assert texts(state) == want
    check_journal(world.run.events)


@pytest.mark.parametrize("at", range(1, 40))
async def test_a_crash_before_any_write_in_nested_passes_changes_no_result(draw, at):
    inner = build("pure -> work", configs={"work_1": {"text": "{{ times_1.index }}"}})
    more = {
        "bodies": {"times_1": inner},
        "configs": {"steps_1": {"tells_what_it_saw": False}},
        "policies": {"steps_1": Policy(max_attempts=3)},
    }
    want = texts(await draw("pure_1 -> times_1 -> steps_1", **more).finish())
    world = draw("pure_1 -> times_1 -> steps_1", **more)

    await run_with_a_crash(world, at)

    assert texts(fold(world.run.events)) == want
    check_journal(world.run.events)


async def test_the_crashes_above_reach_every_write(draw):
    world = draw(BRANCHES_AND_A_JOIN, configs=CONFIGS, policies=REPEATABLE)

    assert not await run_with_a_crash(world, 40)


async def test_a_finished_node_is_never_run_again(draw):
    world = draw("work_1 -> work_2", configs={"work_2": {"seconds": 5}})
    task = asyncio.ensure_future(world.engine(journal := MemoryJournal(world.run, world.clock)).run())
    await settle()
    journal.crash()
    task.cancel()

    await world.finish()

    assert world.outside.hits == {"work_1": 1, "work_2": 2}
    assert [e.data["attempt"] for e in world.events("node_started")] == [1, 1, 2]


async def test_a_node_that_writes_is_not_started_again_after_a_crash(draw):
    world = draw("write", configs={"write_1": {"seconds": 5}})
    task = asyncio.ensure_future(world.engine(journal := MemoryJournal(world.run, world.clock)).run())
    await settle()
    journal.crash()
    task.cancel()

    state = await world.finish()

    assert world.outside.hits == {"write_1": 1}
    assert state.status == "waiting"
    assert state.waiting["write_1"]["#settle 1"]["reason"] == "outcome_unknown"


async def test_a_remembered_step_is_not_done_again(draw):
    world = draw("steps", policies={"steps_1": Policy(max_attempts=2)})
    with pytest.raises(Crash):
        await world.finish(crash_at(8, world.run, world.clock))
    before = [e.data for e in world.events("step_done")]

    state = await world.finish()

    assert [step["name"] for step in before] == ["#1", "#2", "first"]
    assert world.outside.hits["steps_1/first"] == 1
    assert state.results["steps_1"].output["seen"][:2] == [before[0]["value"], before[1]["value"]]


async def test_a_pause_before_another_attempt_goes_on_after_a_crash(draw):
    world = draw("work", policies={"work_1": Policy(backoff_s=100)})
    world.outside.failures["work_1"] = [NodeError("model_busy", "Busy.")]
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    pause_s = world.events("node_failed")[0].data["retry_in_s"]
    world.clock.advance(pause_s - 1)
    journal.crash()
    task.cancel()

    await world.finish()

    assert world.clock.monotonic() == pytest.approx(pause_s)
    assert world.outside.hits["work_1"] == 2


async def test_a_final_failure_is_not_tried_again_after_a_crash(draw):
    world = draw("work")
    world.outside.failures["work_1"] = [NodeError("model_auth", "No.")]
    with pytest.raises(Crash):
        await world.finish(crash_at(5, world.run, world.clock))
    assert world.types[-1] == "node_failed"

    state = await world.finish()

    assert state.status == "failed"
    assert world.outside.hits["work_1"] == 1


# A crash that comes again and again


async def crash_in_the_work(world: World) -> None:
    """A claim whose worker dies when its nodes are at work."""
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    journal.crash()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_step_that_kills_every_worker_ends_as_worker_crashed(draw):
    world = draw("work", configs={"work_1": {"seconds": 9}}, policies={"work_1": Policy(max_attempts=2)})
    for _ in range(2):
        await crash_in_the_work(world)

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["code"] == "worker_crashed"
    assert world.outside.hits["work_1"] == 2


async def test_three_claims_without_a_new_fact_end_the_run_and_name_what_was_open(draw):
    world = draw("work", configs={"work_1": {"seconds": 9}}, policies={"work_1": Policy(max_attempts=10)})
    for _ in range(3):
        await crash_in_the_work(world)

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["code"] == "worker_crashed"
    assert "Work" in state.error["message"]
    assert world.outside.hits["work_1"] == 3


async def test_after_a_claim_without_a_new_fact_even_pure_nodes_are_counted_before_they_run(draw):
    world = draw("pure")
    with pytest.raises(Crash):
        await world.finish(crash_at(3, world.run, world.clock))
    assert world.types == ["run_claimed"]

    with pytest.raises(Crash):
        await world.finish(crash_at(3, world.run, world.clock))

    assert world.types == ["run_claimed", "run_claimed", "run_started", "node_started"]


async def test_a_crash_that_comes_again_after_progress_does_not_end_the_run(draw):
    chain = " -> ".join(f"work_{i}" for i in range(1, 7))
    world = draw(chain, configs={f"work_{i}": {"seconds": 5} for i in range(1, 7)})
    for _ in range(5):
        journal = MemoryJournal(world.run, world.clock)
        task = asyncio.ensure_future(world.engine(journal).run())
        await settle()
        world.clock.advance(6)
        await settle()
        journal.crash()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    state = await world.finish()

    assert state.status == "succeeded"


# Two workers


async def test_a_second_worker_finds_the_run_busy(draw):
    world = draw("work", configs={"work_1": {"seconds": 5}})
    task = asyncio.ensure_future(world.engine().run())
    await settle()

    with pytest.raises(Busy):
        await world.engine(worker="w2").run()

    assert (await world.clock.finish(task)).status == "succeeded"


@pytest.mark.parametrize("seconds", range(0, 22, 2))
async def test_a_worker_that_was_taken_for_dead_stops_and_the_other_finishes(draw, seconds):
    drawing = "pure_1 -> work_1 -> pure_9\npure_1 -> work_2 -> work_3 -> pure_9\npure_9 -> work_4"
    configs = {f"work_{i}": {"seconds": i * 3, "text": "{{ work_2.text }}"} for i in range(1, 5)}
    want = texts(await draw(drawing, configs=configs).finish())
    world = draw(drawing, configs=configs)
    slow = asyncio.ensure_future(world.engine(worker="w1").run())
    await settle()
    world.clock.advance(seconds)
    await settle()

    world.run.expire()
    state = await world.finish()
    [outcome] = await asyncio.gather(slow, return_exceptions=True)

    assert isinstance(outcome, LostLease)
    assert texts(state) == want
    check_journal(world.run.events)

"""Waiting holds nothing, survives anything, and each answer reaches the node that asked."""

import asyncio

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Policy
from tests.engine.test_crash import crash_in_the_work
from tests.engine.world import World
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal, Signal
from workers.engine.state import fold
from workers.engine.testing import Crash, build, crash_at, settle


def send(world: World, path: str, payload: object, name: str = "answer") -> None:
    world.run.send(Signal(path, name, payload))


async def test_a_node_that_waits_lets_other_branches_end_and_then_the_run_go(draw):
    world = draw("pure_1 -> await_1\n pure_1 -> work_1 -> work_2", configs={"work_1": {"seconds": 5}})

    state = await world.finish()

    assert state.status == "waiting"
    assert {"work_1", "work_2"} <= state.results.keys()
    assert world.run.holder is None
    assert world.run.wake_at is None
    assert world.types[-1] == "run_waiting"
    assert [r["path"] for r in world.events("run_waiting")[0].data["reasons"]] == ["await_1"]


async def test_a_note_wakes_the_node_with_what_it_says_and_counts_no_new_attempt(draw):
    world = draw("await -> pure", configs={"pure_1": {"text": "{{ await_1.said }}"}})
    await world.finish()
    send(world, "await_1", "yes")

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["pure_1"].output == {"text": "yes"}
    assert [e.data["attempt"] for e in world.events("node_started") if e.path == "await_1"] == [1, 1]
    assert state.attempts["await_1"] == 1
    assert state.node_starts == 2
    assert world.outside.hits == {"await_1": 1, "await_1/after": 1}


async def test_several_waiters_each_get_their_own_note(draw):
    world = draw("pure_1 -> await_1\n pure_1 -> await_2\n pure_1 -> await_3")
    await world.finish()
    for n in (3, 1):
        send(world, f"await_{n}", n)
    state = await world.finish()
    assert state.status == "waiting"
    assert set(state.waiting) == {"await_2"}
    send(world, "await_2", 2)

    state = await world.finish()

    assert {n: state.results[f"await_{n}"].output["said"] for n in (1, 2, 3)} == {1: 1, 2: 2, 3: 3}


async def test_waiters_in_rounds_and_side_by_side_are_answered_by_their_paths(draw):
    world = draw(
        "pure -> at_once",
        bodies={
            "at_once_1": build("times", bodies={"times_1": build("await")}, configs={"times_1": {"times": 2}})
        },
        configs={"at_once_1": {"items": ["a", "b"]}},
    )
    for turn in (0, 1):
        state = await world.finish()
        assert set(state.waiting) == {f"at_once_1[{i}].times_1[{turn}].await_1" for i in (0, 1)}
        for path in state.waiting:
            send(world, path, path)

    state = await world.finish()

    assert state.status == "succeeded"
    assert all(r.output["said"] == p for p, r in state.results.items() if p.endswith("await_1"))
    assert {e.data["attempt"] for e in world.events("node_started")} == {1}


async def test_wrong_names_wrong_paths_and_late_notes_change_nothing(draw):
    world = draw("await -> pure")
    await world.finish()
    send(world, "await_1", "no", name="other")
    send(world, "await_7", "no")
    state = await world.finish()
    assert state.status == "waiting"
    send(world, "await_1", "first")
    send(world, "await_1", "second")

    state = await world.finish()

    assert state.results["await_1"].output == {"said": "first"}
    assert len(world.events("node_waiting")) == 1


async def test_a_wait_that_runs_out_gives_nothing_and_a_late_note_does_not_change_that(draw):
    world = draw("await -> pure", configs={"await_1": {"seconds": 60, "works": 5}})
    await world.finish()
    assert (world.run.wake_at - world.clock.now()).total_seconds() == 60
    world.clock.advance(60)
    await crash_in_the_work(world)
    send(world, "await_1", "late")

    state = await world.finish()

    assert state.results["await_1"].output == {"said": None}


async def test_waiting_is_no_time_of_work(draw):
    world = draw("await -> pure")
    await world.finish()
    world.clock.advance(100_000)
    send(world, "await_1", 1)

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.worked_s < 1


async def test_a_crash_after_the_answer_counts_as_one(draw):
    world = draw("await", configs={"await_1": {"works": 5}})
    await world.finish()
    send(world, "await_1", 1)
    await crash_in_the_work(world)

    state = await world.finish()

    assert state.attempts["await_1"] == 2
    assert state.results["await_1"].output == {"said": 1}


@pytest.mark.parametrize("at", range(1, 30))
async def test_a_crash_before_any_write_changes_no_answer(draw, at):
    inner = build("await -> work", configs={"work_1": {"text": "{{ await_1.said }}"}})
    world = draw(
        "pure -> at_once -> await_2", bodies={"at_once_1": inner}, configs={"at_once_1": {"items": [1, 2]}}
    )
    left: int | None = at
    for _ in range(12):
        try:
            if left is None:
                state = await world.finish()
            else:
                journal = crash_at(left, world.run, world.clock)
                try:
                    state = await world.finish(journal)
                finally:
                    left = journal._left if journal._left else None
        except Crash:
            continue
        if state.status != "waiting":
            break
        for path in state.waiting:
            send(world, path, f"to {path}")

    state = fold(world.run.events)
    assert state.status == "succeeded"
    for path in ("at_once_1[0].await_1", "at_once_1[1].await_1", "await_2"):
        assert state.results[path].output == {"said": f"to {path}"}
    assert all(e.data["attempt"] <= 2 for e in world.events("node_started"))
    assert [e.seq for e in world.run.events] == list(range(1, len(world.run.events) + 1))


async def test_a_cancel_ends_a_waiting_run_instead_of_letting_it_wait(draw):
    world = draw("pure_1 -> await_1\n pure_1 -> work_1", configs={"work_1": {"seconds": 5}})
    task = asyncio.ensure_future(world.engine().run())
    await settle()
    world.run.cancel()

    state = await world.clock.finish(task)

    assert state.status == "cancelled"


async def unknown(draw, drawing="write -> pure", **more) -> World:
    world = draw(
        drawing, configs={"write_1": {"seconds": 5}, "pure_1": {"text": "{{ write_1.text }}"}}, **more
    )
    await crash_in_the_work(world)
    state = await world.finish()
    assert state.status == "waiting"
    assert world.outside.hits == {"write_1": 1}
    return world


async def test_an_unknown_outcome_that_a_person_settles_as_done_goes_on_with_the_output(draw):
    world = await unknown(draw)
    send(world, "write_1", {"action": "done", "output": {"text": "it was"}}, name="#settle 1")

    state = await world.finish()

    assert state.results["pure_1"].output == {"text": "it was"}
    assert world.outside.hits == {"write_1": 1}


@pytest.mark.parametrize("said", [{}, {"output": {}}, {"output": {"receipt": 7}}])
async def test_fields_that_nobody_says_anything_of_are_nothing_for_later_steps(draw, said):
    world = await unknown(draw)
    send(world, "write_1", {"action": "done", **said}, name="#settle 1")

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["write_1"].output == {"text": None, **said.get("output", {})}


async def test_an_unknown_outcome_settled_as_again_is_done_once_more_and_asked_about_anew(draw):
    world = await unknown(draw)
    send(world, "write_1", {"action": "again"}, name="#settle 1")
    await crash_in_the_work(world)
    state = await world.finish()
    assert set(state.waiting["write_1"]) == {"#settle 2"}
    send(world, "write_1", {"action": "again"}, name="#settle 1")
    assert (await world.finish()).status == "waiting"
    send(world, "write_1", {"action": "again"}, name="#settle 2")

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"write_1": 3}


async def test_an_unknown_outcome_settled_as_failed_fails_the_run(draw):
    world = await unknown(draw)
    send(world, "write_1", {"action": "fail"}, name="#settle 1")
    assert (await world.finish()).error["code"] == "worker_crashed"


async def test_an_unknown_outcome_settled_as_failed_leaves_by_the_error_port_where_there_is_one(draw):
    world = await unknown(draw, "write_1.error -> pure_2")
    send(world, "write_1", {"action": "fail"}, name="#settle 1")
    assert (await world.finish()).results["write_1"].port == "error"


async def test_a_step_that_may_be_repeated_is_started_again_and_asks_nobody(draw):
    world = draw("write", configs={"write_1": {"seconds": 5}}, policies={"write_1": Policy(max_attempts=3)})
    await crash_in_the_work(world)

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"write_1": 2}


async def test_a_paused_run_starts_nothing_keeps_what_ends_and_goes_on_where_it_was(draw):
    world = draw("work_1 -> write_1 -> pure_1", configs={"work_1": {"seconds": 5}})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()
    engine.pause()
    world.run.is_paused = True

    state = await world.clock.finish(task)

    assert state.status == "waiting"
    assert world.run.holder is None
    assert set(state.results) == {"work_1"}
    assert world.events("run_waiting")[0].data["reasons"][0]["reason"] == "paused"
    world.run.is_paused = False
    state = await world.finish()
    assert state.status == "succeeded"
    assert world.outside.hits == {"work_1": 1, "write_1": 1}
    assert {e.data["attempt"] for e in world.events("node_started")} == {1}


async def test_a_pause_that_comes_between_intent_and_act_leaves_the_outcome_known(draw):
    world = draw("write")

    class Pausing(MemoryJournal):
        async def barrier(self) -> None:
            self.run.is_paused = True
            await super().barrier()

    state = await world.finish(Pausing(world.run, world.clock))
    assert state.status == "waiting"
    assert not world.outside.hits
    world.run.is_paused = False

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.attempts["write_1"] == 1


@pytest.mark.parametrize("at_once", [1, 2])
async def test_what_waits_in_an_item_that_failed_keeps_neither_a_wait_nor_a_time_to_wake(draw, at_once):
    """Else the run would be woken again and again for a step that is over."""
    body = build("work_1 -> work_2\n await_1", configs={"await_1": {"seconds": 60}, "work_1": {"seconds": 5}})
    world = draw(
        "each -> await_9",
        bodies={"each_1": body},
        configs={"each_1": {"items": ["a", "b"], "at_once": at_once, "on_error": "null"}},
        policies={"each_1": Policy()},
    )
    wrong = [NodeError("model_auth", "No.")] * 9
    world.outside.failures = {f"each_1[{i}].work_2": wrong for i in (0, 1)}

    state = await world.finish()

    assert state.results["each_1"].output == {"items": [None, None], "count": 2, "failed": 2}
    assert set(state.waiting) == {"await_9"}
    assert world.run.wake_at is None
    assert [wait["path"] for wait in world.events("run_waiting")[-1].data["reasons"]] == ["await_9"]


async def test_a_wait_that_is_written_down_after_its_item_failed_is_none(draw):
    world = draw("each", bodies={"each_1": build("pure_1\n await_1")}, configs={"each_1": {"items": ["a"]}})
    at = world.clock.now()
    failed = {
        "attempt": 1,
        "error": {"code": "x", "message": "", "hint": ""},
        "retry_in_s": None,
        "port": None,
    }
    waits = {"attempt": 1, "name": "answer", "reason": "event", "until": None, "about": {}, "usage": None}
    events = [
        Event(1, "node_failed", "each_1[0].pure_1", at, failed),
        Event(2, "node_waiting", "each_1[0].await_1", at, waits),
    ]

    assert fold(events).waiting == {}


@pytest.mark.parametrize("action", ["done", "again", "fail"])
async def test_a_write_that_its_neighbours_failure_stopped_is_asked_about_before_the_container_does_it_again(
    draw, action
):
    world = draw(
        "loop",
        bodies={
            "loop_1": build(
                "write_1\n work_1",
                configs={"write_1": {"seconds": 5}, "work_1": {"seconds": 1}},
                policies={"work_1": Policy(max_attempts=1)},
            )
        },
        configs={"loop_1": {"count": 1}},
        policies={"loop_1": Policy(max_attempts=2, backoff_s=0.1)},
    )
    world.outside.failures["loop_1[0].work_1"] = [NodeError("model_busy", "Busy.")]
    path = "loop_1[0].write_1"
    state = await world.finish()
    assert (state.status, set(state.waiting)) == ("waiting", {path})
    assert world.outside.hits == {"loop_1[0].work_1": 2, path: 1}
    send(world, path, {"action": action, "output": {"text": "It arrived."}}, name="#settle 1")

    state = await world.finish()

    assert world.outside.hits[path] == (2 if action == "again" else 1)
    if action == "fail":
        assert (state.status, state.error["code"]) == ("failed", "worker_crashed")
    else:
        given = "It arrived." if action == "done" else f"{path}()"
        assert (state.status, state.results[path].output) == ("succeeded", {"text": given})
    assert fold(world.run.events) == state
    assert state.stopped == set()


async def test_what_only_reads_and_was_stopped_by_its_neighbours_failure_is_done_again_unasked(draw):
    body = build(
        "work_1\n work_2",
        configs={"work_2": {"seconds": 5}, "work_1": {"seconds": 1}},
        policies={"work_1": Policy(max_attempts=1), "work_2": Policy(max_attempts=1)},
    )
    again = {"loop_1": Policy(max_attempts=2, backoff_s=0.1)}
    world = draw("loop", bodies={"loop_1": body}, configs={"loop_1": {"count": 1}}, policies=again)
    world.outside.failures["loop_1[0].work_1"] = [NodeError("model_busy", "Busy.")]

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"loop_1[0].work_1": 2, "loop_1[0].work_2": 2}

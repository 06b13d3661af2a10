"""A worker may die before any write of a run with steps inside steps: it ends as if nothing had happened."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from nodes.sdk import ENDS_PASS, NodeError
from nodes.sdk.graph import Graph, Policy
from tests.engine.test_crash import check_journal, run_with_a_crash
from tests.engine.world import World, texts
from workers.engine.events import Event
from workers.engine.journal import LostLease, MemoryJournal, MemoryRun
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash, build, settle

MANY = Policy(max_attempts=5, backoff_s=0.1)


def a_loop_with_everything() -> Graph:
    """A loop until a variable is reached; inside, branches that join, and a parallel each of which the
    second item always fails and is kept as an empty place; inside that, a branch and a variable."""
    item = build(
        "fork_2.yes -> work_2 -> pure_2\nfork_2.no -> pure_2 -> set_variable_2",
        configs={
            "fork_2": {"port": "{{ each_1.item.port }}"},
            "work_2": {"text": "{{ each_1.index }}", "seconds": "{{ each_1.item.seconds }}"},
            "pure_2": {"text": "{{ loop_1.index }}{{ each_1.index }}{{ work_2.text }}"},
            "set_variable_2": {"name": "seen", "operator": "append", "value": "{{ pure_2.text }}"},
        },
        policies={"work_2": MANY},
    )
    items: Any = [
        {"port": "yes", "seconds": 3},
        {"port": "yes", "seconds": 0},
        {"port": "no"},
        {"port": "yes", "seconds": 1},
    ]
    round_ = build(
        """
        set_variable_1 -> fork_1
        fork_1.yes -> work_1 -> pure_1
        fork_1.no -> work_9 -> pure_1
        set_variable_1 -> each_1 -> pure_1
        """,
        configs={
            "set_variable_1": {"name": "rounds", "operator": "add", "value": 1},
            "fork_1": {"port": "yes"},
            "work_1": {"text": "{{ vars.rounds }}"},
            "each_1": {
                "items": items,
                "at_once": 3,
                "on_error": "null",
                "collect": "{{ pure_2.text }}/{{ vars.rounds }}",
            },
            "pure_1": {"text": "{{ work_1.text }} {{ each_1.items }} {{ loop_1.last }}"},
        },
        policies={"work_1": MANY},
        bodies={"each_1": item},
    )
    until: Any = {"conditions": [{"left": "{{ vars.rounds }}", "operator": "gte", "right": 2}]}
    return build(
        "pure_0 -> loop_1 -> write_1",
        configs={
            "loop_1": {"until": until, "result": "{{ pure_1.text }}"},
            "write_1": {"text": "{{ loop_1.items }} {{ vars.rounds }}"},
        },
        policies={"write_1": MANY},
        bodies={"loop_1": round_},
    )


def with_failures(world: World) -> World:
    for i in range(3):
        world.outside.failures[f"loop_1[{i}].each_1[1].work_2"] = [NodeError("model_auth", "No.")] * 9
    return world


def told(state: RunState) -> Any:
    """All results, and the variables; what passes side by side add to a list comes in any order."""
    variables = {n: sorted(v) if isinstance(v, list) else v for n, v in state.variables.items()}
    return state.status, texts(state), variables


async def crashes(make: Callable[[], World]) -> AsyncIterator[tuple[int, RunState]]:
    """Runs the same world again and again, with a crash before its first write, its second, …; gives what
    each came to, until there is no write more to crash at. Once with a buffer, once without."""
    for flushes_all in (False, True):
        at, has_crashed = 0, True
        while has_crashed:
            at += 1
            world = make()
            has_crashed = await run_with_a_crash(world, at, flushes_all=flushes_all)
            check_journal(world.run.events)
            check_ends(world.run.events)
            yield at, fold(world.run.events)


def check_ends(events: list[Event]) -> None:
    """Nothing starts in a pass that was ended before its time, not after a crash either."""
    ended: set[str] = set()
    for event in events:
        if event.type == "node_started":
            assert not event.path.startswith(tuple(ended)), event
        is_final = event.type == "node_failed" and event.data["port"] is event.data["retry_in_s"] is None
        if is_final or event.data.get("port") in ENDS_PASS:
            ended.add(event.path[: event.path.rfind(".") + 1] or "/")


async def test_a_crash_before_any_write_of_a_loop_with_everything_changes_no_result(draw):
    def make() -> World:
        return with_failures(draw(a_loop_with_everything()))

    want = told(await make().finish())
    assert want[0] == "succeeded"
    assert want[2]["rounds"] == 2

    async for at, state in crashes(make):
        assert told(state) == want, f"crashed before write {at}"

    assert at > 90


def a_stop_inside_a_parallel_each(stop_at: int) -> Graph:
    """The item `stop_at` of the second round leaves the loop while other items are at work or have failed."""
    enough: Any = {
        "name": "enough",
        "conditions": [
            {"left": "{{ loop_1.index }}{{ each_1.item }}", "operator": "is", "right": f"1{stop_at}"}
        ],
    }
    item = build(
        "work_2 -> branch\nbranch.enough -> stop_loop",
        configs={"work_2": {"seconds": "{{ each_1.item }}"}, "branch_1": {"cases": [enough]}},
        policies={"work_2": MANY},
    )
    round_ = build(
        "set_variable -> each",
        configs={
            "set_variable_1": {"name": "rounds", "operator": "add", "value": 1},
            "each_1": {"items": [3, 1, 2], "at_once": 2, "on_error": "drop", "collect": "{{ each_1.item }}"},
        },
        bodies={"each_1": item},
    )
    return build(
        "loop_1 -> write_1",
        configs={
            "loop_1": {"count": 4, "result": "{{ each_1.items }}"},
            "write_1": {"text": "{{ loop_1.items }} {{ vars.rounds }}"},
        },
        policies={"write_1": MANY},
        bodies={"loop_1": round_},
    )


@pytest.mark.parametrize("stop_at", [1, 2, 3])
async def test_a_crash_before_any_write_of_a_loop_that_is_left_from_inside_changes_no_result(draw, stop_at):
    want = await draw(a_stop_inside_a_parallel_each(stop_at)).finish()
    assert want.results["loop_1"].output["ended_by"] == "stop"
    assert want.results["loop_1"].output["items"] == [[3, 1, 2]]

    async for at, state in crashes(lambda: draw(a_stop_inside_a_parallel_each(stop_at))):
        for path in ("loop_1", "write_1", "loop_1[0].each_1"):
            assert state.results[path] == want.results[path], f"crashed before write {at}"
        assert state.variables == want.variables

    assert at > 40


async def test_a_parallel_each_that_stops_on_an_error_names_the_same_one_after_a_crash(draw):
    """Two items fail one after the other in the journal, the later item first."""
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    config = {"each_1": {"items": [2, 1, 2], "at_once": 3}}

    def world() -> World:
        fresh = draw("each", configs=config, bodies={"each_1": body})
        for i, word in enumerate(["first", "second", "third"]):
            fresh.outside.failures[f"each_1[{i}].work_1"] = [NodeError("model_auth", f"The {word}.")] * 9
        return fresh

    want = await world().finish()
    async for at, state in crashes(world):
        assert state.error == want.error, f"crashed before write {at}"

    assert want.error["message"] == "The second."


async def test_what_failed_first_by_the_journal_counts_although_another_item_comes_first(draw):
    """Both failures were written down before the worker died; a replay meets the first item first."""
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    world = draw("each", configs={"each_1": {"items": [1, 2], "at_once": 2}}, bodies={"each_1": body})
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "The first item.")]
    await world.finish()
    [first] = [e for e in world.run.events if e.type == "node_failed" and e.path != "each_1"]
    error = {**first.data["error"], "message": "The second item."}
    second = first._replace(path="each_1[1].work_1", data={**first.data, "error": error})
    world.run.events[first.seq - 1 :] = [second, first._replace(seq=first.seq + 1)]

    state = await world.finish()

    assert state.error["message"] == "The second item."
    assert world.outside.hits == {"each_1[0].work_1": 1, "each_1[1].work_1": 1}


async def test_a_failure_that_ends_all_items_lets_none_go_on_after_a_crash(draw):
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}}, policies={"work_1": MANY})
    world = draw("each", configs={"each_1": {"items": [5, 1, 5], "at_once": 2}}, bodies={"each_1": body})
    world.outside.failures["each_1[1].work_1"] = [NodeError("model_auth", "No.")]
    journal = DyingJournal(world.run, world.clock, after="node_failed")
    with pytest.raises(Crash):
        await world.finish(journal)

    state = await world.finish()

    assert state.error["message"] == "No."
    assert world.outside.hits == {"each_1[0].work_1": 1, "each_1[1].work_1": 1}


class DyingJournal(MemoryJournal):
    """Its worker dies as soon as a fact of that type is durable."""

    def __init__(self, run: MemoryRun, clock: Any, after: str) -> None:
        super().__init__(run, clock)
        self._after = after

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable)
        if event.type == self._after:
            self.crash()
            raise Crash


class SlowJournal(MemoryJournal):
    """Failures become durable together, a second after the first of them."""

    commit: asyncio.Event | None = None

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable and event.type != "node_failed")
        if event.type != "node_failed":
            return
        if self.commit is None:
            self.commit = asyncio.Event()
            self._clock.call_later(1, self._commit)
        await self.commit.wait()
        self._flush()

    def _commit(self) -> None:
        assert self.commit is not None
        self._flush()
        self.commit.set()


async def test_of_two_failures_that_become_durable_together_the_first_by_the_journal_counts(draw):
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    world = draw("each", configs={"each_1": {"items": [2, 1.5], "at_once": 2}}, bodies={"each_1": body})
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "The first item.")]
    world.outside.failures["each_1[1].work_1"] = [NodeError("model_auth", "The second item.")]

    state = await world.finish(SlowJournal(world.run, world.clock))

    failed = [event.path for event in world.events("node_failed")]
    assert failed == ["each_1[1].work_1", "each_1[0].work_1", "each_1"]
    assert state.error["message"] == "The second item."


async def test_a_list_from_a_variable_stays_the_list_it_was_although_the_items_change_it(draw):
    """Each pass takes an item away; a worker that goes on must not work through what is left only."""
    body = build(
        "set_variable -> work",
        configs={
            "set_variable_1": {"name": "todo", "operator": "remove_first"},
            "work_1": {"text": "{{ each_1.item }}={{ set_variable_1.value }}"},
        },
        policies={"work_1": MANY},
    )
    drawing = {
        "configs": {
            "set_variable_9": {"name": "todo", "value": ["a", "b", "c"]},
            "each_1": {"items": "{{ vars.todo }}", "collect": "{{ work_1.text }}"},
        },
        "bodies": {"each_1": body},
    }
    want = told(await draw("set_variable_9 -> each_1", **drawing).finish())

    async for at, state in crashes(lambda: draw("set_variable_9 -> each_1", **drawing)):
        assert told(state) == want, f"crashed before write {at}"

    assert want[1]["each_1"][0]["items"][2] == "each_1[2].work_1(c=c)"
    assert want[2] == {"todo": []}


async def test_a_condition_about_variables_is_not_looked_at_again_when_they_have_gone_on(draw):
    """After round one the condition did not hold; round two makes it hold and is cut off in its middle."""
    body = build(
        "fork_1.no -> set_variable_2 -> work_1 -> set_variable_3",
        configs={
            "fork_1": {"port": "no"},
            "set_variable_2": {"name": "phase", "value": "{{ loop_1.index }}"},
            "work_1": {"seconds": 1},
            "set_variable_3": {"name": "phase", "value": "rest"},
        },
        policies={"work_1": MANY},
    )
    until = {"conditions": [{"left": "{{ vars.phase }}", "operator": "is", "right": 1}]}
    drawing = {"configs": {"loop_1": {"count": 3, "until": until}}, "bodies": {"loop_1": body}}
    want = told(await draw("loop", **drawing).finish())
    async for at, state in crashes(lambda: draw("loop", **drawing)):
        assert told(state) == want, f"crashed before write {at}"

    assert want[1]["loop_1"][0]["count"] == 3


async def test_a_change_of_a_variable_that_was_written_down_is_not_made_again(draw):
    world = draw(
        "set_variable_1 -> work_1",
        configs={
            "set_variable_1": {"name": "n", "operator": "add", "value": 1},
            "work_1": {"text": "{{ vars.n }}"},
        },
    )
    async for at, state in crashes(lambda: draw(world.graph)):
        assert at < 20
        assert state.variables == {"n": 1}
        assert state.results["set_variable_1"].output == {"value": 1, "length": None}


@pytest.mark.parametrize("seconds", range(14))
async def test_a_worker_taken_for_dead_inside_containers_stops_and_the_other_finishes(draw, seconds):
    want = told(await with_failures(draw(a_loop_with_everything())).finish())
    world = with_failures(draw(a_loop_with_everything()))
    slow = asyncio.ensure_future(world.engine(worker="w1").run())
    await settle()
    world.clock.advance(seconds / 2)
    await settle()
    if world.run.holder is None:
        await slow
        return

    world.run.expire()
    state = await world.finish()
    [outcome] = await world.clock.finish(asyncio.gather(slow, return_exceptions=True))

    assert isinstance(outcome, LostLease)
    assert told(state) == want
    check_journal(world.run.events)

"""Agents whose tools fail, whose workers die, whose run is cancelled or gone on with from the middle."""

from collections.abc import Callable
from typing import Any

import pytest

from nodes.sdk import NodeError, ToolCall
from nodes.sdk.graph import GraphNode, Policy
from nodes.sdk.models import ChatRequest
from tests.engine.agents import (
    THREE,
    Receiver,
    ThinkingModels,
    agent,
    answer_all,
    calculator,
    given,
    look_up,
    outcomes,
    post,
    rounds,
    say,
)
from tests.engine.world import World
from workers.engine.forking import Fork
from workers.engine.journal import MemoryJournal
from workers.engine.testing import Crash, crash_at

Draw = Callable[..., World]


async def test_a_tool_whose_policy_says_so_ends_the_agent(draw: Draw):
    tool = GraphNode("calculate_1", "calculate", policy=Policy(on_error="fail"))
    script = rounds(
        [ToolCall("a", "ai", {"formula": "1 / 0"}), ToolCall("b", "calculate", {"formula": "1/0"})]
    )
    state = await draw(agent(tool), models=ThinkingModels(script)).finish()

    assert state.error is not None
    assert state.error["code"] == "divided_by_zero"


async def test_a_failure_that_ends_the_agent_counts_though_another_call_waits_wherever_a_worker_dies(
    draw: Draw,
):
    """Else it would wait for ever: nobody is asked about the calls of an agent that has failed."""
    fails = GraphNode("calculate_1", "calculate", policy=Policy(on_error="fail"))
    calls = [ToolCall("a", "refund", {"order": "1"}), ToolCall("b", "calculate", {"formula": "1 / 0"})]
    for n in range(100):
        receiver = Receiver()
        world = draw(agent(fails, post("refund")), models=ThinkingModels(rounds(calls)), http=receiver)
        try:
            state = await world.finish(crash_at(n, world.run, world.clock) if n else None)
        except Crash:
            world.clock.advance(60)
            state = await world.finish()
        else:
            if n > 0:
                break

        assert state.error is not None, f"killed before write {n}"
        assert state.error["code"] == "divided_by_zero", f"killed before write {n}"
        assert receiver.arrived == []
        ends = [event.path for event in world.events("node_failed")]
        assert ends == ["agent_1[0].calculate_1", "agent_1"], f"killed before write {n}"
    assert n > 5


async def test_an_agent_that_is_tried_again_asks_and_calls_nothing_twice(draw: Draw):
    receiver = Receiver()
    failures = [NodeError("model_busy", "Busy.", retry=False), NodeError("model_busy", "Busy.", retry=False)]
    calls = rounds([ToolCall("a", "look_up", {"order": "1"})], "Done.")

    def script(request: ChatRequest) -> Any:
        if any(message.role == "tool" for message in request.messages) and failures:
            raise failures.pop()
        return calls(request)

    policy = Policy(max_attempts=5, backoff_s=0.1)
    world = draw(agent(look_up(), policy=policy), models=ThinkingModels(script), http=receiver)

    state = await world.finish()

    assert state.status == "succeeded"
    assert len(receiver.arrived) == 1


@pytest.mark.parametrize("may_repeat", [False, True])
async def test_a_worker_may_die_before_any_write_and_nothing_is_sent_twice(draw: Draw, may_repeat: bool):
    """The person who settles tells the truth; what may be sent again is, under the same key."""
    tools = (
        post("refund", may_repeat=may_repeat),
        post("letter", "auto", n=2, may_repeat=may_repeat),
        look_up(),
        calculator(),
    )
    script = rounds(
        ["I do it.", *THREE[1:], ToolCall("d", "calc", {"formula": "1 / 0"})],
        [ToolCall("e", "look_up", {"order": "1"}), ToolCall("f", "letter", {"order": "4"})],
        "All done.",
    )
    want: Any = None
    n = 0
    while True:
        receiver = Receiver()
        world = draw(agent(*tools), models=ThinkingModels(script), http=receiver)
        journal: MemoryJournal | None = crash_at(n, world.run, world.clock) if n else None
        was_killed = False
        for _ in range(12):
            try:
                state = await world.finish(journal)
            except Crash:
                was_killed, journal = True, None
                world.clock.advance(60)
                continue
            if state.has_ended:
                break
            answer_all(world.run, state, receiver, lambda path: say("approve"))
            if journal is not None:
                journal = crash_at(journal._left or 1, world.run, world.clock)
        if n and not was_killed:
            break
        keys = {key for _, key, _ in receiver.arrived if key}
        assert state.status == "succeeded", f"killed before write {n}: {state.error}"
        assert len(keys) == 4, f"killed before write {n}"
        if not may_repeat:
            assert len(receiver.written) == 4, f"killed before write {n}"
        results = [event.path for event in world.events("node_succeeded")]
        assert len(results) == len(set(results)), f"killed before write {n}"
        come_to = (given(state)["text"], outcomes(state), state.handled_errors)
        want = want or come_to
        assert come_to == want, f"killed before write {n}"
        n += 1
    assert n > 30


async def test_going_on_from_a_call_keeps_the_rounds_before_and_what_was_approved_in_them(draw: Draw):
    script = rounds(
        [ToolCall("a", "refund", {"order": "1"}), ToolCall("b", "look_up", {"order": "1"})],
        [ToolCall("c", "look_up", {"order": "2"}), ToolCall("d", "calc", {"formula": "1 + 1"})],
        "Done.",
    )
    receiver, models = Receiver(), ThinkingModels(script)
    graph = agent(post("refund"), look_up(), calculator())
    first = draw(graph, models=models, http=receiver)
    answer_all(first.run, await first.finish(), receiver, lambda _: say("approve"))
    want = await first.finish()
    assert want.status == "succeeded"
    sent, asked = len(receiver.arrived), len(models.requests)

    fork = Fork(run="run-1", path="agent_1[1].tool_9", facts=tuple(first.run.events))
    second = draw(graph, models=models, http=receiver, fork=fork)
    state = await second.finish()

    assert state.status == "succeeded"
    assert (state.answer, given(state)["calls"]) == (want.answer, given(want)["calls"])
    assert [method for method, _, _ in receiver.arrived[sent:]] == ["GET"]
    assert len(models.requests) - asked == 1  # the last reply, which may rest on the call
    reused = {event.path for event in second.run.events if event.data.get("reused")}
    assert {
        "agent_1[0].ask_tool_1",
        "agent_1[0].tool_1",
        "agent_1[1].model",
        "agent_1[1].calculate_1",
    } <= reused


@pytest.mark.parametrize("path", ["agent_1", "agent_1[0].model", "agent_1[0].ask_tool_1"])
async def test_going_on_from_a_round_or_its_question_asks_again_about_what_it_calls(draw: Draw, path: str):
    script = rounds([ToolCall("a", "refund", {"order": "1"})], "Done.")
    receiver = Receiver()
    graph = agent(post("refund"))
    first = draw(graph, models=ThinkingModels(script), http=receiver)
    answer_all(first.run, await first.finish(), receiver, lambda _: say("approve"))
    await first.finish()

    fork = Fork(run="run-1", path=path, facts=tuple(first.run.events))
    state = await draw(graph, models=ThinkingModels(script), http=receiver, fork=fork).finish()

    assert [*state.waiting] == ["agent_1[0].ask_tool_1"]
    assert len(receiver.written) == 1


async def test_a_cancelled_run_makes_no_more_calls(draw: Draw):
    receiver = Receiver()
    world = draw(agent(look_up()), models=ThinkingModels(rounds(THREE)), http=receiver)
    engine = world.engine()

    def script(request: ChatRequest) -> Any:
        engine.cancel()
        return [ToolCall("a", "look_up", {"order": "1"})]

    world.models._script = script
    state = await world.clock.finish(engine.run())

    assert state.status == "cancelled"
    assert receiver.arrived == []


async def test_what_is_known_of_a_run_that_was_cut_off_is_told_as_it_stood(draw: Draw):
    """A worker that takes over says again what was said, from the journal alone."""
    script = rounds(["First. ", ToolCall("a", "refund", {"order": "1"})], "Second.")
    receiver = Receiver()
    world = draw(agent(post("refund")), models=ThinkingModels(script), http=receiver)
    answer_all(world.run, await world.finish(), receiver, lambda _: say("approve"))
    world.live.deltas.clear()
    await world.finish()

    assert world.live.deltas[0][2:] == (0, "First.  ")

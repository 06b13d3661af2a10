"""An agent works within its limits, and ends with what there is."""

from collections.abc import Callable
from typing import Any

import pytest

from nodes.sdk import NodeError, ToolCall
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
from workers.engine.limits import Limits

Draw = Callable[..., World]


async def test_its_rounds_used_up_it_answers_with_what_it_has(draw: Draw):
    def script(request: ChatRequest) -> Any:
        return "That is all." if request.tool_choice == "none" else [ToolCall("a", "calc", {"formula": "1"})]

    models = ThinkingModels(script)
    state = await draw(agent(calculator(), most_rounds=3), models=models).finish()

    assert (given(state)["ended_by"], given(state)["rounds"]) == ("rounds", 4)
    assert given(state)["answer"] == "That is all. "


async def test_its_calls_used_up_the_others_are_not_made(draw: Draw):
    receiver = Receiver()
    many = [ToolCall(str(n), "look_up", {"order": str(n)}) for n in range(5)]

    def script(request: ChatRequest) -> Any:
        return "Enough." if request.tool_choice == "none" else many

    state = await draw(agent(look_up(), most_calls=2), models=ThinkingModels(script), http=receiver).finish()

    assert len(receiver.arrived) == 2
    assert outcomes(state) == ["done", "done", "no_room", "no_room", "no_room"]
    assert given(state)["ended_by"] == "calls"


@pytest.mark.parametrize(
    ("limit", "ended_by"),
    [({"most_tokens": 400}, "tokens"), ({"most_cost": 0.25}, "cost")],
)
async def test_tokens_or_money_used_up_it_ends_with_what_there_is_and_says_so(
    draw: Draw, limit: dict[str, Any], ended_by: str
):
    script = rounds(["I look.", ToolCall("a", "calc", {"formula": "1"})])
    models = ThinkingModels(script, tokens=60, cost=0.1)
    state = await draw(agent(calculator(), unfinished="Used up.", **limit), models=models).finish()

    assert given(state)["ended_by"] == ended_by
    assert state.answer.startswith("I look.")
    assert state.answer.endswith("Used up.")


async def test_the_limits_of_the_run_hold_inside(draw: Draw):
    script = rounds([ToolCall("a", "calc", {"formula": "1"})])
    world = draw(agent(calculator(), most_rounds=50), models=ThinkingModels(script), limits=Limits(steps=10))

    state = await world.finish()

    assert state.error is not None
    assert state.error["code"] == "step_limit"


async def test_the_oldest_results_are_shortened_first_then_it_sums_up(draw: Draw):
    receiver = Receiver(lambda _: "word " * 600)

    def script(request: ChatRequest) -> Any:
        if "Write down for yourself" in request.messages[-1].content:
            return "Looked at many orders."
        done = len(receiver.arrived)
        if done >= 8:
            return "Done."
        return [ToolCall(str(done), "look_up", {"order": str(done)})]

    models = ThinkingModels(script, tokens=0)
    config = {"room": 1_000, "most_rounds": 20, "most_result": 3_000}
    state = await draw(agent(look_up(), **config), models=models, http=receiver).finish()

    asked = [r for r in models.requests if r.tools]
    left_out = [
        [("left out to make room" in m.content) for m in r.messages if m.role == "tool"] for r in asked
    ]
    assert any(True in row for row in left_out)
    assert all(not row or row[-1] is False for row in left_out)
    assert any("My notes on what I did so far" in m.content for r in asked for m in r.messages)
    assert given(state)["ended_by"] == "answer"
    assert len(given(state)["calls"]) == 8


async def test_seconds_at_work_are_counted_and_waiting_for_a_person_is_not(draw: Draw):
    receiver = Receiver()
    models = ThinkingModels(rounds(THREE[1:2], "Done."))
    world = draw(agent(post("refund"), most_seconds=60), models=models, http=receiver)
    state = await world.finish()
    world.clock.advance(10_000)
    answer_all(world.run, state, receiver, lambda _: say("approve"))

    assert given(await world.finish())["ended_by"] == "answer"


async def test_a_model_that_cannot_read_so_much_is_asked_something_shorter(draw: Draw):
    receiver = Receiver(lambda _: "word " * 1_500)

    def script(request: ChatRequest) -> Any:
        if sum(len(message.content) for message in request.messages) > 12_000:
            raise NodeError("context_too_long", "The model 'm' cannot read so much.")
        done = len(receiver.arrived)
        return "Done." if done == 3 else [ToolCall(str(done), "look_up", {"order": "1"})]

    state = await draw(agent(look_up()), models=ThinkingModels(script, tokens=0), http=receiver).finish()
    never = draw(agent(look_up(), message="word " * 3_000), models=ThinkingModels(script, tokens=0))

    assert state.status == "succeeded"
    assert (given(state)["rounds"], len(receiver.arrived)) == (4, 3)
    failed = await never.finish()
    assert failed.error is not None
    assert failed.error["code"] == "context_too_long"

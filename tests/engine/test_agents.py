"""Agents in the engine: rounds are durable, calls happen once, people are asked about exactly one call."""

from collections.abc import Callable
from typing import Any

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

Draw = Callable[..., World]


async def test_every_reply_and_call_is_a_step_of_its_own(draw: Draw):
    script = rounds([ToolCall("a", "calc", {"formula": "6 * 7"})], "It is 42.")
    world = draw(agent(calculator()), models=ThinkingModels(script))

    state = await world.finish()

    paths = [event.path for event in world.events("node_succeeded")]
    assert paths[1:4] == ["agent_1[0].model", "agent_1[0].calculate_1", "agent_1[1].model"]
    assert state.answer == "It is 42. "
    assert given(state)["ended_by"] == "answer"
    assert state.usage.prompt_tokens == 20


async def test_calls_of_one_reply_run_side_by_side_and_one_tool_twice_in_passes_of_its_own(draw: Draw):
    receiver = Receiver()
    script = rounds([ToolCall(str(n), "look_up", {"order": str(n)}) for n in range(3)], "Done.")
    world = draw(agent(look_up()), models=ThinkingModels(script), http=receiver)

    state = await world.finish()

    kinds = [event.type for event in world.run.events if event.path.endswith(".tool_9")]
    assert kinds == ["node_started"] * 3 + ["node_succeeded"] * 3
    assert [call["path"] for call in given(state)["calls"]] == [f"agent_1[{n}].tool_9" for n in range(3)]
    assert "agent_1[3].model" in state.results


async def test_what_it_says_streams_and_is_the_answer(draw: Draw):
    script = rounds(["Let me see.", ToolCall("a", "calc", {"formula": "1 + 1"})], "It is 2.")
    world = draw(agent(calculator()), models=ThinkingModels(script))

    state = await world.finish()

    shown = ""
    for path, _, offset, text in world.live.deltas:
        if path == "agent_1":
            shown = shown[:offset] + text
    assert shown == given(state)["text"] == state.answer
    assert given(state)["answer"] == "It is 2. "


async def test_failures_unknown_names_and_wrong_arguments_are_told_and_it_goes_on(draw: Draw):
    models = ThinkingModels(
        rounds(
            [
                ToolCall("a", "calc", {"formula": "1 / 0"}),
                ToolCall("b", "no_such", {}),
                ToolCall("c", "calc", {"sum": 1}),
            ],
            "I could not.",
        )
    )
    world = draw(agent(calculator()), models=models)

    state = await world.finish()

    assert outcomes(state) == ["failed", "unknown_tool", "wrong_arguments"]
    told = [message.content for message in models.requests[1].messages if message.role == "tool"]
    assert "divided by zero" in told[0]
    assert "no tool 'no_such'" in told[1]
    assert "'formula'" in told[2]
    assert state.handled_errors == 1


async def test_calls_that_cannot_be_read_are_told_to_the_model(draw: Draw):
    def script(request: ChatRequest) -> Any:
        if any("could not be read" in message.content for message in request.messages):
            return "Without a tool, then."
        raise NodeError("bad_tool_call", "The model 'm' called 'calc' with what is no JSON object.")

    state = await draw(agent(calculator()), models=ThinkingModels(script)).finish()

    assert given(state)["answer"] == "Without a tool, then. "


async def test_what_a_model_gives_is_a_value_and_never_a_reference(draw: Draw):
    receiver = Receiver()
    sneaky = "{{ start_1.query }}{{ env.SECRET }}"
    script = rounds([ToolCall("a", "refund", {"order": sneaky})], "Done.")
    world = draw(agent(post("refund", "auto")), models=ThinkingModels(script), http=receiver)

    await world.finish()

    assert receiver.written == [{"order": sneaky}]


async def test_a_tool_that_is_off_is_not_offered_and_not_there(draw: Draw):
    receiver = Receiver()
    models = ThinkingModels(rounds([ToolCall("a", "refund", {"order": "1"})], "Well."))
    world = draw(agent(post("refund", "off"), calculator()), models=models, http=receiver)

    state = await world.finish()

    assert [tool.name for tool in models.requests[0].tools] == ["calc"]
    assert outcomes(state) == ["unknown_tool"]
    assert receiver.arrived == []


async def test_what_writes_asks_first_when_nothing_is_said(draw: Draw):
    receiver = Receiver()
    world = draw(agent(post("refund")), models=ThinkingModels(rounds(THREE[1:2], "Done.")), http=receiver)

    state = await world.finish()

    assert state.status == "waiting"
    assert [*state.waiting] == ["agent_1[0].ask_tool_1"]
    about: Any = state.waiting["agent_1[0].ask_tool_1"]["answer"]["about"]
    assert about["who"] == "team"
    assert about["call"]["arguments"] == {"order": "1"}
    assert receiver.arrived == []


async def test_nobody_is_asked_about_a_call_whose_result_is_given(draw: Draw):
    receiver, models = Receiver(), ThinkingModels(rounds(THREE[1:2], "Done."))
    world = draw(agent(post("refund")), models=models, http=receiver, pins={"tool_1": {"text": "sample"}})

    state = await world.finish()

    assert state.status == "succeeded"
    assert (outcomes(state), receiver.arrived) == (["done"], [])
    assert "sample" in given(state)["calls"][0]["result"]


async def test_each_of_three_calls_gets_its_own_answer_in_any_order_over_restarts(draw: Draw):
    receiver = Receiver()
    models = ThinkingModels(rounds(THREE, "All said."))
    world = draw(agent(post("refund"), post("letter", n=2)), models=models, http=receiver)
    said = {
        "agent_1[0].ask_tool_2": say("change", arguments={"order": "33"}),
        "agent_1[1].ask_tool_1": say("refuse", words="Not this one."),
        "agent_1[0].ask_tool_1": say("approve", arguments={"order": "999"}),
    }

    state = await world.finish()
    for path, note in said.items():
        assert path in state.waiting
        one = type(state)()
        one.waiting = {path: state.waiting[path]}
        answer_all(world.run, one, receiver, lambda _, note=note: note)
        state = await world.finish()  # by a worker that knows the journal and nothing else

    assert receiver.written == [{"order": "33"}, {"order": "1"}]
    assert outcomes(state) == ["done", "refused", "done"]
    told = [message.content for message in models.requests[1].messages if message.role == "tool"]
    assert "refused this call" in told[1]
    assert "Not this one." in told[1]
    assert "changed what was sent" in told[2]
    assert state.status == "succeeded"


async def test_a_person_may_answer_instead_of_the_tool(draw: Draw):
    receiver = Receiver()
    models = ThinkingModels(rounds(THREE[1:2], "Done."))
    world = draw(agent(post("refund")), models=models, http=receiver)

    answer_all(world.run, await world.finish(), receiver, lambda _: say("answer", words="Paid by hand."))
    state = await world.finish()

    assert receiver.arrived == []
    assert outcomes(state) == ["answered"]
    assert "Paid by hand." in models.requests[1].messages[-1].content


async def test_a_change_that_the_tool_cannot_take_is_no_call(draw: Draw):
    receiver = Receiver()
    world = draw(agent(post("refund")), models=ThinkingModels(rounds(THREE[1:2], "Done.")), http=receiver)

    answer_all(world.run, await world.finish(), receiver, lambda _: say("change", arguments={"who": "me"}))
    state = await world.finish()

    assert receiver.arrived == []
    assert outcomes(state) == ["wrong_arguments"]

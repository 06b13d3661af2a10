"""Agents that other agents and other apps use."""

from collections.abc import Callable
from typing import Any

from nodes.sdk import ToolCall
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.models import ChatRequest
from nodes.sdk.tool_use import ToolUse
from tests.engine.agents import (
    Receiver,
    ThinkingModels,
    agent,
    answer_all,
    post,
    rounds,
    say,
)
from tests.engine.world import World
from workers.engine.testing import build

Draw = Callable[..., World]


async def test_agents_stand_inside_others_and_each_call_is_asked_about_where_it_is(draw: Draw):
    """Two items side by side, each with an agent whose tool asks; and an app with an agent as a tool."""
    receiver = Receiver()
    inner = agent(post("refund"), message="{{ each_1.item }}").nodes["agent_1"]
    item = Graph({"agent_1": inner})
    graph = build(
        "start -> each -> answer",
        configs={
            "each_1": {"items": ["one", "two"], "at_once": 2, "collect": "{{ agent_1.text }}"},
            "answer_1": {"text": "{{ each_1.items }}"},
        },
        bodies={"each_1": item},
    )

    def script(request: ChatRequest) -> Any:
        (order,) = [m.content for m in request.messages if m.role == "user"]
        done = any(m.role == "tool" for m in request.messages)
        return f"Done {order}." if done else [ToolCall("a", "refund", {"order": order})]

    world = draw(graph, models=ThinkingModels(script), http=receiver)
    state = await world.finish()
    assert sorted(state.waiting) == [f"each_1[{n}].agent_1[0].ask_tool_1" for n in range(2)]
    second = "each_1[1].agent_1[0].ask_tool_1"
    answer_all(world.run, state, receiver, lambda path: say("approve" if path == second else "refuse"))
    state = await world.finish()

    assert receiver.written == [{"order": "two"}]
    assert state.answer == "Done one. , Done two. "


async def test_a_supervisor_uses_another_agent_and_its_calls_are_asked_about_too(draw: Draw):
    receiver = Receiver()
    inner = agent(post("refund"))
    config: dict[str, Any] = {"workflow": "w"}
    clerk = GraphNode(
        "sub_workflow_1", "sub_workflow", title="clerk", config=config, tool=ToolUse(use="auto")
    )
    boss = agent(clerk)

    def script(request: ChatRequest) -> Any:
        done = any(m.role == "tool" for m in request.messages)
        name = request.tools[0].name
        if done:
            return f"{name} is done."
        return [ToolCall("a", name, {"query": "Pay."} if name == "clerk" else {"order": "7"})]

    world = draw(boss, models=ThinkingModels(script), http=receiver, workflows={"w@latest": inner})
    state = await world.finish()
    assert [*state.waiting] == ["agent_1[0].sub_workflow_1[0].agent_1[0].ask_tool_1"]
    answer_all(world.run, state, receiver, lambda _: say("approve"))
    state = await world.finish()

    assert receiver.written == [{"order": "7"}]
    assert state.answer == "clerk is done. "
    assert [event.path for event in world.events("node_failed")] == []


async def test_another_app_is_a_tool_whose_inputs_are_its_schema(draw: Draw):
    inner = build(
        "start -> answer",
        configs={
            "start_1": {"inputs": [{"name": "city", "required": True}, {"name": "days", "type": "number"}]},
            "answer_1": {"text": "{{ start_1.query }} in {{ start_1.city }} for {{ start_1.days }}"},
        },
    )
    tool = GraphNode("sub_workflow_1", "sub_workflow", title="Weather", config={"workflow": "w"})
    call = ToolCall("a", "weather", {"query": "Rain?", "inputs": {"city": "Oslo", "days": 3}})
    models = ThinkingModels(rounds([call], "So it is."))
    world = draw(agent(tool), models=models, workflows={"w@latest": inner})

    state = await world.finish()
    assert state.status == "waiting"  # nobody knows what is in another app
    answer_all(world.run, state, Receiver(), lambda _: say("approve"))
    state = await world.finish()

    parameters: Any = models.requests[0].tools[0].parameters
    assert parameters["properties"]["inputs"]["required"] == ["city"]
    assert "Rain? in Oslo for 3" in models.requests[-1].messages[-1].content
    assert state.status == "succeeded"

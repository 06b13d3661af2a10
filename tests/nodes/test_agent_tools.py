"""The steps inside an agent: how they are drawn, what is wrong with them, and what a model is told."""

from typing import Any

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode, graph_from_json, graph_to_json
from nodes.sdk.redrawn import redrawn
from nodes.sdk.tool_use import ToolUse
from nodes.sdk.tools import offered, tool_of
from tests.engine.agents import agent, calculator, look_up, post

CATALOGUE = load_catalogue()
TOOLS = sorted(name for name, kind in CATALOGUE.types.items() if kind.is_tool)


def codes(graph: Graph) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.node) for problem in check(graph, CATALOGUE)]


def test_what_a_tool_says_of_itself_survives_json_and_files():
    graph = agent(GraphNode("date_1", "date", tool=ToolUse("today", "What day it is.", "ask")), calculator())

    assert graph_from_json(graph_to_json(graph)) == graph
    file = workflow_from_yaml(workflow_to_yaml(WorkflowFile("App", graph)))
    assert file.graph.nodes["agent_1"].body == graph.nodes["agent_1"].body
    assert "tool" not in graph_to_json(graph)["nodes"][0]


@pytest.mark.parametrize(
    "tool",
    [{"use": "always"}, {"name": "no name"}, {"name": 1}, {"more": 1}, {"description": "x" * 1_001}, []],
)
def test_what_no_tool_can_say_is_refused(tool: Any):
    value = graph_to_json(agent(calculator()))
    value["nodes"][1]["body"]["nodes"][0]["tool"] = tool

    with pytest.raises(GraphError):
        graph_from_json(value)


def test_another_word_about_a_tool_is_a_change_of_the_drawing():
    before, now = agent(calculator()), agent(GraphNode("calculate_1", "calculate", tool=ToolUse("sum")))

    assert redrawn(before, now) == ["agent_1[*].calculate_1"]


def test_what_a_tool_leaves_open_is_no_gap():
    assert codes(agent(calculator(), look_up(), post("refund"))) == []
    assert ("missing_config", "tool_1") in codes(
        agent(GraphNode("tool_1", "tool"))
    )  # no model chooses a host


def test_tools_may_refer_to_what_is_given_and_to_what_comes_before():
    date = GraphNode("date_1", "date", config={"moment": "{{ given_by_agent.day }}"})
    ask = GraphNode("web_page_1", "web_page", config={"address": "{{ start_1.query }}"})

    assert codes(agent(date, ask)) == []
    assert codes(agent(GraphNode("date_1", "date", config={"moment": "{{ nobody_1.day }}"}))) == [
        ("unknown_ref", "date_1")
    ]


def test_tools_are_not_connected_must_be_tools_and_have_names_of_their_own():
    graph = agent(calculator(), GraphNode("template_1", "template", config={"text": "a"}))
    body = graph.nodes["agent_1"].body
    assert body is not None
    connected = Graph(body.nodes, (Edge("calculate_1", "out", "template_1"),))
    node = GraphNode("agent_1", "agent", config=graph.nodes["agent_1"].config, body=connected)
    twice = agent(
        GraphNode("date_1", "date", tool=ToolUse("same")), GraphNode("date_2", "date", tool=ToolUse("same"))
    )

    assert codes(graph) == [("not_a_tool", "template_1")]
    assert ("tools_connected", "calculate_1") in codes(Graph({**graph.nodes, "agent_1": node}, graph.edges))
    assert codes(twice) == [("duplicate_tool", "date_2")]
    assert codes(agent()) == [("empty_body", "agent_1")]


def test_no_tool_has_the_id_of_what_the_agent_does_itself():
    mine = GraphNode("model", "date")
    asked = agent(calculator(), GraphNode("ask_calculate_1", "date"))

    assert codes(agent(mine)) == [("tool_id_taken", "model")]
    assert codes(asked) == [("tool_id_taken", "ask_calculate_1")]
    assert codes(agent(GraphNode("ask_date_1", "date"))) == []


@pytest.mark.parametrize("name", TOOLS)
def test_what_an_agent_gives_never_changes_what_a_tool_does_to_the_world(name: str):
    kind = CATALOGUE.types[name]
    tool = tool_of(kind)
    assert tool is not None

    given: Any = dict.fromkeys(tool.parameters["properties"], "1")
    assert kind.effects_of(kind.tool_config({}, given)) == kind.effects_of({})
    assert kind.may_repeat(kind.tool_config({}, given)) == kind.may_repeat({})


@pytest.mark.parametrize("name", TOOLS)
def test_what_writes_or_is_another_app_asks_first_unless_something_else_is_said(name: str):
    kind = CATALOGUE.types[name]
    usual = offered(kind, {}, step="a_1", title="A tool", said=ToolUse())
    said = offered(kind, {}, step="a_1", title="工具", said=ToolUse(use="auto"))
    assert usual is not None
    assert said is not None

    asks = kind.effects_of({}) == "write" or kind.called_inputs is not None
    assert usual.use == ("ask" if asks else "auto")
    assert (usual.tool.name, said.tool.name, said.use) == ("a_tool", "a_1", "auto")

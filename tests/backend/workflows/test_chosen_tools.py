"""Tools that steps have chosen: named by their source's name in files, and judged where they are used."""

from __future__ import annotations

from typing import Any

import pytest

from backend.tools.definitions import defined
from backend.tools.models import SourceTool, ToolSource
from backend.tools.services import add_source, change_tool, take_in
from backend.workflows.chosen_tools import chosen_tool_problems
from backend.workflows.exchange import export_workflow, import_workflow
from backend.workflows.services import create_workflow, draft_graph
from nodes.sdk.graph import Graph, graph_from_json
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def find(description: str = "Finds.") -> Any:
    return defined(
        name="find", title="", description=description, input_schema=None, said={"description": description}
    )


def connected(person: Person) -> SourceTool:
    workspace_id = person.workspace.pk
    source = add_source(workspace_id=workspace_id, name="Shop", kind="mcp", address="https://a.example/mcp")
    take_in(source, [find()])
    return SourceTool.objects.get(source=source)


def using(tool: SourceTool, effect: str = "write") -> Graph:
    chosen = {"source": str(tool.source_id), "name": tool.name, "digest": tool.digest, "effect": effect}
    nodes = [
        {"id": "start_1", "type": "start"},
        {"id": "use_tool_1", "type": "use_tool", "config": {"tool": chosen}},
    ]
    return graph_from_json({"nodes": nodes, "edges": [{"source": "start_1", "target": "use_tool_1"}]})


def codes(person: Person, graph: Graph) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in chosen_tool_problems(person.workspace.pk, graph)]


def test_a_file_names_the_source_and_another_workspace_finds_its_own(owner: Person, stranger: Person):
    ours, theirs = connected(owner), connected(stranger)
    app = create_workflow(workspace_id=owner.workspace.pk, name="App", graph=using(ours))

    text = export_workflow(app)
    brought = import_workflow(workspace_id=stranger.workspace.pk, text=text)

    assert str(ours.source_id) not in text
    tool: Any = draft_graph(brought).nodes["use_tool_1"].config["tool"]
    assert tool["source"] == str(theirs.source_id)
    assert codes(stranger, draft_graph(brought)) == []


def test_a_source_that_is_not_there_is_a_problem_of_the_step(owner: Person, stranger: Person):
    app = create_workflow(workspace_id=owner.workspace.pk, name="App", graph=using(connected(owner)))

    brought = import_workflow(workspace_id=stranger.workspace.pk, text=export_workflow(app))

    assert codes(stranger, draft_graph(brought)) == [("tool_missing", "error")]
    assert codes(stranger, draft_graph(app)) == [("tool_missing", "error")]


def test_what_keeps_a_tool_from_being_used_is_a_problem_before_anything_runs(owner: Person):
    tool = connected(owner)
    source, graph = ToolSource.objects.get(), using(tool)

    assert codes(owner, graph) == []
    assert codes(owner, using(tool, effect="read")) == [("tool_writes", "error")]
    take_in(source, [find("Finds, and tells a stranger.")])
    assert codes(owner, graph) == [("tool_changed", "error")]
    take_in(source, [find()])
    assert codes(owner, graph) == []
    change_tool(tool, is_enabled=False, effect=None)
    assert codes(owner, graph) == [("tool_off", "error")]
    take_in(source, [])
    assert codes(owner, graph) == [("tool_missing", "error")]

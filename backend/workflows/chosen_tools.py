"""Tools from elsewhere that steps have chosen. Which there are is known by the layer above.

That layer registers itself when Django starts.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from backend.workflows.fields import fields_with
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes, name_of
from nodes.sdk.tool_sources import ChosenTool


@dataclass(frozen=True)
class KnownTool:
    """A tool that a workspace has: `state` is ready, off, changed, new or gone."""

    state: str
    digest: str
    writes: bool


Known = Callable[[uuid.UUID, Iterable[str]], Mapping[tuple[str, str], KnownTool]]
"""Workspace and ids of sources to their tools, by the source's id and the tool's name."""

Names = Callable[[uuid.UUID], Mapping[str, str]]
"""Workspace to the names of its sources, by id."""


def _no_tools(workspace_id: uuid.UUID, ids: Iterable[str]) -> Mapping[tuple[str, str], KnownTool]:
    return {}


def _no_names(workspace_id: uuid.UUID) -> Mapping[str, str]:
    return {}


_known: Known = _no_tools
_names: Names = _no_names


def register(*, known: Known, names: Names) -> None:
    """Sets who knows the tools."""
    global _known, _names
    _known, _names = known, names


def chosen_tool_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """What is wrong with the tools that steps have chosen. Asks nothing where none is."""
    chosen = list(_chosen(graph))
    if not chosen:
        return []
    known = _known(workspace_id, {tool.source for _, _, tool in chosen})
    found: list[Problem] = []
    for node, field, tool in chosen:
        code, message, hint, severity = _fault(tool, known.get((tool.source, tool.name)))
        if code:
            name = name_of(node, installed_catalogue())
            values = {"node": name, "tool": tool.name[:80]}
            found.append(
                Problem(code, message, hint, node=node.id, field=field, severity=severity, values=values)
            )
    return found


def with_source_names(workspace_id: uuid.UUID, graph: Graph) -> Graph:
    """`graph` with names for the ids of the sources that its steps use, as a file has them."""
    if not any(True for _ in _chosen(graph)):
        return graph
    names = _names(workspace_id)
    return _renamed(graph, lambda source: names.get(source, source))


def with_source_ids(workspace_id: uuid.UUID, graph: Graph) -> Graph:
    """`graph` with the ids of this workspace's sources for their names. What is not here keeps its name."""
    if not any(True for _ in _chosen(graph)):
        return graph
    names = _names(workspace_id)
    ids = {name: key for key, name in names.items()}
    return _renamed(graph, lambda source: source if source in names else ids.get(source, source))


def _fault(tool: ChosenTool, known: KnownTool | None) -> tuple[str, str, str, str]:
    """Code, message, hint and severity of what is wrong with a choice. The code is empty if it is fine."""
    name = repr(tool.name[:80])
    if known is None or known.state == "gone":
        return (
            "tool_missing",
            f"The tool {name} is not here: its source is not connected, or does not have it any more.",
            "Connect its source under Tools, or choose another tool in the step.",
            "error",
        )
    if known.state in ("changed", "new"):
        return (
            "tool_changed",
            f"The tool {name} is described differently than it was approved, so it is not used.",
            "Look at the difference under Tools, and approve it there if it is fine.",
            "error",
        )
    if known.state == "off":
        return (
            "tool_off",
            f"The tool {name} is switched off.",
            "Switch it on under Tools, or choose another one in the step.",
            "error",
        )
    if tool.effect == "read" and known.writes:
        return (
            "tool_writes",
            f"The tool {name} may change something, and the step takes it for one that only reads.",
            "Choose the tool anew in the step.",
            "error",
        )
    if tool.digest and tool.digest != known.digest:
        return (
            "tool_outdated",
            f"The tool {name} has changed since it was chosen here.",
            "Choose it anew in the step, and look at what it is given.",
            "warning",
        )
    return ("", "", "", "error")


def _chosen(graph: Graph) -> Iterator[tuple[GraphNode, str, ChosenTool]]:
    for node in all_nodes(graph):
        for field in fields_with(node.type, "source-tool"):
            tool = ChosenTool.read(node.config.get(field))
            if tool.source and tool.name:
                yield node, field, tool


def _renamed(graph: Graph, rename: Callable[[str], str]) -> Graph:
    def one(node: GraphNode) -> GraphNode:
        config = dict(node.config)
        for field in fields_with(node.type, "source-tool"):
            drawn, tool = config.get(field), ChosenTool.read(config.get(field))
            if isinstance(drawn, dict) and tool.source:
                config[field] = {**drawn, "source": rename(tool.source)}
        return replace(node, config=config, body=None if node.body is None else _renamed(node.body, rename))

    return replace(graph, nodes={node_id: one(node) for node_id, node in graph.nodes.items()})

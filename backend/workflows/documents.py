"""What the drawing of a workflow says about documents, which belong to the layer beside this one.

The layer above registers itself when Django starts: it knows which collections there are, and makes the
samples that a template comes with.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from backend.workflows.fields import fields_with
from nodes.sdk.catalogue import Catalogue, installed_catalogue
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Problem
from nodes.sdk.shapes import name_of

SAMPLE = "sample:"
"""Begins what a template writes where the id of a collection belongs: `sample:return-policy`."""

Missing = Callable[[uuid.UUID, Iterable[str]], set[str]]
"""Workspace and ids of collections to those that the workspace does not have."""

MakeSample = Callable[[uuid.UUID, str, str], str]
"""Workspace, a sample's name and a language to the id of a collection that holds it."""

_missing: Missing = lambda workspace_id, ids: set()  # noqa: E731 - replaced as a whole by `register`
_make_sample: MakeSample = lambda workspace_id, name, language: ""  # noqa: E731


def register(*, missing: Missing, make_sample: MakeSample) -> None:
    """Sets who knows the collections."""
    global _missing, _make_sample
    _missing, _make_sample = missing, make_sample


def document_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """An error for each step that names a collection which the workspace does not have.

    One that was deleted, another workspace's and one that never was are answered with the same words.
    """
    named = list(_named(graph, installed_catalogue()))
    missing = _missing(workspace_id, {one for _, _, one in named}) if named else set()
    found: dict[tuple[str, str], Problem] = {}
    for node, field, one in named:
        if one in missing:
            name = name_of(node, installed_catalogue())
            found[(node.id, field)] = Problem(
                "knowledge_missing",
                f"A collection that {name!r} looks in does not exist, or you have no access to it.",
                "Choose another collection in the step.",
                node=node.id,
                field=field,
                values={"node": name},
            )
    return list(found.values())


def with_samples(workspace_id: uuid.UUID, graph: Graph, language: str) -> Graph:
    """A template's graph with real collections in the place of its samples."""
    made: dict[str, str] = {}

    def real(one: Any) -> Any:
        if not isinstance(one, str) or not one.startswith(SAMPLE):
            return one
        if one not in made:
            made[one] = _make_sample(workspace_id, one.removeprefix(SAMPLE), language)
        return made[one]

    nodes = {}
    for node in graph.nodes.values():
        config = dict(node.config)
        for field in fields_with(node.type, "knowledge"):
            if isinstance(config.get(field), list):
                config[field] = [real(one) for one in config[field]]
        body = with_samples(workspace_id, node.body, language) if node.body is not None else None
        nodes[node.id] = replace(node, config=config, body=body)
    return replace(graph, nodes=nodes)


def _named(graph: Graph, catalogue: Catalogue) -> Iterator[tuple[GraphNode, str, str]]:
    """(node, field, id) of every collection that is named outright; what a ref will name, the run checks."""
    graphs = [graph]
    while graphs:
        for node in graphs.pop().nodes.values():
            if node.body is not None:
                graphs.append(node.body)
            for field in fields_with(node.type, "knowledge"):
                value = node.config.get(field)
                for one in value if isinstance(value, list) else []:
                    if isinstance(one, str) and "{{" not in one:
                        yield node, field, one

"""What the drawing of a workflow says about documents, which belong to the layer beside this one.

The layer above registers itself when Django starts: it knows which collections there are, and makes the
samples that a template comes with.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.workflows.fields import fields_with
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.document_fields import FieldKind
from nodes.sdk.document_filter import filter_problems
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Problem
from nodes.sdk.shapes import name_of
from nodes.sdk.values import Json

SAMPLE = "sample:"
"""Begins what a template writes where the id of a collection belongs: `sample:return-policy`."""

Missing = Callable[[uuid.UUID, Iterable[str]], set[str]]
"""Workspace and ids of collections to those that the workspace does not have."""

Fields = Callable[[uuid.UUID, Iterable[str]], Mapping[str, Sequence[FieldKind]]]
"""Workspace and ids of collections to the fields that any of them gives its documents, with their kinds."""

MakeSample = Callable[[uuid.UUID, str, str], str]
"""Workspace, a sample's name and a language to the id of a collection that holds it."""

_missing: Missing = lambda workspace_id, ids: set()  # noqa: E731 - replaced as a whole by `register`
_fields: Fields = lambda workspace_id, ids: {}  # noqa: E731
_make_sample: MakeSample = lambda workspace_id, name, language: ""  # noqa: E731


def register(*, missing: Missing, fields: Fields, make_sample: MakeSample) -> None:
    """Sets who knows the collections."""
    global _missing, _fields, _make_sample
    _missing, _fields, _make_sample = missing, fields, make_sample


def document_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """An error for each step that names a collection which the workspace does not have, or chooses documents
    by a field that none of its collections has.

    One that was deleted, another workspace's and one that never was are answered with the same words.
    """
    named = list(_named(graph))
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
    return [*found.values(), *_filter_problems(workspace_id, graph)]


def _filter_problems(workspace_id: uuid.UUID, graph: Graph) -> Iterator[Problem]:
    """What is wrong with conditions on fields, in steps of which it is known where they look."""
    for node in _all_nodes(graph):
        filters = fields_with(node.type, "document-filter")
        if not any(_has_conditions(node.config.get(field)) for field in filters):
            continue
        named: list[str] = []
        for field in fields_with(node.type, "knowledge"):
            value = node.config.get(field)
            named += [one for one in value if isinstance(one, str)] if isinstance(value, list) else ["{{"]
        if any("{{" in one for one in named):
            continue  # the run will tell
        known = _fields(workspace_id, named)
        for field in filters:
            for problem in filter_problems(node.config.get(field), field, known):
                yield replace(problem, node=node.id)


def _has_conditions(drawn: Json) -> bool:
    return isinstance(drawn, dict) and bool(drawn.get("conditions"))


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


def _named(graph: Graph) -> Iterator[tuple[GraphNode, str, str]]:
    """(node, field, id) of every collection that is named outright; what a ref will name, the run checks."""
    for node in _all_nodes(graph):
        for field in fields_with(node.type, "knowledge"):
            value = node.config.get(field)
            for one in value if isinstance(value, list) else []:
                if isinstance(one, str) and "{{" not in one:
                    yield node, field, one


def _all_nodes(graph: Graph) -> Iterator[GraphNode]:
    """The nodes of the graph and of those inside them."""
    graphs = [graph]
    while graphs:
        for node in graphs.pop().nodes.values():
            if node.body is not None:
                graphs.append(node.body)
            yield node

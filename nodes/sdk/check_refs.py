"""Proves that what a node's texts mention comes before it and exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode, Ref
from nodes.sdk.node import Problem
from nodes.sdk.shapes import name_of
from nodes.sdk.templates import TemplateError, expressions_in

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """The nodes of one graph that come before one of its nodes, as a bit set."""

    mask: int
    bits: Mapping[str, int]

    def has(self, node_id: str) -> bool:
        return bool(self.mask & self.bits.get(node_id, 0))


@dataclass(frozen=True)
class Known:
    """What a node may mention: the nodes before it, and what its graph may mention from outside."""

    outer: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    before: Before

    def get(self, node_id: str) -> Schema | None:
        """The shape of what that node gives, None if it may not be mentioned."""
        return self.outputs[node_id] if self.before.has(node_id) else self.outer.get(node_id)

    def names(self) -> list[str]:
        """All that may be mentioned."""
        return [*self.outer, *(node_id for node_id in self.outputs if self.before.has(node_id))]


def ref_problems(node: GraphNode, graph: Graph, catalogue: Catalogue, known: Known) -> Iterator[Problem]:
    """The problems of the refs in a node's config; `known` is what it may mention."""
    name = name_of(node, catalogue)
    for field, found in expressions_in(dict(node.config)):
        if isinstance(found, TemplateError):
            yield Problem(
                "bad_template",
                f"{name!r}: {found.message}",
                'Pick the information from the list. To write {{ itself, use {{ "{{" }}.',
                node.id,
                field,
                values={"node": name, "detail": found.message},
            )
        elif found.ref is not None:
            problem = _ref_problem(found.ref, name, graph, catalogue, known)
            if problem is not None:
                yield replace(problem, node=node.id, field=field)


def _ref_problem(ref: Ref, name: str, graph: Graph, catalogue: Catalogue, known: Known) -> Problem | None:
    said = ".".join((ref.node, *ref.path))
    shape = known.get(ref.node)
    if shape is not None:
        source = graph.nodes.get(ref.node)
        fields = _missing_among(shape, ref.path)
        if fields is None or (source is not None and _is_error_field(ref, graph)):
            return None
        gives = f"It gives: {', '.join(fields)}." if fields else "It gives nothing with that name."
        return Problem(
            "unknown_ref",
            f"{name!r} uses {said!r}, but {ref.node!r} gives no such information.",
            gives,
            values={"node": name, "ref": said, "source": ref.node},
        )
    if ref.node in graph.nodes:
        source_name = name_of(graph.nodes[ref.node], catalogue)
        return Problem(
            "ref_not_upstream",
            f"{name!r} uses information from {source_name!r}, which does not come before it.",
            "Connect the steps so that it does, or use other information.",
            values={"node": name, "ref": said, "source": source_name},
        )
    close = difflib.get_close_matches(ref.node, known.names()[:200], n=1)
    return Problem(
        "unknown_ref",
        f"{name!r} uses {said!r}, but there is no step {ref.node!r}.",
        f"Did you mean {close[0]!r}?" if close else "Choose other information.",
        values={"node": name, "ref": said, "source": ref.node},
    )


def _is_error_field(ref: Ref, graph: Graph) -> bool:
    """Whether `ref` is what a node gives when it leaves by a connected `error`."""
    if ref.path not in (("code",), ("message",)):
        return False
    return any(edge.source == ref.node and edge.port == "error" for edge in graph.edges)


def _missing_among(schema: Schema, path: Sequence[str]) -> list[str] | None:
    """None when `path` may exist in values of `schema`, else the names that exist where it ends."""
    here = schema
    for key in path:
        if "anyOf" in here or "oneOf" in here:
            return None
        kind = here.get("type")
        if kind == "array":
            if not key.isdecimal():
                return ["[0]"]
            here = here.get("items", {})
        elif kind in ("string", "number", "integer", "boolean", "null"):
            return []
        else:
            properties: Mapping[str, Any] = here.get("properties", {})
            if key not in properties:
                is_open = not properties or bool(here.get("additionalProperties"))
                return None if is_open else list(properties)
            here = properties[key]
    return None

"""Proves that what a node's texts mention comes before it and exists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode, Ref
from nodes.sdk.kinds import kind_schema
from nodes.sdk.node import Problem, fields_with_widget
from nodes.sdk.shapes import all_nodes, name_of
from nodes.sdk.templates import TemplateError, expressions_in
from nodes.sdk.variables import CONVERSATION, ENV, VARS

Schema = Mapping[str, Any]

_FIRST = re.compile(r"[.\[]")


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
    variables: frozenset[str] = frozenset()
    conversation: frozenset[str] = frozenset()
    graphs: tuple[Graph, ...] = ()
    """The graph the node stands in, and those around it."""
    env: Mapping[str, str] | None = None
    """The kinds of the environment variables by name; None if nobody knows them."""

    def get(self, node_id: str) -> Schema | None:
        """The shape of what that node gives, None if it may not be mentioned."""
        return self.outputs[node_id] if self.before.has(node_id) else self.outer.get(node_id)

    def names(self) -> list[str]:
        """All that may be mentioned."""
        return [*self.outer, *(node_id for node_id in self.outputs if self.before.has(node_id))]


def ref_problems(
    node: GraphNode,
    catalogue: Catalogue,
    known: Known,
    inside: Collection[str] = (),
    known_inside: Known | None = None,
) -> Iterator[Problem]:
    """The problems of the refs in a node's config; `known` is what it may mention.

    The fields named by `inside` may mention what `known_inside` says.
    """
    name = name_of(node, catalogue)
    verbatim = fields_with_widget(catalogue.get(node.type).Config, "code")  # {{ may stand in code as it likes
    config = {field: value for field, value in node.config.items() if field not in verbatim}
    for field, found in expressions_in(config):
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
            here = known_inside if _FIRST.split(field, maxsplit=1)[0] in inside else None
            problem = _ref_problem(found.ref, name, catalogue, here or known)
            if problem is not None:
                yield replace(problem, node=node.id, field=field)


def _ref_problem(ref: Ref, name: str, catalogue: Catalogue, known: Known) -> Problem | None:
    said = ".".join((ref.node, *ref.path))
    if ref.node == VARS:
        return _variable_problem(ref, name, known)
    if ref.node == CONVERSATION:
        return _conversation_problem(ref, name, known)
    if ref.node == ENV:
        return _environment_problem(ref, name, known)
    shape = known.get(ref.node)
    if shape is not None:
        fields = _missing_among(shape, ref.path)
        if fields is None or any(_is_error_field(ref, graph) for graph in known.graphs):
            return None
        return _gives_no_such(said, ref.node, name, fields)
    graph = known.graphs[0]
    if ref.node in graph.nodes:
        source_name = name_of(graph.nodes[ref.node], catalogue)
        return Problem(
            "ref_not_upstream",
            f"{name!r} uses information from {source_name!r}, which does not come before it.",
            "Connect the steps so that it does, or use other information.",
            values={"node": name, "ref": said, "source": source_name},
        )
    for container in graph.nodes.values():
        if container.body is not None and any(inner.id == ref.node for inner in all_nodes(container.body)):
            container_name = name_of(container, catalogue)
            return Problem(
                "ref_into_body",
                f"{name!r} uses {said!r}, which is known inside {container_name!r} only.",
                f"Use what {container_name!r} gives instead.",
                values={"node": name, "ref": said, "source": container_name},
            )
    close = difflib.get_close_matches(ref.node, known.names()[:200], n=1)
    return Problem(
        "unknown_ref",
        f"{name!r} uses {said!r}, but there is no step {ref.node!r}.",
        f"Did you mean {close[0]!r}?" if close else "Choose other information.",
        values={"node": name, "ref": said, "source": ref.node},
    )


def _variable_problem(ref: Ref, name: str, known: Known) -> Problem | None:
    if not ref.path or ref.path[0] in known.variables:
        return None
    close = difflib.get_close_matches(ref.path[0], known.variables, n=1)
    return Problem(
        "unknown_variable",
        f"{name!r} uses the remembered information {ref.path[0]!r}, but no step sets it.",
        f"Did you mean {close[0]!r}?" if close else "Add a step that sets it, or use other information.",
        values={"node": name, "variable": ref.path[0]},
    )


def _conversation_problem(ref: Ref, name: str, known: Known) -> Problem | None:
    if not ref.path or ref.path[0] in known.conversation:
        return None
    return undeclared(ref.path[0], name, known.conversation)


def _environment_problem(ref: Ref, name: str, known: Known) -> Problem | None:
    if not ref.path:
        return Problem(
            "environment_unnamed",
            f"{name!r} does not say which shared information it uses.",
            "Pick one from the list, such as env.CURRENCY.",
            values={"node": name},
        )
    if known.env is None:
        return None
    variable, *path = ref.path
    if variable not in known.env:
        close = difflib.get_close_matches(variable, known.env, n=1)
        return Problem(
            "environment_missing",
            f"{name!r} uses the shared information {variable[:60]!r}, which this workspace does not have.",
            f"Did you mean {close[0]!r}?" if close else "Add it under Settings ▸ Shared information.",
            values={"node": name, "variable": variable[:60]},
        )
    fields = _missing_among(kind_schema(known.env[variable], variable), path)
    said = ".".join((ref.node, *ref.path))
    return None if fields is None else _gives_no_such(said, f"{ENV}.{variable}", name, fields)


def _gives_no_such(said: str, source: str, name: str, fields: Sequence[str]) -> Problem:
    """That what is named by `source` has nothing under the rest of `said`, but has `fields`."""
    return Problem(
        "unknown_ref",
        f"{name!r} uses {said!r}, but {source!r} gives no such information.",
        f"It gives: {', '.join(fields)}." if fields else "It gives nothing with that name.",
        values={"node": name, "ref": said, "source": source},
    )


def undeclared(variable: str, name: str, declared: Collection[str]) -> Problem:
    """That a node called `name` uses or changes what the conversation is not said to remember."""
    close = difflib.get_close_matches(variable, declared, n=1)
    return Problem(
        "undeclared_variable",
        f"{name!r} uses {variable!r} of the conversation, but the app does not say that it remembers that.",
        f"Did you mean {close[0]!r}?" if close else "Add it to the information that the app remembers.",
        values={"node": name, "variable": variable},
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

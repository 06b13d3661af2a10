"""What a graph comes to once its node types are known: ways out, outputs, beginnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from nodes.sdk.catalogue import Catalogue, unknown_type_words
from nodes.sdk.declared import Variable
from nodes.sdk.describe import form_schema, inside_schema, port_to_json
from nodes.sdk.graph import Graph, GraphError, GraphNode, Port
from nodes.sdk.kinds import kind_schema
from nodes.sdk.node import Node
from nodes.sdk.policy import USUAL_ATTEMPTS
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, kept_name


def require_known_types(graph: Graph, catalogue: Catalogue) -> None:
    """Raises GraphError("unknown_type") for the first node, in bodies too, whose type is not there."""
    for node in all_nodes(graph):
        if node.type not in catalogue.types:
            message, hint = unknown_type_words(catalogue, node.type)
            raise GraphError("unknown_type", message, hint, f"nodes.{node.id}.type")


def may_ask_models(kind: type[Node] | None) -> bool:
    """Whether a step of that type may call an AI model itself: as far as it says what it fails with."""
    if kind is None or kind.effects == "none" or kind.Inside is not None:
        return False
    return kind.fails_with is None or "model_busy" in kind.fails_with


def all_nodes(graph: Graph) -> Iterator[GraphNode]:
    """The nodes of a graph and of all bodies in it."""
    todo = [graph]
    while todo:
        here = todo.pop()
        for node in here.nodes.values():
            yield node
            if node.body is not None:
                todo.append(node.body)


def shapes(graph: Graph, catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """The ways out and the output of each node as its config makes them, by id; bodies included.

    `own` holds what refs in the node's own config may name besides earlier nodes; `inside` what the steps
    inside may name, where that hangs on the config; `attempts` how often it is tried without a policy.
    """
    return {
        node.id: {
            "ports": [port_to_json(port) for port in ports_of(node, catalogue)],
            "output": output_of(node, catalogue),
            "own": own_refs_of(node, catalogue),
            "attempts": usual_attempts(node, catalogue),
            **({"inside": inside_of(node, catalogue)} if loop_variables_of(node, catalogue) else {}),
        }
        for node in all_nodes(graph)
        if node.type in catalogue.types
    }


def roots(graph: Graph, catalogue: Catalogue) -> list[str]:
    """Where a run of `graph` begins: the nodes with no way in; if some are starting nodes, only those.

    What cannot be reached from there never runs.
    """
    free = sorted(node_id for node_id, edges in graph.edges_into().items() if not edges)
    return [node_id for node_id in free if is_start(graph.nodes[node_id], catalogue)] or free


def current_config(node: GraphNode, node_type: type[Node]) -> dict[str, Json]:
    """The node's config, brought up to date when it was written for an older version of its type."""
    config = dict(node.config)
    return node_type.migrate(config, node.version) if node.version < node_type.version else config


def calls_of(graph: Graph, catalogue: Catalogue) -> set[str]:
    """What the nodes of `graph`, in bodies too, call: `<id>@latest` or `<id>@<version number>`."""
    found: set[str] = set()
    for node in all_nodes(graph):
        kind = catalogue.types.get(node.type)
        if kind is not None:
            with suppress(Exception):  # a stranger's migrate(): the run says so when the node's turn comes
                key = kind.calls(current_config(node, kind))
                found |= {key} if key is not None else set()
    return found


def ports_of(node: GraphNode, catalogue: Catalogue) -> Sequence[Port]:
    """The ways out of a node as drawn; of a node that its type cannot read, the usual one."""
    try:
        node_type = catalogue.get(node.type)
        return tuple(node_type.ports(current_config(node, node_type)))
    except Exception:  # a half-filled form must not break the drawing
        return (Port("out"),)


def output_of(node: GraphNode, catalogue: Catalogue) -> Mapping[str, Any]:
    """The JSON Schema of what a node gives, as drawn; open when its type cannot tell."""
    try:
        node_type = catalogue.get(node.type)
        usual = _usual_output(node_type)
        if usual is not None:
            return usual
        return form_schema(node_type.output_schema(current_config(node, node_type)))
    except Exception:  # as above
        return {}


@lru_cache(maxsize=1_000)
def _usual_output(node_type: type[Node]) -> Mapping[str, Any] | None:
    """What every node of the type gives; None where that hangs on its config.

    Making it anew for each of a thousand steps is most of what describing their graph would take.
    """
    says = next(kind for kind in node_type.__mro__ if "output_schema" in vars(kind))
    return form_schema(node_type.output_schema({})) if says is Node else None


def usual_attempts(node: GraphNode, catalogue: Catalogue) -> int:
    """How often the node is tried where its policy does not say; one time if its type cannot tell."""
    try:
        node_type = catalogue.get(node.type)
        config = current_config(node, node_type)
        effects = node_type.effects_of(config)
        may_repeat = effects == "write" and node_type.may_repeat(config)
    except Exception:  # as above
        return 1
    return USUAL_ATTEMPTS["read" if may_repeat else effects]


def own_refs_of(node: GraphNode, catalogue: Catalogue) -> Mapping[str, Mapping[str, Any]]:
    """What refs in the node's own config may name besides earlier nodes; nothing if its type cannot tell."""
    try:
        node_type = catalogue.get(node.type)
        return dict(node_type.own_refs(current_config(node, node_type)))
    except Exception:  # as above
        return {}


def loop_variables_of(node: GraphNode, catalogue: Catalogue) -> Mapping[str, str]:
    """What the steps inside may change from pass to pass, with the kinds; nothing if its type cannot tell."""
    try:
        node_type = catalogue.get(node.type)
        return dict(node_type.loop_variables(current_config(node, node_type)))
    except Exception:  # as above
        return {}


def inside_of(node: GraphNode, catalogue: Catalogue) -> dict[str, Any]:
    """The JSON Schema of what steps inside may refer to by the node's id."""
    schema = inside_schema(catalogue.types[node.type]) or {}
    held = loop_variables_of(node, catalogue)
    if not held:
        return schema
    named = {name: kind_schema(kind, name) for name, kind in held.items()}
    return {**schema, "properties": {**schema.get("properties", {}), **named}}


def kept_variables(graph: Graph, catalogue: Catalogue) -> tuple[Variable, ...]:
    """What a conversation remembers for steps that keep something of their own, bodies included."""
    found: dict[str, Variable] = {}
    taken = {one.name for one in graph.variables if one.scope == CONVERSATION}
    for node in all_nodes(graph):
        kind = catalogue.types.get(node.type)
        with suppress(Exception):  # a stranger's code: then the step keeps nothing
            if kind is not None and kind.keeps(current_config(node, kind)):
                name = kept_name(node.id)
                found[name] = Variable(name, "conversation", "object", {}, name_of(node, catalogue))
    return tuple(found[name] for name in sorted(found.keys() - taken))


def name_of(node: GraphNode, catalogue: Catalogue) -> str:
    """What a person calls the node: its own title, or its type's, or its id."""
    if node.title:
        return node.title
    return catalogue.types[node.type].title if node.type in catalogue.types else node.id


def is_start(node: GraphNode, catalogue: Catalogue) -> bool:
    """Whether a run begins with this node."""
    return node.type in catalogue.types and catalogue.types[node.type].starts

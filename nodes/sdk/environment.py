"""Environment variables: what a workspace shares between its apps, named in a graph by {{ env.CURRENCY }}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

from nodes.sdk.graph import Graph
from nodes.sdk.shapes import all_nodes
from nodes.sdk.templates import Expression, expressions_in
from nodes.sdk.values import Json
from nodes.sdk.variables import ENV

EnvKind = Literal["text", "number", "boolean", "object", "list"]
ENV_KINDS: Final[tuple[EnvKind, ...]] = get_args(EnvKind)


def env_in(config: Mapping[str, Json]) -> Iterator[str]:
    """The names of the environment variables that the texts of a config mention, as often as they stand."""
    for _, found in expressions_in(dict(config)):
        if isinstance(found, Expression) and found.ref is not None and found.ref.node == ENV:
            yield from found.ref.path[:1]


def env_of(graph: Graph) -> frozenset[str]:
    """The names of all that a graph mentions, in bodies too."""
    return frozenset(name for node in all_nodes(graph) for name in env_in(node.config))

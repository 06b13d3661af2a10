"""Short ways to write graphs in tests."""

from collections.abc import Mapping
from typing import Any

from nodes.sdk.graph import Graph, graph_from_json


def graph(nodes: Mapping[str, Any], *edges: str) -> Graph:
    """A graph from {id: config} or {id: (type, config)} and edges such as "a -> b" or "a.yes -> b".

    The type of `prompt_1` is "prompt" unless it is said.
    """
    listed = []
    for node_id, said in nodes.items():
        type_name, config = said if isinstance(said, tuple) else (node_id.rsplit("_", 1)[0], said)
        listed.append({"id": node_id, "type": type_name, "config": config})
    return graph_from_json({"nodes": listed, "edges": [edge(text) for text in edges]})


def edge(text: str) -> dict[str, str]:
    source, _, target = text.partition(" -> ")
    node, _, port = source.partition(".")
    return {"source": node, "port": port or "out", "target": target}


def cases(*names: str) -> dict[str, Any]:
    """The config of a branch with these cases."""
    condition = {"left": "{{ start_1.query }}", "operator": "is"}
    return {"cases": [{"name": name, "conditions": [{**condition, "right": name}]} for name in names]}

"""Reads the small part of graphon's graphs that the shared cases use, for tests; no general importer.

What has no twin here is told otherwise: an `end` sets information named after its outputs; `flatten_output`
is the filter.
"""

import re
from collections.abc import Mapping
from typing import Any

from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.values import Json

INSIDE = re.compile(r"\{\{#([\w.-]+)#\}\}")
ON_ERROR = {"terminated": "stop", "continue-on-error": "null", "remove-abnormal-output": "drop"}
STARTS = ("loop-start", "iteration-start")


def graph_of(fixture: Mapping[str, Any], inputs: Mapping[str, Json]) -> Graph:
    """The graph that `fixture` draws, asking for `inputs`. Raises KeyError for what is not in the subset."""
    drawn = fixture["graph"]
    return _Reader({node["id"]: node["data"] for node in drawn["nodes"]}, drawn["edges"], inputs).graph(None)


def inputs_of(inputs: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs as this graph asks for them: a list of lists comes inside an object."""
    return {key: {"value": v} if _kind(v) == "object" else v for key, v in inputs.items() if key != "query"}


def _kind(value: Json) -> str:
    if not isinstance(value, list):
        return "text"
    return "list" if all(isinstance(item, str) for item in value) else "object"


class _Reader:
    def __init__(self, nodes: dict[str, Any], edges: list[Any], inputs: Mapping[str, Json]) -> None:
        self.nodes, self.edges, self.inputs = nodes, edges, inputs

    def graph(self, container: str | None) -> Graph:
        mine = {i: n for i, n in self.nodes.items() if _home(n) == container and n["type"] not in STARTS}
        nodes: dict[str, GraphNode] = {}
        edges: list[Edge] = []
        for node_id, data in mine.items():
            nodes[_name(node_id)] = self.node(node_id, data)
        for edge in self.edges:
            if edge["source"] in mine and edge["target"] in mine:
                edges.append(Edge(_name(edge["source"]), "out", _name(edge["target"])))
        return Graph(nodes, tuple(edges))

    def node(self, node_id: str, data: Mapping[str, Any]) -> GraphNode:
        name, body = _name(node_id), None
        kind, config = getattr(self, data["type"].replace("-", "_"))(name, data)
        if kind in ("loop", "each"):
            body = self.graph(node_id)
            if not body.nodes:  # a body of a start alone
                body = Graph({"nothing_1": GraphNode("nothing_1", "template", config={"text": ""})}, ())
        return GraphNode(name, kind, config=config, body=body)

    def start(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        asked: list[Json] = [
            {"name": key, "label": key, "type": _kind(value)}
            for key, value in self.inputs.items()
            if key != "query"
        ]
        return "start", {"inputs": asked}

    def answer(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        return "answer", {"text": self.text(data["answer"])}

    def llm(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        (prompt,) = data["prompt_template"]
        return "prompt", {"user": self.text(prompt["text"])}

    def template_transform(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        text = data["template"]
        for variable in data["variables"]:
            text = text.replace(f"{{{{ {variable['variable']} }}}}", self.ref(variable["value_selector"]))
        return "template", {"text": text}

    def end(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        if not data["outputs"]:
            return "template", {"text": ""}
        (output,) = data["outputs"]
        return "set_variable", {"name": output["variable"], "value": self.ref(output["value_selector"])}

    def assigner(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        (item,) = data["items"]
        operator = {"+=": "add", "over-write": "set"}[item["operation"]]
        where, label = item["variable_selector"]
        if not any(one["label"] == label for one in self.nodes.get(where, {}).get("loop_variables", [])):
            return "assigner", {}  # sets what nothing declares: a type that is not there fails at its turn
        return "set_variable", {
            "name": f"{_name(where)}.{label}",
            "operator": operator,
            "value": item["value"],
        }

    def loop(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        conditions: list[Json] = [
            {"left": self.ref(c["variable_selector"]), "operator": {"≥": "gte"}[c["comparison_operator"]]}
            | {"right": c["value"]}
            for c in data["break_conditions"]
        ]
        match = {"and": "all", "or": "any"}[data["logical_operator"]]
        return "loop", {
            "count": data["loop_count"],
            "variables": [
                {"name": one["label"], "type": one["var_type"], "value": one["value"]}
                for one in data.get("loop_variables", [])
            ],
            "until": {"match": match, "conditions": conditions} if conditions else {},
        }

    def loop_end(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        return "stop_loop", {}

    def iteration(self, name: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Json]]:
        return "each", {
            "items": self.ref(data["iterator_selector"]),
            "collect": self.ref(data["output_selector"]),
            "at_once": data["parallel_nums"] if data["is_parallel"] else 1,
            "on_error": ON_ERROR[data["error_handle_mode"]],
        }

    def text(self, template: str) -> str:
        return INSIDE.sub(lambda found: self.ref(found[1].split(".")), template)

    def ref(self, selector: list[str]) -> str:
        where, field = selector
        if where == "sys":
            return f"{{{{ start_1.{field} }}}}"
        data = self.nodes.get(where, {})
        if data.get("type") == "iteration" and field == "output":
            flat = " | flatten" if data["flatten_output"] else ""
            return f"{{{{ {_name(where)}.items{flat} }}}}"
        if data.get("type") == "start" and _kind(self.inputs[field]) == "object":
            field = f"{field}.value"
        if data.get("type") == "template-transform" and field == "output":
            field = "text"
        return f"{{{{ {_name(where)}.{field} }}}}"


def _home(data: Mapping[str, Any]) -> str | None:
    if data["type"] == "iteration":
        return data.get("loop_id")
    if data["type"] == "loop":
        return data.get("iteration_id")
    return data.get("iteration_id") or data.get("loop_id")


def _name(node_id: str) -> str:
    return f"{node_id.replace('-', '_')}_1"

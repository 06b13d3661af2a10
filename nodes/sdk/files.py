"""A workflow as a file: YAML with one block per node and the layout apart, so that a diff reads well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from nodes.sdk.blocks import natural, tidy
from nodes.sdk.declared import variables_to_json
from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode, graph_from_json, policy_to_json
from nodes.sdk.note_blocks import groups_from_blocks, groups_to_blocks, notes_from_blocks, notes_to_blocks
from nodes.sdk.run_limits import limits_to_json
from nodes.sdk.strict import read_list, read_object, read_title, read_whole, wrong_type
from nodes.sdk.template_info import TemplateInfo, read_template, template_to_block
from nodes.sdk.tool_use import tool_use_to_json
from nodes.sdk.values import Json
from nodes.sdk.yaml_text import read_yaml, write_yaml

FORMAT: Final = 1

_FIELDS = frozenset(
    {
        "treadle",
        "name",
        "description",
        "template",
        "apps",
        "variables",
        "limits",
        "nodes",
        "edges",
        "layout",
        "groups",
        "notes",
        "sample_data",
    }
)
_NODE_FIELDS = frozenset({"type", "version", "title", "config", "policy", "body", "tool"})
_BODY_FIELDS = frozenset({"nodes", "edges", "layout"})
_GRAPH_FIELDS = _BODY_FIELDS | {"variables", "limits", "notes", "groups"}
_EDGE = re.compile(r"\s*([a-z0-9_]{1,50})(?:\.([A-Za-z0-9_-]{1,50}))?\s*->\s*([a-z0-9_]{1,50})\s*\Z")


@dataclass(frozen=True)
class AppNamed:
    """Another app that a file's steps use: what it is called, and its id where the file was written."""

    name: str
    id: str = ""


@dataclass(frozen=True)
class Sample:
    """What stands in for running a step when the app is tried; `port` is None where the output tells it."""

    output: Json
    port: str | None = None


@dataclass(frozen=True)
class WorkflowFile:
    """What a workflow file holds. `template` is there in template files only.

    `apps`: what the file knows of the apps that its steps use, by what the steps call them. `samples`: sample
    data by the ids of steps, in files of which somebody wanted that.
    """

    name: str
    graph: Graph
    description: str = ""
    template: TemplateInfo | None = field(default=None)
    apps: Mapping[str, AppNamed] = field(default_factory=dict[str, AppNamed])
    samples: Mapping[str, Sample] = field(default_factory=dict[str, Sample])


def workflow_from_yaml(text: str) -> WorkflowFile:
    """Reads a workflow file. Raises GraphError for anything but a well-formed one."""
    value = read_yaml(text)
    if not isinstance(value, dict) or "treadle" not in value:
        raise GraphError(
            "not_a_workflow", "This is not a workflow file.", "Such a file begins with “treadle: 1”."
        )
    version = read_whole(value["treadle"], "treadle", 1, 1_000_000)
    if version > FORMAT:
        raise GraphError(
            "newer_file", "The file was written by a newer Treadle.", "Update Treadle.", "treadle"
        )
    fields = read_object(value, "The file", _FIELDS, required=("name", "nodes"))
    description = fields.get("description", "")
    if not isinstance(description, str):
        raise wrong_type("description", "a text")
    template = fields.get("template")
    graph = graph_from_blocks({key: fields[key] for key in _GRAPH_FIELDS & fields.keys()})
    return WorkflowFile(
        name=read_title(fields["name"], "name"),
        description=description,
        template=None if template is None else read_template(template, graph),
        apps=_apps(fields.get("apps", {})),
        samples=_samples(fields.get("sample_data", {})),
        graph=graph,
    )


def workflow_to_yaml(file: WorkflowFile) -> str:
    """The file's text, always the same for the same workflow: nodes by id, edges by their ends."""
    value: dict[str, Json] = {"treadle": FORMAT, "name": file.name}
    if file.description:
        value["description"] = file.description
    if file.template is not None:
        value["template"] = template_to_block(file.template)
    if file.apps:
        value["apps"] = {called: _app_to_block(file.apps[called]) for called in sorted(file.apps)}
    if file.graph.variables:
        value["variables"] = cast("Json", variables_to_json(file.graph.variables))
    if limits := limits_to_json(file.graph.limits):
        value["limits"] = limits
    value.update(_graph_to_blocks(file.graph))
    if file.graph.groups:
        value["groups"] = groups_to_blocks(file.graph.groups)
    if file.graph.notes:
        value["notes"] = notes_to_blocks(file.graph.notes)
    if file.samples:
        value["sample_data"] = {id: _sample_to_block(file.samples[id]) for id in sorted(file.samples)}
    return write_yaml(value)


def _sample_to_block(sample: Sample) -> dict[str, Json]:
    return {"output": sample.output, **({"port": sample.port} if sample.port is not None else {})}


def _samples(value: Json) -> dict[str, Sample]:
    if not isinstance(value, dict):
        raise wrong_type("sample_data", "an object")
    samples: dict[str, Sample] = {}
    for id, block in value.items():
        at = f"sample_data.{id}"
        fields = read_object(block, at, frozenset({"output", "port"}), required=("output",))
        port = fields.get("port")
        if port is not None and not isinstance(port, str):
            raise wrong_type(f"{at}.port", "a text")
        samples[id] = Sample(fields["output"], port)
    return samples


def _app_to_block(app: AppNamed) -> dict[str, Json]:
    return {"name": app.name, "id": app.id} if app.id else {"name": app.name}


def _apps(value: Json) -> dict[str, AppNamed]:
    if not isinstance(value, dict):
        raise wrong_type("apps", "an object")
    apps: dict[str, AppNamed] = {}
    for called, app in value.items():
        fields = read_object(app, f"apps.{called}", frozenset({"name", "id"}), required=("name",))
        app_id = fields.get("id", "")
        if not isinstance(app_id, str):
            raise wrong_type(f"apps.{called}.id", "a text")
        apps[called] = AppNamed(name=read_title(fields["name"], f"apps.{called}.name"), id=app_id)
    return apps


def in_language(file: WorkflowFile, language: str) -> WorkflowFile:
    """A template's workflow with name, titles and texts in `language`, as far as the template has them."""
    if file.template is None:
        return file
    words = file.template.words.get(language, {})
    name = file.template.title.get(language, file.name)
    return replace(file, name=name, graph=_graph_in_words(file.graph, words))


def _graph_in_words(graph: Graph, words: Mapping[str, str]) -> Graph:
    nodes = {
        node.id: replace(
            node,
            title=words.get(node.title, node.title),
            config=_in_words(dict(node.config), words),
            body=None if node.body is None else _graph_in_words(node.body, words),
            tool=replace(node.tool, description=words.get(node.tool.description, node.tool.description)),
        )
        for node in graph.nodes.values()
    }
    return replace(
        graph,
        nodes=nodes,
        notes=tuple(replace(note, text=words.get(note.text, note.text)) for note in graph.notes),
        groups=tuple(replace(group, title=words.get(group.title, group.title)) for group in graph.groups),
    )


def _in_words(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, list):
        return [_in_words(item, words) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _in_words(item, words) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _graph_to_blocks(graph: Graph) -> dict[str, Json]:
    nodes = [graph.nodes[node_id] for node_id in sorted(graph.nodes, key=natural)]
    edges = sorted(graph.edges, key=lambda e: (natural(e.source), e.port, natural(e.target)))
    blocks: dict[str, Json] = {
        "nodes": {node.id: _node_to_block(node) for node in nodes},
        "edges": [_edge_to_text(edge) for edge in edges],
        "layout": {node.id: [tidy(node.position[0]), tidy(node.position[1])] for node in nodes},
    }
    return blocks


def _node_to_block(node: GraphNode) -> dict[str, Json]:
    block: dict[str, Json] = {"type": node.type}
    if node.version != 1:
        block["version"] = node.version
    if node.title:
        block["title"] = node.title
    block["config"] = dict(node.config)
    policy = policy_to_json(node.policy)
    if policy:
        block["policy"] = policy
    if tool := tool_use_to_json(node.tool):
        block["tool"] = tool
    if node.body is not None:
        block["body"] = _graph_to_blocks(node.body)
    return block


def _edge_to_text(edge: Edge) -> str:
    source = edge.source if edge.port == "out" else f"{edge.source}.{edge.port}"
    return f"{source} -> {edge.target}"


def graph_from_blocks(fields: Mapping[str, Json]) -> Graph:
    """The graph in the form of a file: `nodes` by id, `edges` as texts, `layout`. Raises GraphError."""
    graph = _blocks_to_json(fields, "")
    try:
        return graph_from_json(graph)
    except GraphError as error:
        message, field = _by_id(error.message, graph), error.field and _by_id(error.field, graph)
        raise GraphError(error.code, message, error.hint, field) from None


_NODE_PLACE = re.compile(r"(\.body\.|^)nodes\[(\d+)\]")


def _by_id(text: str, graph: Mapping[str, Any]) -> str:
    """`nodes[3].body.nodes[0]`, as the reader of lists says, as `nodes.each_1.body.nodes.prompt_1`, as this
    file says."""
    said = ""
    here: Any = graph
    while (found := _NODE_PLACE.match(text)) is not None:
        node: Any = here["nodes"][int(found[2])]
        said += f"{found[1]}nodes.{node['id']}"
        text, here = text[found.end() :], node.get("body")
    return said + text


def _blocks_to_json(fields: Mapping[str, Json], at: str) -> dict[str, Json]:
    """The JSON form of a graph; `at` is where it stands in the file, such as `nodes.each_1.body.`."""
    blocks, layout = fields.get("nodes"), fields.get("layout", {})
    if not isinstance(blocks, dict):
        raise wrong_type(f"{at}nodes", "an object")
    if not isinstance(layout, dict):
        raise wrong_type(f"{at}layout", "an object")
    for node_id in layout:
        if node_id not in blocks:
            raise GraphError(
                "unknown_node", f"The layout names {node_id!r}, which is no step.", field=f"{at}layout"
            )
    nodes: list[Json] = [_block_to_json(node_id, block, layout, at) for node_id, block in blocks.items()]
    drawn = read_list(fields.get("edges") or [], f"{at}edges")
    edges: list[Json] = [_text_to_edge(edge, f"{at}edges[{i}]") for i, edge in enumerate(drawn)]
    whole = {name: fields[name] for name in ("variables", "limits") if name in fields}
    if "notes" in fields:
        whole["notes"] = notes_from_blocks(fields["notes"])
    if "groups" in fields:
        whole["groups"] = groups_from_blocks(fields["groups"])
    return {"nodes": nodes, "edges": edges, **whole}


def _block_to_json(node_id: str, block: Json, layout: Mapping[str, Json], around: str) -> dict[str, Json]:
    at = f"{around}nodes.{node_id}"
    fields = dict(read_object(block, at, _NODE_FIELDS, required=("type",)))
    if fields.get("config") is None:
        fields["config"] = {}
    body = fields.get("body")
    if body is not None:
        inner = read_object(body, f"{at}.body", _BODY_FIELDS, required=("nodes",))
        fields["body"] = _blocks_to_json(inner, f"{at}.body.")
    place = layout.get(node_id, [0, 0])
    if not isinstance(place, list) or len(place) != 2:
        raise wrong_type(f"{around}layout.{node_id}", "a list of two numbers")
    return {"id": node_id, **fields, "position": {"x": place[0], "y": place[1]}}


def _text_to_edge(text: Json, at: str) -> dict[str, Json]:
    found = _EDGE.match(text) if isinstance(text, str) else None
    if found is None:
        hint = "Write “start_1 -> prompt_1”, or “branch_1.billing -> prompt_1” for a way out with a name."
        raise GraphError("bad_edge", f"{at} is not a connection.", hint, at)
    return {"source": found[1], "port": found[2] or "out", "target": found[3]}

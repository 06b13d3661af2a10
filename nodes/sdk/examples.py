"""Runs the examples of a node type: they are its documentation, and they have to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.check import shapes
from nodes.sdk.check_config import config_problems
from nodes.sdk.describe import node_folder
from nodes.sdk.errors import NodeError
from nodes.sdk.files import graph_from_blocks
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.http import HttpResponse
from nodes.sdk.knowledge import Passage
from nodes.sdk.mail import Letter
from nodes.sdk.models import ChatMessage, ToolCall
from nodes.sdk.node import ENDS_PASS, Called, Node
from nodes.sdk.scripted import Reply
from nodes.sdk.testing import NodeRun, run_node
from nodes.sdk.values import Json
from nodes.sdk.yaml_text import read_yaml

Example = Mapping[str, Any]

GIVEN: Final = frozenset(
    {
        "name",
        "config",
        "scope",
        "query",
        "inputs",
        "history",
        "replies",
        "passages",
        "documents",
        "body",
        "variables",
        "answers",
        "called",
        "texts",
        "notes",
        "memories",
        "tables",
        "tools",
    }
)
"""What an example may say of the world around its node."""

WANTED: Final = frozenset(
    {
        "calls",
        "output",
        "port",
        "error",
        "emitted",
        "asked",
        "sent",
        "variables_after",
        "memories_after",
        "mails",
        "used",
    }
)
"""What an example may say that comes of it."""


def examples_of(node_type: type[Node]) -> list[Example]:
    """The examples in the type's folder, or in its class. Raises ValueError when they cannot be read."""
    folder = node_folder(node_type)
    file = folder / "examples.yaml" if folder else None
    if file is None or not file.is_file():
        return list(node_type.examples)
    loaded = read_yaml(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, list) or not all(isinstance(one, dict) for one in loaded):
        raise ValueError("examples.yaml must be a list of examples.")
    return cast("list[Example]", loaded)


async def run_example(node_type: type[Node], example: Example, catalogue: Catalogue) -> NodeRun:
    """Runs the node of an example in memory; lets its errors through. Steps inside come from `catalogue`."""
    return await run_node(
        node_type,
        example.get("config", {}),
        scope=example.get("scope"),
        query=example.get("query", ""),
        inputs=example.get("inputs"),
        history=[ChatMessage(**message) for message in example.get("history", ())],
        replies=[_reply(reply) for reply in example.get("replies", ())],
        passages=[Passage(**passage) for passage in example.get("passages", ())],
        documents=example.get("documents"),
        answers=[_web_answer(**answer) for answer in example.get("answers", ())],
        variables=example.get("variables"),
        node_id=f"{node_type.type}_1",
        body=graph_from_blocks(example["body"]) if "body" in example else None,
        catalogue=catalogue,
        called=Called(**example["called"]) if "called" in example else None,
        files=example.get("texts"),
        notes=example.get("notes"),
        memories=example.get("memories"),
        tables=example.get("tables"),
        tools=example.get("tools", ()),
    )


async def example_faults(node_type: type[Node], example: Example, catalogue: Catalogue) -> list[str]:
    """What is not true in an example, in words; nothing when all of it is."""
    faults = [f"It says {key!r}, which no example knows." for key in sorted({*example} - GIVEN - WANTED)]
    if not {"output", "error"} & {*example}:
        faults.append("It says neither what comes out (`output`) nor how it fails (`error`).")
    if faults:
        return faults
    try:
        ran = await run_example(node_type, example, catalogue)
    except NodeError as error:
        return _failure_faults(example, error)
    if "error" in example:
        return [f"It should fail with {example['error']!r}, but gave {ran.output!r}."]
    come_to: dict[str, Any] = {
        "output": ran.output,
        "port": ran.port,
        "variables_after": ran.variables,
        "memories_after": ran.memories,
        "mails": [_mail(letter) for letter in ran.letters],
        "emitted": ran.emitted,
        "sent": list(ran.sent),
        "calls": list(ran.calls),
        "used": list(ran.used),
        "asked": [_asked(message) for message in ran.requests[-1].messages] if ran.requests else [],
    }
    wanted = {"port": "out", **{key: example[key] for key in example.keys() & WANTED}}
    return [
        f"{key} is {come_to[key]!r}, not {want!r}."
        for key, want in sorted(wanted.items())
        if come_to[key] != want
    ]


def _reply(reply: Any) -> Reply:
    """A reply as an example says it: a text, its pieces, or `{text, calls: [{name, arguments}]}`."""
    if not isinstance(reply, dict):
        return reply
    said = cast("dict[str, Any]", reply)
    calls = [
        ToolCall(f"call_{i}", call["name"], call.get("arguments", {}))
        for i, call in enumerate(said.get("calls", ()), 1)
    ]
    return [*([said["text"]] if said.get("text") else []), *calls]


def _asked(message: ChatMessage) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        told["calls"] = [call.name for call in message.tool_calls]
    if message.images:
        told["images"] = [image.name for image in message.images]
    return told


def _mail(letter: Letter) -> dict[str, Any]:
    told = {"to": letter.to, "cc": letter.cc, "bcc": letter.bcc}
    return {
        **{name: list(addresses) for name, addresses in told.items()},
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "files": [file.name for file in letter.attachments],
    }


def _failure_faults(example: Example, error: NodeError) -> list[str]:
    if "error" not in example:
        return [f"It fails with {error.code!r}: {error.message}"]
    faults: list[str] = []
    if error.code != example["error"]:
        faults.append(f"It should fail with {example['error']!r}, but fails with {error.code!r}.")
    if not error.hint:
        faults.append(f"Its error {error.code!r} has no hint: say what a person can do.")
    return faults


def shape_faults(node_type: type[Node], example: Example, catalogue: Catalogue) -> list[str]:
    """Where an example has a config that the editor would refuse, or an output that was not announced."""
    import jsonschema

    node = GraphNode("node_1", node_type.type, config=example.get("config", {}))
    faults = [problem.message for problem in config_problems(node, node_type)]
    if "output" not in example or node_type.starts:
        return faults
    shape = shapes(Graph({"node_1": node}), catalogue)["node_1"]
    given: Json = example["output"]
    output = _there(given)
    try:
        jsonschema.validate(output, shape["output"])  # pyright: ignore[reportUnknownMemberType]
    except jsonschema.ValidationError as error:
        faults.append(f"Its output is not as `Output` says: {error.message}")
    ports: Sequence[str] = [*ENDS_PASS, *(port["name"] for port in shape["ports"])]
    if example.get("port", "out") not in ports:
        faults.append(f"It leaves by {example.get('port', 'out')!r}, which is not one of its ways out.")
    return faults


def _there(value: Json) -> Json:
    """`value` without what is announced and is not there: None stands for it, at every level."""
    if isinstance(value, dict):
        return {name: _there(one) for name, one in value.items() if one is not None}
    return [_there(one) for one in value] if isinstance(value, list) else value


def _web_answer(status: int = 200, body: str = "", headers: Mapping[str, str] | None = None) -> HttpResponse:
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return HttpResponse(status, lower, body.encode(), "https://api.example.com/")

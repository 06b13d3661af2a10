"""Every builtin node type has all that a person needs to use it, and its examples are true."""

import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from nodes.sdk import ENDS_PASS, Called, ChatMessage, HttpResponse, NodeError, Passage
from nodes.sdk.catalogue import BUILTIN, load_catalogue
from nodes.sdk.check import shapes
from nodes.sdk.check_config import config_problems
from nodes.sdk.describe import describe_type, node_folder
from nodes.sdk.files import graph_from_blocks
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.testing import run_node
from nodes.sdk.yaml_text import read_yaml

SNAPSHOTS = Path(__file__).parent / "snapshots"
CATALOGUE = load_catalogue()
TYPES = sorted(CATALOGUE.types)


def folder_of(name: str) -> Path:
    folder = node_folder(CATALOGUE.types[name])
    assert folder is not None
    return folder


def examples_of(name: str) -> list[dict[str, Any]]:
    return read_yaml((folder_of(name) / "examples.yaml").read_text(encoding="utf-8"))


def web_answer(status: int = 200, body: str = "", headers: dict[str, str] | None = None) -> HttpResponse:
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return HttpResponse(status, lower, body.encode(), "https://api.example.com/")


EXAMPLES = [(name, example) for name in TYPES for example in examples_of(name)]


def test_every_folder_is_a_node_type():
    folders = {entry.name for entry in BUILTIN.iterdir() if (entry / "node.py").is_file()}

    assert set(TYPES) == folders
    assert CATALOGUE.broken == {}


@pytest.mark.parametrize("name", TYPES)
def test_it_has_help_in_every_language(name):
    for file in ("README.md", "README.zh.md"):
        assert len((folder_of(name) / file).read_text(encoding="utf-8").strip()) > 40
    described = describe_type(CATALOGUE.types[name])

    assert described["title"]
    assert described["help"].endswith(".")
    assert described["sentence"]
    assert described["group"] in {"Talk", "Think", "Know", "Decide", "Do", "Advanced"}


def choices_of(schema: dict[str, Any]) -> set[str]:
    """The values of an enumeration that have titles."""
    return {choice["const"] for choice in schema.get("oneOf", ())}


@pytest.mark.parametrize("name", TYPES)
def test_its_chinese_words_cover_all_that_is_shown(name):
    described = describe_type(CATALOGUE.types[name])
    words = described["i18n"]["zh"]

    assert words["title"]
    assert words["help"]
    assert words["sentence"]
    assert words["doc"]
    for field, schema in described["config"].get("properties", {}).items():
        assert words["fields"][field]["title"], field
        assert ("description" in schema) == ("description" in words["fields"][field]), field
        inner_fields = schema.get("items", {}).get("properties", {}) | schema.get("properties", {})
        assert choices_of(schema) == set(words["fields"][field].get("options", {})), field
        for inner, inner_schema in inner_fields.items():
            inner_words = words["fields"][f"{field}.{inner}"]
            assert inner_words["title"], inner
            assert choices_of(inner_schema) == set(inner_words.get("options", {})), inner
    assert set(words["output"]) >= set(described["output"]["properties"])
    assert set(words.get("inside", {})) == set((described["inside"] or {}).get("properties", {}))
    # Some ways out are there only with a setting, so that there may be more words than ports to begin with.
    assert set(words.get("ports", {})) >= {port["name"] for port in described["ports"] if port["title"]}


@pytest.mark.parametrize("name", TYPES)
def test_its_icon_is_a_small_picture_in_the_colour_of_the_text(name):
    icon = ElementTree.fromstring((folder_of(name) / "icon.svg").read_text())

    assert icon.get("viewBox") == "0 0 24 24"
    assert icon.get("stroke") == "currentColor"
    assert {element.tag.rsplit("}")[-1] for element in icon.iter()} <= {
        "svg",
        "path",
        "circle",
        "rect",
        "line",
    }


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{n}: {e['name']}" for n, e in EXAMPLES])
async def test_an_example_is_true(name, example):
    known = {
        "name",
        "config",
        "scope",
        "query",
        "inputs",
        "history",
        "replies",
        "passages",
        "body",
        "variables",
        "answers",
        "called",
        "texts",
        "notes",
    }
    wanted = {"calls", "output", "port", "error", "emitted", "asked", "sent", "variables_after"}
    assert set(example) <= known | wanted
    run = run_node(
        CATALOGUE.types[name],
        example["config"],
        scope=example.get("scope"),
        query=example.get("query", ""),
        inputs=example.get("inputs"),
        history=[ChatMessage(**message) for message in example.get("history", [])],
        replies=example.get("replies", []),
        passages=[Passage(**passage) for passage in example.get("passages", [])],
        answers=[web_answer(**answer) for answer in example.get("answers", [])],
        variables=example.get("variables"),
        node_id=f"{name}_1",
        body=graph_from_blocks(example["body"]) if "body" in example else None,
        catalogue=CATALOGUE,
        called=Called(**example["called"]) if "called" in example else None,
        files=example.get("texts"),
        notes=example.get("notes"),
    )

    if "error" in example:
        with pytest.raises(NodeError) as raised:
            await run
        assert raised.value.code == example["error"]
        assert raised.value.hint
        return
    ran = await run
    assert ran.output == example["output"]
    assert ran.port == example.get("port", "out")
    if "variables_after" in example:
        assert ran.variables == example["variables_after"]
    if "emitted" in example:
        assert ran.emitted == example["emitted"]
    if "sent" in example:
        assert list(ran.sent) == example["sent"]
    if "calls" in example:
        assert list(ran.calls) == example["calls"]
    if "asked" in example:
        assert [vars(message) for message in ran.requests[-1].messages] == example["asked"]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{n}: {e['name']}" for n, e in EXAMPLES])
def test_an_example_passes_the_check_and_gives_what_its_shape_says(name, example):
    import jsonschema

    node = GraphNode("node_1", name, config=example["config"])
    assert list(config_problems(node, CATALOGUE.types[name])) == []
    shape = shapes(Graph({"node_1": node}), CATALOGUE)["node_1"]
    if "output" in example and name != "start":
        output = {key: value for key, value in example["output"].items() if value is not None}
        jsonschema.validate(output, shape["output"])
        assert example.get("port", "out") in {*ENDS_PASS, *(port["name"] for port in shape["ports"])}


@pytest.mark.parametrize("name", TYPES)
def test_its_schema_is_as_it_was(name):
    """Saved workflows depend on it: a change needs a new version and a migration, and then a new snapshot."""
    described = describe_type(CATALOGUE.types[name])
    keys = ["type", "version", "effects", "starts", "streams", "answers", "ports", "config", "output"]
    if described["inside"] is not None:
        keys.append("inside")
    now = json.dumps({key: described[key] for key in keys}, indent=2, ensure_ascii=False) + "\n"
    snapshot = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(now, encoding="utf-8")

    assert snapshot.read_text(encoding="utf-8") == now


def test_descriptions_are_plain_json_within_the_subset_forms_know():
    text = json.dumps(CATALOGUE.describe())

    for word in ("$ref", "$defs", "allOf"):
        assert word not in text

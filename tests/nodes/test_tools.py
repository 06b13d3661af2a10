"""Step types as tools of an AI agent: what a model is told, and what it may give."""

import jsonschema
import pytest

from nodes.sdk import NodeError
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.describe import describe_type
from nodes.sdk.node import GIVEN
from nodes.sdk.testing import TestContext
from nodes.sdk.tools import fill_as_tool, tool_fields, tool_of

CATALOGUE = load_catalogue()
TOOLS = sorted(name for name, kind in CATALOGUE.types.items() if kind.is_tool)
NO_TOOLS = {
    "read_document": "an agent has no files to hand over",
    "wait_for_event": "it waits for somebody else",
    "http": "its parts are settings; Call a web service has arguments for an agent",
}
"""Types that know or do something and are no tools, with the reason."""


def test_every_type_that_knows_or_does_something_is_a_tool_or_says_why_not():
    kinds = {name for name, kind in CATALOGUE.types.items() if kind.group in ("Know", "Do")}

    assert sorted(kinds - set(TOOLS) - set(NO_TOOLS)) == [], (
        "Set `is_tool` in the type (and `tool_fields`, what an agent may give), or say in NO_TOOLS why not."
    )


@pytest.mark.parametrize("name", TOOLS)
def test_a_model_is_told_a_name_what_it_does_and_a_closed_schema(name):
    kind = CATALOGUE.types[name]
    tool = describe_type(kind)["tool"]
    parameters = tool["parameters"]

    assert tool["name"] == name
    assert tool["description"] == describe_type(kind)["help"]
    assert tool["effects"] == kind.effects_of({})
    jsonschema.Draft202012Validator.check_schema(parameters)
    assert parameters["type"] == "object"
    assert parameters["additionalProperties"] is False
    assert set(parameters["required"]) <= set(parameters["properties"])
    for schema in parameters["properties"].values():
        assert schema["description"]
        assert "x-ui" not in str(schema)
        assert "title" not in schema


@pytest.mark.parametrize("name", TOOLS)
def test_no_key_collection_model_or_address_is_ever_asked_of_an_agent(name):
    fields = CATALOGUE.types[name].Config.model_fields
    hints = {n: (f.json_schema_extra or {}).get("x-ui", {}) for n, f in fields.items()}

    for field in set(tool_of(CATALOGUE.types[name]).parameters["properties"]) & set(fields):
        assert hints[field].get("widget") not in ("secret", "knowledge", "model", "workflow")
        assert (
            field != "address" or name == "web_page"
        )  # which is about any page, and guarded as all requests


def test_a_type_that_is_no_tool_has_none():
    assert tool_of(CATALOGUE.types["answer"]) is None
    assert describe_type(CATALOGUE.types["answer"])["tool"] is None
    with pytest.raises(NodeError, match="cannot be used as a tool"):
        fill_as_tool(CATALOGUE.types["answer"], {}, {}, {})


def test_what_is_filled_in_already_is_not_asked_for():
    date = CATALOGUE.types["date"]
    tool = tool_of(date, {"does": "add", "zone": "Europe/Berlin"}, name="later", description="Adds time.")

    assert (tool.name, tool.description) == ("later", "Adds time.")
    assert set(tool.parameters["properties"]) == {"moment", "amount", "unit", "other"}
    assert tool.parameters["properties"]["unit"]["enum"][:2] == ["minutes", "hours"]
    with pytest.raises(NodeError, match="zone"):
        fill_as_tool(date, {"zone": "Europe/Berlin"}, {"zone": "UTC"}, {})


def test_what_an_agent_gives_is_a_value_and_never_a_reference():
    scope = {"start_1": {"secret": "42"}}
    told = "{{ start_1.secret }} + 1"

    filled = fill_as_tool(CATALOGUE.types["remember"], {}, {"text": told}, scope)

    assert filled["text"] == told
    with pytest.raises(NodeError, match="no information"):
        fill_as_tool(CATALOGUE.types["calculate"], {}, {"formula": told}, scope)


async def test_an_agent_computes_with_a_formula_of_its_own():
    kind = CATALOGUE.types["calculate"]

    filled = fill_as_tool(kind, {}, {"formula": "2 * (3 + 4)"}, {})

    assert (await kind().run(kind.Config.model_validate(filled), TestContext())).number == 14


def test_a_database_is_asked_what_its_owner_wrote_with_values_of_the_agent():
    kind = CATALOGUE.types["sql"]
    config = {
        "kind": "sqlite",
        "file": "shop.db",
        "sql": "SELECT * FROM orders WHERE city = :city AND shop = :shop",
        "values": [{"name": "city"}, {"name": "shop", "value": "{{ start_1.shop }}"}],
    }

    tool = tool_of(kind, config)
    filled = fill_as_tool(kind, config, {"city": "x' OR 1=1"}, {"start_1": {"shop": "Berlin"}})

    assert set(tool.parameters["properties"]) == {"city"}
    assert filled["sql"] == config["sql"]
    assert filled["values"] == [{"name": "city", "value": "x' OR 1=1"}, {"name": "shop", "value": "Berlin"}]


async def test_code_is_its_owners_and_what_they_left_empty_is_the_agents():
    kind = CATALOGUE.types["code"]
    source = "def main(text, most):\n    return [text[:most], type(text).__name__]"
    config = {"source": source, "inputs": {"text": "", "most": 9}}
    told = "{{ start_1.secret }} and more"

    tool = tool_of(kind, config)
    filled = fill_as_tool(kind, config, {"text": told}, {"start_1": {"secret": "42"}})

    assert (tool.effects, tool.parameters["required"]) == ("read", ["text"])
    assert filled["source"] == source
    found = await kind().run(kind.Config.model_validate(filled), TestContext())
    assert found.output["result"] == ["{{ start_", "str"]
    for wrong in ({"text": told, "most": 1}, {"text": told, "source": "def main(): ..."}):
        with pytest.raises(NodeError, match="Additional properties"):
            fill_as_tool(kind, config, wrong, {})


def test_numbers_and_lists_keep_their_kind():
    filled = fill_as_tool(CATALOGUE.types["date"], {"does": "add"}, {"amount": 3, "unit": "days"}, {})

    assert filled["amount"] == 3


def test_references_of_the_owner_are_filled_in_as_ever():
    retrieval = CATALOGUE.types["retrieval"]
    config = {"knowledge": ["{{ start_1.shelf }}"]}

    filled = fill_as_tool(retrieval, config, {"query": "opening hours"}, {"start_1": {"shelf": "k1"}})

    assert filled == {"knowledge": ["k1"], "query": "opening hours"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "'query' is a required property"),
        ({"query": 7}, "query: 7 is not"),
        ({"query": "x", "top": 1}, "top"),
    ],
)
def test_wrong_arguments_are_refused_in_words_for_the_model(arguments, said):
    with pytest.raises(NodeError, match=said) as refused:
        fill_as_tool(CATALOGUE.types["retrieval"], {"knowledge": ["k1"]}, arguments, {})
    assert refused.value.code == "bad_config"
    assert refused.value.hint


def test_a_web_service_is_given_its_arguments():
    rows = [
        {"name": "order", "kind": "text", "description": "Its number", "value": "{{ start_1.query }}"},
        {"name": "count", "kind": "number", "required": False},
    ]
    config = {"address": "https://shop.example.com/orders/{{ args.order }}", "arguments": rows}
    kind = CATALOGUE.types["tool"]

    tool = tool_of(kind, config, name="find_order")
    filled = fill_as_tool(kind, config, {"order": "../{{ start_1.query }}"}, {"start_1": {"query": "7"}})

    assert tool.parameters["required"] == ["order"]
    assert tool.effects == "read"
    assert filled["address"] == "https://shop.example.com/orders/..%2F%7B%7B%20start_1.query%20%7D%7D"
    assert GIVEN not in str(filled)


def test_the_fields_of_every_tool_are_fields_of_its_settings():
    for name in TOOLS:
        assert set(tool_fields(CATALOGUE.types[name])) <= set(CATALOGUE.types[name].Config.model_fields)

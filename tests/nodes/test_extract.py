"""Picking details out of a text: what the model is bound to, and what a form may say."""

import jsonschema
import pytest

from nodes.sdk import ChatMessage, NodeError
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check_config import config_problems
from nodes.sdk.graph import GraphNode
from nodes.sdk.testing import run_node

EXTRACT = load_catalogue().get("extract")
KINDS = [
    {"name": "a", "type": "text", "description": "The name."},
    {"name": "b", "type": "number"},
    {"name": "c", "type": "boolean"},
    {"name": "d", "type": "choice", "options": ["red", "green"]},
    {"name": "e", "type": "list_text"},
    {"name": "f", "type": "list_number"},
    {"name": "g", "type": "list_object", "parts": [{"name": "h"}, {"name": "i", "type": "boolean"}]},
]
NOTHING = '{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null}'


def codes(config):
    return [
        (one.code, one.field) for one in config_problems(GraphNode("x", "extract", config=config), EXTRACT)
    ]


async def test_the_model_is_bound_to_every_detail_or_null():
    request = (await run_node(EXTRACT, {"text": "x", "fields": KINDS}, replies=[NOTHING])).requests[0]
    ok = {"a": "n", "b": 1.5, "c": True, "d": "red", "e": ["x"], "f": [1], "g": [{"h": "x", "i": None}]}

    jsonschema.validate(ok, request.schema)
    wrong = {"a": 1, "b": "1", "c": 1, "d": "blue", "e": [1], "f": ["1"], "g": [{"h": "x"}]}
    for name, value in wrong.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**ok, name: value}, request.schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({name: value for name, value in ok.items() if name != "a"}, request.schema)
    assert request.temperature == 0


async def test_the_model_reads_what_each_detail_is():
    told = (
        (await run_node(EXTRACT, {"text": "x", "fields": KINDS}, replies=[NOTHING])).requests[0].messages[0]
    )

    for line in ("- a (text): The name.", "- d (one of these: red | green)", "  - i (true or false)"):
        assert line in told.content


async def test_earlier_messages_are_seen_if_wanted():
    history = [ChatMessage("user", "I am Ann."), ChatMessage("assistant", "Hello Ann.")]
    config = {"text": "Book it.", "fields": [{"name": "a"}], "history_turns": 1}
    ran = await run_node(EXTRACT, config, history=history, replies=['{"a": "Ann"}'])

    assert [message.content for message in ran.requests[0].messages[1:]] == [
        "I am Ann.", "Hello Ann.", "Book it.",
    ]  # fmt: skip


def test_later_steps_know_the_kind_of_each_detail():
    properties = EXTRACT.output_schema({"fields": KINDS})["properties"]

    assert properties["b"] == {"type": "number", "title": "b"}
    assert properties["d"]["enum"] == ["red", "green"]
    assert properties["g"]["items"]["properties"].keys() == {"h", "i"}
    assert {"complete", "missing", "model"} < properties.keys()


def test_a_half_filled_form_still_shows_the_details_that_are_whole():
    properties = EXTRACT.output_schema({"fields": [{"name": "a"}, {"type": "number"}, 3]})["properties"]

    assert {*properties} == {"complete", "missing", "model", "a"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ([], "no_details", "fields"),
        ([{"name": "Two words"}], "bad_detail_name", "fields[0].name"),
        ([{"name": "a"}, {"name": "a"}], "duplicate_detail", "fields[1].name"),
        ([{"name": "missing"}], "duplicate_detail", "fields[0].name"),
        ([{"name": "a", "type": "choice"}], "no_detail_choices", "fields[0].options"),
        ([{"name": "a", "type": "list_object"}], "no_detail_parts", "fields[0].parts"),
        (
            [{"name": "a", "type": "list_object", "parts": [{"name": "b", "type": "choice"}]}],
            "no_detail_choices",
            "fields[0].parts[0].options",
        ),
    ],
)
def test_what_is_wrong_in_the_form_is_said_at_its_field(fields, code, field):
    assert codes({"text": "x", "fields": fields}) == [(code, field)]


async def test_a_reply_that_was_cut_off_says_what_to_change():
    from nodes.sdk import ChatChunk

    with pytest.raises(NodeError) as raised:
        await run_node(
            EXTRACT,
            {"text": "x", "fields": [{"name": "a"}]},
            replies=[[ChatChunk(text='{"a": "x', finish="length")]],
        )
    assert raised.value.code == "output_not_json"

"""What the prompt asks of a model, and how it reads the reply."""

import socket

import pytest

from nodes.builtin.prompt.node import recent
from nodes.builtin.prompt.shape import SchemaFault, check_shape, read_reply
from nodes.sdk import ChatChunk, ChatMessage, NodeError, Usage
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.testing import run_node

PROMPT = load_catalogue().get("prompt")
PERSON = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}, "required": ["age"]}


def said(*words):
    roles = {"s": "system", "u": "user", "a": "assistant"}
    return [ChatMessage(roles[word[0]], word) for word in words]


async def test_settings_reach_the_model():
    settings = {
        "model": "acme/big",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "seed": 7,
        "schema": PERSON,
    }
    ran = await run_node(PROMPT, {"user": "x", **settings}, replies=['{"age": 5}'])
    request = ran.requests[0]

    for name, value in settings.items():
        assert getattr(request, name) == value


async def test_what_is_not_set_is_left_to_the_model():
    request = (await run_node(PROMPT, {"user": "x"}, replies=["y"])).requests[0]

    assert (request.model, request.temperature, request.top_p, request.max_tokens) == ("", None, None, None)
    assert (request.seed, request.schema) == (None, None)


async def test_text_is_shown_live_as_it_comes():
    reply = [
        ChatChunk(reasoning="Hm. "),
        ChatChunk(text="He", reasoning="Ah."),
        ChatChunk(text="llo", usage=Usage(3, 2), finish="stop", model="m-1"),
    ]
    ran = await run_node(PROMPT, {"user": "x"}, replies=[reply])

    assert ran.emitted == "Hello"
    assert ran.output["text"] == "Hello"
    assert ran.output["reasoning"] == "Hm. Ah."


def test_recent_keeps_whole_turns():
    history = said("u1", "a1", "u2", "a2a", "a2b", "u3")

    assert recent(history, 2) == said("u2", "a2a", "a2b", "u3")
    assert recent(history, 9) == history
    assert recent(history, 0) == []
    assert recent([], 3) == []


def test_recent_never_drops_what_steers_the_app():
    history = said("s1", "u1", "s2", "a1", "u2", "a2", "s3")

    assert recent(history, 1) == said("s1", "s2", "u2", "a2", "s3")
    assert recent(history, 0) == said("s1", "s2", "s3")


async def test_an_error_of_the_model_comes_through():
    busy = NodeError("model_busy", "The model is busy.", "Wait a moment.", retry_after_s=3)

    with pytest.raises(NodeError) as raised:
        await run_node(PROMPT, {"user": "x"}, replies=[busy])
    assert raised.value is busy
    assert raised.value.retry


@pytest.mark.parametrize(
    "reply", ["", "{", "[1", '{"age": NaN}', '{"age": "five"}', '{"age": -1}', "[" * 100_000]
)
def test_a_reply_without_the_shape_may_be_asked_for_again(reply):
    with pytest.raises(NodeError) as raised:
        read_reply(reply, PERSON, was_cut=False)

    assert raised.value.code == "output_not_json"
    assert raised.value.retry


def test_a_reply_that_was_cut_off_is_not_asked_for_again():
    with pytest.raises(NodeError, match="cut off") as raised:
        read_reply('{"age": ', PERSON, was_cut=True)

    assert raised.value.code == "output_not_json"
    assert not raised.value.retry


@pytest.mark.parametrize(
    "shape",
    [
        {"$ref": "https://example.com/schema.json"},
        {"$defs": {}},
        {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {}}},
        {"type": "file"},
        {"type": {"a": 1}},
        {"type": [["string"]]},
        {"properties": []},
        {"properties": {"a": "string"}},
        {"items": [1]},
        {"anyOf": {}},
        {"required": "a"},
        {"enum": 3},
        {"minimum": "0"},
        {"maxLength": -1},
        {"minItems": 1.5},
    ],
)
def test_a_shape_outside_the_subset_is_refused_before_it_does_anything(shape, monkeypatch):
    def nothing_goes_out(*args, **kwargs):
        raise AssertionError("A schema must not reach the network.")

    monkeypatch.setattr(socket.socket, "connect", nothing_goes_out)

    with pytest.raises(SchemaFault) as fault:
        check_shape(shape)
    assert str(fault.value).endswith(".")
    with pytest.raises(NodeError) as raised:
        read_reply("{}", shape, was_cut=False)
    assert raised.value.code == "bad_config"


def test_a_shape_may_not_be_endless():
    shape = {}
    for _ in range(100):
        shape = {"items": shape}

    with pytest.raises(SchemaFault):
        check_shape(shape)


@pytest.mark.parametrize(
    ("shape", "reply", "value"),
    [
        ({"type": "array", "items": {"type": "string"}}, '["a"]', ["a"]),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, "null", None),
        ({"enum": ["red", "green"]}, '"red"', "red"),
        ({"type": ["string", "null"]}, "null", None),
        ({"type": "object", "additionalProperties": {"type": "number"}}, '{"a": 1.5}', {"a": 1.5}),
        ({"type": "object", "additionalProperties": False}, "{}", {}),
        ({}, '  {"any": ["thing"]} ', {"any": ["thing"]}),
    ],
)
def test_a_reply_is_read_by_its_shape(shape, reply, value):
    assert read_reply(reply, shape, was_cut=False) == value

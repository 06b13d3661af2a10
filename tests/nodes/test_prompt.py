"""What the prompt asks of a model, and how it reads the reply."""

import socket

import pytest

from nodes.sdk import ChatChunk, ChatMessage, NodeError, Usage
from nodes.sdk.asking import recent
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.reply_shape import SchemaFault, check_shape, read_reply
from nodes.sdk.scripted import ScriptedModels
from nodes.sdk.testing import TestContext, run_node

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


def turns(count, start=0):
    return [
        message
        for i in range(start, start + count)
        for message in (ChatMessage("user", f"q{i}"), ChatMessage("assistant", f"a{i}"))
    ]


async def ask_with_memory(history, kept=None, replies=("sum", "ok")):
    """What the models were asked, and what is kept then."""
    models = ScriptedModels(replies)
    context = TestContext(models=models, history=tuple(history), kept=kept)
    config = PROMPT.Config(user="now", system="Be kind.", history_turns=2, older="summary")
    await PROMPT().run(config, context)
    return models.requests, context.kept


async def test_what_left_the_window_is_summed_up_and_the_model_sees_the_summary():
    (first, second), kept = await ask_with_memory(turns(6))

    assert first.messages[1].content == (
        "Conversation since:\n"
        "Person: q0\nApp: a0\nPerson: q1\nApp: a1\nPerson: q2\nApp: a2\nPerson: q3\nApp: a3"
    )
    assert second.messages[0] == ChatMessage(
        "system", "Be kind.\n\nWhat was said earlier in this conversation, in short:\nsum"
    )
    assert [message.content for message in second.messages[1:]] == ["q4", "a4", "q5", "a5", "now"]
    assert kept["text"] == "sum"


async def test_turns_are_summed_up_once_and_not_at_every_turn():
    asked, kept = 0, None
    for count in range(30):
        requests, kept = await ask_with_memory(turns(count), kept, ["sum"] * 2)
        asked += len(requests) - 1
        seen = [message.content for message in requests[-1].messages if message.role == "user"]
        assert 2 <= len(seen) - 1 <= 5 or count < 2, "the window and those that wait"
        assert seen == [f"q{i}" for i in range(count - len(seen) + 1, count)] + ["now"], "no turn is lost"
    assert asked == 6


async def test_a_summary_goes_on_from_the_one_before():
    _, kept = await ask_with_memory(turns(6))
    (first, _), kept = await ask_with_memory(turns(10), kept, ["sum of all", "ok"])

    assert first.messages[1].content.startswith("Memory so far:\nsum\n\nConversation since:\nPerson: q4\n")
    assert "q3" not in first.messages[1].content
    assert kept["text"] == "sum of all"


async def test_the_summary_of_other_messages_is_not_used():
    _, kept = await ask_with_memory(turns(6))
    requests, _ = await ask_with_memory(turns(6, start=50), kept, ["other", "ok"])

    assert "Memory so far" not in requests[0].messages[1].content


async def test_a_short_conversation_needs_no_summary():
    requests, kept = await ask_with_memory(turns(5), None, ["ok"])

    assert (len(requests), kept) == (1, None)


async def test_what_steers_the_app_is_never_summed_up():
    steering = ChatMessage("system", "Speak Dutch.")
    requests, _ = await ask_with_memory([steering, *turns(6)])

    assert "Dutch" not in requests[0].messages[1].content
    assert steering in requests[1].messages


def picture(file_id: str = "p1", mime: str = "image/png", name: str = "cat.png"):
    return {"file_id": file_id, "name": name, "mime": mime, "size": 5}


async def test_pictures_come_with_the_message_that_is_asked_and_once_each():
    inputs = {"photo": picture(), "more": [picture("p2"), picture(), picture("d1", "text/plain")], "age": 5}
    history = said("u1", "a1")
    ran = await run_node(
        PROMPT,
        {"user": "x", "looks_at": "sent"},
        inputs=inputs,
        history=history,
        files={"p1": "1", "p2": "2"},
        replies=["y"],
    )

    asked = ran.requests[0].messages
    assert [[image.content for image in message.images] for message in asked] == [[], [], [b"1", b"2"]]


@pytest.mark.parametrize(
    ("looks_at", "seen"), [("sent", [b"1"]), ("chosen", [b"2"]), ("none", []), (None, [])]
)
async def test_a_step_says_which_pictures_its_model_looks_at(looks_at: str | None, seen: list[bytes]):
    config = {"user": "x", "pictures": picture("p2")} | ({"looks_at": looks_at} if looks_at else {})
    ran = await run_node(
        PROMPT, config, inputs={"photo": picture()}, files={"p1": "1", "p2": "2"}, replies=["y"]
    )

    assert [image.content for image in ran.requests[0].messages[-1].images] == seen


@pytest.mark.parametrize(
    ("pictures", "content", "code"),
    [
        ([picture(mime="image/svg+xml")], "x", "picture_not_supported"),
        ([picture(mime="text/plain")], "x", "picture_not_supported"),
        ([picture()], "x" * 5_000_001, "picture_too_large"),
        ([picture()] * 5, "x" * 4_900_000, "picture_too_large"),
        ([picture()] * 11, "x", "picture_too_large"),
        ([picture("of another")], "x", "file_gone"),
        ("a text", "x", "bad_config"),
    ],
)
async def test_a_picture_that_cannot_be_shown_fails_before_the_model_is_asked(pictures, content, code):
    config = {"user": "x", "looks_at": "chosen", "pictures": pictures}
    with pytest.raises(NodeError) as caught:
        await run_node(PROMPT, config, files={"p1": content}, replies=[])

    assert caught.value.code == code
    assert caught.value.hint


async def test_the_text_of_files_is_bounded_together():
    config = {"user": "Q", "files": [picture("d1", name="a"), picture("d2", name="b")], "files_most": 5}
    ran = await run_node(PROMPT, config, files={"d1": "123", "d2": "456"}, replies=["y"])

    assert ran.requests[0].messages[-1].content == "# a\n\n123\n\n# b\n\n45\n\nQ"


async def test_no_picture_shows_in_what_a_request_is_logged_as():
    ran = await run_node(
        PROMPT, {"user": "x"}, inputs={"photo": picture()}, files={"p1": "secret bytes"}, replies=["y"]
    )

    assert "secret bytes" not in repr(ran.requests[0])

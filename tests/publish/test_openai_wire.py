import json
from datetime import UTC, datetime

import pytest

from backend.accounts.errors import ApiError
from backend.publish.openai_wire import (
    AppendOnly,
    Chunks,
    Restarted,
    completion,
    error_chunk,
    error_json,
    model_json,
    read_request,
)

HELLO = {"model": "shop", "messages": [{"role": "user", "content": "Hello"}]}
RUN_ID = "0b9f6a52-8d0c-4c3c-9d5c-3a1f8e8f3b11"
UNSUPPORTED = {
    "tools": [{"type": "function"}],
    "tool_choice": "auto",
    "functions": [{}],
    "function_call": "none",
    "parallel_tool_calls": True,
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "response_format": {"type": "json_object"},
    "temperature": 0.2,
    "top_p": 0.5,
    "max_tokens": 5,
    "max_completion_tokens": 5,
    "seed": 1,
    "stop": ["x"],
    "presence_penalty": 1,
    "frequency_penalty": 1,
    "logit_bias": {"1": 2},
    "modalities": ["text", "audio"],
    "audio": {"voice": "a"},
    "prediction": {"type": "content", "content": ""},
    "reasoning_effort": "low",
    "verbosity": "low",
    "web_search_options": {},
    "store": True,
}
HARMLESS = {
    "user": "u1",
    "metadata": {"a": "b"},
    "store": False,
    "n": 1,
    "logprobs": False,
    "response_format": {"type": "text"},
    "modalities": ["text"],
    "temperature": None,
    "tools": None,
    "safety_identifier": "s",
    "service_tier": "auto",
}


def ask(**changes):
    return read_request({**HELLO, **changes}, allow_system=False)


def refusal(**changes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        ask(**changes)
    assert caught.value.status == 400
    return caught.value


def test_the_last_user_message_is_the_query_and_earlier_ones_are_history():
    question = ask(
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        ]
    )

    assert question.query == "one\ntwo"
    assert question.history == (
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello!"},
    )


def test_system_text_needs_the_apps_consent():
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]

    assert refusal(messages=messages).code == "system_text_not_allowed"
    allowed = read_request({**HELLO, "messages": messages}, allow_system=True)
    assert allowed.history == ({"role": "system", "content": "Be brief."},)


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_an_unsupported_parameter_is_refused_by_name(name):
    said = refusal(**{name: UNSUPPORTED[name]})

    assert said.code == "unsupported_parameter"
    assert said.field == name
    assert f"`{name}`" in said.message


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_parameter_is_accepted(name):
    assert ask(**{name: HARMLESS[name]}).query == "Hello"


def test_true_is_not_one():
    assert refusal(n=True).field == "n"
    assert refusal(store=0).field == "store"


def test_an_unknown_parameter_is_refused_by_name():
    said = refusal(graph={"nodes": []})

    assert (said.code, said.field) == ("unknown_parameter", "graph")


def test_an_image_is_refused_with_a_sentence():
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}

    said = refusal(messages=[{"role": "user", "content": [{"type": "text", "text": "look"}, image]}])

    assert said.code == "unsupported_content"
    assert said.field == "messages[0].content[1]"
    assert "text only" in said.message


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        (None, "messages"),
        ([], "messages"),
        ("Hello", "messages"),
        (["Hello"], "messages[0]"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"role": "user", "content": None}], "messages[0].content"),
        ([{"role": "user", "content": 3}], "messages[0].content"),
        ([{"role": "user", "content": []}], "messages[0].content"),
        ([{"role": "user", "content": ["x"]}], "messages[0].content[0]"),
        ([{"role": "user", "content": [{"type": "text", "text": 5}]}], "messages[0].content[0]"),
        ([{"role": "user", "content": "  "}], "messages"),
        ([{"role": "assistant", "content": "Hi"}], "messages"),
        ([{"role": "root", "content": "Hi"}], "messages[0].role"),
        ([{"role": ["user"], "content": "Hi"}], "messages[0].role"),
        ([{"role": "tool", "content": "Hi"}], "messages[0].role"),
        ([{"role": "user", "content": "Hi", "name": "Ann"}], "messages[0].name"),
        ([{"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}], "messages[0].tool_calls"),
        ([{"role": "user", "content": "x"}] * 501, "messages"),
        ([{"role": "user", "content": "x" * 30_000}] * 10, "messages"),
    ],
)
def test_messages_that_cannot_be_read_are_refused_with_their_place(messages, field):
    assert refusal(messages=messages).field == field


def test_a_question_above_the_size_limit_is_refused():
    with pytest.raises(ApiError) as caught:
        ask(messages=[{"role": "user", "content": "x" * 32_001}])

    assert (caught.value.status, caught.value.code) == (413, "query_too_long")
    assert ask(messages=[{"role": "user", "content": "x" * 32_000}]).query


def test_an_earlier_answer_may_be_sent_back_whole():
    answer = {"role": "assistant", "content": "Hi", "refusal": None, "annotations": [], "tool_calls": None}

    question = ask(messages=[answer, {"role": "user", "content": "Again"}])

    assert question.history == ({"role": "assistant", "content": "Hi"},)


def test_usage_in_the_stream_has_to_be_asked_for():
    assert not ask(stream=True).include_usage
    assert ask(stream=True, stream_options={"include_usage": True}).include_usage
    assert refusal(stream_options={"include_usage": True}).field == "stream_options"
    assert refusal(stream=True, stream_options={"x": 1}).field == "stream_options.x"
    assert refusal(stream=True, stream_options=[]).field == "stream_options"
    assert refusal(stream="yes").field == "stream"


def test_text_that_grows_is_passed_on():
    reader = AppendOnly()

    assert [reader.answer(0, "Hel"), reader.answer(3, "lo"), reader.end("Hello!")] == ["Hel", "lo", "!"]


def test_a_new_attempt_that_says_the_same_goes_on_exactly():
    reader = AppendOnly()
    reader.answer(0, "The cat")

    events = [(0, ""), (0, "The"), (3, " cat sat")]
    again = [reader.answer(offset, text) for offset, text in events]
    again.append(reader.end("The cat sat."))

    assert again == ["", "", " sat", "."]


def test_a_new_attempt_that_says_something_else_is_a_restart():
    reader = AppendOnly()
    reader.answer(0, "The cat")
    reader.answer(0, "")

    with pytest.raises(Restarted):
        reader.answer(0, "A dog")


def test_an_answer_that_ends_shorter_than_what_was_sent_is_a_restart():
    reader = AppendOnly()
    reader.answer(0, "The cat")

    with pytest.raises(Restarted):
        reader.end("The")


def test_offsets_count_characters_not_bytes():
    reader = AppendOnly()
    reader.answer(0, "你好😀")

    assert reader.answer(3, "！") == "！"


def test_a_completion_has_the_shape_their_clients_read():
    run = {
        "id": RUN_ID,
        "answer": "Hello!",
        "created_at": "2026-01-02T03:04:05Z",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "cost": 0.1},
    }

    body = completion(run, "shop")

    assert body["id"] == "chatcmpl-0b9f6a528d0c4c3c9d5c3a1f8e8f3b11"
    assert body["created"] == 1767323045
    assert body["choices"][0]["message"]["content"] == "Hello!"
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def test_a_stream_ends_with_usage_and_done_when_asked():
    chunks = Chunks(RUN_ID, "shop", 1, include_usage=True)

    sent = [chunks.opening(), chunks.text("你好\n"), *chunks.closing({"total_tokens": 5})]

    bodies = [json.loads(chunk.removeprefix("data: ")) for chunk in sent[:-1]]
    assert bodies[1]["choices"][0]["delta"] == {"content": "你好\n"}
    assert [b["usage"] for b in bodies[:-1]] == [None, None, None]
    assert bodies[2]["choices"][0]["finish_reason"] == "stop"
    assert bodies[3]["choices"] == []
    assert bodies[3]["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 5}
    assert sent[-1] == "data: [DONE]\n\n"


def test_errors_take_their_shape_and_carry_the_run():
    said = ApiError(502, "busy", "The model is busy.", hint="Try again.")

    assert error_json(ApiError(401, "invalid_api_key", "No."))["error"]["type"] == "authentication_error"
    assert json.loads(error_chunk(said, RUN_ID).removeprefix("data: "))["error"] == {
        "message": "The model is busy. Try again.",
        "type": "server_error",
        "param": None,
        "code": "busy",
        "run_id": RUN_ID,
    }


def test_a_model_is_listed_by_its_slug():
    at = datetime(2026, 1, 2, tzinfo=UTC)

    assert model_json("shop", at) == {
        "id": "shop",
        "object": "model",
        "created": int(at.timestamp()),
        "owned_by": "treadle",
    }

import pytest

from backend.accounts.errors import ApiError
from backend.publish.openai_request import read_request

HELLO = {"model": "shop", "messages": [{"role": "user", "content": "Hello"}]}
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

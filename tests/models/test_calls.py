"""Tool calls as services send them, put together: over real connections, through each of the backends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, ToolCall, ToolSpec
from nodes.sdk.tokens import estimate_prompt
from tests.models.conformance import ask, error_of, everything
from tests.models.families import BASES, through_litellm
from tests.models.fixtures import FakeOpenAI
from workers.models.backend import ModelBackend
from workers.models.calls import CallsHeard
from workers.models.openai_backend import OpenAIBackend
from workers.models.scripted import Rule, ScriptedBackend
from workers.outgoing import AllowList, GuardedHttp

BOOK = ToolSpec(
    "book",
    "Books a room.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "nights": {"type": "integer"}},
        "required": ["city", "nights"],
    },
)
ARGUMENTS = '{"city": "München", "nights": 3}'


@pytest.fixture
async def http(fake_openai: FakeOpenAI) -> AsyncIterator[GuardedHttp]:
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


@pytest.fixture(params=["straight", *BASES])
def backend(request: pytest.FixtureRequest, http: GuardedHttp, fake_openai: FakeOpenAI) -> ModelBackend:
    if request.param == "straight":
        return OpenAIBackend(http, fake_openai.url, "fake-1", title="here/fake-1")
    return through_litellm(http, fake_openai, request.param)


@pytest.fixture
def straight(http: GuardedHttp, fake_openai: FakeOpenAI) -> OpenAIBackend:
    return OpenAIBackend(http, fake_openai.url, "fake-1", title="here/fake-1")


def wish(text: str) -> ChatRequest:
    return ask(text, tools=(BOOK,))


def shown(chunks: list[ChatChunk], index: int = 0) -> str:
    return "".join(c.call_text.text for c in chunks if c.call_text and c.call_text.index == index)


async def test_a_call_comes_whole_with_the_last_chunk(backend: ModelBackend) -> None:
    chunks = await everything(backend.chat(wish(f"call book {ARGUMENTS}")))

    [call] = chunks[-1].tool_calls
    assert (call.name, call.arguments) == ("book", {"city": "München", "nights": 3})
    assert call.id
    assert chunks[-1].finish == "tool_calls"
    assert [c for c in chunks[:-1] if c.tool_calls] == []


async def test_the_arguments_are_shown_as_they_come(straight: OpenAIBackend) -> None:
    chunks = await everything(straight.chat(wish(f"call book {ARGUMENTS}")))

    assert shown(chunks) == ARGUMENTS
    assert sum(c.call_text is not None for c in chunks) > 5
    assert {c.call_text.name for c in chunks if c.call_text} == {"book"}


async def test_calls_side_by_side_are_kept_apart(straight: OpenAIBackend) -> None:
    chunks = await everything(straight.chat(wish(f"calls book {ARGUMENTS}")))

    first, second = chunks[-1].tool_calls
    assert first.arguments == second.arguments == {"city": "München", "nights": 3}
    assert first.id != second.id
    assert shown(chunks, 0) == shown(chunks, 1) == ARGUMENTS


async def test_a_call_may_come_at_once(straight: OpenAIBackend) -> None:
    chunks = await everything(straight.chat(wish(f"whole call book {ARGUMENTS}")))

    assert chunks[-1].tool_calls[0].arguments == {"city": "München", "nights": 3}


async def test_tools_and_what_came_of_calls_are_told_to_each_family(
    backend: ModelBackend, fake_openai: FakeOpenAI
) -> None:
    request = replace(
        wish("Book a room."),
        messages=(
            ChatMessage("user", "Book a room."),
            ChatMessage("assistant", "", tool_calls=(ToolCall("c1", "book", {"city": "Rome", "nights": 1}),)),
            ChatMessage("tool", "Room 12 is booked.", answers="c1"),
        ),
    )

    await everything(backend.chat(request))

    sent = str(fake_openai.asked[-1]["json"])
    assert "Books a room." in sent
    assert "Room 12 is booked." in sent
    assert "Rome" in sent


async def test_what_is_sent_is_openai_s_json(straight: OpenAIBackend, fake_openai: FakeOpenAI) -> None:
    call = ToolCall("c1", "book", {"city": "Köln", "nights": 1})
    messages = (ChatMessage("assistant", "", tool_calls=(call,)), ChatMessage("tool", "Done.", answers="c1"))

    await everything(straight.chat(ChatRequest("m", messages, tools=(BOOK,), tool_choice="none")))

    sent = fake_openai.asked[-1]["json"]
    function = {"name": "book", "arguments": '{"city": "Köln", "nights": 1}'}
    assert sent["messages"] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "Done.", "tool_call_id": "c1"},
    ]
    assert sent["tool_choice"] == "none"
    assert sent["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "book",
                "description": "Books a room.",
                "parameters": dict(BOOK.parameters),
            },
        }
    ]


@pytest.mark.parametrize("arguments", ['{"city": "Rome"', "[1]", '{"nights": NaN}', '"Rome"'])
async def test_arguments_that_are_no_object_are_an_error(straight: OpenAIBackend, arguments: str) -> None:
    error = await error_of(straight.chat(wish(f"call book {arguments}")))

    assert (error.code, error.retry) == ("bad_tool_call", True)
    assert "here/fake-1" in error.message


async def test_a_call_that_was_cut_off_is_not_tried_again(straight: OpenAIBackend) -> None:
    error = await error_of(straight.chat(wish('call book {"city": "Ro CUT')))

    assert (error.code, error.retry) == ("bad_tool_call", False)


async def test_a_tool_that_was_not_offered_cannot_be_called(backend: ModelBackend) -> None:
    assert (await error_of(backend.chat(wish('call burn {"a": 1}')))).code == "bad_tool_call"


def test_calls_without_ids_and_numbers_are_told_apart() -> None:
    heard = CallsHeard(wish("hi"), "m")

    heard.feed([{"function": {"name": "book", "arguments": {"city": "Rome"}}}])
    [call] = heard.whole(was_cut=False)
    assert call.id.startswith("call_")

    heard = CallsHeard(wish("hi"), "m")
    heard.feed([{"id": "a", "function": {"name": "book", "arguments": '{"city"'}}])
    heard.feed([{"function": {"arguments": ': "Rome"}'}}])
    heard.feed([{"id": "b", "function": {"name": "book", "arguments": ""}}])
    first, second = heard.whole(was_cut=False)
    assert (first.id, first.arguments) == ("a", {"city": "Rome"})
    assert (second.id, second.arguments) == ("b", {})


def test_equal_ids_are_made_different() -> None:
    heard = CallsHeard(wish("hi"), "m")
    for index in range(2):
        heard.feed([{"index": index, "id": "same", "function": {"name": "book", "arguments": "{}"}}])

    first, second = heard.whole(was_cut=False)
    assert first.id == "same"
    assert second.id not in ("", "same")


async def test_a_flood_of_calls_is_an_error() -> None:
    async def flood() -> AsyncIterator[ChatChunk]:
        heard = CallsHeard(wish("hi"), "m")
        for index in range(100):
            for piece in heard.feed([{"index": index, "function": {"name": "book", "arguments": "{}"}}]):
                yield ChatChunk(call_text=piece)

    assert (await error_of(flood())).code == "bad_tool_call"


async def test_a_script_can_call_tools() -> None:
    rule = Rule.from_json(
        {"tools": True, "when": "room", "calls": [{"name": "book", "arguments": {"city": "Rome"}}]}
    )
    backend = ScriptedBackend([rule])

    called = await everything(backend.chat(wish("A room!")))
    answered = await everything(backend.chat(ask("A room!")))

    assert [(c.name, c.arguments) for c in called[-1].tool_calls] == [("book", {"city": "Rome"})]
    assert called[-1].finish == "tool_calls"
    assert answered[-1].finish == "stop"


def test_tools_and_calls_count_as_part_of_a_question() -> None:
    plain, offered = ask("hi"), wish("hi")
    call = ChatMessage("assistant", "", tool_calls=(ToolCall("c", "book", {"city": "Rome"}),))

    assert estimate_prompt(offered) > estimate_prompt(plain) + 20
    assert estimate_prompt(replace(plain, messages=(*plain.messages, call))) > estimate_prompt(plain) + 4


def test_a_tool_has_a_name_that_services_take() -> None:
    with pytest.raises(ValueError, match="no name for a tool"):
        ToolSpec("Zimmer buchen", "", {})

"""Tool calls by questions and answers: what is asked, and what is made of the answers, whatever these are."""

import json
from dataclasses import replace
from typing import Any

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, ToolCall, ToolSpec, Usage
from nodes.sdk.scripted import Reply, ScriptedModels
from tests.models.conformance import ask, error_of, everything
from workers.models.guided import MOST_CALLS, GuidedBackend
from workers.models.guided_words import ANSWER, IS_DONE, option

BOOK = ToolSpec(
    "book",
    "Books a room.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "nights": {"type": "integer", "minimum": 1}},
        "required": ["city", "nights"],
    },
)
WEATHER = ToolSpec("weather", "Tells the weather.", {"type": "object", "properties": {}})
CODED = ToolSpec(
    "coded", "", {"type": "object", "properties": {"c": {"type": "string", "not": {"const": "x"}}}}
)
ROME, OSLO = '{"city": "Rome", "nights": 2}', '{"city": "Oslo", "nights": 2}'
BOOKING, NO_TOOL = json.dumps(option(BOOK)), json.dumps(ANSWER)
DONE, NOT_DONE = map(json.dumps, IS_DONE)


def wish(*tools: ToolSpec, **more: Any) -> ChatRequest:
    return ask("A room in Rome!", tools=tools or (BOOK, WEATHER), **more)


def guided(*replies: Reply, is_ours: bool = True) -> tuple[GuidedBackend, ScriptedModels]:
    model = ScriptedModels(replies)
    return GuidedBackend(model, "m", is_ours=is_ours), model


def shown(chunks: list[ChatChunk], index: int = 0) -> str:
    return "".join(c.call_text.text for c in chunks if c.call_text and c.call_text.index == index)


async def test_a_tool_is_chosen_and_then_its_arguments() -> None:
    backend, model = guided(BOOKING, ['{"city": "Ro', 'me", "nights": 2}'], DONE)

    chunks = await everything(backend.chat(wish()))

    [call] = chunks[-1].tool_calls
    assert (call.name, call.arguments) == ("book", {"city": "Rome", "nights": 2})
    assert chunks[-1].finish == "tool_calls"
    assert "".join(c.text for c in chunks) == ""
    choice, arguments, further = model.requests
    assert choice.schema == {"type": "string", "enum": [option(BOOK), option(WEATHER), ANSWER]}
    assert arguments.schema is not None
    assert arguments.schema["required"] == ["city", "nights"]
    assert "Rome" in further.messages[-1].content
    assert [request.tools for request in model.requests] == [(), (), ()]


async def test_arguments_are_shown_as_they_come() -> None:
    backend, _ = guided(BOOKING, [*ROME], DONE)

    chunks = await everything(backend.chat(wish()))

    assert shown(chunks) == ROME
    assert sum(c.call_text is not None for c in chunks) > 5


async def test_the_answer_streams_when_no_tool_is_chosen() -> None:
    backend, model = guided(NO_TOOL, ["It ", "rains."])

    chunks = await everything(backend.chat(wish()))

    assert [c.text for c in chunks if c.text] == ["It ", "rains."]
    assert chunks[-1].finish == "stop"
    assert model.requests[-1].schema is None
    assert "Tools:" not in str(model.requests[-1].messages)


async def test_calls_side_by_side_are_made_one_after_the_other() -> None:
    backend, _ = guided(BOOKING, ROME, NOT_DONE, BOOKING, OSLO, DONE)

    last = (await everything(backend.chat(wish())))[-1]

    assert [call.arguments["city"] for call in last.tool_calls] == ["Rome", "Oslo"]
    assert len({call.id for call in last.tool_calls}) == 2


async def test_the_same_call_twice_is_the_end() -> None:
    backend, model = guided(BOOKING, ROME, NOT_DONE, BOOKING, ROME)

    chunks = await everything(backend.chat(wish()))

    assert len(chunks[-1].tool_calls) == 1
    assert shown(chunks, 1) == ""
    assert len(model.requests) == 5


async def test_calls_of_one_reply_are_counted() -> None:
    cities = [json.dumps({"city": str(number), "nights": 1}) for number in range(9)]
    backend, _ = guided(*(reply for city in cities for reply in (BOOKING, city, NOT_DONE)))

    assert len((await everything(backend.chat(wish())))[-1].tool_calls) == MOST_CALLS


async def test_a_call_that_is_required_leaves_no_answer_to_choose() -> None:
    backend, model = guided(ROME, DONE)

    last = (await everything(backend.chat(wish(BOOK, tool_choice="required"))))[-1]

    assert last.tool_calls[0].name == "book"
    assert "city" in str(model.requests[0].schema)


async def test_no_call_is_made_where_none_may_be() -> None:
    backend, model = guided("Hello.")

    chunks = await everything(backend.chat(wish(tool_choice="none")))

    assert chunks[-1].tool_calls == ()
    assert len(model.requests) == 1


async def test_what_does_not_fit_is_asked_for_again() -> None:
    choice = json.dumps(option(CODED))
    backend, model = guided(choice, '{"c": "x"}', '{"c": "y"}', DONE)

    chunks = await everything(backend.chat(wish(CODED)))

    assert chunks[-1].tool_calls[0].arguments == {"c": "y"}
    assert shown(chunks) == '{"c": "y"}'
    first, second = model.requests[1:3]
    assert "This was wrong" in second.messages[-1].content
    assert (first.temperature, second.temperature) != (0.0, 0.0)


async def test_what_never_fits_is_an_error_and_no_call() -> None:
    backend, _ = guided(json.dumps(option(CODED)), *['{"c": "x"}'] * 3)

    error = await error_of(backend.chat(wish(CODED)))

    assert (error.code, error.retry) == ("bad_tool_call", True)
    assert "coded" in error.message


async def test_arguments_without_an_end_are_asked_for_more_briefly() -> None:
    backend, model = guided(BOOKING, '{"city": "Rome Rome', ROME, DONE)

    last = (await everything(backend.chat(wish())))[-1]

    assert last.tool_calls[0].arguments["city"] == "Rome"
    longest = [r.schema["properties"]["city"]["maxLength"] for r in model.requests[1:3] if r.schema]  # type: ignore[index,call-overload]
    assert longest[1] < longest[0]


async def test_calls_and_results_are_told_in_words() -> None:
    backend, model = guided(NO_TOOL, "Room 12 it is.")
    messages = (
        ChatMessage("user", "A room!"),
        ChatMessage("assistant", "", tool_calls=(ToolCall("c1", "book", {"city": "Köln", "nights": 1}),)),
        ChatMessage("tool", "Room 12 is booked.", answers="c1"),
    )

    await everything(backend.chat(replace(wish(), messages=messages)))

    told = model.requests[-1].messages
    assert [message.role for message in told] == ["user", "assistant", "user"]
    assert "Köln" in told[1].content
    assert told[2].content == "Result of book:\nRoom 12 is booked."
    assert all(message.tool_calls == () for request in model.requests for message in request.messages)


async def test_what_was_used_is_the_sum() -> None:
    def said(text: str) -> Reply:
        return [text, ChatChunk(usage=Usage(10, 3))]

    backend, _ = guided(said(BOOKING), said(ROME), said(DONE))

    assert (await everything(backend.chat(wish())))[-1].usage == Usage(30, 9)


async def test_no_more_is_written_than_was_allowed() -> None:
    backend, model = guided([BOOKING, ChatChunk(usage=Usage(1, 30))], [ROME, ChatChunk(usage=Usage(1, 20))])

    error = await error_of(backend.chat(wish(max_tokens=50)))

    assert [request.max_tokens for request in model.requests] == [50, 20]
    assert (error.code, error.retry) == ("bad_tool_call", False)


async def test_a_service_chooses_in_an_object() -> None:
    backend, model = guided(
        json.dumps({"choice": option(BOOK)}),
        ROME,
        '{"choice": "nothing"}',
        json.dumps({"choice": IS_DONE[0]}),
        is_ours=False,
    )

    last = (await everything(backend.chat(wish())))[-1]

    assert last.tool_calls[0].name == "book"
    assert model.requests[0].schema is not None
    assert model.requests[0].schema["type"] == "object"
    assert option(BOOK) in model.requests[0].messages[-1].content


async def test_a_service_that_takes_no_shapes_is_asked_without() -> None:
    refusal = NodeError("model_bad_request", "It knows no response_format.")
    backend, model = guided(refusal, option(BOOK), ROME, IS_DONE[0], is_ours=False)

    last = (await everything(backend.chat(wish())))[-1]

    assert last.tool_calls[0].name == "book"
    assert [request.schema is None for request in model.requests] == [False, True, True, True]


@pytest.mark.parametrize("code", ["model_unreachable", "model_busy"])
async def test_a_model_that_cannot_be_asked_says_so(code: str) -> None:
    backend, _ = guided(NodeError(code, "Not now."))

    assert (await error_of(backend.chat(wish()))).code == code

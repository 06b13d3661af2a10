import json
from datetime import UTC, datetime

import pytest

from backend.accounts.errors import ApiError
from backend.publish.openai_answer import (
    AppendOnly,
    Chunks,
    Restarted,
    completion,
    error_chunk,
    error_json,
    model_json,
)

RUN_ID = "0b9f6a52-8d0c-4c3c-9d5c-3a1f8e8f3b11"


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


SOURCE = {"n": 1, "document": "policy.md", "heading": "", "page": 2, "text": "Thirty days."}


def test_sources_are_an_extra_field_that_is_left_out_where_there_are_none():
    run = {"id": RUN_ID, "answer": "Hi", "created_at": "2026-01-01T00:00:00.000Z", "usage": None}
    chunks = Chunks(RUN_ID, "shop", 0)

    plain = completion({**run, "sources": []}, "shop")
    sourced = completion({**run, "sources": [SOURCE]}, "shop")
    closing = [chunk.removeprefix("data: ") for chunk in chunks.closing(None, [SOURCE])]
    streamed = [json.loads(chunk) for chunk in closing[:-1]]

    assert "sources" not in plain
    assert sourced["sources"] == [SOURCE]
    assert [chunk.get("sources") for chunk in streamed] == [[SOURCE]]
    assert "sources" not in "".join(chunks.closing(None, []))

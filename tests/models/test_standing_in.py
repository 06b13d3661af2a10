"""A model that does not answer, and those that stand in for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.models import CallText, ChatChunk, ChatMessage, ChatRequest, Price, ToolCall, Usage
from tests.models.conformance import ask, error_of, everything
from tests.models.fixtures import FakeOpenAI
from workers.models.router import ModelTarget, Router
from workers.models.rules import NO_RULES, ModelRules
from workers.models.standing_in import with_stand_ins
from workers.outgoing import AllowList, GuardedHttp

WHOLE = "The bakery opens at eight and closes at six in the evening."


def speaking(**models: list[str | NodeError]):
    """Models by what each says, piece by piece; and what each was asked."""
    asked: list[tuple[str, ChatRequest]] = []

    async def reply(model: str, request: ChatRequest, has_stand_in: bool) -> AsyncIterator[ChatChunk]:
        asked.append((model, request))
        for piece in models[model]:
            if isinstance(piece, NodeError):
                raise piece
            yield ChatChunk(text=piece)
        yield ChatChunk(usage=Usage(7, 3), finish="stop", model=model)

    return reply, asked


BROKE_OFF = NodeError("model_unreachable", "It broke off.")


def text_of(chunks: list[ChatChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


@pytest.mark.parametrize("cut", [1, 5, 12, 30, len(WHOLE) - 1, len(WHOLE)])
@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("again", ["nothing", "all of it", "its last words"])
async def test_a_reply_that_broke_off_goes_on_and_nothing_is_said_twice(
    cut: int, size: int, again: str
) -> None:
    said = WHOLE[:cut]
    repeated = {"nothing": "", "all of it": said, "its last words": said[-14:] if cut >= 14 else ""}[again]
    rest = repeated + WHOLE[cut:]
    pieces = [rest[start : start + size] for start in range(0, len(rest), size)]
    reply, asked = speaking(first=[said, BROKE_OFF], second=pieces)

    chunks = await everything(with_stand_ins(reply, ask("When?"), ["first", "second"]))

    assert text_of(chunks) == WHOLE
    assert asked[1][1].messages[:2] == (ChatMessage("user", "When?"), ChatMessage("assistant", said))
    assert (chunks[-1].model, chunks[-1].finish) == ("second", "stop")


async def test_what_the_first_one_wrote_is_paid_for_too() -> None:
    reply, _ = speaking(first=["one two three four ", BROKE_OFF], second=["five"])

    usage = (await everything(with_stand_ins(reply, ask("Go"), ["first", "second"])))[-1].usage

    assert usage is not None
    assert usage.prompt_tokens > 7
    assert usage.completion_tokens > 3


@pytest.mark.parametrize("code", ["model_bad_request", "context_too_long", "content_refused", "cancelled"])
async def test_what_lies_in_the_question_is_not_asked_elsewhere(code: str) -> None:
    reply, asked = speaking(first=[NodeError(code, "No.")], second=["Yes"])

    with pytest.raises(NodeError, match=r"No\."):
        await everything(with_stand_ins(reply, ask("Go"), ["first", "second"]))
    assert [model for model, _ in asked] == ["first"]


async def test_the_last_one_s_error_is_the_error() -> None:
    reply, _ = speaking(first=[BROKE_OFF], second=[NodeError("model_busy", "Busy.")])

    with pytest.raises(NodeError) as caught:
        await everything(with_stand_ins(reply, ask("Go"), ["first", "second"]))

    assert caught.value.code == "model_busy"


async def test_an_object_that_was_begun_is_not_gone_on_with() -> None:
    shaped = replace(ask("Go"), schema={"type": "object"})
    reply, asked = speaking(first=['{"a', BROKE_OFF], second=['{"a": 1}'], third=[BROKE_OFF])

    with pytest.raises(NodeError):
        await everything(with_stand_ins(reply, shaped, ["first", "second"]))
    assert [model for model, _ in asked] == ["first"]
    assert text_of(await everything(with_stand_ins(reply, shaped, ["third", "second"]))) == '{"a": 1}'


async def test_a_call_that_was_begun_is_not_gone_on_with_and_is_heard_as_it_comes() -> None:
    begun = ChatChunk(call_text=CallText(0, "send_mail", '{"to": "an'))
    whole = ToolCall("c1", "send_mail", {"to": "anna"})

    async def reply(model: str, request: ChatRequest, has_stand_in: bool) -> AsyncIterator[ChatChunk]:
        yield begun
        if model == "first":
            raise BROKE_OFF
        yield ChatChunk(usage=Usage(7, 3), finish="tool_calls", model=model, tool_calls=(whole,))

    broken = with_stand_ins(reply, ask("Go"), ["first", "second"])
    assert await anext(broken) == begun
    with pytest.raises(NodeError, match="broke off"):
        await anext(broken)

    chunks = await everything(with_stand_ins(reply, ask("Go"), ["second", "first"]))

    assert chunks[0] == begun
    assert chunks[-1].tool_calls == (whole,)


@pytest.fixture
async def router(fake_openai: FakeOpenAI):
    """Two connections to one fake provider: `far/gone` leads nowhere, `near/one` to the provider."""

    async def lookup(workspace_id: str, model_id: str, task: str) -> ModelTarget | None:
        at = {"far/gone": "http://127.0.0.1:9/v1", "near/one": fake_openai.url, "": fake_openai.url}
        if model_id not in at:
            return None
        return ModelTarget("openai_compatible", "m", id=model_id or "near/one", base_url=at[model_id])

    async def rules_of(workspace_id: str, model_id: str) -> ModelRules:
        said = {
            "far/gone": ModelRules(stand_ins=("no/such", "near/one")),
            "near/one": ModelRules(price=Price(0.5, 2.0)),
        }
        return said.get(model_id, NO_RULES) if workspace_id == "ws" else NO_RULES

    http = GuardedHttp(AllowList.parse(f"{fake_openai.place},127.0.0.1:9"))
    router = Router(lookup, http=http, rules_of=rules_of)
    yield router
    await router.close()


async def test_a_service_that_is_away_is_stood_in_for_at_the_stand_in_s_price(router: Router) -> None:
    gone = replace(ask("one two three"), model="far/gone")

    chunks = await everything(router.for_workspace("ws").chat(gone))

    assert text_of(chunks).split() == ["one", "two", "three"]
    assert chunks[-1].model == "near/one"
    assert chunks[-1].usage == Usage(7, 3, 7 * 0.5 + 3 * 2.0)


async def test_rules_are_one_workspace_s_own(router: Router) -> None:
    gone = replace(ask("one"), model="far/gone")

    assert (await error_of(router.for_workspace("other").chat(gone))).code == "model_unreachable"


async def test_the_default_model_goes_by_its_own_rules(router: Router) -> None:
    models = router.for_workspace("ws")

    chunks = await everything(models.chat(replace(ask("one"), model="")))

    assert chunks[-1].usage == Usage(7, 3, 7 * 0.5 + 3 * 2.0)
    assert await models.price("") == await models.price("near/one") == Price(0.5, 2.0)

"""Answers that are taken again: to exactly the same question, of the same app, until their run is deleted."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from backend.accounts.models import Workspace
from backend.runs.models import Event, KeptAnswer, Run
from backend.runs.reads import read
from backend.runs.writer import Writer
from backend.workflows.models import Version
from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, ImageContent, ToolSpec, Usage
from nodes.sdk.scripted import ScriptedModels
from tests.runs.stack import CHAT, Stack, graph, node
from workers import kept_answers
from workers.engine.metered import MeteredModels
from workers.kept_answers import ModelsWithKeptAnswers, key_of

HOUR = 3_600
ASKED = ChatRequest("m", (ChatMessage("user", "Which is the tallest tree?"),), reuse_s=HOUR)
TOOL = ToolSpec("look", "Looks.", {"type": "object", "properties": {}})


async def sync(function: Any, *args: Any, **kwargs: Any) -> Any:
    return await read(partial(function, *args, **kwargs))


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.close()


def app(stack: Stack, workspace: Workspace | None = None) -> Version:
    return stack.app(CHAT, workspace or Workspace.objects.create(name=uuid.uuid4().hex[:8]))


def a_run(stack: Stack, version: Version) -> Run:
    return stack.say(version, "hi", conversation=None)


def both(stack: Stack) -> tuple[Version, Run, Run]:
    version = app(stack)
    return version, a_run(stack, version), a_run(stack, version)


def three_apart(stack: Stack) -> list[Run]:
    """Runs of an app, of another app of its workspace, and of one elsewhere."""
    version = app(stack)
    return [a_run(stack, one) for one in (version, app(stack, version.workflow.workspace), app(stack))]


def models_of(run: Run, writer: Writer, models: ScriptedModels) -> MeteredModels:
    return MeteredModels(ModelsWithKeptAnswers(models, run.workspace_id, run.pk, writer))


class Exactly(ScriptedModels):
    """Models that give exactly these pieces to each question, or fail in their place."""

    def __init__(self, pieces: Sequence[ChatChunk | NodeError]) -> None:
        super().__init__()
        self._pieces = pieces

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self.requests.append(request)
        for piece in self._pieces:
            if isinstance(piece, NodeError):
                raise piece
            yield piece


async def said(models: MeteredModels, request: ChatRequest = ASKED) -> str:
    return "".join([chunk.text async for chunk in models.chat(request)])


async def test_what_is_asked_again_is_answered_at_once_and_costs_nothing(
    each_database: Stack, writer: Writer
):
    _, first, later = await sync(both, each_database)
    counted = ChatChunk(usage=Usage(9, 4, 0.5), finish="stop", model="m")
    models = Exactly([ChatChunk(text="The "), ChatChunk(text="redwood.", reasoning="Tall."), counted])
    asking, again = models_of(first, writer, models), models_of(later, writer, models)

    assert await said(asking) == "The redwood."
    heard = [chunk async for chunk in again.chat(ASKED)]

    assert len(models.requests) == 1
    assert [(one.text, one.reasoning, one.finish, one.model) for one in heard] == [
        ("The redwood.", "Tall.", "stop", "m")
    ]
    assert (asking.usage, asking.taken_again) == (Usage(9, 4, 0.5), None)
    assert again.usage == Usage(0, 0, 0.0)
    assert again.taken_again is not None
    assert (again.taken_again["count"], again.taken_again["of"]) == (1, 1)
    kept = await sync(KeptAnswer.objects.get, run=first)
    assert again.taken_again["since"] == kept.answered_at.isoformat(timespec="milliseconds")[:23] + "Z"


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, model="n"),
        replace(ASKED, temperature=0.7),
        replace(ASKED, top_p=0.9),
        replace(ASKED, max_tokens=99),
        replace(ASKED, seed=1),
        replace(ASKED, stop=("x",)),
        replace(ASKED, schema={"type": "object"}),
        replace(ASKED, messages=(ChatMessage("user", "Which is the tallest tree? "),)),
        replace(ASKED, messages=(ChatMessage("system", "Be brief."), *ASKED.messages)),
        replace(ASKED, messages=(replace(ASKED.messages[0], images=(ImageContent("image/png", b"a"),)),)),
        replace(ASKED, messages=(replace(ASKED.messages[0], images=(ImageContent("image/png", b"b"),)),)),
    ],
)
def test_whatever_differs_is_another_question(other: ChatRequest):
    picture = replace(
        ASKED, messages=(replace(ASKED.messages[0], images=(ImageContent("image/png", b"c"),)),)
    )

    assert key_of(other.model, other) not in {key_of(ASKED.model, ASKED), key_of("m", picture)}


def test_for_how_long_and_who_listens_are_no_part_of_the_question():
    assert key_of("m", replace(ASKED, reuse_s=9, on_place=print)) == key_of("m", ASKED)
    assert key_of("usual", replace(ASKED, model="")) == key_of("usual", replace(ASKED, model=""))


async def test_no_other_app_and_no_other_workspace_sees_it(each_database: Stack, writer: Writer):
    first, beside, stranger = await sync(three_apart, each_database)
    models = ScriptedModels(["Mine.", "Beside.", "Elsewhere."])

    heard = [await said(models_of(run, writer, models)) for run in (first, beside, stranger)]

    assert heard == ["Mine.", "Beside.", "Elsewhere."]
    assert [await said(models_of(run, writer, models)) for run in (first, beside, stranger)] == heard


@pytest.mark.parametrize(
    "reply",
    [
        [NodeError("model_busy", "Busy.")],
        [ChatChunk(text="The tall"), NodeError("model_unreachable", "It broke off.")],
        [ChatChunk(text="The tall"), ChatChunk(usage=Usage(), finish="length", model="m")],
        [ChatChunk(usage=Usage(), finish="stop", model="m")],
    ],
)
async def test_what_failed_was_cut_or_says_nothing_is_not_kept(
    each_database: Stack, writer: Writer, reply: Any
):
    _, first, later = await sync(both, each_database)

    with suppress(NodeError):
        await said(models_of(first, writer, Exactly(reply)))

    assert await said(models_of(later, writer, ScriptedModels(["Whole."]))) == "Whole."


async def test_a_reply_that_nobody_hears_to_its_end_is_not_kept(each_database: Stack, writer: Writer):
    _, first, later = await sync(both, each_database)
    models = ScriptedModels([["The ", "redwood."], "Whole."])

    stream = models_of(first, writer, models).chat(ASKED)
    await anext(stream)
    await stream.aclose()

    assert await said(models_of(later, writer, models)) == "Whole."


@pytest.mark.parametrize("request_", [replace(ASKED, reuse_s=None), replace(ASKED, tools=(TOOL,))])
async def test_without_the_setting_or_with_tools_every_question_is_asked(
    each_database: Stack, writer: Writer, request_: ChatRequest
):
    _, first, later = await sync(both, each_database)
    models = ScriptedModels(["One.", "Two."])

    assert await said(models_of(first, writer, models), request_) == "One."
    assert await said(models_of(later, writer, models), request_) == "Two."
    assert not await sync(KeptAnswer.objects.filter(run=first).exists)


async def test_an_answer_of_a_stand_in_is_not_taken_for_the_model_s(each_database: Stack, writer: Writer):
    _, first, later = await sync(both, each_database)
    by_another = [ChatChunk(text="By another."), ChatChunk(usage=Usage(), finish="stop", model="other")]

    assert await said(models_of(first, writer, Exactly(by_another))) == "By another."
    assert await said(models_of(later, writer, ScriptedModels(["By the model."]))) == "By the model."


async def test_an_answer_is_taken_for_as_long_as_the_step_says(each_database: Stack, writer: Writer):
    _, first, later = await sync(both, each_database)
    models = ScriptedModels(["Old.", "New."])
    await said(models_of(first, writer, models))
    an_hour_ago = datetime.now(UTC) - timedelta(seconds=HOUR + 1)
    await sync(KeptAnswer.objects.filter(run=first).update, answered_at=an_hour_ago)

    assert await said(models_of(later, writer, models), replace(ASKED, reuse_s=2 * HOUR)) == "Old."
    assert await said(models_of(later, writer, models)) == "New."
    assert await sync(list, KeptAnswer.objects.filter(workflow=first.workflow_id).values_list("text")) == [
        ("New.",)
    ]


async def test_with_the_run_that_got_it_an_answer_is_gone(each_database: Stack, writer: Writer):
    _, first, later = await sync(both, each_database)
    models = ScriptedModels(["Old.", "New."])
    await said(models_of(first, writer, models))

    await sync(first.delete)

    assert await said(models_of(later, writer, models)) == "New."


async def test_a_run_that_is_deleted_meanwhile_keeps_nothing_and_is_not_disturbed(
    each_database: Stack, writer: Writer
):
    _, first, _ = await sync(both, each_database)
    models, pk = models_of(first, writer, ScriptedModels(["Fine."])), first.pk
    await sync(Run.objects.filter(pk=pk).delete)

    assert await said(models) == "Fine."
    assert not await sync(KeptAnswer.objects.filter(run_id=pk).exists)


@pytest.mark.parametrize(("bound", "value"), [("MOST_OF_AN_APP", 2), ("MOST_CHARACTERS_OF_AN_APP", 13)])
async def test_of_too_many_answers_the_oldest_go(
    each_database: Stack, writer: Writer, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
):
    monkeypatch.setattr(kept_answers, bound, value)
    version, first, _ = await sync(both, each_database)
    models = models_of(first, writer, ScriptedModels(["First.", "Other.", "Third."]))

    for seed in range(3):
        await said(models, replace(ASKED, seed=seed))

    kept = KeptAnswer.objects.filter(workflow=version.workflow_id).order_by("answered_at")
    assert await sync(list, kept.values_list("text", flat=True)) == ["Other.", "Third."]


@pytest.mark.parametrize("text", ["x" * 200_001, "nul\0"])
async def test_what_is_too_long_or_cannot_be_stored_is_answered_and_not_kept(
    each_database: Stack, writer: Writer, text: str
):
    _, first, _ = await sync(both, each_database)

    assert await said(models_of(first, writer, ScriptedModels([text]))) == text
    assert not await sync(KeptAnswer.objects.filter(run=first).exists)


KEEPING = graph(
    [
        node("start"),
        node("prompt", user="{{ start_1.query }}", reuse="hour", history_turns=0),
        node("answer", text="{{ prompt_1.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> answer_1",
)


@pytest.mark.slow
def test_a_whole_run_tells_that_its_answer_was_taken_again(running: Stack):
    version = running.app(KEEPING)

    first, second = (
        running.ended(running.say(version, "Tell me more.", conversation=None)) for _ in range(2)
    )

    assert second.answer == first.answer != ""
    facts = Event.objects.filter(type="node_succeeded", path="prompt_1")
    told, again = (facts.get(run=run).data for run in (first, second))
    assert "taken_again" not in told
    assert (again["taken_again"]["count"], again["taken_again"]["of"]) == (1, 1)
    assert again["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0.0}
    assert second.usage["total_tokens"] == 0

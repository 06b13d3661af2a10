"""Steps that ask a model more than once: every call that ended is remembered, and counts once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from nodes.builtin.summarise.pieces import grouped, pieces
from nodes.sdk import ChatChunk, ChatMessage, ChatRequest, NodeError, Usage
from nodes.sdk.at_once import at_once
from nodes.sdk.graph import Graph
from tests.engine.test_crash import check_journal, run_with_a_crash
from tests.engine.world import texts
from workers.engine.journal import MemoryJournal
from workers.engine.state import fold
from workers.engine.testing import Crash, CrashingJournal, EchoModels, build

SENTENCES = [f"Sentence {i} is about {'x' * 300}." for i in range(12)]
LONG = " ".join(SENTENCES)


def summary(**more: Any) -> Graph:
    config = {"text": "{{ start_1.query }}", "piece_length": 500, "at_once": 3, **more}
    return build("start -> summarise -> answer", configs={"summarise_1": config, "answer_1": ANSWER})


ANSWER = {"text": "{{ summarise_1.text }}"}


class Critic(EchoModels):
    """Writes v1, v2, …, and finds v3 good."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        question = request.messages[-1].content
        self.calls[question] = self.calls.get(question, 0) + 1
        answer = question.rpartition("\n")[2]
        if request.schema is None:
            said = "v1" if question == "hi" else "v" + str(int(question[-1]) + 1)
        elif answer == "v3":
            said = '{"problems": [], "good": true}'
        else:
            said = f'{{"problems": ["not {answer}"], "good": false}}'
        yield ChatChunk(text=said)
        yield ChatChunk(usage=Usage(10, 1), finish="stop", model="critic")


def improving(**more: Any) -> Graph:
    config = {"task": "{{ start_1.query }}", "criteria": "Is v3.", **more}
    return build("start -> improve", configs={"improve_1": config})


async def test_a_long_text_is_read_in_pieces_and_summarised_from_the_notes(draw):
    world = draw(summary(), query=LONG)

    state = await world.finish()

    parts = pieces(LONG, 500)
    assert len(parts) == 12
    assert [world.models.calls[part] for part in parts] == [1] * 12
    assert texts(state)["summarise_1"][0]["pieces"] == 12
    assert state.answer == texts(state)["summarise_1"][0]["text"]
    assert len(state.answer) <= 500, "the notes were summed up until they fit into one piece"


async def test_the_progress_of_reading_is_shown(draw):
    world = draw(summary(), query=LONG)

    await world.finish()

    shown = [(done, total) for path, done, total in world.live.progressed if path == "summarise_1"]
    assert shown[0] == (0, 13)
    assert [done for done, _ in shown] == sorted(done for done, _ in shown)
    assert shown[-1][0] == shown[-1][1] - 1, "the last part is shown by its words"


async def test_only_so_many_pieces_are_read_at_the_same_time():
    now, most = 0, 0

    async def job() -> int:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        return now

    await at_once([job] * 20, 4)

    assert most == 4


async def test_the_first_error_ends_the_other_calls():
    ended: list[str] = []

    async def fails() -> None:
        raise NodeError("model_busy", "Busy.")

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("hangs")

    with pytest.raises(NodeError, match="Busy"):
        await at_once([hangs, fails, hangs], 2)
    assert ended == ["hangs"]


@pytest.mark.parametrize("graph", [summary(), improving(rounds=5)], ids=["summarise", "improve"])
async def test_no_call_that_ended_is_made_again_wherever_a_worker_dies(draw, graph):
    """Killed before every write in turn."""
    query, models = (LONG, EchoModels) if "summarise_1" in graph.nodes else ("hi", Critic)
    whole = draw(graph, query=query, models=models())
    expected = await whole.finish()
    writes = len(whole.run.events)
    assert writes > 10
    for at in range(1, writes + 1):
        world = draw(graph, query=query, models=models())
        try:
            await world.finish(CrashingJournal(world.run, at, world.clock))
        except Crash:
            remembered = [event.data["name"] for event in world.events("step_done")]
            state = await world.finish(MemoryJournal(world.run, world.clock))
        else:
            continue
        assert texts(state) == texts(expected)
        names = Counter(event.data["name"] for event in world.events("step_done"))
        assert set(names.values()) == {1}
        asked = sum(world.models.calls.values())
        at_work = 3 if "summarise_1" in graph.nodes else 1
        assert asked <= sum(whole.models.calls.values()) + at_work, remembered
    assert sum(whole.models.calls.values()) == len(whole.events("step_done")) + (query == LONG)


async def test_what_the_calls_of_a_step_use_counts_once(draw):
    world = draw(improving(rounds=5), models=Critic())

    state = await world.finish()

    assert texts(state)["improve_1"][0] == {
        "text": "v3", "good": True, "rounds": 2, "problems": [], "model": "critic",
    }  # fmt: skip
    assert (state.usage.prompt_tokens, state.usage.completion_tokens) == (60, 6)


def test_a_text_is_cut_where_a_reader_pauses():
    text = "One two three. Four five six.\n\nSeven eight nine. Ten."

    assert pieces(text, 35) == ["One two three. Four five six.", "Seven eight nine. Ten."]
    assert pieces("你好。再见！谢谢你们的来信。", 8) == ["你好。再见！", "谢谢你们的来信。"]
    assert pieces("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert pieces(" \n ", 10) == []
    assert "".join(pieces(LONG, 77)).replace(" ", "") == LONG.replace(" ", "")


def test_notes_are_put_together_as_long_as_they_fit():
    assert grouped(["a" * 4, "b" * 4, "c" * 4], 10) == ["aaaa\n\nbbbb", "cccc"]


class Mender(EchoModels):
    """Writes data only once it was told what was wrong."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        question = request.messages[-1].content
        self.calls[question] = self.calls.get(question, 0) + 1
        yield ChatChunk(text="[1]" if "no data" in question else "Sure!")
        yield ChatChunk(usage=Usage(10, 1), finish="stop", model="mender")


def correcting() -> Graph:
    inside = build(
        "say -> json_data",
        configs={
            "say_1": {"user": "Write data. {{ correct_1.error }}"},
            "json_data_1": {"text": "{{ say_1.text }}"},
        },
    )
    return build(
        "start -> correct -> answer",
        configs={
            "correct_1": {"result": "{{ json_data_1.data }}"},
            "answer_1": {"text": "{{ correct_1.result }}"},
        },
        bodies={"correct_1": inside},
    )


async def test_the_error_of_a_try_is_told_to_the_next_one(draw):
    world = draw(correcting(), models=Mender())

    state = await world.finish()

    assert texts(state)["correct_1"][0] == {"result": [1], "good": True, "tries": 2, "error": ""}
    assert [*world.models.calls] == [
        "Write data. ", "Write data. There is no data in the text. Look at what the earlier step gave; "
        "a model can be told the shape of its reply.",
    ]  # fmt: skip
    assert state.usage.completion_tokens == 2


async def test_trying_and_correcting_comes_to_the_same_wherever_a_worker_dies(draw):
    whole = draw(correcting(), models=Mender())
    expected = await whole.finish()
    for at in range(1, len(whole.run.events) + 1):
        world = draw(correcting(), models=Mender())
        await run_with_a_crash(world, at)
        state = fold(world.run.events)
        check_journal(world.run.events)
        assert texts(state) == texts(expected)
        assert sum(world.models.calls.values()) <= 3


def chatting() -> Graph:
    config = {"user": "{{ start_1.query }}", "history_turns": 1, "older": "summary"}
    return build("start -> prompt -> answer", configs={"prompt_1": config, "answer_1": {"text": "."}})


async def test_a_summary_is_kept_with_the_conversation_and_made_once_wherever_a_worker_dies(draw):
    said = tuple(
        message
        for i in range(5)
        for message in (ChatMessage("user", f"q{i}"), ChatMessage("assistant", f"a{i}"))
    )
    whole = draw(chatting(), conversation={})
    whole.run.opening = replace(whole.run.opening, history=said)
    await whole.finish()
    assert whole.conversation["memory_prompt_1"]["text"].startswith("Conversation since:\nPerson: q0")
    assert sum(whole.models.calls.values()) == 2
    for at in range(1, len(whole.run.events) + 1):
        world = draw(chatting(), conversation={})
        world.run.opening = replace(world.run.opening, history=said)
        await run_with_a_crash(world, at)
        check_journal(world.run.events)
        assert world.conversation == whole.conversation
        assert len(world.events("step_done")) == 1
    again = draw(chatting(), conversation=dict(whole.conversation))
    again.run.opening = replace(again.run.opening, history=said)
    await again.finish()
    assert [*again.models.calls] == ["hi"], "the next message needs no new summary"

"""How far a step is, is said at a pace that a reader can follow, and never as a fact."""

import asyncio
from datetime import UTC, datetime
from typing import cast

from backend.runs.entries import Entry
from nodes.sdk.models import InLine
from workers.engine.events import Event, EventType
from workers.publisher import Publisher, Voice
from workers.rounds import ROUND_S, SAID_AFTER_S


class Wall:
    """A publisher that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[Entry] = []

    def wake(self, voice: Voice) -> None:
        self.said += voice.take()

    def progress(self) -> list[dict[str, object]]:
        return [entry.body for entry in self.said if entry.kind == "progress"]


def fact(seq: int, kind: EventType, path: str) -> Event:
    return Event(seq, kind, path, datetime.now(UTC), {})


async def test_of_many_only_the_last_word_is_said_and_seldom():
    wall = Wall()
    voice = Voice("run", cast(Publisher, wall))
    voice.say([(fact(1, "node_started", "each_1"), None)])
    loop = asyncio.get_running_loop()
    began = loop.time()

    for done in range(1, 301):
        voice.progress("each_1", done, 300)
        await asyncio.sleep(0.001)
    await asyncio.sleep(2 * ROUND_S)

    told = wall.progress()
    assert told[-1] == {"path": "each_1", "done": 300, "total": 300}
    assert len(told) <= (loop.time() - began) / ROUND_S + 1
    places = [entry.place for entry in wall.said]
    assert places == sorted(set(places))


async def test_nothing_is_said_of_a_step_that_has_ended():
    wall = Wall()
    voice = Voice("run", cast(Publisher, wall))
    voice.say([(fact(1, "node_started", "each_1"), None)])

    voice.progress("each_1", 3, 3)
    voice.say([(fact(2, "node_succeeded", "each_1"), None)])
    await asyncio.sleep(2 * ROUND_S)

    assert wall.progress() == []


async def test_nothing_is_said_after_the_end_of_the_run():
    wall = Wall()
    voice = Voice("run", cast(Publisher, wall))
    voice.say([(fact(1, "node_started", "each_1"), None), (fact(2, "node_started", "prompt_1"), None)])
    voice.delta("prompt_1", 1, 0, "Once")

    voice.progress("each_1", 1, 3)
    voice.delta("prompt_1", 1, 4, " upon a time")
    voice.say([(fact(3, "run_cancelled", ""), None)])
    voice.delta("prompt_1", 1, 16, ", far away")
    voice.progress("each_1", 2, 3)
    if voice.lose():
        wall.wake(voice)
    await asyncio.sleep(2 * ROUND_S)

    assert wall.said[-1].is_end
    assert wall.progress() == []


async def test_a_place_in_the_line_is_said_at_once_and_not_after_the_end():
    wall = Wall()
    voice = Voice("run", cast(Publisher, wall))
    voice.say([(fact(1, "node_started", "prompt_1"), None)])

    voice.place("prompt_1", InLine(2, 1))
    voice.place("prompt_1", InLine(1, 1))
    voice.say([(fact(2, "run_cancelled", ""), None)])
    voice.place("prompt_1", InLine(0, 1))

    told = [entry for entry in wall.said if entry.kind == "place"]
    assert [entry.place for entry in told] == [(1, 1), (1, 2)]
    assert [entry.body["ahead"] for entry in told] == [2, 1]


async def test_live_text_of_many_runs_is_said_at_the_same_moments():
    walls: list[Wall] = []
    for n in range(8):  # each begins at another moment
        walls.append(Wall())
        voice = Voice(f"run {n}", cast(Publisher, walls[-1]))
        voice.say([(fact(1, "node_started", "prompt_1"), None)])
        voice.delta("prompt_1", 1, 0, "Once")
        voice.delta("prompt_1", 1, 4, " upon a time")
        due = voice._timer
        assert due is not None
        rounds = (due.when() - SAID_AFTER_S) / ROUND_S
        assert abs(rounds - round(rounds)) < 1e-3
        await asyncio.sleep(0.001)
    await asyncio.sleep(3 * ROUND_S)

    assert all([entry.body["text"] for entry in wall.said[1:]] == ["Once", " upon a time"] for wall in walls)


async def test_live_text_that_begins_anew_in_the_middle_takes_the_place_of_what_stood_there():
    wall = Wall()
    voice = Voice("run", cast(Publisher, wall))
    voice.say([(fact(1, "node_started", "agent_1"), None)])

    for offset, text in ((0, "I look. "), (8, "It is 4"), (8, "It is 42"), (16, ".")):
        voice.delta("agent_1", 1, offset, text)
    await asyncio.sleep(2 * ROUND_S)

    shown = ""
    for entry in wall.said:
        if entry.kind == "delta":
            shown = shown[: cast(int, entry.body["offset"])] + str(entry.body["text"])
    assert shown == "I look. It is 42."
    voice.lose()
    (snapshot,) = [entry for entry in voice.take() if entry.kind == "snapshot"]
    assert snapshot.body["text"] == "I look. It is 42."

"""A hundred clients that are cut and rejoined at random, on a Redis that is trimmed, emptied and away: no
fact is lost, none comes twice, and each comes to what a fresh read comes to. The browser's code reads the
same in `frontend/src/runs/rejoining.test.ts`. TREADLE_SOAK=1 tries 50 seeds.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nodes.sdk.answers import AnswerFold, AnswerPlan, compile_answers
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.graph import graph_from_json
from tests.contracts.record_rejoined import REJOINED
from tests.contracts.record_streams import STREAMS, summary
from tests.contracts.rejoining import READERS, Reading, Visit, readings, taken
from workers.engine.events import Event
from workers.engine.state import RunState, fold

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = (2, 7)
FILES = sorted(STREAMS.glob("*.json"))
pytestmark = pytest.mark.timeout(1800 if IS_LONG else 120)


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


class Folded:
    """What a reader has made of what it was told."""

    def __init__(self, plan: AnswerPlan) -> None:
        self._plan = plan
        self.state, self.answers = RunState(), AnswerFold(self._plan)
        self.seqs: list[int] = []

    def forget(self) -> None:
        self.state, self.answers, self.seqs = RunState(), AnswerFold(self._plan), []

    def take(self, entry: dict[str, Any]) -> None:
        body = entry[entry["kind"]]
        if entry["kind"] == "event":
            self.seqs.append(body["seq"])
            self.state.apply(Event.from_json(body))
            self.answers.event(body["type"], body["path"], body["data"])
        elif entry["kind"] == "delta":
            self.answers.delta(**body)
        elif entry["kind"] == "snapshot":
            self.answers.snapshot(**body)


class Fresh:
    """What a recorded run comes to for somebody who reads its facts when all is over."""

    def __init__(self, recorded: dict[str, Any]) -> None:
        self.plan = compile_answers(graph_from_json(recorded["graph"]), load_catalogue())
        facts = [entry["event"] for entry in recorded["entries"] if entry["kind"] == "event"]
        self.seqs = [fact["seq"] for fact in facts]
        self.state = fold(map(Event.from_json, facts))
        self.answer = facts[-1]["data"].get("answer")
        """None in journals of old, whose end says nothing of it."""
        assert summary(self.state) == recorded["folds_to"]

    def is_what_came_of(self, reading: Reading) -> None:
        """Compares it with what a reader made of everything that it was told."""
        folded = Folded(self.plan)
        taken(reading, folded.take, folded.forget)
        assert folded.seqs == self.seqs, "each fact once, in order"
        assert folded.state == self.state
        assert self.answer in (None, folded.answers.text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_hundred_clients_on_a_redis_that_loses_what_it_holds_come_to_what_a_fresh_read_does(file):
    recorded = read(file)
    fresh, befell = Fresh(recorded), Counter[str]()
    for seed in range(50) if IS_LONG else SEEDS:
        town, all_read = await readings(recorded["entries"], seed)
        for reading in all_read:
            fresh.is_what_came_of(reading)
        befell.update(town.done, resets=sum(reading.resets for reading in all_read))
        assert sum(len(reading.visits) for reading in all_read) > READERS

    assert befell["trimmed"] + befell["emptied"] + befell["away"] > 0
    assert befell["resets"] > 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_recorded_clients_were_told_is_still_read_as_it_was(file):
    fresh, rejoined = Fresh(read(file)), read(REJOINED / file.name)

    for visits in rejoined["readings"]:
        told = [
            [
                {**m, "entries": [rejoined["entries"][n] for n in m["entries"]]} if "entries" in m else m
                for m in messages
            ]
            for _, messages in visits
        ]
        afters = [after for after, _ in visits]
        fresh.is_what_came_of(Reading([Visit(*one) for one in zip(afters, told, strict=True)], True))

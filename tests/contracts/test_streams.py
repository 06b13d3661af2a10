"""Recorded streams fold to what they always folded to. The front end replays the same files."""

import json
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from nodes.sdk.answers import AnswerFold, compile_answers
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.graph import graph_from_json
from tests.contracts.record_streams import SAID, STORIES, STREAMS, said_while, summary
from workers.engine.events import Event, EventType
from workers.engine.state import fold

FILES = sorted(STREAMS.glob("*.json"))


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def events(recorded: dict[str, Any]) -> list[Event]:
    return [Event.from_json(entry["event"]) for entry in recorded["entries"] if entry["kind"] == "event"]


def test_every_story_is_recorded():
    assert {file.stem for file in FILES} >= {story.__name__ for story in STORIES}


def test_the_recordings_hold_each_kind_of_fact():
    facts = [entry["event"] for file in FILES for entry in read(file)["entries"] if entry["kind"] == "event"]

    kinds = {fact["type"] for fact in facts}
    assert kinds == set(get_args(EventType))
    codes = {(fact["data"].get("error") or {}).get("code") for fact in facts}
    assert codes >= {"step_limit", "run_timed_out", "token_limit", "cost_limit"}
    reasons = {fact["data"].get("reason") for fact in facts if fact["type"] == "node_waiting"}
    assert reasons >= {"ask_human", "time", "outcome_unknown"}
    told = {name for fact in facts for name in fact["data"]}
    assert told >= {"default", "left", "handed_over", "resumed", "settled", "limits", "workflows", "parked"}
    assert "stopped" in codes
    assert "#end" in {fact["data"].get("port") for fact in facts}
    assert any("sub_workflow_1[0]." in fact["path"] for fact in facts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recorded_stream_folds_to_what_it_always_did(file):
    recorded = read(file)

    assert summary(fold(events(recorded))) == recorded["folds_to"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stale_fold_and_what_it_missed_come_to_the_same(file):
    told = events(read(file))

    for known in range(len(told)):
        state = fold(told[:known])
        for event in told[max(0, known - 2) :]:
            state.apply(event)
        assert state == fold(told)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_along_a_recorded_stream_the_answer_shows_what_it_always_did(file):
    said = [(count, text) for count, text in json.loads((SAID / file.name).read_text(encoding="utf-8"))]

    assert said_while(read(file)) == said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_public_answer_of_a_recorded_stream_is_the_answer_of_the_run(file):
    recorded = read(file)
    answers = AnswerFold(compile_answers(graph_from_json(recorded["graph"]), load_catalogue()))

    for entry in recorded["entries"]:
        if entry["kind"] == "event":
            event = entry["event"]
            answers.event(event["type"], event["path"], event["data"])
        elif entry["kind"] == "delta":
            answers.delta(**entry["delta"])

    assert recorded["folds_to"]["answer"] in (None, answers.text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_hundred_readers_cut_off_and_rejoined_anywhere_fold_to_the_same(file):
    """Each hears the stream in pieces: a piece begins at the last fact it has or before, so that facts come
    twice, and live text is lost with every cut, as it is when a stream was trimmed."""
    recorded = read(file)
    entries = recorded["entries"]
    plan = compile_answers(graph_from_json(recorded["graph"]), load_catalogue())
    for seed in range(100):
        dice = Random(seed)
        state, answers, heard = fold([]), AnswerFold(plan), 0
        while heard < len(entries):
            begin = dice.randint(max(0, heard - 6), heard)
            cut = dice.randint(heard + 1, len(entries))
            has_gap = dice.random() < 0.5
            for entry in entries[begin:cut]:
                if entry["kind"] == "event":
                    event = Event.from_json(entry["event"])
                    if event.seq > state.seq:  # a reader drops a fact that it has
                        answers.event(event.type, event.path, event.data)
                    state.apply(event)
                elif entry["kind"] == "delta" and not has_gap:
                    answers.delta(**entry["delta"])
            heard = cut
        assert summary(state) == recorded["folds_to"], seed
        assert recorded["folds_to"]["answer"] in (None, answers.text), seed

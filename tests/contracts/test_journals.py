"""Journals that older releases wrote are read, and unfinished ones carried to their end, for ever."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from nodes.sdk.graph import graph_from_json, graph_to_json
from tests.contracts.record_journals import HASHES, JOURNALS, STORIES, Story, end, resumed, summary
from workers.engine.events import Event
from workers.engine.state import RunState, fold

FILES = sorted(set(JOURNALS.glob("*.json")) - {HASHES})
STORY = {story.__name__: story for story in STORIES}


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def told(recorded: dict[str, Any]) -> list[Event]:
    return [Event.from_json(event) for event in recorded["events"]]


def as_told_by(recorded: dict[str, Any], state: RunState) -> dict[str, Any]:
    """What is known now of what was told then; through JSON, as that was."""
    now = json.loads(json.dumps(summary(state)))
    return {name: now[name] for name in recorded}


def story_of(file: Path) -> Story:
    return STORY[file.stem.removeprefix("killed_twice_")]


def test_no_recorded_journal_was_changed_or_taken_away():
    hashes = json.loads(HASHES.read_text(encoding="utf-8"))

    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FILES} == hashes
    assert {file.stem for file in FILES} >= STORY.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recorded_journal_folds_to_what_it_always_did(file):
    recorded = read(file)
    events = told(recorded)

    assert as_told_by(recorded["folds_to"], fold(events)) == recorded["folds_to"]
    for cut in recorded["unfinished"]:
        state = fold(events[: cut["seq"]])
        assert as_told_by(cut["folds_to"], state) == cut["folds_to"], cut["seq"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_graph_is_still_read_as_it_was_written(file):
    stored = read(file)["graph"]

    assert graph_to_json(graph_from_json(stored)) == stored
    assert graph_to_json(story_of(file)().graph) == stored


@pytest.mark.parametrize("how", ["ends", "cancelled"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_run_that_an_older_release_left_unfinished_comes_to_the_end_it_had_there(file, how):
    recorded = read(file)
    events = told(recorded)

    for cut in recorded["unfinished"]:
        state = await resumed(story_of(file)(), events[: cut["seq"]], cancel=how == "cancelled")
        if (cut[how]["error"] or {}).get("code") == "worker_crashed" and state.status == "waiting":
            continue  # a write that was cut off: later releases ask a person what became of it
        assert end(state) == cut[how], cut["seq"]

"""What runs remember folds to what it always did. The front end is held to the same files."""

import json
from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.variables import change_as
from tests.contracts.record_remembering import CHANGES, FOLDER, STORIES, remembered
from workers.engine.events import Event
from workers.engine.state import fold

FILES = sorted(file for file in FOLDER.glob("*.json") if file.stem != CHANGES)


def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_every_story_is_recorded():
    assert {file.stem for file in FILES} >= {story.__name__ for story in STORIES}


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_recorded_facts_fold_to_what_the_run_remembered(name):
    recorded = read(name)

    assert remembered(fold(map(Event.from_json, recorded["events"]))) == recorded["remembers"]


def test_every_recorded_change_comes_out_as_it_did():
    for case in read(CHANGES):
        try:
            after, told = change_as(case["kind"], case["before"], case["operator"], case["operand"])
            comes_to = {"after": after, "told": told}
        except NodeError:
            comes_to = None
        assert comes_to == case["comes_to"], case

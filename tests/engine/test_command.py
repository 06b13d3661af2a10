"""python -m workers.engine runs a workflow file in memory."""

import json
from pathlib import Path

import pytest

from workers.engine.__main__ import main

TEMPLATES = Path(__file__).parents[2] / "backend" / "workflows" / "templates"


ASKING = frozenset({"approve-purchases", "quote", "staff-handbook"})
"""Templates that ask a person before they answer; nobody does here. `knowledge/test_every_template.py`
runs all of them whole."""

PINS = {
    # There are no documents here and no network, and "a reply" is no group.
    "classify_1": {"name": "else"},
    "retrieval_1": {"passages": [], "text": "Nothing."},
    "tool_2": {"text": "", "data": {}, "status": 200},
}


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_template_runs(file, capsys):
    code = main(
        [str(file), "--input", '{"query": "hello"}', "--reply", "a reply", "--pins", json.dumps(PINS)]
    )

    said = capsys.readouterr()
    outcome = json.loads(said.out)
    events = [json.loads(line) for line in said.err.splitlines()]
    is_asking = file.stem in ASKING
    assert (code, outcome["status"]) == ((1, "waiting") if is_asking else (0, "succeeded"))
    assert outcome["answer"] or is_asking
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_pins_stand_in_for_steps(capsys):
    file = TEMPLATES / "chat.yaml"

    main([str(file), "--input", '{"query": "hello"}', "--pins", '{"prompt_1": {"text": "pinned"}}'])

    assert json.loads(capsys.readouterr().out)["answer"] == "pinned"


def test_without_a_model_the_run_says_so(capsys):
    code = main([str(TEMPLATES / "chat.yaml"), "--input", '{"query": "hello"}'])

    assert code == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "model_missing"

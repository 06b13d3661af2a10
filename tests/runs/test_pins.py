"""Outputs that stand in for steps of a draft in its trial runs, over HTTP and with a real worker."""

from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.publish.services import publish_workflow
from backend.runs.models import Event, Run
from backend.workflows.models import Version
from backend.workflows.services import save_draft
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, ECHO, Stack, graph, node
from tests.runs.test_api import post
from tests.runs.test_forks import forked

CHOOSING = graph(
    [
        node("start"),
        node(
            "branch",
            cases=[
                {
                    "name": "long",
                    "conditions": [{"left": "{{ start_1.query }}", "operator": "contains", "right": "zzz"}],
                }
            ],
        ),
        node("answer", text="{{ start_1.query }}"),
    ],
    "start_1 -> branch_1",
    "branch_1.else -> answer_1",
)


@pytest.fixture(scope="module")
def anna(running: Stack) -> Person:
    return make_person("anna@pins.example", Workspace.objects.create(name="Anna's bakery"), Role.EDITOR)


@pytest.fixture
def app(running: Stack, anna: Person) -> Version:
    return running.app(CHAT, anna.workspace)


def put(person: Person, app: Version, node_id: str, **body: Any) -> Any:
    path = f"/api/workflows/{app.workflow_id}/pins/{node_id}"
    return person.client.put(path, body, content_type="application/json")


def pins(person: Person, app: Version) -> Any:
    return person.client.get(f"/api/workflows/{app.workflow_id}/pins").json()["pins"]


def tried(running: Stack, person: Person, app: Version) -> Run:
    started = post(person.client, f"/api/workflows/{app.workflow_id}/runs", {"query": "Hello"})
    return running.ended(started.json()["id"])


def end_of(run: Run, path: str) -> Any:
    return Event.objects.get(run=run, path=path, type="node_succeeded").data


def test_a_pin_stands_in_for_its_step_in_trial_runs_and_the_trace_says_so(
    running: Stack, anna: Person, app: Version
):
    kept = put(anna, app, "prompt_1", output={"text": "Kept."})
    run = tried(running, anna, app)

    assert (kept.status_code, kept.json()["port"]) == (200, "out")
    assert (run.answer, (run.usage or {}).get("total_tokens", 0)) == ("Kept.", 0)
    assert end_of(run, "prompt_1")["pinned"] is True
    assert "pinned" not in end_of(run, "answer_1")
    started = Event.objects.get(run=run, type="run_started").data
    assert started["pins"] == {"prompt_1": {"output": {"text": "Kept."}, "port": "out"}}


def test_a_pin_is_taken_away_again(running: Stack, anna: Person, app: Version):
    put(anna, app, "prompt_1", output={"text": "Kept."})
    path = f"/api/workflows/{app.workflow_id}/pins/prompt_1"

    assert anna.client.delete(path).status_code == 204
    assert anna.client.delete(path).status_code == 404
    assert pins(anna, app) == {}
    assert tried(running, anna, app).answer == "You said: Hello"


def test_published_runs_know_no_pins(running: Stack, anna: Person, app: Version):
    put(anna, app, "prompt_1", output={"text": "Kept."})
    published = publish_workflow(workflow=app.workflow, by=anna.user).version
    run = running.ended(running.say(published, "Hello", audience="visitor"))
    again = forked(running, anna, run, "prompt_1")

    assert (run.answer, again.answer) == ("You said: Hello", "You said: Hello")


def test_a_run_that_goes_on_from_another_trial_uses_the_pins_of_now(
    running: Stack, anna: Person, app: Version
):
    run = tried(running, anna, app)
    put(anna, app, "prompt_1", output={"text": "Kept."}, from_run=str(run.pk))

    assert forked(running, anna, run, "prompt_1").answer == "Kept."
    assert pins(anna, app)["prompt_1"]["from_run"] == str(run.pk)


def test_a_pin_says_by_which_way_the_flow_goes_on(running: Stack, anna: Person):
    app = running.app(CHOOSING, anna.workspace)
    put(anna, app, "branch_1", output={"case": "else", "title": ""})

    assert put(anna, app, "branch_1", output={"case": "long", "title": ""}).json()["port"] == "long"
    assert tried(running, anna, app).answer == ""


def test_a_pin_of_a_step_that_is_gone_does_no_harm(running: Stack, anna: Person, app: Version):
    put(anna, app, "prompt_1", output={"text": "Kept."})
    save_draft(app.workflow, revision=app.workflow.revision, graph=graph_from_json(ECHO))

    assert tried(running, anna, app).answer == "Hello!"
    assert set(pins(anna, app)) == {"prompt_1"}


@pytest.mark.parametrize(
    ("node_id", "body", "status", "code"),
    [
        ("nobody_1", {"output": {}}, 404, "not_found"),
        ("start_1", {"output": {"query": "x"}}, 422, "cannot_be_pinned"),
        ("prompt_1", {"output": 5}, 422, "bad_output"),
        ("prompt_1", {"output": {"text": "x"}, "port": "left"}, 422, "bad_output"),
    ],
)
def test_what_cannot_stand_in_is_refused(
    running: Stack, anna: Person, app: Version, node_id: str, body: dict[str, Any], status: int, code: str
):
    answer = put(anna, app, node_id, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_viewers_see_pins_and_set_none(running: Stack, anna: Person, app: Version):
    viewer = make_person("vera@pins.example", anna.workspace, Role.VIEWER)

    assert put(viewer, app, "prompt_1", output={"text": "x"}).status_code == 403
    assert pins(viewer, app) == {}

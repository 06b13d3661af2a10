"""The console's run routes over HTTP."""

import json
from typing import Any

import pytest
from django.test import Client

from backend.accounts.models import Role, Workspace
from backend.publish.services import publish_workflow
from backend.workflows.models import Version
from backend.workflows.services import pin_graph
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, ECHO, Stack, graph, node


@pytest.fixture(scope="module")
def anna(running: Stack) -> Person:
    return make_person("anna@example.com", Workspace.objects.create(name="Anna's bakery"), Role.OWNER)


@pytest.fixture(scope="module")
def app(running: Stack, anna: Person) -> Version:
    return running.app(CHAT, anna.workspace)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def test_a_draft_is_tried_and_looked_at(running: Stack, anna: Person, app: Version):
    accepted = post(anna.client, f"/api/workflows/{app.workflow_id}/runs", {"query": "Hello"})
    running.ended(accepted.json()["id"])
    run = anna.client.get(f"/api/runs/{accepted.json()['id']}").json()

    assert accepted.status_code == 202
    assert accepted.json()["status"] == "queued"
    assert (run["status"], run["answer"]) == ("succeeded", "You said: Hello")
    assert run["workflow_id"] == str(app.workflow_id)
    assert run["version"] == {"id": str(app.pk), "number": None}
    assert {n["id"] for n in run["graph"]["nodes"]} == {"start_1", "prompt_1", "answer_1"}
    assert [event["seq"] for event in run["events"]] == list(range(1, len(run["events"]) + 1))
    assert run["events"][-1]["type"] == "run_succeeded"
    assert run["finished_at"].endswith("Z")


def test_a_trial_is_refused_inputs_that_the_draft_does_not_ask_for(
    running: Stack, anna: Person, app: Version
):
    path = f"/api/workflows/{app.workflow_id}/runs"
    answer = post(anna.client, path, {"query": "Hello", "inputs": {"surprise": 1}})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_field")
    assert answer.json()["error"]["field"] == "inputs.surprise"


def test_a_trial_takes_inputs_of_the_kinds_that_the_draft_declares(running: Stack, anna: Person):
    start = node("start", inputs=[{"name": "topics", "type": "list", "required": True}])
    said = node("answer", text="{{ start_1.topics }}")
    listing = running.app(graph([start, said], "start_1 -> answer_1"), anna.workspace)
    path = f"/api/workflows/{listing.workflow_id}/runs"

    missing = post(anna.client, path, {"query": "Hello"})
    empty = post(anna.client, path, {"query": "Hello", "inputs": {"topics": []}})
    wrong = post(anna.client, path, {"query": "Hello", "inputs": {"topics": "sun"}})
    taken = post(anna.client, path, {"query": "Hello", "inputs": {"topics": ["sun", "rain"]}})
    ended = running.ended(taken.json()["id"])

    for refused in (missing, empty):
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "info_missing")
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "inputs.topics")
    assert taken.status_code == 202
    assert "sun" in ended.answer
    assert "rain" in ended.answer


def test_a_trial_uses_the_environment_variables_of_its_workspace_as_they_were_when_it_began(
    running: Stack, anna: Person
):
    bob = make_person("bert@example.com", Workspace.objects.create(name="Bert's bar"), Role.OWNER)
    values = ((anna, "CITY", "Bern"), (bob, "CITY", "Chur"), (bob, "THEIRS", "CANARY"))
    for who, name, value in values:
        post(who.client, "/api/environment", {"name": name, "type": "text", "value": value})

    def asking(name: str) -> Any:
        text = f"We are in {{{{ env.{name} }}}}."
        return graph([node("start"), node("answer", text=text)], "start_1 -> answer_1")

    workflow = running.app(asking("CITY"), anna.workspace).workflow
    trial = post(anna.client, f"/api/workflows/{workflow.pk}/runs", {"query": "Where?"}).json()["id"]
    found = running.ended(trial)
    theirs = pin_graph(workflow, graph_from_json(asking("THEIRS")))  # as if a row had been changed
    missing = running.ended(running.say(theirs, "Where?"))

    assert found.answer == "We are in Bern."
    assert found.events.get(type="run_started").data["env"] == {"CITY": "Bern"}
    assert (missing.status, missing.error["code"]) == ("failed", "environment_missing")
    assert missing.events.get(type="run_started").data["env"] == {}


def test_a_conversation_goes_on_and_is_read_again(running: Stack, anna: Person, app: Version):
    path = f"/api/workflows/{app.workflow_id}/runs"
    first = post(anna.client, path, {"query": "one"}).json()
    running.ended(first["id"])
    second = post(anna.client, path, {"query": "two", "conversation_id": first["conversation_id"]}).json()
    running.ended(second["id"])

    conversation = anna.client.get(f"/api/conversations/{first['conversation_id']}").json()

    assert [(m["role"], m["text"], m["run_id"], m["status"]) for m in conversation["messages"]] == [
        ("user", "one", first["id"], "succeeded"),
        ("assistant", "You said: one", first["id"], "succeeded"),
        ("user", "two", second["id"], "succeeded"),
        ("assistant", "You said: two", second["id"], "succeeded"),
    ]


def test_runs_are_listed_newest_first(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    runs = [running.ended(running.say(app, f"message {n}")) for n in range(3)]

    listed = anna.client.get(f"/api/workflows/{app.workflow_id}/runs?limit=2").json()["runs"]

    assert [run["id"] for run in listed] == [str(run.pk) for run in (runs[2], runs[1])]


def test_a_run_is_cancelled(running: Stack, anna: Person, app: Version):
    run = running.say(app, "on for ever")

    answer = post(anna.client, f"/api/runs/{run.pk}/cancel")

    assert answer.status_code == 200
    assert running.ended(run).status == "cancelled"
    assert post(anna.client, f"/api/runs/{run.pk}/cancel").json()["status"] == "cancelled"


def test_a_draft_with_problems_is_not_run(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    broken = graph([node("start"), node("answer", text="{{ nobody_1.text }}")], "start_1 -> answer_1")
    app.workflow.draft, app.workflow.draft_hash = broken, "x" * 64
    app.workflow.save()

    answer = post(anna.client, f"/api/workflows/{app.workflow_id}/runs", {"query": "Hello"})

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "graph_has_problems"


def test_what_belongs_to_others_does_not_exist(running: Stack, anna: Person, app: Version):
    bob = make_person("bob@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)
    bobs = running.app(ECHO, bob.workspace)
    run = running.ended(running.say(app, "Hello"))

    answers = [
        bob.client.get(f"/api/runs/{run.pk}"),
        post(bob.client, f"/api/runs/{run.pk}/cancel"),
        bob.client.get(f"/api/conversations/{run.conversation_id}"),
        bob.client.get(f"/api/workflows/{app.workflow_id}/runs"),
        post(bob.client, f"/api/workflows/{app.workflow_id}/runs", {"query": "Hello"}),
        post(
            bob.client,
            f"/api/workflows/{bobs.workflow_id}/runs",
            {"query": "Hello", "conversation_id": str(run.conversation_id)},
        ),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


def test_a_viewer_looks_and_starts_nothing(running: Stack, anna: Person, app: Version):
    vera = make_person("vera@example.com", anna.workspace, Role.VIEWER)
    run = running.ended(running.say(app, "Hello"))

    assert vera.client.get(f"/api/runs/{run.pk}").status_code == 200
    assert post(vera.client, f"/api/workflows/{app.workflow_id}/runs", {"query": "x"}).status_code == 403
    assert post(vera.client, f"/api/runs/{run.pk}/cancel").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 7},
        {"query": "x", "inputs": []},
        {"query": "x", "graph": {}},
        {"query": "x", "workspace": "mine"},
        {"query": "x", "conversation_id": "mine"},
        {"query": "x" * 100_001},
    ],
)
def test_a_request_that_is_not_well_made_is_refused_in_words(anna: Person, app: Version, body: Any):
    answer = post(anna.client, f"/api/workflows/{app.workflow_id}/runs", body)

    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"]
    assert answer.json()["error"]["message"]


def test_the_apps_that_run_inside_a_run_are_given_with_their_graphs(
    running: Stack, anna: Person, app: Version
):
    inner = publish_workflow(workflow=app.workflow, by=anna.user, with_key=False).version
    config = {"workflow": str(inner.workflow_id), "version": inner.number}
    nodes = [
        node("start"),
        node("sub_workflow", **config),
        node("answer", text="{{ sub_workflow_1.answer }}"),
    ]
    edges = ("start_1 -> sub_workflow_1", "sub_workflow_1 -> answer_1")
    outer = running.app(graph(nodes, *edges), anna.workspace)
    alone = running.say(app, "Hello")

    run = running.ended(running.say(outer, "Hello"))
    used = anna.client.get(f"/api/runs/{run.pk}/workflows").json()["workflows"]

    assert run.answer == "You said: Hello"
    assert list(used) == [f"{inner.workflow_id}@{inner.number}"]
    assert used == anna.client.get(f"/api/runs/{run.pk}").json()["workflows"]
    (one,) = used.values()
    assert (one["name"], one["number"]) == (app.workflow.name, inner.number)
    assert {n["id"] for n in one["graph"]["nodes"]} == {"start_1", "prompt_1", "answer_1"}
    assert anna.client.get(f"/api/runs/{alone.pk}/workflows").json() == {"workflows": {}}

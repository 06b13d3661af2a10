"""A large value of a run is fetched by its hash, by members of its workspace and of no other run."""

import json

import pytest

from backend.accounts.models import Role, Workspace
from backend.runs.large_values import named
from backend.runs.models import Blob, Run
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, graph, node

LONG = "Größe \U0001f600 & <b>more</b>. " * 4_000
APP = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query }} and {{ start_1.query }}"),
        node("answer", text="{{ template_1.text | length }}"),
    ],
    "start_1 -> template_1",
    "template_1 -> answer_1",
)


@pytest.fixture(scope="module")
def anna(running: Stack) -> Person:
    return make_person("anna@example.com", Workspace.objects.create(name="Anna's bakery"), Role.VIEWER)


@pytest.fixture(scope="module")
def run(running: Stack, anna: Person) -> Run:
    return running.ended(running.say(running.app(APP, anna.workspace), LONG))


def test_the_trace_tells_the_beginning_and_a_viewer_fetches_the_whole(anna: Person, run: Run):
    path = f"/api/runs/{run.pk}"
    trace = anna.client.get(path)
    fact = next(
        e["data"] for e in trace.json()["events"] if e["path"] == "template_1" and "output" in e["data"]
    )
    reference = fact["output"]["text"]
    value = anna.client.get(f"{path}/values/{reference['#blob']}")

    assert len(trace.content) - len(json.dumps(LONG)) < 64 * 1024  # the question stands there once
    assert reference["preview"].startswith("Größe \U0001f600")
    assert value["Content-Type"] == "application/json"
    assert value.json() == f"{LONG} and {LONG}"
    assert len(value.content) == reference["bytes"]


def test_a_text_is_downloaded_as_it_is(anna: Person, run: Run):
    events = anna.client.get(f"/api/runs/{run.pk}").json()["events"]
    sha256 = next(iter(named(events[1]["data"])))
    file = anna.client.get(f"/api/runs/{run.pk}/values/{sha256}?download=true")

    assert file.content.decode() == LONG
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="value.txt"'
    assert file["X-Content-Type-Options"] == "nosniff"


def test_a_value_of_another_run_or_of_another_workspace_is_not_there(running: Stack, anna: Person, run: Run):
    bob = make_person("bob@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)
    other = running.ended(running.say(running.app(APP, anna.workspace), "short"))
    sha256 = Blob.objects.filter(uses__run=run).values_list("sha256", flat=True)[0]
    paths = (f"{run.pk}/values/{sha256}", f"{other.pk}/values/{sha256}", f"{run.pk}/values/{'0' * 64}")

    assert bob.client.get(f"/api/runs/{paths[0]}").status_code == 404
    for path in paths[1:]:
        answer = anna.client.get(f"/api/runs/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")

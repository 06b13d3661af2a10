"""Sample data goes along in an app's file when one asks for it, and comes back with it. Over HTTP."""

from typing import Any

import pytest

from backend.workflows.models import Pin, Workflow
from backend.workflows.services import create_workflow
from nodes.sdk.files import workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person
from tests.runs.stack import graph, node

YAML = "application/yaml"
DRAWN = graph(
    [
        node("start"),
        {
            **node("each", items=["a"], collect=""),
            "body": graph([node("template", text="{{ each_1.item }}")]),
        },
        node("branch", cases=[{"name": "long", "conditions": []}]),
        node("answer", text="{{ each_1.items }}"),
    ],
    "start_1 -> each_1",
    "each_1 -> branch_1",
    "branch_1.else -> answer_1",
)


@pytest.fixture
def app(owner: Person) -> Workflow:
    workflow = create_workflow(workspace_id=owner.workspace.pk, name="Sorted", graph=graph_from_json(DRAWN))
    for step, output in (("template_1", {"text": "Dear Mrs. Miller"}), ("branch_1", LONG)):
        path = f"/api/workflows/{workflow.pk}/pins/{step}"
        assert owner.client.put(path, {"output": output}, content_type="application/json").status_code == 200
    return workflow


LONG = {"case": "long", "title": "Long"}


def exported(person: Person, workflow: Workflow, query: str = "") -> str:
    answer = person.client.get(f"/api/workflows/{workflow.pk}/export{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def brought_in(person: Person, text: str) -> Any:
    return person.client.post("/api/workflows/import", text, content_type=YAML)


def test_a_file_holds_none_of_it_unless_asked(owner: Person, app: Workflow):
    for text in (exported(owner, app), exported(owner, app, "?with_sample_data=false")):
        assert "Miller" not in text
        assert "sample_data" not in text


def test_asked_for_it_goes_along_and_comes_back_at_the_same_steps(
    owner: Person, stranger: Person, app: Workflow
):
    text = exported(owner, app, "?with_sample_data=true")
    made = brought_in(stranger, text)

    assert made.status_code == 201, made.content
    pins = stranger.client.get(f"/api/workflows/{made.json()['id']}/pins").json()["pins"]
    assert {step: (pin["output"], pin["port"], pin["from_run"]) for step, pin in pins.items()} == {
        "template_1": ({"text": "Dear Mrs. Miller"}, "out", None),
        "branch_1": (LONG, "long", None),
    }
    assert workflow_to_yaml(workflow_from_yaml(text)) == text


def test_what_is_kept_for_a_step_that_is_gone_does_not_go_along(owner: Person, app: Workflow):
    Pin.objects.create(workspace=owner.workspace, workflow=app, node_id="prompt_9", output={}, port="out")

    assert "prompt_9" not in exported(owner, app, "?with_sample_data=true")


@pytest.mark.parametrize(
    ("block", "code", "field"),
    [
        ("gone_1: {output: {}}", "unknown_node", "sample_data.gone_1"),
        ("template_1: {output: 5}", "bad_output", "sample_data.template_1.output"),
        ("template_1: {output: {text: x}, port: nowhere}", "bad_output", "sample_data.template_1.port"),
        ("template_1: {port: out}", "missing_field", "sample_data.template_1"),
        ("template_1: {output: {text: x}, secret: 1}", "unknown_field", "sample_data.template_1"),
        ("start_1: {output: {query: x}}", "cannot_be_pinned", "sample_data.start_1"),
        ("template_1: {output: {text: x}, port: 5}", "wrong_type", "sample_data.template_1.port"),
    ],
)
def test_a_file_with_sample_data_that_cannot_be_is_refused_whole(
    owner: Person, stranger: Person, app: Workflow, block: str, code: str, field: str
):
    answer = brought_in(stranger, f"{exported(owner, app)}sample_data:\n  {block}\n")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["field"].startswith(field)
    assert not Workflow.objects.for_workspace(stranger.workspace.pk).exists()


def test_a_strangers_app_is_not_there(stranger: Person, app: Workflow):
    answer = stranger.client.get(f"/api/workflows/{app.pk}/export?with_sample_data=true")

    assert answer.status_code == 404

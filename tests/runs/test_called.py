"""An app that uses another, run by a real worker."""

from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.runs.models import Event
from backend.runs.views_of_run import run_with_events
from backend.workflows.models import Version
from tests.runs.stack import CHAT, Stack


def using(version: Version, **config: object) -> dict[str, object]:
    step = {"workflow": str(version.workflow_id), **config}
    return {
        "nodes": [
            {"id": "start_1", "type": "start"},
            {"id": "sub_workflow_1", "type": "sub_workflow", "config": step},
            {"id": "answer_1", "type": "answer", "config": {"text": "It says: {{ sub_workflow_1.answer }}"}},
        ],
        "edges": [
            {"source": "start_1", "target": "sub_workflow_1"},
            {"source": "sub_workflow_1", "target": "answer_1"},
        ],
    }


def test_an_app_answers_with_what_another_one_says_and_its_run_names_the_version(running: Stack):
    inner = publish_workflow(workflow=running.app(CHAT).workflow, by=None, with_key=False).version

    run = running.ended(running.say(running.app(using(inner)), "hello"))

    assert run.answer == "It says: You said: hello"
    key = f"{inner.workflow_id}@latest"
    assert Event.objects.get(run=run, type="run_started").data["workflows"] == {key: str(inner.pk)}
    used = run_with_events(run)["workflows"][key]
    assert (used["name"], used["number"]) == (inner.workflow.name, 1)
    assert {node["id"] for node in used["graph"]["nodes"]} == {node["id"] for node in inner.graph["nodes"]}


def test_an_app_that_was_switched_off_fails_the_run_with_a_clear_error(running: Stack):
    inner = publish_workflow(workflow=running.app(CHAT).workflow, by=None, with_key=False).version
    version = running.app(using(inner))
    Publication.objects.filter(workflow=inner.workflow).update(is_enabled=False)

    run = running.ended(running.say(version, "hello"))

    assert run.status == "failed"
    assert run.error["code"] == "workflow_missing"

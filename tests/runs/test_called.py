"""An app that uses another, run by a real worker."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.runs.models import Event
from backend.runs.views_of_run import run_with_events
from backend.workflows.models import Version
from nodes.sdk.catalogue import installed_catalogue
from tests.runs.stack import CHAT, Stack
from workers.engine.events import Event as EngineEvent
from workers.engine.journal import Opening
from workers.rows import Claimed
from workers.runner import Runner

NOW = datetime(2026, 1, 1, tzinfo=UTC)


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


def test_a_version_published_during_a_run_changes_nothing_in_it(running: Stack):
    app = running.app(CHAT).workflow
    inner = publish_workflow(workflow=app, by=None, with_key=False).version
    version = running.app(using(inner))
    key = f"{app.pk}@latest"
    begun = [
        EngineEvent(1, "run_claimed", "", NOW, {"worker": "w"}),
        EngineEvent(2, "run_started", "", NOW, {"workflows": {key: str(inner.pk)}}),
    ]

    newer = publish_workflow(workflow=app, by=None, with_key=False).version

    assert found_by_a_worker(version, begun) == {key: str(inner.pk)}
    assert found_by_a_worker(version, begun[:1]) == {key: str(newer.pk)}


def found_by_a_worker(version: Version, events: list[EngineEvent]) -> dict[str, str]:
    """The versions that a worker which claims a run takes for the apps it uses."""
    nothing: Any = None
    runner = Runner(installed_catalogue(), nothing, nothing, nothing, nothing)
    claimed = Claimed(version.pk, version.workspace_id, {}, events, Opening(), False)
    return dict(asyncio.run(runner._whole_plan(claimed, None)).workflows)

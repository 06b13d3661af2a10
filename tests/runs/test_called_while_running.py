"""What happens to an app while a run uses it: on both databases, with workers that are killed."""

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from backend.accounts.models import Workspace
from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.runs.models import Event, Run
from backend.runs.views_of_run import run_with_events
from backend.workflows.environment import add_variable, change_variable
from backend.workflows.models import Version, Workflow
from backend.workflows.services import delete_workflow, pin_graph, save_draft
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_called import using

LONG = "count to fifty"
LAST_WORD = "the number fifty."


def telling(end: str) -> dict[str, Any]:
    """An app that asks the model and ends with `end`."""
    steps = [
        node("start"),
        node("prompt", user="{{ start_1.query }}"),
        node("answer", text="{{ prompt_1.text }} " + end),
    ]
    return graph(steps, "start_1 -> prompt_1", "prompt_1 -> answer_1")


def published(stack: Stack, drawn: dict[str, Any], workspace: Workspace | None = None) -> Version:
    return publish_workflow(workflow=stack.app(drawn, workspace).workflow, by=None, with_key=False).version


def publish_anew(app: Workflow, drawn: dict[str, Any]) -> Version:
    app.refresh_from_db()
    saved = save_draft(app, revision=app.revision, graph=graph_from_json(drawn))
    return publish_workflow(workflow=saved, by=None, with_key=False).version


@pytest.fixture
def worker(each_database: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the test's own; those that it leaves behind are stopped."""
    before = len(each_database.children)
    yield each_database.start_worker()
    for child in each_database.children[before:]:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        child.wait()


def at_work_inside(run: Run) -> None:
    """Waits until the model speaks for the app inside."""
    until(
        lambda: Event.objects.filter(
            run=run, type="node_started", path="sub_workflow_1[0].prompt_1"
        ).exists(),
        "the step inside has started",
    )


def recorded(run: Run) -> list[dict[str, str]]:
    started = Event.objects.filter(run=run, type="run_started").order_by("seq")
    return [event.data.get("workflows", {}) for event in started]


def test_a_run_goes_on_with_the_version_and_the_environment_it_began_with_when_its_worker_dies(
    each_database: Stack, worker: subprocess.Popen[bytes]
):
    workspace = Workspace.objects.get_or_create(name="Anna's bakery")[0]
    mood = add_variable(workspace_id=workspace.pk, name="MOOD", type="text", value="calm")
    old = published(each_database, telling("OLD {{ env.MOOD }}"), workspace)
    version = each_database.app(using(old))
    run = each_database.say(version, LONG)
    at_work_inside(run)

    worker.kill()
    worker.wait()
    new = publish_anew(old.workflow, telling("NEW {{ env.MOOD }}"))
    change_variable(mood, type="text", value="wild", description="")
    each_database.start_worker()
    ended = each_database.ended(run)

    key = f"{old.workflow_id}@latest"
    assert ended.status == "succeeded", ended.error
    assert ended.answer.endswith(f"{LAST_WORD} OLD calm")
    assert recorded(run) == [{key: str(old.pk)}]
    later = each_database.ended(each_database.say(version, LONG))
    assert later.answer.endswith(f"{LAST_WORD} NEW wild")
    assert recorded(later) == [{key: str(new.pk)}]


def test_a_run_goes_on_when_the_app_it_uses_is_switched_off_and_ends_with_a_clear_error_when_it_is_deleted(
    each_database: Stack, worker: subprocess.Popen[bytes]
):
    kept, gone = (published(each_database, telling("END")) for _ in range(2))
    runs = [each_database.say(each_database.app(using(used)), LONG) for used in (kept, gone)]
    for run in runs:
        at_work_inside(run)

    worker.kill()
    worker.wait()
    Publication.objects.filter(workflow=kept.workflow).update(is_enabled=False)
    delete_workflow(gone.workflow)
    each_database.start_worker()
    went_on, failed = (each_database.ended(run) for run in runs)

    assert went_on.answer.endswith(f"{LAST_WORD} END")
    assert (failed.status, failed.error["code"]) == ("failed", "workflow_missing")
    assert Event.objects.filter(run=failed, type="run_failed").count() == 1


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("number", ["latest", 1])
def test_a_run_whose_graph_names_an_app_of_another_workspace_learns_only_that_it_is_not_there(
    each_database: Stack, number: str | int
):
    """The graph is pinned unchecked here, as if a row had been changed behind our backs."""
    theirs = published(each_database, telling("CANARY"), Workspace.objects.create(name="Bob's garage"))
    Workflow.objects.filter(pk=theirs.workflow_id).update(name="CANARY too")
    mine = each_database.app(telling("mine")).workflow

    def run_with(app: object) -> Run:
        named = graph(
            [
                node("start"),
                node("sub_workflow", workflow=str(app), version=number),
                node("answer", text="x"),
            ],
            "start_1 -> sub_workflow_1",
            "sub_workflow_1 -> answer_1",
        )
        version = pin_graph(mine, graph_from_json(named))
        return each_database.ended(each_database.say(version, "hello"))

    run, missed = run_with(theirs.workflow_id), run_with("00000000-0000-4000-8000-000000000000")

    assert (run.status, run.error["code"]) == ("failed", "workflow_missing")
    assert run.error == missed.error
    assert recorded(run) == recorded(missed) == [{}]
    told = str([list(Event.objects.filter(run=run).values_list("data", flat=True)), run_with_events(run)])
    assert "CANARY" not in told
    assert str(theirs.pk) not in told


@pytest.mark.usefixtures("worker")
def test_two_apps_published_in_turn_to_use_each_other_end_their_runs_with_a_clear_error(each_database: Stack):
    """Each was fine when it was published. The circle closes by what `latest` has come to mean."""
    first = published(each_database, telling("one"))
    second = published(each_database, using(first))
    circle = pin_graph(first.workflow, graph_from_json(using(second)))
    Version.objects.filter(pk=first.pk).update(graph=circle.graph)

    for app in (circle, second):
        run = each_database.ended(each_database.say(app, "hello"))
        assert (run.status, run.error["code"]) == ("failed", "workflow_cycle")

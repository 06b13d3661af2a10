"""Wherever a run is when it is cancelled, it has ended within a second, lets go of what it held, and starts
nothing more: with a real worker, real requests to a service that hangs, and a real model's stream."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Workspace
from backend.providers.models import Kind, ModelConnection
from backend.publish.services import publish_workflow
from backend.runs.models import Event, Run
from backend.runs.services import NewConversation, cancel_run
from backend.runs.waits import pause_run
from backend.workflows.models import Version
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import Stack, graph, installed, node, until
from tests.serving import Served

AT_MOST = timedelta(seconds=1)
TRIES = 3
"""The machine may have other things to do for a second; not each time."""


class Hanging(Served):
    """A service that hears requests and never ends its answers. It says which connections are open still."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open: set[int] = set()
        hanging = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hanging.open.add(id(self))
                hanging.asked.append(self.path)
                try:
                    if self.path == "/busy":
                        self.send_response(503)
                        self.end_headers()
                    elif self.path == "/v1/chat/completions":
                        self.dribble()
                    else:
                        self.connection.recv(1)  # b"" when the other side has closed
                except OSError:
                    pass
                finally:
                    hanging.open.discard(id(self))
                    self.close_connection = True

            do_POST = do_GET

            def dribble(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                piece = {"choices": [{"index": 0, "delta": {"content": "on and "}, "finish_reason": None}]}
                self.connection.settimeout(0.2)
                while True:
                    self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
                    try:
                        if not self.connection.recv(1):
                            return
                    except TimeoutError:
                        continue

            def log_message(self, format: str, *args: object) -> None:
                pass

        super().__init__(Handler)


@pytest.fixture(scope="module")
def hanging() -> Iterator[Hanging]:
    service = Hanging()
    yield service
    service.close()


@pytest.fixture(scope="module")
def stack(
    hanging: Hanging, migrated_data: Path, tmp_path_factory: Any, django_db_blocker: Any
) -> Iterator[Stack]:
    with installed(migrated_data, tmp_path_factory.mktemp("hanging") / "data", django_db_blocker) as stack:
        stack.env |= {"TREADLE_MODELS": "", "TREADLE_ALLOWED_HOSTS_PRIVATE": hanging.place}
        stack.start_worker()
        yield stack


@pytest.fixture(scope="module")
def workspace(stack: Stack, hanging: Hanging) -> Workspace:
    made = Workspace.objects.create(name="Anna's bakery")
    ModelConnection.objects.create(
        workspace=made,
        name="ours",
        kind=Kind.OPENAI_COMPATIBLE,
        base_url=f"http://{hanging.place}/v1",
        model_names=["tiny"],
        is_ready=True,
    )
    return made


Draw = Callable[[str], dict[str, Any]]


def then(first: dict[str, Any], place: str) -> dict[str, Any]:
    """Start, this step, and one more that nobody must ever hear of."""
    following = node("tool", 9, address=f"http://{place}/next")
    return graph([node("start"), first, following], f"start_1 -> {first['id']}", f"{first['id']} -> tool_9")


def looking_up(place: str) -> dict[str, Any]:
    return then(node("tool", 1, address=f"http://{place}/slow", timeout_s=60), place)


def sending(place: str) -> dict[str, Any]:
    return then(node("tool", 1, method="POST", address=f"http://{place}/slow", timeout_s=60), place)


def asking(place: str) -> dict[str, Any]:
    return then(node("prompt", 1, model="ours/tiny", user="Hello"), place)


def side_by_side(place: str) -> dict[str, Any]:
    body = graph([node("tool", 1, address=f"http://{place}/slow", timeout_s=60)])
    return then({**node("each", 1, items=[1, 2, 3, 4], at_once=2), "body": body}, place)


def resting(place: str) -> dict[str, Any]:
    """Between two attempts of a step."""
    policy = {"max_attempts": 5, "backoff_s": 60}
    return then({**node("tool", 1, address=f"http://{place}/busy"), "policy": policy}, place)


SHAPES: list[Draw] = [looking_up, sending, asking, side_by_side, resting]


def is_at_work(run: Run) -> bool:
    """Whether it has come to where it hangs."""
    last = Event.objects.filter(run=run).order_by("seq").last()
    return last is not None and (
        last.data.get("retry_in_s") is not None or last.path.endswith(("tool_1", "prompt_1"))
    )


def cancelled_in(stack: Stack, hanging: Hanging, version: Version) -> timedelta:
    """How long a run took to end after its cancel; looks that it let go of all and started nothing more."""
    hanging.asked.clear()
    run = stack.say(version, "Hello")
    until(lambda: hanging.asked and is_at_work(run), "it hangs", stack.log_tail)

    cancel_run(run)
    begun = [(e.path, e.data["attempt"]) for e in Event.objects.filter(run=run, type="node_started")]
    ended = stack.ended(run)

    assert (ended.status, ended.lease_owner, ended.error) == ("cancelled", None, None)
    until(lambda: not hanging.open, "every connection is closed")
    facts = list(Event.objects.filter(run=run).order_by("seq"))
    assert facts[-1].type == "run_cancelled"
    assert [(e.path, e.data["attempt"]) for e in facts if e.type == "node_started"] == begun
    assert "/next" not in hanging.asked
    assert ended.finished_at is not None
    assert ended.cancel_requested_at is not None
    return ended.finished_at - ended.cancel_requested_at


def assert_quick(stack: Stack, hanging: Hanging, version: Version) -> None:
    took: list[timedelta] = []
    while len(took) < TRIES and (not took or took[-1] > AT_MOST):
        took.append(cancelled_in(stack, hanging, version))
    assert took[-1] <= AT_MOST, took


@pytest.mark.parametrize("draw", SHAPES)
def test_a_run_that_hangs_is_cancelled_within_a_second_and_closes_its_connection(
    stack: Stack, hanging: Hanging, workspace: Workspace, draw: Draw
):
    assert_quick(stack, hanging, stack.app(draw(hanging.place), workspace))


@pytest.mark.parametrize("draw", [sending, asking])
def test_so_is_one_that_hangs_in_an_app_that_it_uses(
    stack: Stack, hanging: Hanging, workspace: Workspace, draw: Draw
):
    inner = create_workflow(
        workspace_id=workspace.pk, name="Inner", graph=graph_from_json(draw(hanging.place))
    )
    publish_workflow(workflow=inner, by=None)

    version = stack.app(then(node("sub_workflow", workflow=str(inner.pk)), hanging.place), workspace)

    assert_quick(stack, hanging, version)


def test_a_run_that_waits_for_its_turn_has_ended_when_its_cancel_is_answered(
    stack: Stack, hanging: Hanging, workspace: Workspace
):
    version = stack.app(looking_up(hanging.place), workspace)
    first = stack.say(version, "Hello", NewConversation(is_draft=True))
    until(lambda: is_at_work(first), "it hangs", stack.log_tail)
    second = stack.say(version, "And then?", first.conversation)

    assert cancel_run(second).status == "cancelled"
    assert list(Event.objects.filter(run=second).values_list("type", flat=True)) == ["run_cancelled"]

    third = stack.say(version, "And now?", first.conversation)
    cancel_run(first)
    stack.ended(first)
    until(lambda: is_at_work(third), "the one behind it has its turn", stack.log_tail)
    cancel_run(third)
    assert stack.ended(third).status == "cancelled"


def test_a_paused_run_has_ended_when_its_cancel_is_answered(
    stack: Stack, hanging: Hanging, workspace: Workspace
):
    run = stack.say(stack.app(resting(hanging.place), workspace), "Hello")
    until(lambda: is_at_work(run), "it rests between two attempts", stack.log_tail)
    pause_run(run)
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "it is paused", stack.log_tail)
    begun = Event.objects.filter(run=run, type="node_started").count()

    assert cancel_run(run).status == "cancelled"

    assert Event.objects.filter(run=run, type="node_started").count() == begun
    assert Event.objects.filter(run=run).order_by("seq").last().type == "run_cancelled"


def test_a_run_that_waits_for_a_person_has_ended_when_its_cancel_is_answered(
    stack: Stack, hanging: Hanging, workspace: Workspace
):
    """The last one: it kills the worker."""
    hanging.asked.clear()
    run = stack.say(stack.app(sending(hanging.place), workspace), "Hello")
    until(lambda: hanging.asked and is_at_work(run), "it hangs", stack.log_tail)
    stack.children[-1].kill()
    stack.children[-1].wait()
    stack.start_worker()
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "nobody knows what became of it")

    assert cancel_run(run).status == "cancelled"

    assert hanging.asked == ["/slow"]
    assert Event.objects.filter(run=run, type="node_started", path="tool_1").count() == 1

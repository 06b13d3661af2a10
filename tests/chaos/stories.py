"""The apps that chaos is made with, and what they answer when nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.files.services import Sender, keep_upload
from backend.knowledge.services import Upload
from backend.publish.services import Published, publish_workflow
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.large_values import LARGE
from backend.runs.models import FINAL, Event, Run
from backend.runs.waits import settle_run
from backend.workflows.asked import input_fields
from backend.workflows.models import Version
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json
from tests.chaos.receiver import Receiver
from tests.conftest import make_person
from tests.runs.stack import Stack, graph, node, until

POSTS = frozenset({"tool_1", "tool_2"})
UNREPEATABLE = frozenset({"tool_2"})
INNER = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query | upper }}"),
        node("prompt", user="{{ template_1.text }}"),
        node("answer", text="{{ prompt_1.text }}"),
    ],
    "start_1 -> template_1",
    "template_1 -> prompt_1",
    "prompt_1 -> answer_1",
)


def story(place: str, inner: str) -> dict[str, Any]:
    """Twelve steps and more: a model, POSTs, a loop that keeps something, parallel passes, a branch, an app.

    It posts twice to `place`: `tool_1` may be repeated, `tool_2` may not. It asks the app `inner`. Rounds and
    passes speak to the visitor too. What `template_5` gives is too large to stand in the journal.
    """
    loop_body = graph(
        [
            node("set_variable", name="rounds", operator="add", value=1),
            node("set_variable", 2, name="loop_1.sum", operator="add", value="{{ loop_1.number }}"),
            node("template", 2, text="round {{ loop_1.number }}"),
            node("answer", 2, text="{{ template_2.text }}, "),
        ],
        "set_variable_1 -> set_variable_2",
        "set_variable_2 -> template_2",
        "template_2 -> answer_2",
    )
    each_body = graph(
        [node("prompt", 2, user="item {{ each_1.item }}"), node("answer", 3, text="{{ prompt_2.text }}. ")],
        "prompt_2 -> answer_3",
    )
    kept = [{"name": "sum", "type": "number", "value": 0}]
    is_long = {
        "name": "long",
        "conditions": [{"left": "{{ start_1.query }}", "operator": "contains", "right": "a"}],
    }
    return graph(
        [
            node("start"),
            node("template", text="{{ start_1.query | upper }}"),
            node("prompt", user="{{ template_1.text }}"),
            node(
                "tool",
                method="POST",
                address=f"http://{place}/orders",
                body="json",
                json_body={"what": "{{ prompt_1.text }}"},
                may_repeat=True,
            ),
            node("tool", 2, method="POST", address=f"http://{place}/payments", body="text", text="pay"),
            node("sub_workflow", workflow=inner, query="inside"),
            {
                **node("loop", count=2, variables=kept, result="{{ template_2.text }}"),
                "body": loop_body,
            },
            {
                **node("each", items=["a", "b", "c"], at_once=3, collect="{{ prompt_2.text }}"),
                "body": each_body,
            },
            node("branch", cases=[is_long]),
            node("template", 3, text="yes"),
            node("template", 4, text="no"),
            node("template", 5, text="{{ template_3.text }}{{ template_4.text }}" + "." * LARGE),
            node(
                "answer",
                text='{{ prompt_1.text }} / {{ loop_1.items | join("+") }} / {{ each_1.items | join("+") }}'
                " / {{ template_5.text | length }} / {{ tool_1.status }} / {{ vars.rounds }}"
                " / {{ tool_2.status }} / {{ sub_workflow_1.answer }} / {{ loop_1.sum }}",
            ),
        ],
        "start_1 -> template_1",
        "template_1 -> prompt_1",
        "prompt_1 -> tool_1",
        "template_1 -> loop_1",
        "loop_1 -> each_1",
        "start_1 -> branch_1",
        "branch_1.long -> template_3",
        "branch_1.else -> template_4",
        "template_3 -> template_5",
        "template_4 -> template_5",
        "tool_1 -> tool_2",
        "tool_2 -> answer_1",
        "start_1 -> sub_workflow_1",
        "sub_workflow_1 -> answer_1",
        "each_1 -> answer_1",
        "template_5 -> answer_1",
    )


ANSWER = "\n\n".join(
    (
        "round 1, ",
        "round 2, ",
        "You said: item a. ",
        "You said: item b. ",
        "You said: item c. ",
        "You said: WHAT / round 1+round 2 / You said: item a+You said: item b+You said: item c"
        f" / {LARGE + 3} / 200 / 2 / 200 / You said: INSIDE / 3",
    )
)

PAPER = b"Nothing is due."
READ = f"terms.txt: You said: {PAPER.decode()}"
"""What the reading app answers."""

DONE = {"text": "", "data": None, "status": 200, "headers": {}}
"""What a person says a POST gave whose answer was lost."""


def payment(place: str) -> dict[str, Any]:
    """One POST that must not be repeated, and nothing else."""
    return graph(
        [
            node("start"),
            node("tool", method="POST", address=f"http://{place}/payments", body="text", text="pay"),
            node("answer", text="{{ tool_1.status }}"),
        ],
        "start_1 -> tool_1",
        "tool_1 -> answer_1",
    )


def with_paper(drawn: dict[str, Any]) -> dict[str, Any]:
    """The story, where a file comes with the message, is read beside all else, and is told at the end."""
    nodes = [dict(one) for one in drawn["nodes"]] + [node("read_document", files="{{ start_1.paper }}")]
    nodes[0]["config"] = {"inputs": [{"name": "paper", "type": "file"}]}
    for one in nodes:
        if one["id"] == "answer_1":
            one["config"] = {"text": one["config"]["text"] + " / {{ read_document_1.text }}"}
    more = graph([], "start_1 -> read_document_1", "read_document_1 -> answer_1")
    return {**drawn, "nodes": nodes, "edges": drawn["edges"] + more["edges"]}


def reading() -> dict[str, Any]:
    """An app that asks for a file, reads it, and asks a model about what stands in it."""
    return graph(
        [
            node("start", inputs=[{"name": "paper", "type": "file"}]),
            node("read_document", files="{{ start_1.paper }}"),
            node("prompt", user="{{ read_document_1.text }}"),
            node("answer", text="{{ start_1.paper.name }}: {{ prompt_1.text }}"),
        ],
        "start_1 -> read_document_1",
        "read_document_1 -> prompt_1",
        "prompt_1 -> answer_1",
    )


def say_with_paper(stack: Stack, version: Version, query: str) -> Run:
    """A message that comes with a file, as a door of the console takes it."""
    sender = Sender(version.workspace_id, version.workflow_id, "member", "anna")
    row = keep_upload(sender, Upload("terms.txt", len(PAPER), iter([PAPER])))
    fields = input_fields(version.graph)
    with transaction.atomic():
        run = stack.say(version, query, inputs=check_inputs(fields, {"paper": str(row.pk)}, sender))
        hold_files(run, fields)
    return run


def settle_all(
    runs: Sequence[UUID], receiver: Receiver, besides: Callable[[Run], None] = lambda run: None
) -> int:
    """Does what a person does until all runs have ended: looks at the receiver whether a step that was cut
    off has acted, and says so; and does `besides` for each run that waits. Gives how many were settled.

    However many they are, and however slow the machine is: it waits as long as one after the other ends.
    """
    settled: set[tuple[UUID, str]] = set()

    def left() -> int:
        for run in Run.objects.filter(pk__in=runs, status="waiting"):
            for path in _asked(run):
                has_acted = any(hit.key == f"{run.pk}:{path}" for hit in receiver.hits)
                with suppress(ApiError):  # it was settled already, and goes on in a moment
                    settle_run(run, path, "done" if has_acted else "again", DONE if has_acted else None)
                settled.add((run.pk, path))
            besides(run)
        return Run.objects.filter(pk__in=runs).exclude(status__in=FINAL).count()

    before = len(runs) + 1
    while before:
        before = until(lambda most=before: [now] if (now := left()) < most else [], "another has ended")[0]
    return len(settled)


def _asked(run: Run) -> set[str]:
    asked = Event.objects.filter(run=run, type="node_waiting").values_list("path", "data")
    return {path for path, data in asked if data["reason"] == "outcome_unknown"}


def publish_story(place: str, *, has_paper: bool = False) -> Published:
    """Publishes the story and the app it asks, in a workspace of their own. Gives the story's publication."""
    workspace = Workspace.objects.create(name="Shop")
    by = make_person(f"{workspace.pk}@example.com", workspace, "owner").user
    inner = create_workflow(workspace_id=workspace.pk, name="Inner", graph=graph_from_json(INNER))
    publish_workflow(workflow=inner, by=by)
    told = story(place, str(inner.pk))
    drawn = graph_from_json(with_paper(told) if has_paper else told)
    outer = create_workflow(workspace_id=workspace.pk, name="Story", graph=drawn)
    return publish_workflow(workflow=outer, by=by)

"""A worker dies at the N-th pass of every failpoint, N = 1, 2, 3, ... until a run ends without a death.

Another worker goes on, and I1 to I10 hold: on SQLite and on PostgreSQL, with a receiver that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import connections

from backend.accounts.models import Workspace
from backend.publish.services import publish_workflow
from backend.runs.failpoint import POINTS
from backend.runs.models import FINAL, Run
from backend.workflows.models import Version
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json
from tests.chaos.nursery import Child, Nursery, port_answers
from tests.chaos.receiver import Receiver, receiving
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, graph, installed, looking_at, node, until

MOST_PASSES = 60
LEASE_S = 4.0
"""Long enough that no worker loses a run on a busy machine, short enough to wait for it once."""

OF_WEB = ("accept", "dispatch", "signal", "cancel")
OF_WORKERS = [point for point in POINTS if point.partition(".")[0] not in OF_WEB]
OF_ACCEPTING = ("accept", "commit", "dispatch")
NOT_PASSED = {"renew", "timer", "release"}
"""Points that this graph does not pass by itself: nothing in it waits, and it ends within a lease."""


def story(place: str) -> dict[str, Any]:
    """Twelve steps and more: a model, a POST, templates, a loop, parallel passes, a branch, a join."""
    loop_body = graph(
        [
            node("set_variable", name="rounds", operator="add", value=1),
            node("template", 2, text="round {{ loop_1.number }}"),
        ],
        "set_variable_1 -> template_2",
    )
    each_body = graph([node("prompt", 2, user="item {{ each_1.item }}")])
    is_long = {
        "name": "long",
        "conditions": [{"left": "{{ start_1.query }}", "operator": "contains", "right": "a"}],
    }
    return graph(
        [
            node("start"),
            node("template", text="{{ start_1.query | upper }}"),
            node("prompt", user="{{ template_1.text }}"),
            {
                **node(
                    "tool",
                    method="POST",
                    address=f"http://{place}/orders",
                    body="json",
                    json_body={"what": "{{ prompt_1.text }}"},
                ),
                "policy": {"max_attempts": 3},
            },
            {**node("loop", count=2, result="{{ template_2.text }}"), "body": loop_body},
            {
                **node("each", items=["a", "b", "c"], at_once=3, collect="{{ prompt_2.text }}"),
                "body": each_body,
            },
            node("branch", cases=[is_long]),
            node("template", 3, text="yes"),
            node("template", 4, text="no"),
            node("template", 5, text="{{ template_3.text }}{{ template_4.text }}"),
            node(
                "answer",
                text='{{ prompt_1.text }} / {{ loop_1.items | join("+") }} / {{ each_1.items | join("+") }}'
                " / {{ template_5.text }} / {{ tool_1.status }} / {{ vars.rounds }}",
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
        "tool_1 -> answer_1",
        "each_1 -> answer_1",
        "template_5 -> answer_1",
    )


ANSWER = (
    "You said: WHAT / round 1+round 2 / You said: item a+You said: item b+You said: item c / yes / 200 / 2"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def stack(request: Any, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation on each database, with Redis running."""
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated_data")
        with installed(migrated, tmp_path / "data", django_db_blocker) as built:
            yield built
        return
    built = Stack(tmp_path, database_url=request.getfixturevalue("postgresql_url"))
    built.start_redis()
    try:
        with django_db_blocker.unblock(), looking_at(built):
            yield built
    finally:
        built.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as counting:
        yield counting


@pytest.fixture
def nursery(stack: Stack, receiver: Receiver) -> Iterator[Nursery]:
    stack.script('delay_s: 0\nreply: "You said: {message}"\n')
    forking = Nursery(stack, TREADLE_ALLOWED_HOSTS_PRIVATE=receiver.place, TREADLE_SWEEP_S="0.2")
    try:
        yield forking
    finally:
        forking.close()


def test_a_worker_may_die_at_any_pass_of_any_failpoint(stack: Stack, nursery: Nursery, receiver: Receiver):
    version = stack.app(story(receiver.place))
    with ThreadPoolExecutor(3) as pool:
        swept = dict(pool.map(lambda point: (point, _sweep(stack, nursery, version, point)), OF_WORKERS))
    nursery.worker(sweeps=True, lease_s=LEASE_S * 4)
    runs = [pk for deaths in swept.values() for pk in deaths]
    until(lambda: not Run.objects.filter(pk__in=runs).exclude(status__in=FINAL).exists(), "all have ended")

    told = look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=frozenset({"tool_1"}),
            pinned=dict.fromkeys(runs, version.pk),
            owners=dict.fromkeys(runs, version.workspace_id),
        )
    )

    assert violations(told) == []
    assert {run.answer for run in told.runs} == {ANSWER}
    assert {p.partition(".")[0] for p, deaths in swept.items() if len(deaths) == 1} <= NOT_PASSED
    assert sum(len(deaths) - 1 for deaths in swept.values()) > 50


def test_a_web_process_may_die_while_it_accepts_a_run(stack: Stack, nursery: Nursery, receiver: Receiver):
    workspace = Workspace.objects.create(name="Shop")
    by = make_person("anna@example.com", workspace, "owner").user
    workflow = create_workflow(
        workspace_id=workspace.pk, name="Shop", graph=graph_from_json(story(receiver.place))
    )
    published = publish_workflow(workflow=workflow, by=by)
    points = [f"{write}.{side}:1" for write in OF_ACCEPTING for side in ("before", "after")]
    accepted: list[UUID] = []
    for point in points:
        doomed = nursery.web(failpoint=point)
        with suppress(httpx.TransportError):
            _post(doomed, published.api_key, key_of_request=point)
        assert doomed.wait() == 137
        again = nursery.web()  # the client asks again with the same key until it is answered
        answer = _post(again, published.api_key, key_of_request=point)
        assert answer.status_code == 202, answer.text
        accepted.append(UUID(answer.json()["id"]))
        again.kill()
    nursery.worker(sweeps=True)
    for run in accepted:
        stack.ended(run)

    told = look(
        World(
            accepted=tuple(Run.objects.filter(workflow=workflow).values_list("pk", flat=True)),
            hits=tuple(receiver.hits),
            posts=frozenset({"tool_1"}),
            owners=dict.fromkeys(accepted, workspace.pk),
        )
    )
    assert violations(told) == []
    assert sorted(run.id for run in told.runs) == sorted(accepted)


def _post(web: Child, key: str | None, *, key_of_request: str) -> httpx.Response:
    port_answers(web)
    return httpx.post(
        f"http://127.0.0.1:{web.port}/v1/runs",
        json={"query": "what", "mode": "async"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": key_of_request},
        timeout=30,
    )


def _sweep(stack: Stack, nursery: Nursery, version: Version, point: str) -> list[Any]:
    """The runs whose worker died at the first, second, third, ... pass, and the one that lived."""
    runs = []
    try:
        for count in range(1, MOST_PASSES):
            run = stack.say(version, "what")
            runs.append(run.pk)
            doomed = nursery.worker(runs=[run.pk], failpoint=f"{point}:{count}", lease_s=LEASE_S)
            if doomed.wait() != 137:
                return runs
    finally:
        connections.close_all()
    pytest.fail(f"{point} was still reached at the last pass.")

"""Twenty messages to one conversation, workers that die all along: what it remembers counts each one once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.runs.models import ConversationVariable, Run
from tests.chaos.nursery import Nursery, at_work
from tests.chaos.pace import asking, back_to, paced
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, graph, installed, looking_at, node, until

LEASE_S = 1.5
MESSAGES = 20
DEATHS = (
    "step_result.after:2",
    "commit.before:9",
    "event.after:4",
    "step_intent.after:1",
    "finish.before:2",
    "lease.after:2",
)
"""One worker after the other. Each takes up what the one before left, and some messages more."""

APP = graph(
    [
        node("start"),
        node("set_variable", name="conversation.count", operator="add", value=1),
        {
            **node("loop", count=2, variables=[{"name": "twice", "type": "number"}]),
            "body": graph(
                [
                    node("set_variable", 2, name="conversation.rounds", operator="append", value="r"),
                    node("set_variable", 3, name="loop_1.twice", operator="add", value=1),
                    node("prompt", user="{{ loop_1.twice }}"),
                ],
                "set_variable_2 -> set_variable_3",
                "set_variable_3 -> prompt_1",
            ),
        },
        node("answer", text="{{ conversation.count }} {{ loop_1.twice }}"),
    ],
    "start_1 -> set_variable_1",
    "set_variable_1 -> loop_1",
    "loop_1 -> answer_1",
) | {
    "variables": [
        {"name": "count", "scope": "conversation", "type": "number"},
        {"name": "rounds", "scope": "conversation", "type": "list_text"},
    ]
}


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


def test_twenty_messages_count_once_each_though_their_workers_are_killed(stack: Stack):
    stack.script('delay_s: 0\nreply: "You said: {message}"\n')
    nursery = Nursery(stack, TREADLE_SWEEP_S="0.2")
    try:
        version = stack.app(APP)
        calm: list[UUID] = []
        ask = asking(stack, lambda: stack.say(version, "message"), calm)
        with at_work(nursery):
            before_s = paced(ask)
        first = stack.say(version, "message 1")
        conversation = first.conversation
        runs = [first.pk] + [
            stack.say(version, f"message {n}", conversation).pk for n in range(2, MESSAGES + 1)
        ]
        ends = [nursery.worker(sweeps=True, failpoint=point, lease_s=LEASE_S).wait() for point in DEATHS]
        left = Run.objects.filter(pk__in=runs, finished_at=None).count()
        with at_work(nursery):
            unanswered = Run.objects.filter(pk__in=runs, finished_at=None)
            until(lambda: not unanswered.exists(), "all messages are answered")
            pace = back_to(before_s, ask)
    finally:
        nursery.close()

    answers = Run.objects.filter(pk__in=runs).order_by("turn").values_list("answer", flat=True)
    kept = {row.name: row.value for row in ConversationVariable.objects.filter(conversation=conversation)}
    assert ends == [137] * len(DEATHS)
    assert left > 0
    assert list(answers) == [f"{n} 2" for n in range(1, MESSAGES + 1)]
    assert kept == {"count": MESSAGES, "rounds": ["r"] * (2 * MESSAGES)}
    assert violations(look(World(accepted=(*runs, *calm), pace=pace))) == []

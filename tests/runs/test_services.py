"""What accepting, cancelling and signalling promise, before any worker is there."""

import re
import threading
import uuid
from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.db import IntegrityError, connections
from django.db.models import Model
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.runs import accepting
from backend.runs.models import Conversation, Event, IdempotencyKey, Message, Run, Signal
from backend.runs.services import Idempotency, NewConversation, cancel_run, find_conversation, send_signal
from backend.runs.views_of_run import conversation_json, run_json
from tests.runs.stack import ECHO, Stack

KEY = Idempotency("key:1", "order-7", "aaaa")


@pytest.mark.parametrize(
    ("statement", "model"),
    [(accepting.CONVERSATION, Conversation), (accepting.RUN, Run), (accepting.MESSAGE, Message)],
)
def test_statements_written_by_hand_name_every_column(statement: str, model: type[Model]):
    named = re.search(r"\((.*?)\) VALUES", statement)
    assert named is not None
    columns = {field.column for field in model._meta.concrete_fields}

    assert set(named[1].split(", ")) == columns, "backend/runs/accepting.py must name every column."


def test_an_accepted_run_is_queued_and_due(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello   there", inputs={"n": 1})

    kept = Run.objects.get(pk=run.pk)
    assert (kept.status, kept.query, kept.inputs, kept.turn) == ("queued", "Hello   there", {"n": 1}, 1)
    assert kept.wake_at is not None
    assert kept.conversation.title == "Hello there"
    assert run_json(run) == {
        "id": str(run.pk),
        "status": "queued",
        "answer": "",
        "outputs": {},
        "error": None,
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": None},
        "sources": [],
        "files": [],
        "handled_errors": 0,
        "conversation_id": str(run.conversation_id),
        "origin": None,
        "created_at": ANY,
        "finished_at": None,
    }


def test_the_same_key_gets_the_same_run(stack: Stack):
    version = stack.app(ECHO)

    first = stack.say(version, "Hello", idempotency=KEY)
    second = stack.say(version, "Hello", idempotency=KEY)

    assert first.pk == second.pk
    assert (Run.objects.count(), Conversation.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_the_same_key_with_another_body_is_refused(stack: Stack):
    version = stack.app(ECHO)
    stack.say(version, "Hello", idempotency=KEY)

    with pytest.raises(ApiError) as refused:
        stack.say(version, "Bye", idempotency=Idempotency("key:1", "order-7", "bbbb"))

    assert (refused.value.status, refused.value.code) == (409, "idempotency_key_reused")
    assert Run.objects.count() == 1


def test_a_key_is_forgotten_after_a_day(stack: Stack):
    version = stack.app(ECHO)
    first = stack.say(version, "Hello", idempotency=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))

    second = stack.say(version, "Bye", idempotency=Idempotency("key:1", "order-7", "bbbb"))

    assert first.pk != second.pk


def test_one_key_of_two_callers_is_two_keys(stack: Stack):
    version = stack.app(ECHO)

    first = stack.say(version, "Hello", idempotency=KEY)
    second = stack.say(version, "Hello", idempotency=Idempotency("key:2", "order-7", "aaaa"))

    assert first.pk != second.pk


def test_of_twenty_requests_with_one_key_at_once_one_run_comes(stack: Stack):
    version = stack.app(ECHO)
    runs: list[uuid.UUID] = []

    def ask() -> None:
        runs.append(stack.say(version, "Hello", idempotency=KEY).pk)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 20
    assert len(set(runs)) == Run.objects.count() == 1


def test_a_guard_refuses_new_runs_and_lets_replays_pass(stack: Stack):
    version = stack.app(ECHO)
    run = stack.say(version, "Hello", idempotency=KEY)

    def refuse() -> None:
        raise ApiError(429, "too_many_requests", "Too many.")

    assert stack.say(version, "Hello", idempotency=KEY, guard=refuse).pk == run.pk
    with pytest.raises(ApiError):
        stack.say(version, "Hello", guard=refuse)
    assert (Run.objects.count(), Conversation.objects.count()) == (1, 1)


def test_turns_count_in_the_order_of_acceptance(stack: Stack):
    version = stack.app(ECHO)
    first = stack.say(version, "one")

    more = [stack.say(version, word, first.conversation) for word in ("two", "three")]

    assert [run.turn for run in more] == [2, 3]
    assert list(first.conversation.messages.values_list("text", "position")) == [
        ("one", 2),
        ("two", 4),
        ("three", 6),
    ]


def test_a_queued_run_is_cancelled_at_once(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")

    ended = cancel_run(run)

    assert (ended.status, ended.last_seq, ended.lease_owner) == ("cancelled", 1, None)
    assert ended.finished_at is not None
    assert list(Event.objects.filter(run=run).values_list("seq", "type")) == [(1, "run_cancelled")]
    assert [m["status"] for m in conversation_json(run.conversation)["messages"]] == ["cancelled"] * 2
    assert cancel_run(run).last_seq == 1


def test_the_first_signal_of_a_name_counts(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")

    assert send_signal(run, "ask_1", "answer", {"ok": True}) is True
    assert send_signal(run, "ask_1", "answer", {"ok": False}) is False

    assert Signal.objects.get().payload == {"ok": True}


def test_a_conversation_is_found_by_its_own_person_only(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")
    mine = {
        "workflow": run.workflow,
        "conversation_id": run.conversation_id,
        "audience": "member",
        "audience_ref": "anna",
        "is_draft": True,
    }

    assert find_conversation(**mine) == run.conversation
    for other in (
        {"audience_ref": "bob"},
        {"audience": "visitor"},
        {"is_draft": False},
        {"conversation_id": uuid.uuid4()},
        {"workflow": stack.app(ECHO, Workspace.objects.create(name="Bob's garage")).workflow},
    ):
        with pytest.raises(ApiError) as refused:
            find_conversation(**(mine | other))
        assert refused.value.status == 404


def test_rows_that_must_not_be_are_refused_by_the_database(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")

    for impossible in (
        {"status": "succeeded"},
        {"status": "resting"},
        {"finished_at": timezone.now()},
        {"lease_owner": "someone"},
        {"lease_owner": "someone", "lease_until": timezone.now()},
        {"turn": None},
    ):
        with pytest.raises(IntegrityError):
            Run.objects.filter(pk=run.pk).update(**impossible)
    Event.objects.create(run=run, seq=1, type="run_claimed", at=timezone.now(), data={})
    with pytest.raises(IntegrityError):
        Event.objects.create(run=run, seq=1, type="run_claimed", at=timezone.now(), data={})


def test_a_run_is_accepted_while_redis_is_away(stack: Stack):
    stack.kill_redis()

    run = stack.say(stack.app(ECHO), "Hello", conversation=NewConversation())

    assert Run.objects.get(pk=run.pk).status == "queued"

"""Runs of one conversation go one at a time, in the order in which they were accepted."""

import threading
from itertools import pairwise

from django.db import connections

from backend.runs.models import Conversation, ConversationVariable, Event, Run
from backend.runs.services import cancel_run
from backend.workflows.models import Version
from tests.runs.stack import CHAT, Stack, until


def say_at_once(stack: Stack, version: Version, conversation: Conversation, numbers: range) -> None:
    """Sends messages to one conversation from as many threads."""

    def say(n: int) -> None:
        stack.say(version, f"message {n}", conversation)
        connections.close_all()

    threads = [threading.Thread(target=say, args=(n,)) for n in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_twenty_messages_at_once_are_each_counted_once_and_in_order(running: Stack):
    version = running.app(CHAT)
    first = running.ended(running.say(version, "message 1"))

    say_at_once(running, version, first.conversation, range(2, 21))
    accepted = Run.objects.filter(conversation=first.conversation).order_by("turn")
    runs = [running.ended(run) for run in accepted]

    assert [run.turn for run in runs] == list(range(1, 21))
    assert sorted(run.query for run in runs) == sorted(f"message {n}" for n in range(1, 21))
    for run in runs:
        history = Event.objects.get(run=run, type="run_started").data["history"]
        said = [text for earlier in runs[: run.turn - 1] for text in (earlier.query, earlier.answer)]
        assert [message["content"] for message in history] == said
    for earlier, later in pairwise(runs):
        assert earlier.finished_at <= later.started_at


def test_a_cancelled_message_lets_the_next_one_go(running: Stack):
    version = running.app(CHAT)
    first = running.say(version, "say it for ever")
    until(lambda: Run.objects.get(pk=first.pk).status == "running", "the first run is at work")
    second = running.say(version, "and then this", first.conversation)
    third = running.say(version, "and that", first.conversation)

    cancel_run(second)
    cancel_run(first)

    assert running.ended(first).status == "cancelled"
    assert running.ended(second).status == "cancelled"
    assert running.ended(third).answer == "You said: and that"
    assert Event.objects.get(run=third, type="run_started").data["history"] == []


def test_twenty_messages_at_once_that_each_add_one_give_twenty(running: Stack):
    count = {"name": "count", "scope": "conversation", "type": "number"}
    add = {"name": "conversation.count", "operator": "add", "value": 1}
    version = running.app(
        {
            "nodes": [
                {"id": "start_1", "type": "start"},
                {"id": "set_variable_1", "type": "set_variable", "config": add},
                {"id": "answer_1", "type": "answer", "config": {"text": "{{ conversation.count }}"}},
            ],
            "edges": [
                {"source": "start_1", "target": "set_variable_1"},
                {"source": "set_variable_1", "target": "answer_1"},
            ],
            "variables": [count],
        }
    )
    first = running.ended(running.say(version, "message 1"))

    say_at_once(running, version, first.conversation, range(2, 21))
    accepted = Run.objects.filter(conversation=first.conversation).order_by("turn")
    runs = [running.ended(run) for run in accepted]

    assert [run.answer for run in runs] == [str(n) for n in range(1, 21)]
    kept = ConversationVariable.objects.filter(conversation=first.conversation)
    assert [(row.name, row.value) for row in kept] == [("count", 20)]

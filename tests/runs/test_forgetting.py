"""What a conversation remembers is seen and forgotten in the console, also while a run is at work."""

import subprocess
import threading

import pytest
from django.db import connection, connections, transaction

from backend.runs.models import Conversation, ConversationVariable
from backend.runs.remembered import forget, remembered_json
from tests.runs.stack import Stack, graph, node, until

LONG = "count to fifty"

APP = graph(
    [
        node("start"),
        node("set_variable", 1, name="conversation.count", operator="add", value=1),
        node("prompt", user="{{ start_1.query }}"),
        node("set_variable", 2, name="conversation.names", operator="append", value="x"),
        node("set_variable", 3, name="conversation.count", operator="add", value=10),
        node("answer", text="{{ conversation.count }} {{ conversation.names | length }}"),
    ],
    "start_1 -> set_variable_1",
    "set_variable_1 -> prompt_1",
    "prompt_1 -> set_variable_2",
    "set_variable_2 -> set_variable_3",
    "set_variable_3 -> answer_1",
) | {
    "variables": [
        {"name": "count", "scope": "conversation", "type": "number", "default": 100, "title": "How often"},
        {"name": "names", "scope": "conversation", "type": "list_text"},
    ]
}


@pytest.fixture(scope="module", autouse=True)
def worker(each_database: Stack) -> subprocess.Popen[bytes]:
    return each_database.start_worker()


def kept(conversation: Conversation) -> dict[str, object]:
    return dict(ConversationVariable.objects.filter(conversation=conversation).values_list("name", "value"))


def test_what_is_forgotten_begins_anew_with_the_next_message(each_database: Stack):
    version = each_database.app(APP)
    first = each_database.ended(each_database.say(version, "hello"))

    forget(first.conversation, "names")
    second = each_database.ended(each_database.say(version, "hello", first.conversation))
    forget(first.conversation)
    forgotten = kept(first.conversation)
    third = each_database.ended(each_database.say(version, "hello", first.conversation))

    assert forgotten == {}
    assert [run.answer for run in (first, second, third)] == ["111 1", "122 1", "111 1"]


def test_a_run_at_work_goes_on_with_what_it_saw_and_changes_what_is_kept_from_the_default(
    each_database: Stack,
):
    version = each_database.app(APP)
    run = each_database.say(version, LONG)
    until(lambda: kept(run.conversation) == {"count": 101}, "it has counted")

    forget(run.conversation)

    assert each_database.ended(run).answer == "111 1"
    assert kept(run.conversation) == {"count": 110, "names": ["x"]}


def test_the_summary_of_a_conversation_is_made_once_and_can_be_looked_at_and_forgotten(each_database: Stack):
    version = each_database.app(
        graph(
            [
                node("start"),
                node("prompt", user="{{ start_1.query }}", history_turns=1, older="summary"),
                node("answer", text="{{ prompt_1.text }}"),
            ],
            "start_1 -> prompt_1",
            "prompt_1 -> answer_1",
        )
    )
    made = []
    run = each_database.ended(each_database.say(version, "hello"))
    for _ in range(6):
        run = each_database.ended(each_database.say(version, "hello", run.conversation))
        assert run.status == "succeeded"
        made.append(run.events.filter(type="step_done").count())
    (shown,) = remembered_json(run.conversation)

    assert made == [0, 0, 0, 0, 1, 0]
    assert (shown["name"], shown["title"], shown["is_declared"]) == ("memory_prompt_1", "Ask AI", True)
    assert shown["value"]["text"]
    forget(run.conversation)
    assert kept(run.conversation) == {}


def test_whoever_forgets_waits_for_the_commit_that_changes(each_database: Stack):
    """The rows are held as a worker holds them while it writes a fact down."""
    conversation = each_database.ended(each_database.say(each_database.app(APP), "hello")).conversation
    is_single = connection.vendor == "sqlite"  # there one writes at a time

    def forgetting() -> None:
        forget(conversation)
        connections.close_all()

    thread = threading.Thread(target=forgetting)
    with transaction.atomic():
        rows = ConversationVariable.objects.filter(conversation=conversation)
        rows.filter(name="count").update(value=7)
        thread.start()
        until(lambda: is_single or _waiting_for_locks() > 0, "it waits")
        before = kept(conversation)
    thread.join()

    assert before == {"count": 7, "names": ["x"]}
    assert kept(conversation) == {}


def _waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_what_is_remembered_is_told_by_what_the_app_declares(each_database: Stack):
    conversation = each_database.ended(each_database.say(each_database.app(APP), "hello")).conversation
    ConversationVariable.objects.create(conversation=conversation, name="old", value="left behind")
    forget(conversation, "names")

    told = remembered_json(conversation)

    assert [(one["name"], one["value"], one["is_kept"], one["is_declared"]) for one in told] == [
        ("count", 111, True, True),
        ("names", [], False, True),
        ("old", "left behind", True, False),
    ]
    assert told[0]["title"] == "How often"

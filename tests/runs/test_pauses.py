"""Pausing with real workers, on both databases: what is at work ends, nothing starts, nothing is lost."""

from collections import Counter

import pytest

from backend.runs.doorbell import Doorbell
from backend.runs.models import Event, Run
from backend.runs.waits import pause_run, resume_run
from tests.runs.stack import Stack, graph, node, until

STORY = graph(
    [
        node("start"),
        node("prompt", user="Please count to fifty"),
        node("template", text="{{ prompt_1.text | upper }}"),
        node("prompt", 2, user="{{ start_1.query }}"),
        node("answer", text="{{ prompt_2.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> template_1",
    "template_1 -> prompt_2",
    "prompt_2 -> answer_1",
)
STEPS = ("start_1", "prompt_1", "template_1", "prompt_2", "answer_1")


@pytest.fixture(scope="module")
def stack(each_database: Stack) -> Stack:
    """An installation on each database, with a worker running."""
    each_database.start_worker()
    return each_database


def count(run: Run, kind: str) -> Counter[str]:
    return Counter(Event.objects.filter(run=run, type=kind).values_list("path", flat=True))


@pytest.fixture
def at_work(stack: Stack) -> Run:
    """A run whose first model call is under way."""
    run = stack.say(stack.app(STORY), "Hello")
    until(lambda: count(run, "node_started")["prompt_1"], "the model is asked", stack.log_tail)
    return run


def is_waiting(run: Run) -> bool:
    return Run.objects.get(pk=run.pk).status == "waiting"


def test_what_is_at_work_ends_nothing_else_starts_and_the_sweep_alone_takes_it_up_again(
    stack: Stack, at_work: Run, monkeypatch: pytest.MonkeyPatch
):
    pause_run(at_work)
    until(lambda: is_waiting(at_work), "it waits", stack.log_tail)

    paused = Run.objects.get(pk=at_work.pk)
    assert (paused.lease_owner, paused.lease_until, paused.wake_at) == (None, None, None)
    assert [reason["reason"] for reason in paused.waiting] == ["paused"]
    assert count(paused, "node_succeeded")["prompt_1"] == 1
    assert "prompt_2" not in count(paused, "node_started")
    monkeypatch.setattr(Doorbell, "ring", lambda self, run_id: None)
    resume_run(paused)
    ended = stack.ended(paused)
    assert (ended.status, ended.answer) == ("succeeded", "You said: Hello")
    assert count(ended, "node_succeeded") == dict.fromkeys(STEPS, 1)
    started = Event.objects.filter(run=ended, type="node_started").values_list("data", flat=True)
    assert {data["attempt"] for data in started} == {1}


def test_who_lets_a_run_go_on_before_it_has_come_to_rest_is_not_forgotten(stack: Stack, at_work: Run):
    pause_run(at_work)
    resume_run(at_work)

    ended = stack.ended(at_work)

    assert ended.status == "succeeded"
    assert count(ended, "node_succeeded") == dict.fromkeys(STEPS, 1)


def test_a_paused_run_gives_up_its_turn_in_the_conversation_and_takes_it_again(stack: Stack, at_work: Run):
    pause_run(at_work)
    until(lambda: is_waiting(at_work), "it waits", stack.log_tail)

    following = stack.say(at_work.version, "And then?", at_work.conversation)
    assert stack.ended(following).answer == "You said: And then?"
    resume_run(at_work)

    assert stack.ended(at_work).answer == "You said: Hello"


def test_pausing_and_going_on_again_and_again_repeats_nothing(stack: Stack, at_work: Run):
    for _ in range(5):
        pause_run(at_work)
        resume_run(at_work)
    pause_run(at_work)
    until(lambda: is_waiting(at_work) or Run.objects.get(pk=at_work.pk).is_final, "it waits", stack.log_tail)
    for _ in range(5):
        resume_run(at_work)
        pause_run(at_work)
    resume_run(at_work)

    ended = stack.ended(at_work)

    assert ended.status == "succeeded"
    assert count(ended, "node_succeeded") == dict.fromkeys(STEPS, 1)
    assert count(ended, "run_succeeded") == {"": 1}


def test_a_worker_killed_while_its_run_comes_to_rest_leaves_it_paused(stack: Stack, at_work: Run):
    pause_run(at_work)
    stack.children[-1].kill()
    stack.children[-1].wait()
    stack.start_worker()

    until(lambda: is_waiting(at_work), "it waits", stack.log_tail)

    assert [r["reason"] for r in Run.objects.get(pk=at_work.pk).waiting if not r["path"]] == ["paused"]
    assert "prompt_2" not in count(at_work, "node_started")
    resume_run(at_work)
    ended = stack.ended(at_work)
    assert ended.status == "succeeded"
    assert count(ended, "node_succeeded") == dict.fromkeys(STEPS, 1)

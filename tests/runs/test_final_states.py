"""A run ends once, whoever wants to end it at the same moment: the first counts and nothing changes it."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections

from backend.runs.doorbell import doorbell
from backend.runs.models import FINAL, Event, Message, Run
from backend.runs.services import cancel_run
from backend.runs.waits import pause_run, resume_run
from tests.runs.stack import ECHO, Stack, until
from workers.engine.events import FINAL as FINAL_EVENTS


@pytest.fixture(scope="module")
def stack(each_database: Stack) -> Stack:
    """An installation on each database, with two workers that want the same runs."""
    each_database.start_worker()
    each_database.start_worker()
    return each_database


def side_by_side(*deeds: Callable[[], object]) -> None:
    refused: list[Exception] = []

    def do(deed: Callable[[], object]) -> None:
        try:
            deed()
        except Exception as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []


def test_of_many_who_end_a_run_at_the_same_moment_one_does(stack: Stack):
    version = stack.app(ECHO)
    runs: list[Run] = []

    def bother(run: Run, after_s: float) -> list[Callable[[], object]]:
        def later(deed: Callable[[Run], object]) -> Callable[[], object]:
            return lambda: (time.sleep(after_s), deed(run))

        return [later(cancel_run), later(cancel_run), later(pause_run), later(resume_run)]

    for n in range(15):
        run = stack.say(version, f"message {n}")
        runs.append(run)
        side_by_side(*bother(run, n * 0.004), *bother(run, n * 0.006))
    ended = [stack.ended(run) for run in runs]

    for run in ended:
        ends = list(Event.objects.filter(run=run, type__in=FINAL_EVENTS).values_list("seq", "type"))
        assert ends == [(run.last_seq, f"run_{run.status}")]
        assert Message.objects.filter(run=run, role="assistant").count() == 1
    assert {run.status for run in ended} <= {"succeeded", "cancelled"}


def test_what_has_ended_is_never_changed_again(stack: Stack):
    version = stack.app(ECHO)
    stopped = stack.say(version, "never mind")
    cancel_run(stopped)
    runs = [stack.ended(stopped), stack.ended(stack.say(version, "Hello"))]
    before = list(Run.objects.filter(pk__in=[run.pk for run in runs]).order_by("pk").values())

    for run in runs:
        side_by_side(
            *(lambda run=run, deed=deed: deed(run) for deed in (cancel_run, pause_run, resume_run)),
            lambda run=run: doorbell().ring(run.pk),
        )
    until(lambda: stack.ended(stack.say(version, "after them")), "all bells were heard")

    assert list(Run.objects.filter(pk__in=[run.pk for run in runs]).order_by("pk").values()) == before
    assert all(run["status"] in FINAL for run in before)

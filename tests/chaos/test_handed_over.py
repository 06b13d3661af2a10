"""Deployments one after the other while a step takes long: each worker is told to stop, and none of that
counts as a crash of the run."""

import signal
from collections.abc import Iterator

import pytest

from backend.runs.models import Event
from tests.chaos.nursery import Nursery
from tests.runs.stack import CHAT, Stack, until

SLOW, QUICK = 'delay_s: 60\nreply: "Too late"\n', 'delay_s: 0\nreply: "You said: {message}"\n'
STOPS = 4


@pytest.fixture
def nursery(stack: Stack) -> Iterator[Nursery]:
    forking = Nursery(stack, TREADLE_SWEEP_S="0.2", TREADLE_GRACE_S="0.1", TREADLE_LEASE_S="600")
    try:
        yield forking
    finally:
        forking.close()


def test_many_orderly_stops_during_one_long_step_do_not_end_the_run(stack: Stack, nursery: Nursery):
    stack.script(SLOW)
    run = stack.say(stack.app(CHAT), "Hello")
    started = Event.objects.filter(run=run, type="node_started", path="prompt_1")
    for stops in range(STOPS):
        worker = nursery.worker(sweeps=True)
        until(lambda stops=stops: started.count() == stops + 1, "the model is being asked")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait() == 0

    stack.script(QUICK)
    nursery.worker(sweeps=True)

    ended = stack.ended(run)
    assert (ended.status, ended.answer, ended.recoveries) == ("succeeded", "You said: Hello", 0)
    claims = Event.objects.filter(run=run, type="run_claimed").order_by("seq")
    assert [claim.data.get("handed_over", False) for claim in claims] == [False, *[True] * STOPS]
    assert started.count() == STOPS + 1

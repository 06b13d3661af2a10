"""Runs whose worker died while the database clock was fast do not wait until the clock comes there again."""

from datetime import timedelta

from django.db.models import F

from backend.runs.models import Event, Run
from backend.runs.timings import TIMINGS
from tests.runs.stack import CHAT, Stack, until
from workers.overlong import Overlong


def at_work(stack: Stack) -> Run:
    """A run whose worker is dead, after the clock was set back by an hour."""
    doomed = stack.start_worker()
    run = stack.say(stack.app(CHAT), "Please count to fifty")
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")
    doomed.kill()
    doomed.wait()
    Run.objects.filter(pk=run.pk).update(lease_until=F("lease_until") + timedelta(hours=1))
    return run


def test_the_run_of_a_dead_worker_goes_on_though_the_clock_was_set_back(stack: Stack) -> None:
    run = at_work(stack)

    stack.start_worker(TREADLE_LEASE_S="2", TREADLE_SWEEP_S="0.5")

    ended = stack.ended(run)
    assert ended.status == "succeeded"
    assert ended.recoveries == 1


def test_only_a_lease_that_nobody_renews_is_ended(each_database: Stack) -> None:
    run = at_work(each_database)
    now = [0.0]
    leases = Overlong(lambda: now[0])

    assert leases.look() == 0
    now[0] += TIMINGS.lease_s - 1
    assert leases.look() == 0
    Run.objects.filter(pk=run.pk).update(lease_until=F("lease_until") + timedelta(seconds=10))  # it lives
    now[0] += 2
    assert leases.look() == 0
    now[0] += TIMINGS.lease_s - 3
    assert leases.look() == 0
    now[0] += 4
    assert leases.look() == 1
    assert leases.look() == 0
    each_database.start_worker()
    assert each_database.ended(run).status == "succeeded"


def test_a_lease_of_the_usual_length_is_never_looked_at(each_database: Stack) -> None:
    run = at_work(each_database)
    Run.objects.filter(pk=run.pk).update(lease_until=F("lease_until") - timedelta(hours=1))
    now = [0.0]
    leases = Overlong(lambda: now[0])

    for _ in range(5):
        assert leases.look() == 0
        now[0] += TIMINGS.lease_s
    each_database.start_worker()
    assert each_database.ended(run).status == "succeeded"

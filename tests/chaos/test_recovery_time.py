"""How soon the runs of a dead worker go on: by the defaults, and measured with shorter ones."""

from datetime import UTC, datetime

from backend.runs.models import Event, Run
from backend.runs.timings import Timings
from tests.runs.stack import CHAT, Stack, until

PROMISED_S = 45.0
START_S = 5.0
"""For the claim, reading the journal, and the first step."""
LOOKS_EVERY_S = 0.2
"""The sweep counts its pauses in pieces of this."""


def test_by_the_defaults_the_runs_of_a_dead_worker_go_on_within_the_time_promised():
    defaults = Timings()

    # It may have renewed its lease as it died, and the others may have looked just before it ran out.
    assert defaults.lease_s + defaults.sweep_s + LOOKS_EVERY_S + START_S <= PROMISED_S


def test_by_the_defaults_no_living_worker_loses_its_runs():
    defaults = Timings()

    assert 2 * defaults.renew_s < defaults.lease_s  # two renewals may fail
    # A loop that stands still is given up before its lease would run out under its feet.
    assert defaults.stalled_s + defaults.renew_s < defaults.lease_s
    assert defaults.cancel_poll_s <= 0.5  # half of the second within which a cancelled run stops


def test_a_killed_workers_run_is_taken_up_within_lease_and_sweep(stack: Stack):
    lease_s, sweep_s = 3.0, 1.0
    settings = {"TREADLE_LEASE_S": str(lease_s), "TREADLE_SWEEP_S": str(sweep_s)}
    # Both are there before the message is: starting another may take longer than the whole reply.
    workers = [stack.start_worker(**settings) for _ in range(2)]
    run = stack.say(stack.app(CHAT), "Please count to fifty")
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")
    owner = Run.objects.get(pk=run.pk).lease_owner

    [doomed] = [worker for worker in workers if f"-{worker.pid}-" in owner]
    doomed.kill()
    died = datetime.now(UTC)

    claims = Event.objects.filter(run=run, type="run_claimed").order_by("seq")
    until(lambda: claims.count() >= 2, "another worker has it", stack.log_tail)
    took_s = (claims[1].at - died).total_seconds()
    # The rest of what is promised is left for a machine that has other things to do.
    assert took_s < lease_s + sweep_s + (PROMISED_S - Timings().lease_s - Timings().sweep_s)
    ended = stack.ended(run)
    assert ended.status == "succeeded"
    assert Run.objects.get(pk=run.pk).recoveries == 1

"""After cancel has answered no further step starts, and the run ends."""

import asyncio
import signal
from datetime import timedelta

from django.utils import timezone

from backend.runs.models import Event, Message, Run
from backend.runs.reads import read
from backend.runs.services import cancel_run
from backend.runs.timings import TIMINGS
from tests.runs.stack import CHAT, Stack, graph, node, until
from tests.runs.watching import entries_of, facts, first_words, journal_of, listening, public_of, told

TWO_QUESTIONS = graph(
    [
        node("start"),
        node("prompt", 1, user="{{ start_1.query }}"),
        node("prompt", 2, user="Again: {{ prompt_1.text }}"),
        node("answer", text="{{ prompt_2.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> prompt_2",
    "prompt_2 -> answer_1",
)


async def test_a_run_at_work_is_stopped_and_its_reader_hears_of_it(running: Stack):
    run = await read(running.say, await read(running.app, TWO_QUESTIONS), "on for ever")

    async with listening():
        await first_words(run, 2)
        await read(cancel_run, run)
        before = await read(journal_of, run)
        entries = await asyncio.wait_for(entries_of(run), 30)

    ended = await read(running.ended, run)
    assert ended.status == "cancelled"
    assert facts(entries)[-1][1] == "run_cancelled"
    started = [path for _, kind, path in facts(entries)[len(before) :] if kind == "node_started"]
    assert started == []
    assert ended.error is None
    assert ended.lease_owner is None


async def test_what_was_shown_of_a_stopped_answer_stays_its_answer(running: Stack):
    run = await read(running.say, await read(running.app, CHAT), "on for ever")

    async with listening():
        await first_words(run, 2)
        await read(cancel_run, run)
        shown = told(await asyncio.wait_for(public_of(run), 30))

    ended = await read(running.ended, run)
    assert ended.status == "cancelled"
    assert ended.answer
    assert shown == ended.answer
    assert await read(Message.objects.get, run=run, role="assistant", text=shown)


def test_a_worker_that_hears_nothing_from_redis_finds_the_mark(running: Stack):
    run = running.say(running.app(CHAT), "on for ever")
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")

    Run.objects.filter(pk=run.pk).update(cancel_requested_at=run.created_at)

    assert running.ended(run).status == "cancelled"


def test_cancelling_an_ended_run_changes_nothing(running: Stack):
    run = running.ended(running.say(running.app(CHAT), "Hello"))

    same = cancel_run(run)

    assert (same.status, same.last_seq, same.cancel_requested_at) == ("succeeded", run.last_seq, None)


def test_a_run_whose_worker_is_frozen_is_ended_by_another_long_before_its_lease_is_over(stack: Stack):
    frozen = stack.start_worker(TREADLE_LEASE_S="600", TREADLE_STOP_S="1")
    run = stack.say(stack.app(TWO_QUESTIONS), "on for ever")
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")
    frozen.send_signal(signal.SIGSTOP)
    try:
        assert cancel_run(run).status == "running"
        stack.start_worker(TREADLE_STOP_S="1")
        ended = stack.ended(run)
    finally:
        frozen.send_signal(signal.SIGCONT)

    assert ended.status == "cancelled"
    before = list(Event.objects.filter(run=run).order_by("seq").values_list("seq", "type"))
    assert before[-1] == (ended.last_seq, "run_cancelled")
    later = stack.ended(stack.say(stack.app(CHAT), "Hello"))  # both are at work again
    assert later.status == "succeeded"
    assert list(Event.objects.filter(run=run).order_by("seq").values_list("seq", "type")) == before


def test_where_no_worker_is_left_a_second_cancel_ends_the_run(stack: Stack):
    worker = stack.start_worker(TREADLE_LEASE_S="600")
    run = stack.say(stack.app(CHAT), "on for ever")
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")
    worker.kill()
    worker.wait()

    assert cancel_run(run).status == "running"
    assert cancel_run(run).status == "running"
    told_at = timezone.now() - timedelta(seconds=TIMINGS.stop_s + 1)
    Run.objects.filter(pk=run.pk).update(cancel_requested_at=told_at)

    assert cancel_run(run).status == "cancelled"

"""kill -9 of a worker, anywhere: its runs go on with another, and finished steps are not repeated."""

import asyncio
import signal
from collections import Counter

import httpx
import pytest

from backend.runs.models import Event, Run
from backend.runs.reads import read
from tests.conftest import make_person
from tests.runs.stack import CHAT, ECHO, Stack, graph, node, until
from tests.runs.watching import (
    entries_of,
    facts,
    first_words,
    folded,
    journal_of,
    listening,
    public_of,
    reread,
    told,
)

STORY = graph(
    [
        node("start"),
        node("prompt", 1, user="first {{ start_1.query }}"),
        node("template", text="{{ prompt_1.text | upper }}"),
        node("prompt", 2, user="Please count to fifty"),
        node("answer", 1, text="{{ template_1.text }}"),
        node("answer", 2, text="{{ prompt_2.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> template_1",
    "template_1 -> answer_1",
    "answer_1 -> prompt_2",
    "prompt_2 -> answer_2",
)


async def test_a_run_killed_in_mid_stream_ends_and_its_stream_folds_to_the_answer(stack: Stack):
    worker = await asyncio.to_thread(stack.start_worker)
    run = await read(stack.say, await read(stack.app, STORY), "question")

    async with listening():
        watching = asyncio.create_task(entries_of(run))
        visiting = asyncio.create_task(public_of(run))
        await first_words(run, 6)
        worker.kill()
        await asyncio.to_thread(stack.start_worker)
        entries, events = await asyncio.gather(watching, visiting)
        late = await entries_of(run)
        journal = await read(journal_of, run)

    run = await reread(run)
    assert run.status == "succeeded"
    assert facts(entries) == facts(late) == journal
    assert [seq for seq, _, _ in journal] == list(range(1, run.last_seq + 1))
    done = Counter(path for _, kind, path in journal if kind == "node_succeeded")
    assert done == dict.fromkeys(("start_1", "prompt_1", "template_1", "answer_1", "prompt_2", "answer_2"), 1)
    assert [path for _, kind, path in journal if kind == "node_started"].count("prompt_1") == 1
    assert [path for _, kind, path in journal if kind == "node_started"].count("prompt_2") == 2
    assert folded(run, entries).text == folded(run, late).text == run.answer
    assert told(events) == run.answer
    assert events[-1].event == "end"


async def test_a_reader_gets_the_end_though_the_worker_died_before_saying_it(stack: Stack):
    # The facts of this run are stored in two commits after the claim: what precedes the model, then the end.
    await asyncio.to_thread(
        stack.start_worker, TREADLE_ENABLE_FAILPOINTS="1", TREADLE_FAILPOINT="finish.after"
    )
    run = await read(stack.say, await read(stack.app, CHAT), "Hello")

    async with listening():
        entries, events = await asyncio.gather(entries_of(run), public_of(run))

    run = await reread(run)
    assert stack.children[0].poll() == 137
    assert facts(entries)[-1][1] == "run_succeeded"
    assert folded(run, entries).text == told(events) == run.answer == "You said: Hello"


def _dies(stack: Stack, run: Run, failpoint: str) -> bool:
    """Whether a worker that takes the run dies of it."""
    worker = stack.start_worker(
        may_die=True, TREADLE_ENABLE_FAILPOINTS="1", TREADLE_FAILPOINT=failpoint, TREADLE_LEASE_S="1"
    )
    until(lambda: worker.poll() is not None or Run.objects.get(pk=run.pk).is_final, "it dies or is done")
    worker.terminate()
    return worker.wait() == 137


def test_a_run_whose_worker_dies_before_ringing_is_found_by_the_sweep(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")
    stack.kill_redis()
    stack.start_redis()

    stack.start_worker()

    assert stack.ended(run).answer == "Hello!"


def test_a_run_that_crashes_its_worker_each_time_is_given_up(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")
    for claims in (1, 2, 3):
        assert _dies(stack, run, "lease.after")
        assert Event.objects.filter(run=run, type="run_claimed").count() == claims

    stack.start_worker(TREADLE_LEASE_S="1")

    ended = stack.ended(run)
    assert (ended.status, ended.error["code"]) == ("failed", "worker_crashed")


async def test_a_worker_told_to_stop_hands_its_run_over(stack: Stack):
    worker = await asyncio.to_thread(stack.start_worker, TREADLE_LEASE_S="600")
    run = await read(stack.say, await read(stack.app, CHAT), "Please count to fifty")

    async with listening():
        watching = asyncio.create_task(entries_of(run))
        await first_words(run, 3)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait) == 0
        assert (await reread(run)).lease_owner is None
        await asyncio.to_thread(stack.start_worker, TREADLE_LEASE_S="600")
        entries = await watching

    run = await reread(run)
    assert folded(run, entries).text == run.answer
    assert [kind for _, kind, _ in facts(entries)].count("run_claimed") == 2


async def test_a_worker_that_slept_too_long_cannot_speak_for_its_run(stack: Stack):
    sleeper = await asyncio.to_thread(stack.start_worker)
    run = await read(stack.say, await read(stack.app, CHAT), "Please count to fifty")

    async with listening():
        watching = asyncio.create_task(entries_of(run))
        await first_words(run, 3)
        sleeper.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(stack.start_worker)
        entries = await watching
        sleeper.send_signal(signal.SIGCONT)
        # The bell goes to one of the two, and the run's own words are still heard from whoever has it.
        others = [await read(stack.say, run.version, f"message {n}") for n in range(6)]
        ended = [await read(stack.ended, other) for other in others]
        late = await entries_of(run)

    run = await reread(run)
    assert [other.answer for other in ended] == [f"You said: message {n}" for n in range(6)]
    assert facts(entries) == facts(late) == await read(journal_of, run)
    assert [kind for _, kind, _ in facts(late)].count("run_succeeded") == 1
    assert folded(run, entries).text == folded(run, late).text == run.answer


def test_a_message_accepted_by_a_dying_web_process_is_answered(stack: Stack):
    version = stack.app(ECHO)
    anna = make_person("anna@example.com", version.workspace, "owner")
    web = stack.start_web(TREADLE_ENABLE_FAILPOINTS="1", TREADLE_FAILPOINT="accept.after")
    cookies = {name: morsel.value for name, morsel in anna.client.cookies.items()} | {"csrftoken": "a" * 32}

    with pytest.raises(httpx.TransportError):
        httpx.post(
            f"{stack.url}/api/workflows/{version.workflow_id}/runs",
            json={"query": "Hello"},
            cookies=cookies,
            headers={"X-CSRFToken": cookies["csrftoken"], "Origin": stack.url},
            timeout=30,
        )
    assert web.wait() == 137
    stack.start_worker()

    assert stack.ended(Run.objects.get()).answer == "Hello!"

"""The live stream: in order, without a gap, and a reader may leave and come back anywhere."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from redis.asyncio.client import PubSub

from backend.runs.entries import Entry, Reset, event_entry
from backend.runs.hub import hub
from backend.runs.putting import KEEP_AFTER_END_S, KEEP_OPEN_S, Putter, empty, put
from backend.runs.reads import read
from backend.runs.redis_clients import client, key_of
from backend.runs.services import cancel_run
from backend.runs.stream import follow, wait_for_end
from tests.runs.stack import CHAT, ECHO, PATIENCE_S, Stack, graph, node
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

LONG = "Please count to fifty"
ENDING = ("run_claimed", "run_started", "run_succeeded")


async def test_facts_come_once_in_order_and_deltas_fold_to_the_answer(running: Stack):
    run = await read(running.say, await read(running.app, CHAT), LONG)

    async with listening():
        entries = await entries_of(run)

    run = await reread(run)
    journal = await read(journal_of, run)
    assert facts(entries) == journal
    places = [entry.place for entry in entries if isinstance(entry, Entry)]
    assert places == sorted(places)
    said = [entry for entry in entries if isinstance(entry, Entry) and entry.kind == "delta"]
    assert len(said) > 5
    assert folded(run, entries).text == run.answer
    assert said[0].body["text"].startswith("ONE")


ITEMS = graph(
    [
        node("start"),
        {
            **node("each", items="{{ start_1.query }}", collect="{{ prompt_1.text }}"),
            "body": graph([node("prompt", user="{{ each_1.item }}")]),
        },
        node("answer", text='{{ each_1.items | join(" / ") }}'),
    ],
    "start_1 -> each_1",
    "each_1 -> answer_1",
)
"""Asks the scripted model about each line of the message, and says what it said."""


async def test_a_console_is_told_how_far_a_repeat_is_and_a_visitor_is_not(running: Stack):
    run = await read(running.say, await read(running.app, ITEMS), "one\ntwo\nthree")

    async with listening():
        entries = await entries_of(run)
        visited = await public_of(run)

    run = await reread(run)
    progress = [e.body for e in entries if isinstance(e, Entry) and e.kind == "progress"]
    assert run.answer == "You said: one / You said: two / You said: three"
    assert progress[0]["path"] == "each_1"
    assert {body["total"] for body in progress} == {3}
    assert [body["done"] for body in progress] == sorted(body["done"] for body in progress)
    assert facts(entries) == await read(journal_of, run)
    assert "total" not in str([event.data for event in visited if event.event == "answer"])
    assert told(visited) == run.answer


async def test_whoever_comes_back_gets_what_is_new_and_folds_to_the_same(running: Stack):
    run = await read(running.say, await read(running.app, CHAT), LONG)

    async with listening():
        everything = await entries_of(run)
        run = await reread(run)
        whole = folded(run, everything)
        for n, last in enumerate(everything, start=1):
            assert isinstance(last, Entry)
            if last.is_end:
                break
            rest = await entries_of(run, last.id)
            assert not any(isinstance(entry, Reset) for entry in rest)
            assert [entry.id for entry in rest] == [entry.id for entry in everything[n:]]
            assert folded(run, rest, folded(run, everything[:n])).text == whole.text


async def test_who_waits_for_the_end_is_told_before_and_after_it(running: Stack):
    version = await read(running.app, CHAT)

    async with listening():
        run = await read(running.say, version, "Hello")
        assert await wait_for_end(run.pk, PATIENCE_S)
        assert (await reread(run)).is_final
        assert await wait_for_end(run.pk, PATIENCE_S)

        long = await read(running.say, version, "Talk for ever")
        assert not await wait_for_end(long.pk, 0.2)
        waiting = asyncio.create_task(wait_for_end(long.pk, PATIENCE_S))
        await read(cancel_run, long)
        assert await waiting


async def test_an_end_that_was_called_out_before_anyone_listened_is_learned_from_the_database(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "Hello")
    await read(running.ended, run)

    async with listening():
        assert await wait_for_end(run.pk, PATIENCE_S)


async def test_a_visitor_who_comes_back_is_told_only_the_rest(running: Stack):
    run = await read(running.say, await read(running.app, CHAT), LONG)

    async with listening():
        events = await public_of(run)
        run = await reread(run)
        middle = len(events) // 2
        rest = await public_of(run, events[middle].id)

    assert [event.event for event in (events[0], events[-1])] == ["run", "end"]
    assert told(events) == run.answer
    assert told(rest, told(events[: middle + 1])) == run.answer
    assert rest[1].data["offset"] > 0
    assert rest[-1].data["answer"] == run.answer


async def test_a_visitor_with_an_id_that_nobody_knows_is_told_the_whole_answer(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "Hello")

    async with listening():
        await public_of(run)
        events = await public_of(run, "3-999")

    assert events[1].data == {"offset": 0, "text": "Hello!"}


async def test_a_visitor_never_sees_prompts_or_steps(running: Stack):
    secretive = graph(
        [
            node("start"),
            node("prompt", system="TOP SECRET ORDERS", user="{{ start_1.query }}"),
            node("template", text="INNER NOTE {{ prompt_1.text }}"),
            node("answer", text="{{ prompt_1.text }}"),
        ],
        "start_1 -> prompt_1",
        "prompt_1 -> template_1",
        "template_1 -> answer_1",
    )
    run = await read(running.say, await read(running.app, secretive), "Hello")

    async with listening():
        events = await public_of(run)

    text = json.dumps([event.data for event in events])
    assert told(events) == "You said: Hello"
    for inner in ("SECRET", "INNER", "prompt_1", "node_"):
        assert inner not in text


async def test_the_stream_of_an_old_run_is_read_from_the_journal(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "Hello")

    async with listening():
        live = await entries_of(run)
        redis = client()
        await redis.delete(key_of(run.pk))
        await redis.aclose()
        again = await entries_of(run)
        resumed = await entries_of(run, "2-0")

    assert facts(again) == facts(live)
    assert isinstance(resumed[0], Reset)
    assert facts(resumed) == facts(live)


async def test_facts_that_the_stream_lacks_come_from_the_journal_at_their_place(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "Hello")

    async with listening():
        live = await entries_of(run)
        redis = client()
        for seq in (2, 3, 5):
            await redis.xdel(key_of(run.pk), f"{seq}-0")
        await redis.aclose()
        again = await entries_of(run)

    assert facts(again) == facts(live)


async def test_a_fact_too_big_for_the_stream_is_read_from_the_journal(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "x" * 90_000)

    async with listening():
        entries = await entries_of(run)
        again = await entries_of(run)

    run = await reread(run)
    assert facts(entries) == facts(again)
    assert folded(run, entries).text == run.answer == "x" * 90_000 + "!"


async def test_a_worker_that_lost_its_run_is_refused_and_not_heard(running: Stack):
    run = uuid4()  # the worker of this installation knows of none such, and says nothing of its own
    redis = client()
    at = timezone.now()

    await put(redis, run, [event_entry(n, "run_claimed", "", at, {}) for n in (1, 2)])
    refused, was_new = await put(
        redis, run, [Entry((1, 7), "delta", {"path": "a", "attempt": 1, "offset": 0, "text": "x"})]
    )

    assert (refused, was_new) == (1, 0)
    assert await redis.xlen(key_of(run)) == 2
    await redis.aclose()


async def test_a_refused_word_keeps_no_key_longer_than_it_was_kept(running: Stack):
    ended, going_on = uuid4(), uuid4()
    redis, at = client(), timezone.now()

    await put(redis, ended, [event_entry(n, kind, "", at, {}) for n, kind in enumerate(ENDING, 1)])
    await put(redis, going_on, [event_entry(n, "run_claimed", "", at, {}) for n in (1, 2)])
    stale = Entry((1, 7), "delta", {"path": "a", "attempt": 1, "offset": 0, "text": "x"})
    heard = [await put(redis, run, [stale]) for run in (ended, going_on)]
    kept = [await redis.ttl(key_of(run)) for run in (ended, going_on)]

    assert heard == [[1, 0], [1, 0]]
    assert 0 < kept[0] <= KEEP_AFTER_END_S < kept[1] <= KEEP_OPEN_S
    await redis.aclose()


async def test_what_many_runs_say_in_one_call_is_each_runs_own(running: Stack):
    runs, redis, at = [uuid4() for _ in range(3)], client(), timezone.now()
    begun = [event_entry(n, "run_claimed", "", at, {"text": "a\nb"}) for n in (1, 2)]
    end = event_entry(3, "run_succeeded", "", at, {})
    stale = Entry((1, 7), "delta", {"path": "a", "attempt": 1, "offset": 0, "text": "x"})
    putter = Putter(redis)

    first = await putter.put([(runs[0], begun)])
    await redis.script_flush()
    async with listening(), asyncio.timeout(PATIENCE_S):
        ends, reader = hub().end_of(str(runs[1])), hub().watch(str(runs[1]))
        await reader.is_listening()
        await reader.news()
        second = await putter.put([(runs[0], [stale, end]), (runs[1], [*begun, end]), (runs[2], begun)])
        await ends.wait()
        heard = (await reader.news()).entries
    ids = [[place for place, _ in await redis.xrange(key_of(run))] for run in runs]

    assert (first, second) == ([(0, 1)], [(1, 0), (0, 1), (0, 1)])
    assert ids == [["1-0", "2-0", "3-0"], ["1-0", "2-0", "3-0"], ["1-0", "2-0"]]
    assert heard == [*begun, end]
    assert [await redis.ttl(key_of(run)) > KEEP_AFTER_END_S for run in runs] == [False, False, True]
    await redis.aclose()


async def test_a_word_after_the_end_does_not_take_the_end_from_a_visitor(running: Stack):
    run = await read(running.say, await read(running.app, ECHO), "Hello")

    async with listening():
        live = await entries_of(run)
        last = live[-1]
        assert isinstance(last, Entry)
        assert last.is_end
        redis = client()
        late = Entry((last.seq, 1), "progress", {"path": "each_1", "done": 1, "total": 3})
        refused, _ = await put(redis, run.pk, [late])
        await redis.aclose()
        visited = await public_of(run)
        again = await entries_of(run)

    assert refused == 0
    assert [event.event for event in visited][-1] == "end"
    assert facts(again) == facts(live)
    assert again[-1] == last


async def test_of_an_emptied_stream_readers_are_told_by_the_journal_and_who_lost_the_run_is_refused(
    running: Stack,
):
    run = await read(running.say, await read(running.app, CHAT), LONG)

    async with listening():
        live = await entries_of(run)
        last, redis = live[-1], client()
        assert isinstance(last, Entry)
        await empty(redis, [str(run.pk)])
        late = Entry(
            (last.seq - 1, 900), "delta", {"path": "prompt_1", "attempt": 1, "offset": 0, "text": "x"}
        )
        refused, was_new = await put(redis, run.pk, [late])
        again = await entries_of(run)
        visited = await public_of(run)
        left, keeps_s = await redis.type(key_of(run.pk)), await redis.ttl(key_of(run.pk))
        await redis.aclose()

    assert (refused, was_new, left) == (1, 0, "string")
    assert 0 < keeps_s <= KEEP_AFTER_END_S
    assert facts(again) == facts(live)
    assert folded(run, again).text == folded(run, live).text != ""
    assert [event.event for event in visited][-1] == "end"


async def test_many_readers_of_one_process_share_one_connection(running: Stack):
    version = await read(running.app, CHAT)

    async with listening():
        runs = [await read(running.say, version, LONG) for _ in range(10)]
        readers = [asyncio.create_task(entries_of(run)) for run in runs for _ in range(5)]
        await first_words(runs[0])
        redis = client()
        connections = [c for c in await redis.client_list() if int(c["sub"]) > 1]
        await redis.aclose()
        seen = await asyncio.gather(*readers)

    assert len(connections) == 1
    assert all(entry.is_end for entry in (entries[-1] for entries in seen))


async def test_a_reader_that_leaves_is_forgotten(stack: Stack):
    run = await read(stack.say, await read(stack.app, ECHO), "Hello")

    async with listening():
        waiting = asyncio.create_task(anext(aiter(follow(run.pk))))
        await asyncio.sleep(0.2)
        assert len(hub()._readers) == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        assert hub()._readers == {}


async def test_a_reader_that_comes_while_redis_is_slow_to_answer_hears_what_is_said(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    app = await read(stack.app, ECHO)
    early, late = [await read(stack.say, app, "Hello") for _ in range(2)]
    subscribe = PubSub.subscribe

    async def slowly(self: PubSub, *channels: Any) -> None:
        await subscribe(self, *channels)
        await asyncio.sleep(0.3)

    monkeypatch.setattr(PubSub, "subscribe", slowly)
    redis = client()
    async with listening(), asyncio.timeout(10):
        hub().watch(str(early.pk))
        await asyncio.sleep(0.1)
        reader = hub().watch(str(late.pk))
        await reader.is_listening()
        await reader.news()  # that something may have been missed before it listened
        await put(redis, late.pk, [event_entry(1, "run_claimed", "", late.created_at, {})])
        news = await reader.news()

    assert [entry.place for entry in news.entries] == [(1, 0)]
    await redis.aclose()

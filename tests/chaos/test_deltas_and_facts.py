"""Deltas are a view and facts the truth: whatever is lost between them, the stream folds to `run.answer`.

The app speaks inside a loop and inside an each whose items are side by side, and behind both.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from backend.runs.entries import Entry
from backend.runs.models import Run
from backend.runs.putting import put
from backend.runs.reads import read
from backend.runs.redis_clients import client, key_of
from tests.runs.stack import Stack, graph, node
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

COUNT = "ONE two three four five six seven eight nine ten."
SCRIPT = f"""
rules:
  - when: count
    reply: "{COUNT}"
    delay_s: 0.05
reply: "You said: {{message}}"
"""


def spoken(around: str, n: int) -> dict[str, Any]:
    text = f"{{{{ {around}.number }}}}: {{{{ prompt_{n}.text }}}}"
    steps = [node("prompt", n, user="count"), node("answer", n, text=text)]
    return graph(steps, f"prompt_{n} -> answer_{n}")


APP = graph(
    [
        node("start"),
        {**node("loop", count=2), "body": spoken("loop_1", 1)},
        {**node("each", items=["a", "b"], at_once=2), "body": spoken("each_1", 2)},
        node("answer", 9, text="End."),
    ],
    "start_1 -> loop_1",
    "loop_1 -> each_1",
    "each_1 -> answer_9",
)
ANSWER = "\n\n".join([f"1: {COUNT}", f"2: {COUNT}"] * 2 + ["End."])


async def watched(stack: Stack, disturb: Callable[[Run], Any], drawn: dict[str, Any] = APP) -> Run:
    """A run that is disturbed while two watch it; what they saw must come to the answer of the run."""
    run = await read(stack.say, await read(stack.app, drawn), "question")
    async with listening():
        watching = asyncio.create_task(entries_of(run))
        visiting = asyncio.create_task(public_of(run))
        await disturb(run)
        entries, events = await asyncio.gather(watching, visiting)
        late = await entries_of(run)
        journal = await read(journal_of, run)
    run = await reread(run)
    assert run.status == "succeeded", stack.log_tail()
    assert list(dict.fromkeys(facts(entries))) == facts(late) == journal
    assert folded(run, entries).text == folded(run, late).text == told(events) == run.answer
    return run


async def test_a_worker_that_dies_between_commit_and_publish_costs_no_word(stack: Stack):
    stack.script(SCRIPT)
    armed = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": "outbox.before:4"}
    worker = await asyncio.to_thread(stack.start_worker, may_die=True, **armed)

    async def die(run: Run) -> None:
        assert await asyncio.to_thread(worker.wait, 45) == 137
        assert not (await reread(run)).is_final
        await asyncio.to_thread(stack.start_worker)

    assert (await watched(stack, die)).answer == ANSWER


async def test_redis_that_is_lost_in_mid_answer_costs_no_word(stack: Stack):
    stack.script(SCRIPT)
    await asyncio.to_thread(stack.start_worker)

    async def lose(run: Run) -> None:
        await first_words(run, 14)
        stack.kill_redis()
        await asyncio.sleep(0.4)
        await asyncio.to_thread(stack.start_redis)

    assert (await watched(stack, lose)).answer == ANSWER


async def test_live_text_that_redis_refuses_while_the_lease_is_held_costs_no_word(stack: Stack):
    stack.script(SCRIPT)
    await asyncio.to_thread(stack.start_worker)

    async def refuse(run: Run) -> None:
        await first_words(run, 4)
        seq = max(seq for seq, _, _ in await read(journal_of, run))
        redis = client()
        stranger = Entry((seq, 9_999), "delta", {"path": "x", "attempt": 1, "offset": 0, "text": "x"})
        assert (await put(redis, run.pk, [stranger]))[0] == 0
        assert await redis.xlen(key_of(run.pk)) > 0
        await redis.aclose()

    run = await watched(stack, refuse)
    assert run.answer == ANSWER
    claims = [kind for _, kind, _ in await read(journal_of, run) if kind == "run_claimed"]
    assert len(claims) == 1


async def test_two_branches_that_finish_together_fold_to_the_answer(stack: Stack):
    stack.script(SCRIPT)
    await asyncio.to_thread(stack.start_worker)
    branches = graph(
        [
            node("start"),
            *(node("prompt", n, user="count") for n in (1, 2)),
            *(node("answer", n, text=f"{n}: {{{{ prompt_{n}.text }}}}") for n in (1, 2)),
        ],
        *(f"start_1 -> prompt_{n}" for n in (1, 2)),
        *(f"prompt_{n} -> answer_{n}" for n in (1, 2)),
    )

    async def nothing(run: Run) -> None:
        await first_words(run, 2)

    assert (await watched(stack, nothing, branches)).answer == f"1: {COUNT}\n\n2: {COUNT}"

"""What a run has spent counts once: where steps are stopped while they ask or while their end is being
written, where their container is tried again, where they wait, and where workers die in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from backend.runs.ending import used
from nodes.sdk import ChatRequest, Json
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Graph, Policy
from nodes.sdk.models import ChatChunk, Price, Usage
from nodes.sdk.run_limits import RunLimits
from tests.engine import world as worlds
from tests.engine.test_limits import Meter
from workers.engine.events import FINAL, Event
from workers.engine.journal import MemoryJournal, Signal
from workers.engine.state import fold
from workers.engine.testing import Crash, CrashingJournal, EchoModels, build, crash_at


def tokens(usage: Any) -> int:
    """Of a usage, or of one that was written down."""
    if isinstance(usage, Usage):
        return usage.prompt_tokens + usage.completion_tokens
    return usage["total_tokens"] if usage else 0


def told(events: list[Event]) -> int:
    """The tokens that the facts before the end tell, each once."""
    facts = [event.data.get("usage") for event in events if event.type not in FINAL]
    return sum(map(tokens, [*facts, *(event.data.get("left") for event in events)]))


class Spendthrift(EchoModels):
    """Reports ten tokens at once, then another ten with each word, and counts what it was made to report."""

    def __init__(self) -> None:
        super().__init__()
        self.used = 0
        self.may_end = asyncio.Event()
        self.hangs_at: set[str] = set()

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        question = request.messages[-1].content
        for words in range(1, 4):
            self.used += 10
            yield ChatChunk(text="word ", usage=Usage(10, 10 * (words - 1)))
            await asyncio.sleep(0)
            if question in self.hangs_at:
                await self.may_end.wait()
        yield ChatChunk(finish="stop")


async def test_an_end_that_was_being_written_when_its_container_failed_counts_once(draw, outside):
    inner = build("say", policies={"say_1": Policy(max_attempts=2)})
    world = draw("at_once", bodies={"at_once_1": inner}, configs={"at_once_1": {"items": ["a", "b"]}})
    may_go_on = asyncio.Event()

    class Slow(MemoryJournal):
        """Takes its time with the end of one of the two, and keeps it all the same."""

        async def append(self, event: Event, *, durable: bool) -> None:
            await super().append(event, durable=durable)
            if event.path == "at_once_1[1].say_1" and event.type == "node_failed":
                await may_go_on.wait()

    outside.failures["at_once_1[0].say_1"] = [NodeError("bad_config", "No.")]
    outside.failures["at_once_1[1].say_1"] = [NodeError("model_busy", "Busy.", retry=True)]

    state = await world.finish(Slow(world.run, world.clock))

    assert state.status == "failed"
    ends = [e.data["usage"] for e in world.run.events if e.type == "node_failed" and e.data.get("usage")]
    assert len(ends) == 2
    assert world.run.events[-1].data["usage"]["total_tokens"] == sum(one["total_tokens"] for one in ends)


def failing_beside(draw: Any, outside: worlds.Outside) -> tuple[Any, Spendthrift]:
    """Items side by side: the first fails in two attempts of the whole, while the others ask a model that
    hangs until then."""
    models = Spendthrift()
    body = build(
        "fork.yes -> work\nfork.no -> say",
        configs={"fork_1": {"port": "{{ each_1.item.port }}"}, "say_1": {"user": "{{ each_1.item.ask }}"}},
    )
    items: list[Json] = [{"port": "yes", "ask": ""}, {"port": "no", "ask": "b"}, {"port": "no", "ask": "c"}]
    graph = build(
        "each -> say",
        bodies={"each_1": body},
        configs={"each_1": {"items": items, "at_once": 3}, "say_1": {"user": "d"}},
        policies={"each_1": Policy(max_attempts=5, backoff_s=1, retry_codes=("bad_config",))},
    )
    outside.failures["each_1[0].work_1"] = [NodeError("bad_config", "No.")] * 2
    return draw(graph, models=models), models


class LetThrough(CrashingJournal):
    """Lets the models hang while the step beside them is going to fail."""

    models: Spendthrift

    async def append(self, event: Event, *, durable: bool) -> None:
        if event.path == "each_1[0].work_1" and event.type == "node_started":
            self.models.hangs_at = {"b", "c"} if event.data["attempt"] < 3 else set()
        await super().append(event, durable=durable)


def journal_for(world: Any, models: Spendthrift, crash_at: int | None = None) -> LetThrough:
    journal = LetThrough(world.run, crash_at, world.clock)
    journal.models = models
    return journal


async def test_what_a_stopped_attempt_had_used_counts_when_its_container_is_tried_again(draw, outside):
    world, models = failing_beside(draw, outside)

    state = await world.finish(journal_for(world, models))

    assert (state.status, state.attempts["each_1"]) == ("succeeded", 3)
    assert models.used == 2 * 2 * 10 + 3 * 30, "four were stopped, three came to their end"
    assert tokens(state.usage) == told(world.run.events) == models.used


@pytest.mark.parametrize("at", range(2, 32))
async def test_what_stopped_attempts_had_used_outlives_the_worker(draw, outside, at):
    world, models = failing_beside(draw, outside)
    with suppress(Crash):
        await world.clock.finish(world.engine(journal_for(world, models, at)).run())
    used, known = models.used, told(world.run.events)
    state = fold(world.run.events)
    assert known >= 20 * (state.attempts.get("each_1", 1) - 1), "written down before the whole is tried again"
    if not state.has_ended:
        state = await world.finish(journal_for(world, models))

    assert (state.status, state.error) == ("succeeded", None)
    assert tokens(state.usage) == told(world.run.events) == known + models.used - used


@pytest.mark.parametrize("at", range(2, 24))
async def test_a_cancel_that_leaves_out_facts_leaves_nothing_off_the_bill(draw, at):
    """Each round is left while a model is asked beside it; the start that tells of it may be left out."""
    models = Spendthrift()
    models.hangs_at = {"hi"}
    body = build("work_1 -> next_round_1\nsay_1", configs={"say_1": {"user": "hi"}, "work_1": {"seconds": 1}})
    world = draw("loop", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body}, models=models)

    class Cancelling(MemoryJournal):
        async def append(self, event: Event, *, durable: bool) -> None:
            await super().append(event, durable=durable)
            if event.seq == at:
                self.run.cancel()

    await world.finish(Cancelling(world.run, world.clock))

    assert tokens(world.run.events[-1].data["usage"]) == told(world.run.events) == models.used


@pytest.mark.parametrize("at", range(2, 12))
async def test_what_a_remembered_step_asked_counts_after_a_crash(draw, at):
    world = draw("interview")
    with suppress(Crash):
        await world.clock.finish(world.engine(crash_at(at, world.run, world.clock)).run())
    done = {event.data["name"] for event in world.events("step_done")}
    known, before = told(world.run.events), sum(world.models.calls.values())
    assert known >= 2 * len(done)

    state = fold(world.run.events)
    if not state.has_ended:
        state = await world.finish()

    calls = world.models.calls
    assert [calls[name] for name in ("first", "second") if name in done] == [1] * len(done)
    # All calls are on the bill but those whose end a dead worker took along.
    assert tokens(state.usage) == told(world.run.events) == known + 2 * (sum(calls.values()) - before)


async def test_a_step_that_waits_in_between_has_all_its_calls_counted(draw):
    world = draw("interview", configs={"interview_1": {"waits": True}})
    state = await world.finish()
    assert (state.status, tokens(state.usage)) == ("waiting", 4)

    world.run.send(Signal("interview_1", "go on", None))
    state = await world.finish()

    assert state.status == "succeeded"
    assert world.models.calls == {"first": 1, "between": 2, "second": 1}
    assert tokens(state.usage) == told(world.run.events) == 8


def calling_side_by_side(limits: RunLimits) -> Graph:
    """An app inside asks a model, for six items side by side."""
    call: dict[str, Json] = {"workflow": "inner", "query": "{{ each_1.item }}"}
    items: list[Json] = [f"item {i}" for i in range(6)]
    graph = build(
        "start -> each -> say",
        bodies={"each_1": build("sub_workflow", configs={"sub_workflow_1": call})},
        configs={"each_1": {"items": items, "at_once": 3}},
    )
    return replace(graph, limits=limits)


@pytest.mark.parametrize("kind", ["token_limit", "cost_limit"])
@pytest.mark.parametrize("at", [*range(6, 60, 3), 10_000])
async def test_a_limit_holds_over_calls_side_by_side_and_a_dead_worker(draw, kind, at):
    models = Meter(reply=50, price_of=Price(0.0, 0.001), cost=0.05)
    limits = RunLimits(tokens=130) if kind == "token_limit" else RunLimits(cost=0.11)
    inner = build("start -> say", configs={"say_1": {"user": "{{ start_1.query }}"}})
    world = draw(calling_side_by_side(limits), models=models, workflows={"inner@latest": inner})
    try:
        await world.clock.finish(world.engine(crash_at(at, world.run, world.clock)).run())
        at = 0
    except Crash:
        pass
    state = fold(world.run.events)
    taken_along = models.written - state.usage.completion_tokens  # by calls that were open when it died
    assert taken_along <= 3 * 50
    if not state.has_ended:
        state = await world.finish()

    assert (state.status, state.error["code"]) == ("failed", kind)
    assert told(world.run.events) == tokens(state.usage)
    assert models.written == state.usage.completion_tokens + (taken_along if at else 0)
    if kind == "token_limit":
        assert tokens(state.usage) <= 130
    else:
        assert state.usage.completion_tokens <= 110


def test_the_bill_of_a_run_that_was_ended_while_nobody_held_it_has_all_that_was_told():
    waited = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5}
    facts = [
        ("node_waiting", "await_1", {"attempt": 1, "usage": waited}),
        ("step_done", "await_1", {"name": "a", "value": None, "usage": waited}),
        ("node_started", "say_1", {"attempt": 1, "left": waited}),
        ("node_succeeded", "say_1", {"attempt": 1, "usage": waited}),
        ("node_failed", "say_2", {"attempt": 1, "usage": None}),
    ]

    assert used(facts) == {"prompt_tokens": 4, "completion_tokens": 8, "total_tokens": 12, "cost": 2.0}

"""Random graphs give by the engine what they give by the sequential interpreter in reference.py.

Half of the runs are rough: workers die while a step writes, a person says what became of it, the run is
paused and goes on. REFERENCE_FIRST=N REFERENCE_SEEDS=1 repeats seed N; TREADLE_SOAK=1 tries 20,000 of them.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from nodes.sdk.models import ChatChunk, ChatRequest, Price, Task
from tests.engine import world as worlds
from tests.engine.agents import AgentsModels
from tests.engine.census import WANTED, shapes
from tests.engine.drawings import ENV, LATER_ENV, Case, draw_case
from tests.engine.reference import Ambiguous, Outcome, interpret
from tests.engine.reference_limits import LIMITS, TOKEN_COSTS
from tests.engine.reference_values import LUCK
from tests.engine.seeds import Seed
from tests.engine.world import Outside, World
from workers.engine.events import Event
from workers.engine.journal import LostLease, MemoryJournal, Signal
from workers.engine.limits import Limits
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash

SOAK = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = int(os.environ.get("REFERENCE_SEEDS", "20000" if SOAK else "1500"))
FIRST = int(os.environ.get("REFERENCE_FIRST", "1"))
PATIENT = Limits(wall_s=1e9)
LONGEST = 200
"""Attempts in a run; two graphs in a hundred, with loops in loops in loops, come to more."""

pytestmark = pytest.mark.timeout(7200 if SOAK else 120)


class PausingJournal(MemoryJournal):
    """A person pauses the run when so many facts have come."""

    pause_after = 0

    async def append(self, event: Event, *, durable: bool) -> None:
        self.pause_after -= 1
        if self.pause_after == 0:
            self.run.is_paused = True
        await super().append(event, durable=durable)


class Priced(AgentsModels):
    """Models of which each token costs something."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        async for chunk in super().chat(request):
            used = chunk.usage
            if used is not None:
                cost = (used.prompt_tokens + used.completion_tokens) * TOKEN_COSTS
                chunk = replace(chunk, usage=replace(used, cost=cost))
            yield chunk

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return Price(TOKEN_COSTS, TOKEN_COSTS)


@dataclass
class Person:
    """Lets a run of a case go on until it has ended: claims it, answers, settles, pauses, continues."""

    case: Case
    world: World
    dice: Random
    is_rough: bool

    async def see_through(self) -> RunState:
        run = self.world.run
        for path, note in self.case.notes.items():
            if self.dice.random() < 0.3:
                run.send(Signal(path, "answer", note))  # before anyone asked
        for _ in range(300):
            journal = PausingJournal(run, self.world.clock)
            if self.is_rough and self.dice.random() < 0.5:
                journal.pause_after = self.dice.randint(1, 60)
            self.world.outside.kill = journal.crash
            try:
                state = await self.world.finish(journal)
            except (Crash, LostLease):
                if run.events[-1].type != "run_claimed":
                    self.world.env = LATER_ENV  # the run has started, and holds what it began with
                continue
            if state.has_ended:
                return state
            self.world.env = LATER_ENV
            self.answer(run.events[-1])
        raise AssertionError("It never ends.")

    def answer(self, waiting: Event) -> None:
        """Says what is asked for; where nobody will say anything, time passes."""
        run, cuts, notes = self.world.run, self.case.cuts, self.case.notes
        assert waiting.type == "run_waiting"
        run.is_paused = False
        reasons: Any = waiting.data["reasons"]
        for wait in reasons:
            path, name = wait["path"], wait["name"]
            if wait["reason"] == "outcome_unknown":
                settled: dict[str, Any] = {"action": cuts.get(path) or "again"}
                if settled["action"] == "done":
                    settled["output"] = {"text": f"done {path}"}
                run.send(Signal(path, name, settled))
            elif wait["reason"] in ("event", "ask_human") and (note := notes.get(path)) is not None:
                run.send(Signal(path, name, note))
        if run.wake_at is not None and self.dice.random() < 0.7:
            self.world.clock.advance(max(0.0, (run.wake_at - self.world.clock.now()).total_seconds()))


async def run(case: Case, dice: Random, *, is_rough: bool) -> tuple[RunState, World]:
    worlds.outside = Outside()
    worlds.outside.failures = case.failures
    worlds.outside.cuts = case.cuts
    world = World(
        case.graph,
        worlds.outside,
        limits=PATIENT,
        models=(AgentsModels if case.graph.limits.cost is None else Priced)(case.replies),
        workflows=case.inner,
        conversation=dict(case.kept),
        env=ENV,
    )
    state = await Person(case, world, dice, is_rough).see_through()
    assert fold(world.run.events) == state
    return state, world


def compare(state: RunState, world: World, want: Outcome) -> None:
    """The same end, outputs, ports, skipped steps, variables and words; save what is luck."""
    assert (state.error or {}).get("code") == want.error
    got = {p: (r.output, r.port) for p, r in state.results.items() if not want.is_luck(p)}
    assert got == {path: result for path, result in want.results.items() if not want.is_luck(path)}
    assert state.handled_errors == want.handled_errors
    assert (state.status == "timed_out") == (want.error == "run_timed_out")
    if want.error in LIMITS:
        return
    assert {**want.variables, **state.variables} == want.variables
    assert all(value is LUCK or name in state.variables for name, value in want.variables.items())
    assert state.conversation == want.conversation
    declared = {one.name for one in world.graph.variables if one.scope == "conversation"}
    kept = world.run.conversation or {}
    assert {n: kept.get(n, state.conversation[n]) for n in declared} == want.conversation
    if want.error in (None, "stopped"):
        assert state.status == ("failed" if want.error else "succeeded")
        assert state.answer == want.answer


def is_worn_out(world: World) -> bool:
    """Whether workers died three times over one reply of an agent's model: then it fails, as it should, of
    which the interpreter knows nothing."""
    failed = (fact for fact in world.events("node_failed") if fact.path.endswith("].model"))
    return any(fact.data["error"]["code"] == "worker_crashed" for fact in failed)


async def try_seed(seed: int) -> Counter[str]:
    dice = Random(seed)
    is_rough = dice.random() < 0.5
    case = draw_case(dice, is_rough=is_rough)
    try:
        want = interpret(case.graph, case.story(), case.inner)
    except Ambiguous:
        return Counter(["ambiguous"])
    if want.starts > LONGEST:
        return Counter(["too long"])
    state, world = await run(case, dice, is_rough=is_rough)
    if is_worn_out(world):
        return Counter(["worn out"])
    compare(state, world, want)
    return Counter(["compared", *shapes(case, world, state, is_luck=bool(want.luck))])


async def test_a_random_graph_comes_to_the_same_as_by_the_sequential_interpreter(outside):
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        with Seed("REFERENCE", seed):
            seen += await try_seed(seed)
    if SEEDS >= 1500:
        assert seen["compared"] > SEEDS * 0.85
        assert WANTED - seen.keys() == set()

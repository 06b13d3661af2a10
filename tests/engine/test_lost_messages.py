"""Runs, workers, a clock and a broker in one process, all by one seed, which is printed when it fails.

The broker loses, doubles, delays and reorders what rings for runs; workers die between any two writes, are
told to stop, sleep past their leases and wake up again; clocks are set wrong; people cancel, pause, and
answer when they like.
The invariants of tests/invariants.py are the oracle, and each run comes to what it comes to on a calm day:
by the engine itself, or for most of the graphs by the interpreter in reference.py. In some an agent works:
then nothing is asked about twice, and what asks first waits for a yes.

SIMULATION_FIRST=N SIMULATION_SEEDS=1 repeats seed N; TREADLE_SOAK=1 tries 10,000 of them.
"""

import os
from collections import Counter
from random import Random

import pytest

from nodes.sdk.graph import Graph, Policy
from nodes.sdk.shapes import all_nodes
from tests.engine.agent_cases import agent_case, check_approvals
from tests.engine.agents import AgentsModels, ThinkingModels
from tests.engine.drawings import ByStep, Case, draw_case
from tests.engine.reference import Ambiguous, Outcome, interpret
from tests.engine.seeds import Seed
from tests.engine.test_reference import compare
from tests.engine.test_simulation import (
    ENDS,
    check_journal,
    check_promises,
    fresh_outside,
    has_crashed,
    random_failures,
    random_graph,
    settled,
)
from tests.engine.town import PATIENT, Town
from tests.engine.world import World
from tests.invariants import Hit, Pace, violations
from tests.invariants import World as Seen
from workers.engine.state import RunState, fold

SOAK = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = int(os.environ.get("SIMULATION_SEEDS", "10000" if SOAK else "300"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))

pytestmark = pytest.mark.timeout(7200 if SOAK else 120)
TROUBLE = ("deaths", "handed over", "takeovers", "naps", "leaps", "pauses", "notes", "cancelled")
OUTCOMES = ("compared", "asked")

LONGEST = 80
"""Attempts in a run that is taken from the drawings."""


async def simulate(seed: int) -> Town:
    dice = Random(seed)
    luck = dice.random()
    models: ThinkingModels | None = None
    want: Outcome | None = None
    if luck < 0.15:
        case, models, want = agent_case(dice)
    elif luck < 0.6:
        case, want = drawn_case(dice)
    else:
        case = old_case(dice)
    calm: RunState | None = None
    before_s = 0.0
    if want is None:
        smooth = World(case.graph, fresh_outside(case.failures), limits=PATIENT)
        began = smooth.clock.monotonic()
        calm = await smooth.finish()
        before_s = smooth.clock.monotonic() - began

    town = Town(dice, case, fresh_outside(case.failures), models or AgentsModels(case.replies))
    await town.live()
    after_s = await town.one_more() if calm is not None else 0.0

    graphs = (case.graph, *case.inner.values())
    writes = frozenset(node.id for graph in graphs for node in all_nodes(graph) if node.type == "write")
    keys = [key for key in town.outside.keys if key.rpartition(":")[2].rpartition(".")[2] in writes]
    seen = Seen(
        accepted=tuple(town.ids),
        runs=tuple(map(town.story, range(len(town.runs)))),
        hits=tuple(map(Hit, keys)),
        posts=writes,
        unrepeatable=writes,
        cancelled=town.cancelled,
        pace=Pace((before_s,), (after_s,)) if calm is not None else None,
    )
    assert violations(seen) == []
    for world in town.worlds:
        for fact in world.events("node_failed"):  # the person never says that it failed: it was asked about
            is_write = fact.path.rpartition(".")[2] in writes
            assert not (is_write and fact.data["error"]["code"] == "worker_crashed")
    for number, world in enumerate(town.worlds):
        if models is not None:
            town.seen["asked"] += check_approvals(world)
        if town.ids[number] in town.cancelled:
            continue
        assert town.is_rough or not has_crashed(fold(world.run.events), world)
        if calm is not None:
            check_promises(world, settled(calm), calm)
        elif not has_crashed(state := check_journal(world), world):
            assert want is not None
            compare(state, world, want)
            town.seen["compared"] += 1
    return town


def drawn_case(dice: Random) -> tuple[Case, Outcome]:
    """One whose end hangs on no luck, and what it comes to. What writes goes wrong for one reason only: its
    worker dies."""
    while True:
        case = draw_case(dice, is_rough=True)
        case.cuts.clear()
        for id in [id for id in case.failures if "write" in id]:
            del case.failures[id]
        try:
            want = interpret(case.graph, case.story(), case.inner)
        except Ambiguous:
            continue
        if want.starts <= LONGEST:
            return case, want


def old_case(dice: Random) -> Case:
    """One with the containers that only the tests have, and steps that act in several remembered steps."""
    graph = without_retries_of_writes(random_graph(dice))
    can_stop = any(node.type in ENDS for node in all_nodes(graph))
    failures = random_failures(dice, graph, may_be_final=not can_stop)
    kept = {path: errors for path, errors in failures.items() if "write" not in path.rpartition(".")[2]}
    return Case(graph, failures=ByStep(kept))


def without_retries_of_writes(graph: Graph) -> Graph:
    """The same, where what writes is never done again by itself."""
    nodes = {
        node.id: type(node)(
            node.id,
            node.type,
            config={**node.config, "text": ""} if node.type == "write" else node.config,
            policy=Policy() if node.type == "write" else node.policy,
            body=None if node.body is None else without_retries_of_writes(node.body),
        )
        for node in graph.nodes.values()
    }
    return Graph(nodes, graph.edges)


async def test_messages_lost_doubled_late_and_workers_dead_or_asleep_change_nothing(outside):
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + SEEDS):
        with Seed("SIMULATION", seed):
            town = await simulate(seed)
        seen += town.seen
    if SEEDS >= 300:
        assert all(seen[what] > SEEDS / 20 for what in (*TROUBLE, *OUTCOMES)), seen

"""Random graphs, run by workers that die, sleep, and are taken for dead; the seed is printed on failure.

SIMULATION_SEEDS=N tries N seeds; SIMULATION_FIRST=N begins with seed N. TREADLE_SOAK=1 tries 10,000 of them.
"""

import asyncio
import os
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from nodes.sdk import Json, NodeError
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from nodes.sdk.shapes import all_nodes
from tests.engine import world as worlds
from tests.engine.seeds import Seed
from tests.engine.world import Outside, World
from workers.engine.events import FINAL, Event
from workers.engine.journal import Busy, LostLease, MemoryJournal, MemoryRun, Signal
from workers.engine.state import RunState, fold
from workers.engine.testing import Crash

SOAK = os.environ.get("TREADLE_SOAK") == "1"
SEEDS = int(os.environ.get("SIMULATION_SEEDS", "10000" if SOAK else "2000"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))
MANY = Policy(max_attempts=10, backoff_s=0.1)
pytestmark = pytest.mark.timeout(7200 if SOAK else 120)

LEAVES = ["stop_loop", "next_round"]
ENDS = [*LEAVES, "stop"]
CONTAINERS = ("times", "at_once", "loop", "each")


def random_graph(dice: Random, depth: int = 0, container: str = "", *, is_in_loop: bool = False) -> Graph:
    """A graph of up to nine nodes in which every edge points forward, with bodies up to two deep."""
    nodes: dict[str, GraphNode] = {}
    edges: set[Edge] = set()
    for number in range(1, dice.randint(2, 9 - 3 * depth)):
        kinds = ["pure", "pure", "work", "write", "say", "fork", "steps", "set_variable"]
        kinds += list(CONTAINERS) if depth < 2 else []
        kinds += LEAVES if is_in_loop and number > 1 else []
        kinds += ["stop"] if number > 1 else []
        kind = dice.choice(kinds)
        before = list(nodes)
        node_id = f"{kind}_{number + 10 * depth}"
        sources = dice.sample(before, min(len(before), dice.randint(0, 3)))
        if kind in ENDS and not any(source.startswith("fork") for source in sources):
            continue  # reached in the first round already, there would be little to see
        is_loop = kind == "loop" or (is_in_loop and kind == "each")
        body = random_graph(dice, depth + 1, node_id, is_in_loop=is_loop) if kind in CONTAINERS else None
        config = random_config(dice, kind, sources, container)
        nodes[node_id] = GraphNode(node_id, kind, config=config, policy=MANY, body=body)
        for source in sources:
            if source.startswith(tuple(ENDS)):
                continue
            ports = ["yes", "no", "stop"] if source.startswith("fork") else ["out", "out", "out", "error"]
            edges.add(Edge(source, dice.choice(ports), node_id))
    return Graph(nodes, tuple(sorted(edges, key=lambda e: (e.source, e.port, e.target))))


def random_config(dice: Random, kind: str, sources: list[str], container: str) -> Mapping[str, Json]:
    refs = " ".join(f"{{{{ {source}.text }}}}" for source in sources)
    inside = f"{{{{ {container}.index }}}}" if container.startswith(("loop", "each")) else ""
    ports: list[Json] = ["yes", "no", "stop"]
    until: Json = {"conditions": [{"left": inside or "no", "operator": "gte", "right": 1}]}
    configs: dict[str, dict[str, Json]] = {
        "pure": {"text": f"{refs} {inside} p"},
        "work": {"text": f"{refs} {inside}", "seconds": dice.choice([0, 0, 1, 3])},
        "write": {"text": refs, "seconds": dice.choice([0, 1])},
        "say": {"user": f"{refs} s"},
        "fork": {"port": dice.choice(ports)},
        "times": {"times": dice.randint(0, 3)},
        "at_once": {"items": [1, 2, 3][: dice.randint(0, 3)]},
        "loop": {"count": dice.randint(0, 3), "until": dice.choice([{}, until])},
        "each": {
            "items": ["a", "b", "c"][: dice.randint(0, 3)],
            "at_once": dice.randint(1, 3),
            "on_error": dice.choice(["stop", "null", "drop"]),
        },
        "set_variable": {"name": "total", "operator": "add", "value": dice.randint(1, 9)},
        "stop_loop": {},
        "next_round": {},
        "stop": {"message": "Bye."},
        "steps": {"tells_what_it_saw": False},
    }
    return configs[kind]


def random_failures(
    dice: Random, graph: Graph, prefix: str = "", *, may_be_final: bool = True
) -> dict[str, list[NodeError]]:
    """Errors for some node runs: they pass, or are final from the first attempt on.

    Where a step may leave a loop none is final: which of the two comes first would be a matter of luck.
    """
    failures: dict[str, list[NodeError]] = {}
    for node in graph.nodes.values():
        path = prefix + node.id
        luck = dice.random()
        if luck < 0.1:
            failures[path] = [NodeError("model_busy", "Busy.")] * dice.randint(1, 2)
        elif luck < 0.15 and may_be_final:
            failures[path] = [NodeError("model_auth", "No.")] * 99
        if node.body is not None:
            for i in range(3):
                inner = f"{path}[{i}]."
                failures |= random_failures(dice, node.body, inner, may_be_final=may_be_final)
    return failures


class UnreliableJournal(MemoryJournal):
    """A memory journal on a bad day: it takes its time, and its worker may die before or after any write."""

    def __init__(self, run: MemoryRun, clock: Any, dice: Random, danger: float) -> None:
        super().__init__(run, clock)
        self.dice = dice
        self.danger = danger
        self.commits: asyncio.Lock = asyncio.Lock()

    async def append(self, event: Event, *, durable: bool) -> None:
        self._maybe_die()
        if event.type in FINAL:
            await self._commit()  # so that the end itself meets a cancel that came meanwhile
            await super().append(event, durable=True)
        else:
            await super().append(event, durable=False)
            if durable:
                await self._commit()
            elif self.dice.random() < 0.1:
                self._flush()  # what is buffered may become durable at any time
        self._maybe_die()

    async def barrier(self) -> None:
        self._maybe_die()
        await self._commit()
        await super().barrier()
        self._maybe_die()

    async def _commit(self) -> None:
        async with self.commits:
            for _ in range(self.dice.choice([0, 0, 1, 5])):
                await asyncio.sleep(0)
            self._maybe_die()
            self._flush()

    def _maybe_die(self) -> None:
        if self.dice.random() < self.danger:
            self.crash()
        if self._is_lost:
            raise Crash if self.run.holder is None else LostLease


async def work_until_it_has_ended(world: World, dice: Random, danger: float) -> list[RunState]:
    """Workers claim and die until the run has ended; some are taken for dead while they are alive."""
    ended: list[RunState] = []
    workers: list[asyncio.Task[None]] = []

    async def worker(journal: MemoryJournal) -> None:
        try:
            ended.append(await world.engine(journal).run())
        except (Busy, LostLease, Crash):
            return

    for _ in range(400):
        if world.run.events and world.run.events[-1].type in FINAL:
            break
        settle_what_nobody_knows(world, dice)
        workers.append(asyncio.ensure_future(worker(UnreliableJournal(world.run, world.clock, dice, danger))))
        for _ in range(dice.choice([1, 5, 40, 200])):
            await asyncio.sleep(0)
        world.clock.advance(dice.choice([0, 0.05, 1, 4]))
        if dice.random() < danger * 10:
            world.run.expire()
    else:
        raise AssertionError("I1: the run never ended.")
    await world.clock.finish(asyncio.gather(*workers))
    return ended


def settle_what_nobody_knows(world: World, dice: Random) -> None:
    """A person says of each step that was cut off while it acted: do it again, or it failed."""
    if world.run.events and world.run.events[-1].type == "run_waiting":
        for wait in world.run.events[-1].data["reasons"]:
            note = {"action": dice.choice(["again", "again", "fail"])}
            world.run.send(Signal(wait["path"], wait["name"], note))


def check_promises(world: World, want: dict[str, Any], calm: RunState) -> None:
    """The journal is sound, and the run came to what it comes to on a calm day."""
    state = check_journal(world)
    if not has_crashed(state, world):
        assert state.status == calm.status
        assert state.status == "failed" or settled(state) == want
        assert state.answer == calm.answer  # what a step says that ends it all, or nothing
        if calm.status == "succeeded" and is_whole(calm) and is_whole(state):
            assert state.variables == calm.variables


def check_rests(world: World) -> None:
    """Nothing was tried again before its time, whoever had to know of it."""
    rests: dict[str, Any] = {}
    for event in world.run.events:
        if event.type == "node_failed" and event.data["retry_in_s"] is not None:
            rests[event.path] = event.at + timedelta(seconds=event.data["retry_in_s"])
        elif event.type == "node_started" and event.path in rests:
            assert event.at >= rests.pop(event.path)


def has_crashed(state: RunState, world: World) -> bool:
    """Whether a step died with its workers more often than it may."""
    errors = [state.error, *(e.data["error"] for e in world.run.events if e.type == "node_failed")]
    return any(error is not None and error["code"] == "worker_crashed" for error in errors)


def check_journal(world: World) -> RunState:
    """What must hold of any journal of a run that has ended."""
    events = world.run.events
    # I4: the sequence is dense.
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    # I1: exactly one end, and it is the last.
    assert [event.type in FINAL for event in events].index(True) == len(events) - 1
    # I2: no second result of anything.
    results = [e.path for e in events if e.type == "node_succeeded" or e.data.get("port") == "error"]
    assert len(results) == len(set(results))
    steps = [(e.path, e.data["name"]) for e in events if e.type == "step_done"]
    assert len(steps) == len(set(steps))
    # Each note is taken in once.
    notes = [(e.path, e.data["name"]) for e in events if e.type == "signal_received"]
    assert len(notes) == len(set(notes))
    # Attempts are numbered, and started before they are ended.
    attempts: dict[str, int] = {}
    for event in events:
        if event.type == "node_started":
            # What waited, and was not cut off, goes on with the attempt it had.
            is_resumed = "resumed" in event.data
            assert event.data["attempt"] == attempts.get(event.path, 0) + (0 if is_resumed else 1)
            attempts[event.path] = event.data["attempt"]
        elif event.type in ("node_succeeded", "node_failed"):
            assert event.data["attempt"] <= attempts[event.path]
    state = fold(events)
    # fold(stale) + what was missed == fold(all)
    stale = fold(events[: len(events) // 2])
    for event in events[len(events) // 3 :]:
        stale.apply(event)
    assert stale == state
    return state


def settled(state: RunState) -> dict[str, Any]:
    """What each node gave; but inside a node that failed, and in a pass that ended before its time, how far
    the others came is a matter of luck, and so is what a total was when something was added."""
    failed = tuple(f"{path}[" for path, result in state.results.items() if result.port == "error")
    ended = tuple(prefix for ends in state.ends.values() for prefix in ends)  # "": the whole workflow
    return {
        path: (None if "set_variable" in path.rpartition(".")[2] else _told(result.output), result.port)
        for path, result in state.results.items()
        if not path.startswith((*failed, *ended))
    }


def _told(output: Json) -> Json:
    """An output without totals, which stand in what the last step of a body gave."""
    if isinstance(output, dict):
        return {k: _told(v) for k, v in output.items() if k != "value"}
    return [_told(item) for item in output] if isinstance(output, list) else output


def is_whole(state: RunState) -> bool:
    """Whether nothing was cut short, so that everything that adds to a variable did."""
    return not any(state.ends.values()) and all(r.port != "error" for r in state.results.values())


async def simulate(seed: int) -> str:
    dice = Random(seed)
    graph = random_graph(dice)
    can_stop = any(node.type in ENDS for node in all_nodes(graph))
    failures = random_failures(dice, graph, may_be_final=not can_stop)
    smooth = World(graph, fresh_outside(failures))
    calm = await smooth.finish()
    want = settled(calm)
    assert calm == fold(smooth.run.events)
    cancels = dice.random() < 0.2

    world = World(graph, fresh_outside(failures))
    danger = dice.choice([0.001, 0.01, 0.03])
    running = asyncio.ensure_future(work_until_it_has_ended(world, dice, danger))
    if cancels:
        for _ in range(dice.randint(1, 300)):
            await asyncio.sleep(0)
        acts_before = list(world.outside.acts)
        has_ended = bool(world.run.events) and world.run.events[-1].type in FINAL
        world.run.cancel()
        await running
        # I5: nothing starts after the cancel was answered.
        assert world.outside.acts == acts_before
        if not has_ended:
            assert world.run.events[-1].type == "run_cancelled"
        return fold(world.run.events).status
    await running
    check_promises(world, want, calm)
    check_rests(world)
    return fold(world.run.events).status


def fresh_outside(failures: dict[str, list[NodeError]]) -> Outside:
    worlds.outside = Outside()
    worlds.outside.failures = failures
    return worlds.outside


async def test_whatever_happens_to_the_workers_the_promises_hold(outside):
    seen: dict[str, int] = {}
    for seed in range(FIRST, FIRST + SEEDS):
        with Seed("SIMULATION", seed):
            status = await simulate(seed)
        seen[status] = seen.get(status, 0) + 1

    if SEEDS >= 1000:
        assert seen["succeeded"] > SEEDS / 3
        assert seen["cancelled"] > SEEDS / 20
        assert seen["failed"] > SEEDS / 50

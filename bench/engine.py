"""The engine alone, in one process and in memory: chains, a loop, parallel branches, a run taken up again.

A node here is a `template` with settings of its own (pydantic config, output, JSON facts), not an empty call.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bench.results import Result, result
from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput
from nodes.sdk.catalogue import Catalogue, load_catalogue
from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.limits import MAX_ROUNDS_SETTING
from workers.engine.engine import Engine
from workers.engine.events import Event
from workers.engine.journal import LostLease, MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.limits import Limits
from workers.engine.plan import compile_plan
from workers.engine.testing import services

ROUNDS = 9
LIMITS = Limits(steps=1_000_000)
LENGTHS = (10, 100, 1_000, 10_000)
FACTS_KEPT = 100_000


class Wait200(Node):
    """Waits 200 ms, as a slow service would."""

    type, title, group, effects = "wait_200", "Wait", "Bench", "read"

    class Config(NodeConfig):
        """Nothing to set."""

    class Output(NodeOutput):
        """Nothing to give."""

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        await asyncio.sleep(0.2)
        return self.Output()


class Read(Node):
    """Looks at the world, and is done at once."""

    type, title, group, effects = "bench_read", "Read", "Bench", "read"

    class Config(NodeConfig):
        """Nothing to set."""

    class Output(NodeOutput):
        text: str = Field(title="Text")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        return self.Output(text="found")


def chain(length: int) -> Graph:
    """start → templates → answer, `length` nodes in all; each takes up the text before it."""
    ids = ["start_1", *(f"template_{i}" for i in range(1, length - 1)), "answer_1"]
    nodes = {"start_1": GraphNode("start_1", "start")}
    text = "{{ start_1.query }}"
    for node_id in ids[1:]:
        nodes[node_id] = GraphNode(node_id, node_id.partition("_")[0], config={"text": text})
        text = f"{{{{ {node_id}.text }}}}"
    return Graph(nodes, tuple(Edge(source, "out", target) for source, target in itertools.pairwise(ids)))


def fanout(width: int) -> Graph:
    """start → `width` nodes side by side that wait 200 ms each → answer."""
    nodes = {"start_1": GraphNode("start_1", "start")}
    nodes |= {f"wait_200_{i}": GraphNode(f"wait_200_{i}", "wait_200") for i in range(width)}
    nodes["answer_1"] = GraphNode("answer_1", "answer", config={"text": "done"})
    middle = [f"wait_200_{i}" for i in range(width)]
    edges = [Edge("start_1", "out", i) for i in middle] + [Edge(i, "out", "answer_1") for i in middle]
    return Graph(nodes, tuple(edges))


def loop(rounds: int) -> Graph:
    """start → a loop of so many rounds with one template inside → answer."""
    text = {"text": "{{ loop_1.number }}"}
    nodes = {
        "start_1": GraphNode("start_1", "start"),
        "loop_1": GraphNode(
            "loop_1",
            "loop",
            config={"count": rounds},
            body=Graph({"template_1": GraphNode("template_1", "template", config=text)}),
        ),
        "answer_1": GraphNode("answer_1", "answer", config={"text": "{{ loop_1.count }}"}),
    }
    return Graph(nodes, (Edge("start_1", "out", "loop_1"), Edge("loop_1", "out", "answer_1")))


def in_memory() -> Iterator[Result]:
    """engine.chain.N.memory (µs a node), .loop.1000.memory (µs a round), .fanout.N.memory (ms), and
    .resume.100000.memory (s): a journal of so many facts, from its claim to the run's end."""
    catalogue = bench_catalogue()
    for length in LENGTHS:
        seconds = _rounds(_memory_run(chain(length), catalogue), rounds_for(length))
        yield result(f"engine.chain.{length}.memory", "us/node", [s * 1e6 / length for s in seconds])
    seconds = _rounds(_memory_run(loop(1000), catalogue), 3 * ROUNDS)
    yield result("engine.loop.1000.memory", "us/round", [s * 1e3 for s in seconds])
    for width in (20, 200):
        seconds = _rounds(_memory_run(fanout(width), catalogue), ROUNDS)
        yield result(f"engine.fanout.{width}.memory", "ms", [s * 1e3 for s in seconds])
    with many_rounds():
        yield result("engine.resume.100000.memory", "s", asyncio.run(_resumes(catalogue)))


def rounds_for(length: int) -> int:
    """How often a chain of that length is measured: the short ones more often, for they vary more."""
    return max(ROUNDS, 2_000 // length)


@contextmanager
def many_rounds() -> Iterator[None]:
    """Lets a loop go on for as many rounds as `cut_off` needs."""
    before = os.environ.get(MAX_ROUNDS_SETTING)
    os.environ[MAX_ROUNDS_SETTING] = "1000000"
    try:
        yield
    finally:
        os.environ.pop(MAX_ROUNDS_SETTING)
        if before is not None:
            os.environ[MAX_ROUNDS_SETTING] = before


class _Cut(MemoryJournal):
    """Its worker dies when the run has so many facts."""

    def __init__(self, run: MemoryRun, at: int) -> None:
        super().__init__(run)
        self._at = at

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable or event.seq == self._at)
        if event.seq == self._at:
            self.crash()
            raise LostLease


async def cut_off(catalogue: Catalogue, graph: Graph, facts: int, limits: Limits = LIMITS) -> list[Event]:
    """What a run of `graph` has written when its worker dies at that fact."""
    run = MemoryRun(Opening(query="Hello"))
    engine = Engine(
        compile_plan(graph, catalogue), catalogue, _Cut(run, facts), Silent(), services(), limits=limits
    )
    with suppress(LostLease):
        await engine.run()
    if len(run.events) != facts:
        raise RuntimeError(f"The run came to {len(run.events)} facts.")
    return run.events


async def _resumes(catalogue: Catalogue) -> list[float]:
    graph = loop(FACTS_KEPT // 2)
    events = await cut_off(catalogue, graph, FACTS_KEPT)
    plan = compile_plan(graph, catalogue)
    seconds = []
    for _ in range(3):
        gc.collect()
        run = MemoryRun(Opening(query="Hello"), list(events))
        begin = time.perf_counter()
        state = await Engine(plan, catalogue, MemoryJournal(run), Silent(), services(), limits=LIMITS).run()
        seconds.append(time.perf_counter() - begin)
        if state.status != "succeeded":
            raise RuntimeError(f"The run {state.status}: {state.error}")
    return seconds


def bench_catalogue() -> Catalogue:
    """The node types that come with Treadle, and those of the benchmarks."""
    catalogue = load_catalogue()
    return Catalogue({**catalogue.types, "wait_200": Wait200, "bench_read": Read}, catalogue.broken)


def _memory_run(graph: Graph, catalogue: Catalogue) -> Callable[[], Awaitable[Any]]:
    plan = compile_plan(graph, catalogue)

    async def run() -> None:
        journal = MemoryJournal(MemoryRun(Opening(query="Hello")))
        state = await Engine(plan, catalogue, journal, Silent(), services(), limits=LIMITS).run()
        if state.status != "succeeded":
            raise RuntimeError(f"The run {state.status}: {state.error}")

    return run


def _rounds(run: Callable[[], Awaitable[Any]], count: int) -> list[float]:
    """Seconds of each of `count` rounds, after two that warm up."""

    async def all_rounds() -> list[float]:
        seconds = []
        for _ in range(count + 2):
            gc.collect()
            begin = time.perf_counter()
            await run()
            seconds.append(time.perf_counter() - begin)
        return seconds[2:]

    return asyncio.run(all_rounds())

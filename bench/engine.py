"""The engine alone, in one process: a chain, a loop, parallel branches; in memory and on SQLite.

A node here is a `template` with settings of its own (pydantic config, output, JSON facts), not an empty call.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from bench.results import Result, result
from nodes.sdk import Node, NodeConfig, NodeContext, NodeOutput
from nodes.sdk.catalogue import Catalogue, load_catalogue
from nodes.sdk.graph import Edge, Graph, GraphNode
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.limits import Limits
from workers.engine.plan import compile_plan
from workers.engine.testing import services

ROUNDS = 9
LIMITS = Limits(steps=100_000)


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
    """engine.chain.N.memory (µs a node), .loop.1000.memory (µs a round), .fanout.20.memory (ms)."""
    catalogue = _catalogue()
    for length in (10, 100, 1000):
        seconds = _rounds(_memory_run(chain(length), catalogue), max(ROUNDS, 2000 // length))
        yield result(f"engine.chain.{length}.memory", "us/node", [s * 1e6 / length for s in seconds])
    seconds = _rounds(_memory_run(loop(1000), catalogue), ROUNDS)
    yield result("engine.loop.1000.memory", "us/round", [s * 1e3 for s in seconds])
    seconds = _rounds(_memory_run(fanout(20), catalogue), ROUNDS)
    yield result("engine.fanout.20.memory", "ms", [s * 1e3 for s in seconds])


def _catalogue() -> Catalogue:
    catalogue = load_catalogue()
    return Catalogue({**catalogue.types, "wait_200": Wait200}, catalogue.broken)


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

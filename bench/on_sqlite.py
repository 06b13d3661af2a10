"""Runs with the journal in a database, from an accepted run to its end in a worker's own parts, the bell left
out; and the floors, which write the same rows with the same commits and nothing else."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bench.engine import FACTS_KEPT, ROUNDS, bench_catalogue, chain, cut_off, loop, many_rounds
from bench.floor import write_barely
from bench.installation import installation
from bench.postgresql import server
from bench.results import Result, result
from bench.worker_parts import a_worker, accepted, pinned, worked
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Edge, Graph, GraphNode
from workers.engine.events import Event

LENGTHS = (10, 100, 1_000)  # a drawing holds no more steps than that
READS = 20


def on_sqlite() -> Iterator[Result]:
    """engine.*.sqlite: chains (µs a node), a chain of reads and its floor (ms), a resume (s)."""
    with installation(only=("redis",)) as here:
        yield from _figures(here.workspace_id, "sqlite")


def on_postgresql() -> Iterator[Result]:
    """The same on PostgreSQL."""
    with server() as url, installation(only=("redis",), database_url=url) as here:
        yield from _figures(here.workspace_id, "postgresql")


def _figures(workspace_id: Any, where: str) -> Iterator[Result]:
    with many_rounds():
        found = asyncio.run(_all(workspace_id))
    for length, seconds in found.chains.items():
        yield result(f"engine.chain.{length}.{where}", "us/node", [s * 1e6 / length for s in seconds])
    yield result(f"engine.reads.{READS}.{where}", "ms", [s * 1e3 for s in found.reads])
    yield result(f"engine.reads.{READS}.{where}.floor", "ms", [s * 1e3 for s in found.floor])
    ratios = [read / bare for read, bare in zip(found.reads, found.floor, strict=True)]
    yield result(f"engine.reads.{READS}.{where}.over_floor", "times", ratios)
    yield result(f"engine.resume.{FACTS_KEPT}.{where}", "s", found.resumes)


@dataclass
class _Found:
    """Seconds of each round."""

    chains: dict[int, list[float]]
    reads: list[float]
    floor: list[float]
    resumes: list[float]


def reads(count: int) -> Graph:
    """start → so many nodes that look at the world, one after the other → answer."""
    ids = ["start_1", *(f"bench_read_{i}" for i in range(count)), "answer_1"]
    nodes = {node_id: GraphNode(node_id, "bench_read") for node_id in ids[1:-1]}
    nodes |= {"start_1": GraphNode("start_1", "start")}
    nodes["answer_1"] = GraphNode("answer_1", "answer", config={"text": f"{{{{ {ids[-2]}.text }}}}"})
    return Graph(nodes, tuple(Edge(source, "out", target) for source, target in itertools.pairwise(ids)))


async def _all(workspace_id: Any) -> _Found:
    catalogue = bench_catalogue()
    async with a_worker(catalogue) as runner:
        found = _Found({}, [], [], [])
        for length in LENGTHS:
            version = await pinned(workspace_id, chain(length))
            rounds = max(ROUNDS, 500 // length)
            found.chains[length] = [await worked(runner, await accepted(version)) for _ in range(rounds + 2)]
            del found.chains[length][:2]
        version = await pinned(workspace_id, reads(READS))
        for i in range(2 * ROUNDS + 2):
            run = await accepted(version)
            seconds = await worked(runner, run)
            bare = await asyncio.to_thread(write_barely, run)
            if i >= 2:
                found.reads.append(seconds)
                found.floor.append(bare)
        found.resumes = await _resumes(runner, workspace_id, catalogue)
        return found


async def _resumes(runner: Any, workspace_id: Any, catalogue: Catalogue) -> list[float]:
    """Seconds from the claim of a run that has so many facts to its end."""
    from backend.runs.reads import read

    graph = loop(FACTS_KEPT // 2)
    events = await cut_off(catalogue, graph, FACTS_KEPT)
    version = await pinned(workspace_id, graph)
    seconds = []
    for _ in range(3):
        run_id = await accepted(version)
        await read(_write, run_id, events)
        seconds.append(await worked(runner, run_id))
    return seconds


def _write(run_id: UUID, events: list[Event]) -> None:
    from backend.runs import models

    rows = [models.Event(run_id=run_id, **event._asdict()) for event in events]
    models.Event.objects.bulk_create(rows, batch_size=1_000)
    models.Run.objects.filter(pk=run_id).update(status="running", last_seq=events[-1].seq)

"""Runs with the journal in a database, from an accepted run to its end in a worker's own parts, the bell left
out; and the floors, which write the same rows with the same commits and nothing else."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bench.engine import FACTS_KEPT, ROUNDS, bench_catalogue, chain, cut_off, loop, many_rounds
from bench.floor import write_barely
from bench.installation import installation
from bench.postgresql import server
from bench.results import Result, result
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
    from backend.runs.redis_clients import client
    from backend.runs.writer import Writer
    from workers.leases import Leases
    from workers.publisher import Publisher
    from workers.runner import Runner
    from workers.services import Outside

    catalogue = bench_catalogue()
    outside, writer = Outside(), Writer()
    publisher = Publisher(client())
    runner = Runner(catalogue, outside.services, writer, Leases(time.monotonic), publisher)
    serving = asyncio.create_task(publisher.serve())
    try:
        found = _Found({}, [], [], [])
        for length in LENGTHS:
            version = await _version(workspace_id, chain(length))
            rounds = max(ROUNDS, 500 // length)
            found.chains[length] = [await _round(runner, version) for _ in range(rounds + 2)][2:]
        version = await _version(workspace_id, reads(READS))
        for i in range(2 * ROUNDS + 2):
            run = await _accepted(version)
            seconds = await _work(runner, run)
            bare = await asyncio.to_thread(write_barely, run)
            if i >= 2:
                found.reads.append(seconds)
                found.floor.append(bare)
        found.resumes = await _resumes(runner, workspace_id, catalogue)
        return found
    finally:
        await runner.stop(1)
        await publisher.close()
        serving.cancel()
        await outside.close()
        await asyncio.to_thread(writer.close)


async def _version(workspace_id: Any, graph: Graph) -> Any:
    from backend.runs.reads import read
    from backend.workflows.models import Version
    from backend.workflows.services import create_workflow, pin_graph

    def made() -> Version:
        # Pinned as it is: a drawing this large, and the types of the bench, could not be saved.
        workflow = create_workflow(
            workspace_id=workspace_id, name=f"{len(graph.nodes)} steps", graph=chain(3)
        )
        return pin_graph(workflow, graph)

    return await read(made)


async def _accepted(version: Any) -> UUID:
    from backend.runs.reads import read
    from backend.runs.services import start_run

    run = await read(
        lambda: start_run(
            version=version,
            query="Hello",
            inputs={},
            conversation=None,
            audience="member",
            audience_ref="bench",
            limits={"steps": 1_000_000},
        )
    )
    return run.pk


async def _round(runner: Any, version: Any) -> float:
    return await _work(runner, await _accepted(version))


async def _work(runner: Any, run_id: UUID) -> float:
    """Seconds from the bell until the run has ended and was let go."""
    from backend.runs.models import Run
    from backend.runs.reads import read

    gc.collect()
    begin = time.perf_counter()
    runner.start([run_id])
    # Not by looking again and again: that takes from the writer's thread the time that it is to be given.
    await asyncio.wait([runner._open[run_id].task])
    seconds = time.perf_counter() - begin
    status = (await read(Run.objects.get, pk=run_id)).status
    if status != "succeeded":
        raise RuntimeError(f"The run {status}.")
    return seconds


async def _resumes(runner: Any, workspace_id: Any, catalogue: Catalogue) -> list[float]:
    """Seconds from the claim of a run that has so many facts to its end."""
    from backend.runs.reads import read

    graph = loop(FACTS_KEPT // 2)
    events = await cut_off(catalogue, graph, FACTS_KEPT)
    version = await _version(workspace_id, graph)
    seconds = []
    for _ in range(3):
        run_id = await _accepted(version)
        await read(_write, run_id, events)
        seconds.append(await _work(runner, run_id))
    return seconds


def _write(run_id: UUID, events: list[Event]) -> None:
    from backend.runs import models

    rows = [models.Event(run_id=run_id, **event._asdict()) for event in events]
    models.Event.objects.bulk_create(rows, batch_size=1_000)
    models.Run.objects.filter(pk=run_id).update(status="running", last_seq=events[-1].seq)

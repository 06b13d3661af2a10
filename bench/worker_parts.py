"""A worker's own parts in this process, which run runs from their claim to their last row; without a bell."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from bench.engine import chain
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph


@asynccontextmanager
async def a_worker(catalogue: Catalogue, **instead: Any) -> AsyncIterator[Any]:
    """Yields a Runner with the database and the Redis of the settings; `instead` stands in for services."""
    from backend.runs.redis_clients import client
    from backend.runs.writer import Writer
    from workers.leases import Leases
    from workers.publisher import Publisher
    from workers.runner import Runner
    from workers.services import Outside

    outside, writer = Outside(), Writer()
    publisher = Publisher(client())

    def services(workspace_id: UUID) -> Any:
        return replace(outside.services(workspace_id), **instead)

    runner = Runner(catalogue, services, writer, Leases(time.monotonic), publisher)
    serving = asyncio.create_task(publisher.serve())
    try:
        yield runner
    finally:
        await runner.stop(1)
        await publisher.close()
        serving.cancel()
        await outside.close()
        await asyncio.to_thread(writer.close)


async def pinned(workspace_id: Any, graph: Graph) -> Any:
    """A version of a new app that is this graph."""
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


async def accepted(version: Any) -> UUID:
    """A run of this version that nobody has begun."""
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


async def worked(runner: Any, run_id: UUID) -> float:
    """Seconds until the run has ended and was let go. Raises RuntimeError unless it succeeded."""
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

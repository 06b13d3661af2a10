"""A chain of pure nodes with the journal in SQLite: from an accepted run to its end, the bell left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from bench.engine import chain
from bench.installation import installation
from bench.results import Result, result

ROUNDS = 9


def chains() -> Iterator[Result]:
    """engine.chain.N.sqlite (µs a node): claim, every fact durable, the run's rows, its release."""
    with installation(only=("redis",)) as here:
        for length in (10, 100, 1000):
            version = _version(here.workspace_id, length)
            seconds = asyncio.run(_rounds(version, max(ROUNDS, 500 // length)))
            yield result(f"engine.chain.{length}.sqlite", "us/node", [s * 1e6 / length for s in seconds])


def _version(workspace_id: Any, length: int) -> Any:
    from backend.workflows.services import create_workflow, pin_draft

    return pin_draft(create_workflow(workspace_id=workspace_id, name=f"chain {length}", graph=chain(length)))


async def _rounds(version: Any, count: int) -> list[float]:
    """Seconds of each of `count` runs, after two that warm up, in a worker's own parts on this loop."""
    from backend.runs.models import Run
    from backend.runs.reads import read
    from backend.runs.redis_clients import client
    from backend.runs.services import start_run
    from backend.runs.writer import Writer
    from nodes.sdk.catalogue import installed_catalogue
    from workers.leases import Leases
    from workers.publisher import Publisher
    from workers.runner import Runner
    from workers.services import Outside

    outside, writer = Outside(), Writer()
    publisher, leases = Publisher(client()), Leases(time.monotonic)
    runner = Runner(installed_catalogue(), outside.services, writer, leases, publisher)
    serving = asyncio.create_task(publisher.serve())
    seconds = []
    try:
        for _ in range(count + 2):
            run = await read(
                lambda: start_run(
                    version=version,
                    query="Hello",
                    inputs={},
                    conversation=None,
                    audience="member",
                    audience_ref="bench",
                    limits={"steps": 100_000},
                )
            )
            begin = time.perf_counter()
            runner.start([run.pk])
            while runner.open_ids:  # noqa: ASYNC110 (a run's end has no event here; the loop is not idle)
                await asyncio.sleep(0)
            seconds.append(time.perf_counter() - begin)
            status = (await read(Run.objects.get, pk=run.pk)).status
            if status != "succeeded":
                raise RuntimeError(f"The run {status}.")
    finally:
        await runner.stop(1)
        await publisher.close()
        serving.cancel()
        await outside.close()
        await asyncio.to_thread(writer.close)
    return seconds[2:]

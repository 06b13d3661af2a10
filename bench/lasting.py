"""What lasts: memory over many thousand runs, and what a thousand runs that wait cost the worker."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator

import aiohttp
import uvloop

from bench.installation import Installation, installation, publish, three_steps
from bench.processes import cpu_s, memory_mb
from bench.results import Result, result

RUNS = 20_000
CLIENTS = 16
SERVING = ("web", "worker", "redis")
WAITING = 1_000
LOOK_S = 20.0


def memory() -> Iterator[Result]:
    """lasting.memory.* (MB after the first fifth and at the end) and .growth (%), over 20,000 runs."""
    with installation() as here:
        seen = uvloop.run(_many(here))
        first = statistics.median(held for count, held in seen if RUNS * 0.15 <= count < RUNS * 0.25)
        last = statistics.median(held for count, held in seen if count >= RUNS * 0.9)
        yield result("lasting.memory.early", "MB", [first])
        yield result("lasting.memory.late", "MB", [last])
        yield result("lasting.memory.growth", "%", [(last / first - 1) * 100])
        yield result("lasting.lost_or_doubled", "runs", [_lost(RUNS)])


async def _many(here: Installation) -> list[tuple[int, float]]:
    """How many runs had ended, and what web, worker and Redis held then, about once a second."""
    asked = ended = 0
    body = json.dumps({"query": "Hello", "mode": "wait"})
    headers = {"Authorization": f"Bearer {here.keys['echo']}", "Content-Type": "application/json"}
    seen: list[tuple[int, float]] = []

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal asked, ended
        while asked < RUNS:
            asked += 1
            async with session.post(f"{here.address}/v1/runs", data=body) as answer:
                said = await answer.json()
            if answer.status != 200 or said["answer"] != "Hello!":
                raise RuntimeError(f"{answer.status}: {said}")
            ended += 1

    async def look() -> None:
        told = 0
        while ended < RUNS:
            seen.append((ended, _held(here)))
            if ended >= told + RUNS // 10:
                told = ended
                print(f"  {ended} runs, {seen[-1][1]:.0f} MB", file=sys.stderr, flush=True)
            await asyncio.sleep(1)
        seen.append((ended, _held(here)))

    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as group:
        group.create_task(look())
        for _ in range(CLIENTS):
            group.create_task(client(session))
    return seen


def _held(here: Installation) -> float:
    return sum(memory_mb(here.pids[name]) for name in SERVING)


def _lost(asked: int) -> float:
    """How far the runs that ended well are from those asked for."""
    from backend.runs.models import Run

    return abs(asked - Run.objects.filter(status="succeeded").count())


def waiting() -> Iterator[Result]:
    """waiting.1000.*: the worker's CPU (ms a second) and memory (MB more) with a thousand runs that wait."""
    with installation() as here:
        wait = three_steps("wait", {"mode": "length", "amount": 5, "unit": "hours"}, "{{ middle.until }}")
        key = publish(here.workspace_id, "waiting", wait)
        _begin(here, key, 50)  # what the worker reads once
        worker = here.pids["worker"]
        cpu_before, held_before = _use(worker), memory_mb(worker)
        _begin(here, key, WAITING)
        cpu_after, held_after = _use(worker), memory_mb(worker)
        yield result("waiting.1000.idle_cpu_before", "ms/s", [cpu_before])
        yield result("waiting.1000.idle_cpu", "ms/s", [cpu_after])
        yield result("waiting.1000.memory_added", "MB", [held_after - held_before])


def _begin(here: Installation, key: str, count: int) -> None:
    """Starts so many runs, and returns when all of them wait."""
    from backend.runs.models import Run

    before = Run.objects.filter(status="waiting").count()
    uvloop.run(_ask(here, key, count))
    end = time.monotonic() + 300
    while (waiting := Run.objects.filter(status="waiting").count() - before) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"Only {waiting} of {count} runs wait.")
        time.sleep(0.2)
    time.sleep(3)


async def _ask(here: Installation, key: str, count: int) -> None:
    body = json.dumps({"query": "Hello", "mode": "async"})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    left = iter(range(count))

    async def client(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.post(f"{here.address}/v1/runs", data=body) as answer:
                if answer.status not in (200, 202):
                    raise RuntimeError(f"{answer.status}: {await answer.text()}")

    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client(session))


def _use(pid: int) -> float:
    """Milliseconds of CPU a second, while nothing is asked."""
    before, began = cpu_s([pid]), time.monotonic()
    time.sleep(LOOK_S)
    return (cpu_s([pid]) - before) * 1e3 / (time.monotonic() - began)

"""Clients: one after another, many at once, and chats that stream. All speak over HTTP as anyone would."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import uvloop

from bench.processes import cpu_s


@dataclass(frozen=True)
class Load:
    """What a load came to: milliseconds of each answer, answers a second, CPU milliseconds of an answer."""

    ms: Sequence[float]
    rate: float
    cpu_ms: float


def runs(address: str, key: str, *, clients: int, seconds: float, pids: Sequence[int]) -> Load:
    """POST /v1/runs in mode "wait" by `clients` at once, each sending the next when it has its answer."""
    return uvloop.run(_runs(address, key, clients, seconds, pids))


def chats(address: str, key: str, *, count: int, over_s: float, pids: Sequence[int]) -> Load:
    """`count` chats begun evenly over `over_s`, streamed as OpenAI's clients do; ms to the first text."""
    return uvloop.run(_chats(address, key, count, over_s, pids))


async def _runs(address: str, key: str, clients: int, seconds: float, pids: Sequence[int]) -> Load:
    body = json.dumps({"query": "Hello", "mode": "wait"})
    ms: list[float] = []
    warm_until = time.perf_counter() + 1.0
    end = warm_until + seconds
    cpu_before = 0.0

    async def client(session: aiohttp.ClientSession) -> None:
        while (begin := time.perf_counter()) < end:
            async with session.post(f"{address}/v1/runs", data=body) as answer:
                run = await answer.json()
            if answer.status != 200 or run["answer"] != "Hello!":
                raise RuntimeError(f"{answer.status}: {run}")
            if begin >= warm_until:
                ms.append((time.perf_counter() - begin) * 1e3)

    async def look() -> None:
        nonlocal cpu_before
        await asyncio.sleep(warm_until - time.perf_counter())
        cpu_before = cpu_s(pids)

    async with _session(key) as session, asyncio.TaskGroup() as group:
        group.create_task(look())
        for _ in range(clients):
            group.create_task(client(session))
    took = time.perf_counter() - warm_until
    return Load(ms, len(ms) / took, (cpu_s(pids) - cpu_before) * 1e3 / max(len(ms), 1))


async def _chats(address: str, key: str, count: int, over_s: float, pids: Sequence[int]) -> Load:
    body = json.dumps({"model": "chat", "stream": True, "messages": [{"role": "user", "content": "Hello"}]})
    ms: list[float] = []

    async def chat(session: aiohttp.ClientSession, i: int) -> None:
        await asyncio.sleep(over_s * i / count)
        begin, first = time.perf_counter(), 0.0
        async with session.post(f"{address}/v1/chat/completions", data=body) as answer:
            async for line in answer.content:
                if not first and b'"content"' in line and b'"content":""' not in line:
                    first = time.perf_counter()
        if answer.status != 200 or not first:
            raise RuntimeError(f"A chat got {answer.status} and no text.")
        ms.append((first - begin) * 1e3)

    async with _session(key) as session:
        await chat(session, 0)
        ms.clear()
        cpu_before, began = cpu_s(pids), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for i in range(count):
                group.create_task(chat(session, i))
        took = time.perf_counter() - began
        await asyncio.sleep(0.3)  # what belongs to the last chats is still being stored
        return Load(ms, count / took, (cpu_s(pids) - cpu_before) * 1e3 / count)


def _session(key: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=120),
    )

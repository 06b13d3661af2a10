"""Clients: one after another, many at once, and chats that stream. All speak over HTTP as anyone would."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvloop

from bench.processes import cpu_s


@dataclass(frozen=True)
class Ask:
    """One request over and over. `right`: bytes of a right answer; `token`: of each piece of its text."""

    url: str
    body: Any
    right: bytes = b""
    token: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What a load came to: milliseconds of each answer, answers a second, CPU milliseconds of an answer."""

    ms: Sequence[float]
    rate: float
    cpu_ms: float


TOKEN = b'"delta":{"content":'  # the first piece of ours names a role and has no text


def run_of(address: str, key: str) -> Ask:
    """POST /v1/runs in mode "wait", to an app that says "Hello!"."""
    return Ask(
        f"{address}/v1/runs", {"query": "Hello", "mode": "wait"}, b'"answer":"Hello!"', headers=_by(key)
    )


def chat_with(address: str, key: str) -> Ask:
    """A chat that is streamed as OpenAI's clients do."""
    hello = {"role": "user", "content": "Hello"}
    body = {"model": "chat", "stream": True, "messages": [hello]}
    return Ask(f"{address}/v1/chat/completions", body, token=TOKEN, headers=_by(key))


def runs(ask: Ask, *, clients: int, seconds: float, pids: Sequence[int]) -> Load:
    """`clients` at once, each sending the next when it has its answer."""
    return uvloop.run(_runs(ask, clients, seconds, pids))


def chats(ask: Ask, *, count: int, over_s: float, pids: Sequence[int]) -> Load:
    """`count` chats begun evenly over `over_s`; ms to the first piece of text."""
    return uvloop.run(_chats(ask, count, over_s, pids))


async def _runs(ask: Ask, clients: int, seconds: float, pids: Sequence[int]) -> Load:
    body = json.dumps(ask.body)
    ms: list[float] = []
    warm_until = time.perf_counter() + 1.0
    end = warm_until + seconds
    cpu_before = cpu_s(pids)

    async def client(session: aiohttp.ClientSession) -> None:
        while (begin := time.perf_counter()) < end:
            async with session.post(ask.url, data=body) as answer:
                said = await answer.read()
            if answer.status != 200 or ask.right not in said:
                raise RuntimeError(f"{answer.status}: {said[:300]!r}")
            if begin >= warm_until:
                ms.append((time.perf_counter() - begin) * 1e3)

    async def look() -> None:
        nonlocal cpu_before
        await asyncio.sleep(warm_until - time.perf_counter())
        cpu_before = cpu_s(pids)

    async with _session(ask) as session, asyncio.TaskGroup() as group:
        group.create_task(look())
        for _ in range(clients):
            group.create_task(client(session))
    took = time.perf_counter() - warm_until
    return Load(ms, len(ms) / took, (cpu_s(pids) - cpu_before) * 1e3 / max(len(ms), 1))


async def _chats(ask: Ask, count: int, over_s: float, pids: Sequence[int]) -> Load:
    body = json.dumps(ask.body)
    ms: list[float] = []

    async def chat(session: aiohttp.ClientSession, i: int) -> None:
        await asyncio.sleep(over_s * i / count)
        begin, first, said = time.perf_counter(), 0.0, b""
        async with session.post(ask.url, data=body) as answer:
            async for piece in answer.content.iter_any():
                said = said[-200:] + piece
                if not first and ask.token in said:
                    first = time.perf_counter()
        if answer.status != 200 or not first:
            raise RuntimeError(f"A chat got {answer.status} and no text: {said[:300]!r}")
        ms.append((first - begin) * 1e3)

    async with _session(ask) as session:
        await chat(session, 0)
        ms.clear()
        cpu_before, began = cpu_s(pids), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for i in range(count):
                group.create_task(chat(session, i))
        took = time.perf_counter() - began
        await asyncio.sleep(0.3)  # what belongs to the last chats is still being stored
        return Load(ms, count / took, (cpu_s(pids) - cpu_before) * 1e3 / count)


def _by(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _session(ask: Ask) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        headers={"Content-Type": "application/json", **ask.headers},
        timeout=aiohttp.ClientTimeout(total=120),
    )

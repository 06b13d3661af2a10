"""Five hundred chats at once, each streamed at two tokens a second: gaps in them, CPU, memory."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
import uvloop

from bench.installation import Installation, connect, installation, publish, three_steps
from bench.processes import cpu_s, memory_mb
from bench.results import Result, percentile, result

CHATS = 500
BEGUN_OVER_S = 10.0
TOKENS = 80
MODEL = f"fake-t200-i500-n{TOKENS}"
LASTS_S = 0.2 + TOKENS * 0.5
LONGEST_GAP_S = 1.5


@dataclass
class Seen:
    """Seconds between the pieces of all chats, what was not whole, and memory early and late in them."""

    gaps: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    broken: int = 0
    early_mb: float = 0.0
    late_mb: float = 0.0
    cpu_s: float = 0.0


def many() -> Iterator[Result]:
    """chats.500.*: the longest gap between two pieces of any chat, the share of chats with one over 1.5 s."""
    with installation() as here:
        model = connect(here.workspace_id, here.model_port, [MODEL], name="slow")
        app = three_steps("prompt", {"model": model, "user": "{{ start_1.query }}"})
        key = publish(here.workspace_id, "many", app)
        seen = uvloop.run(_chats(here, key))
        yield result("chats.500.longest_gap", "s", [max(seen.gaps)])
        yield result("chats.500.gap.p99", "s", [percentile(seen.gaps, 99)])
        yield result("chats.500.gaps_over_1.5s", "gaps", [sum(gap > LONGEST_GAP_S for gap in seen.gaps)])
        yield result("chats.500.ttft_added.p50", "ms", [percentile(seen.firsts, 50) * 1e3 - 200])
        yield result("chats.500.not_whole", "chats", [seen.broken])
        yield result("chats.500.cpu", "ms/chat", [seen.cpu_s * 1e3 / CHATS])
        yield result("chats.500.memory", "MB", [seen.late_mb])
        yield result("chats.500.memory_growth", "%", [(seen.late_mb / seen.early_mb - 1) * 100])


async def _chats(here: Installation, key: str) -> Seen:
    body = json.dumps({"model": "many", "stream": True, "messages": [{"role": "user", "content": "Hello"}]})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    pids = [here.pids["web"], here.pids["worker"]]
    seen = Seen()

    async def chat(session: aiohttp.ClientSession, i: int) -> None:
        await asyncio.sleep(BEGUN_OVER_S * i / CHATS)
        begin, before = time.perf_counter(), 0.0
        async with session.post(f"{here.address}/v1/chat/completions", data=body) as answer:
            async for line in answer.content:
                if b'"content"' not in line or b'"content":""' in line:
                    continue
                now = time.perf_counter()
                if before:
                    seen.gaps.append(now - before)
                else:
                    seen.firsts.append(now - begin)
                before = now
        if answer.status != 200 or not before:
            seen.broken += 1

    async def look() -> None:
        await asyncio.sleep(BEGUN_OVER_S + 4)
        seen.early_mb = sum(map(memory_mb, pids))
        print(f"  {CHATS} chats are open, {seen.early_mb:.0f} MB", file=sys.stderr, flush=True)
        await asyncio.sleep(LASTS_S - BEGUN_OVER_S - 6)
        seen.late_mb = sum(map(memory_mb, pids))

    timeout = aiohttp.ClientTimeout(total=300)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session:
        await chat(session, 0)  # what the first chat reads is read
        seen.gaps.clear()
        seen.firsts.clear()
        before = cpu_s(pids)
        async with asyncio.TaskGroup() as group:
            group.create_task(look())
            for i in range(CHATS):
                group.create_task(chat(session, i))
        await asyncio.sleep(1)
        seen.cpu_s = cpu_s(pids) - before
    return seen

"""What an agent's round costs of our own time: its model and its tool answer at once.

A round is one reply of the model and one call of *Calculate*; each is a step of its own in the journal. The
last round answers. What the agent has to read grows with every round, as it does in earnest.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from bench.engine import LIMITS, bench_catalogue
from bench.installation import installation
from bench.postgresql import server
from bench.results import Result, result
from bench.worker_parts import a_worker, accepted, pinned, worked
from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Task, ToolCall, Usage, Vectors
from nodes.sdk.tool_use import ToolUse
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.plan import compile_plan
from workers.engine.testing import services

ROUNDS = 20
MEASURED = 9


class Instant(MediaByScript):
    """A model that calls a tool in every round but the last, at once."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        done = sum(message.role == "assistant" for message in request.messages)
        calls: tuple[ToolCall, ...] = ()
        if done < ROUNDS - 1:
            calls = (ToolCall(f"call_{done}", "calc", {"formula": f"{done} + 1"}),)
        else:
            yield ChatChunk(text=f"It comes to {done}.")
        usage = Usage(100, 10, 0.0)
        yield ChatChunk(usage=usage, finish="tool_calls" if calls else "stop", model="m", tool_calls=calls)

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        raise NotImplementedError

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        raise NotImplementedError

    async def which(self, model: str = "") -> str:
        return model or "m"

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return None


def agent_rounds() -> Iterator[Result]:
    """agent.round.{memory,sqlite,postgresql}: ms of a round, of a run with twenty."""
    yield _figure("memory", asyncio.run(_in_memory()))
    with installation(only=("redis",)) as here:
        yield _figure("sqlite", asyncio.run(_in_a_worker(here.workspace_id)))


def agent_rounds_on_postgresql() -> Iterator[Result]:
    """The last of them: Django's settings belong to one installation, so it has a process of its own."""
    with server() as url, installation(only=("redis",), database_url=url) as here:
        yield _figure("postgresql", asyncio.run(_in_a_worker(here.workspace_id)))


def _figure(where: str, seconds: list[float]) -> Result:
    return result(f"agent.round.{where}", "ms", [s * 1e3 / ROUNDS for s in seconds])


def _graph() -> Graph:
    """start → an agent with a calculator → answer."""
    calculator = GraphNode("calculate_1", "calculate", tool=ToolUse("calc"))
    nodes = {
        "start_1": GraphNode("start_1", "start"),
        "agent_1": GraphNode(
            "agent_1",
            "agent",
            config={"message": "{{ start_1.query }}", "most_rounds": ROUNDS},
            body=Graph({"calculate_1": calculator}),
        ),
        "answer_1": GraphNode("answer_1", "answer", config={"text": "{{ agent_1.text }}"}),
    }
    return Graph(nodes, (Edge("start_1", "out", "agent_1"), Edge("agent_1", "out", "answer_1")))


async def _in_memory() -> list[float]:
    catalogue = bench_catalogue()
    plan = compile_plan(_graph(), catalogue)
    seconds = []
    for _ in range(MEASURED + 2):
        gc.collect()
        journal = MemoryJournal(MemoryRun(Opening(query="Hello")))
        begin = time.perf_counter()
        engine = Engine(plan, catalogue, journal, Silent(), services(models=Instant()), limits=LIMITS)
        state = await engine.run()
        seconds.append(time.perf_counter() - begin)
        if state.answer != f"It comes to {ROUNDS - 1}.":
            raise RuntimeError(f"The run {state.status}: {state.error}")
    return seconds[2:]


async def _in_a_worker(workspace_id: Any) -> list[float]:
    async with a_worker(bench_catalogue(), models=Instant()) as runner:
        version = await pinned(workspace_id, _graph())
        return [await worked(runner, await accepted(version)) for _ in range(MEASURED + 2)][2:]

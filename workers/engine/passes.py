"""Runs a graph, or goes on with it: the workflow itself, and each pass over a body."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nodes.sdk.node import NodeResult
from nodes.sdk.values import Json
from workers.engine.faults import error_from_json
from workers.engine.frontier import Frontier
from workers.engine.node_run import run_node
from workers.engine.plan import GraphPlan
from workers.engine.tasks import look_at_error, stop

if TYPE_CHECKING:
    from workers.engine.engine import Engine


async def run_pass(
    engine: Engine, graph: GraphPlan, prefix: str, scope: dict[str, Json]
) -> dict[str, NodeResult]:
    """Runs what is not done yet, and returns the results that no edge took further, by node id.

    Paths begin with `prefix`; `scope` is filled with outputs as they come. Raises NodeError when a node
    failed for good; the nodes still at work have been stopped then.
    """
    return await _Pass(engine, graph, prefix, scope).run()


class _Pass:
    def __init__(self, engine: Engine, graph: GraphPlan, prefix: str, scope: dict[str, Json]) -> None:
        self.engine = engine
        self.graph = graph
        self.prefix = prefix
        self.scope = scope
        self.frontier = Frontier(graph.shape)
        self.at_work: dict[asyncio.Task[NodeResult], int] = {}
        self.done: asyncio.Queue[asyncio.Task[NodeResult]] = asyncio.Queue()
        self.last: dict[str, NodeResult] = {}

    async def run(self) -> dict[str, NodeResult]:
        self._raise_known_failure()
        try:
            while True:
                while (place := self.frontier.next_ready()) is not None:
                    await self._start(place)
                if not self.at_work:
                    return self.last
                for place, task in await self._finished():
                    self._leave(place, task.result())
        finally:
            await stop(self.engine, self.at_work)

    def _raise_known_failure(self) -> None:
        failures = self.engine.state.failures
        if failures:
            for node in self.graph.nodes:
                if (failure := failures.get(self.prefix + node.id)) is not None:
                    raise error_from_json(failure)

    async def _start(self, place: int) -> None:
        """Runs a pure node to its end, gives any other a task, and passes over one that is done already."""
        node = self.graph.nodes[place]
        path = self.prefix + node.id
        result = self.engine.state.results.get(path)
        if result is None:
            run = run_node(self.engine, node, path, self.scope)
            if not node.is_inline and node.id not in self.engine.pins:
                task = asyncio.create_task(run)
                self.at_work[task] = place
                task.add_done_callback(self._note_end)
                return
            result = await run
        self._leave(place, result)

    async def _finished(self) -> list[tuple[int, asyncio.Task[NodeResult]]]:
        """Waits for tasks to end; they come in the order of the drawing: equal facts, equal schedules."""
        tasks = [await self.done.get()]
        while not self.done.empty():
            tasks.append(self.done.get_nowait())
        return sorted(((self.at_work.pop(task), task) for task in tasks), key=lambda pair: pair[0])

    def _note_end(self, task: asyncio.Task[NodeResult]) -> None:
        look_at_error(task)
        self.done.put_nowait(task)

    def _leave(self, place: int, result: NodeResult) -> None:
        node_id = self.graph.shape.ids[place]
        self.scope[node_id] = result.output
        self.frontier.leave(place, result.port)
        if result.port not in self.graph.shape.out[place]:
            self.last[node_id] = result

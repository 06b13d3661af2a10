"""Runs a graph, or goes on with it: the workflow itself, and each pass over a body."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nodes.sdk.errors import NodeError
from nodes.sdk.node import ENDS_PASS, NodeResult
from nodes.sdk.values import Json
from workers.engine.faults import error_from_json, stop_outside_loop
from workers.engine.frontier import Frontier
from workers.engine.node_run import is_pinned, run_node
from workers.engine.plan import GraphPlan
from workers.engine.state import container_of
from workers.engine.tasks import look_at_error, stop
from workers.engine.waits import Suspended

if TYPE_CHECKING:
    from workers.engine.engine import Engine

Results = dict[str, NodeResult]


async def run_pass(engine: Engine, graph: GraphPlan, prefix: str, scope: dict[str, Json]) -> Results:
    """Runs what is not done yet, and returns the results that no edge took further, by node id.

    Paths begin with `prefix`; `scope` is filled with outputs as they come. A node that leaves by STOP or
    NEXT ends the pass at once: then its result is the only one. Raises NodeError when a node failed for
    good. The nodes still at work have been stopped then. Raises Suspended when what is left waits.
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
        self.done: asyncio.Queue[asyncio.Task[NodeResult]] | None = None
        self.last: Results = {}
        self.is_stopped = False
        self.has_waiting = False

    async def run(self) -> Results:
        if (end := self._known_end()) is not None:
            self._know_again()
            return end
        try:
            while not self.is_stopped:
                while (place := self.frontier.next_ready()) is not None:
                    await self._start(place)
                    if self.is_stopped:
                        break
                else:
                    if not self.at_work:
                        if self.has_waiting:
                            raise Suspended
                        return self.last
                    for place, task in await self._finished():
                        try:
                            result = task.result()
                        except Suspended:
                            self.has_waiting = True
                        else:
                            self._leave(place, result)
        except NodeError:
            # What was written down first counts, so that a replay comes to the same.
            if (end := self._known_end()) is not None:
                return end
            raise
        finally:
            if self.at_work:
                await stop(self.engine, self.at_work)
        return self._known_end() or self.last

    def _known_end(self) -> Results | None:
        """The result that left by STOP or NEXT, if that ended this pass. Raises the failure, if one did."""
        state = self.engine.state
        ends = state.ends.get(container_of(self.prefix)) if state.ends else None
        path = ends.get(self.prefix) if ends else None
        if path is None:
            return None
        if (failure := state.failures.get(path)) is not None:
            raise error_from_json(failure)
        if not self.prefix:
            raise stop_outside_loop(next(node for node in self.graph.nodes if node.id == path))
        return {path[len(self.prefix) :]: state.results[path]}

    def _know_again(self) -> None:
        """Fills the scope with what steps of a pass that was left had given: the loop may ask for that."""
        for node in self.graph.nodes:
            result = self.engine.state.results.get(self.prefix + node.id)
            if result is not None and result.port not in ENDS_PASS:
                self.scope[node.id] = result.output

    async def _start(self, place: int) -> None:
        """Runs a pure node to its end, gives any other a task, and passes over one that is done already."""
        node = self.graph.nodes[place]
        path = self.prefix + node.id
        result = self.engine.state.results.get(path)
        if result is None:
            run = run_node(self.engine, node, path, self.scope)
            if not node.is_inline and not is_pinned(self.engine, node, self.scope):
                task = asyncio.create_task(run)
                if self.done is None:
                    self.done = asyncio.Queue()  # passes of pure nodes, of which loops have many, need none
                self.at_work[task] = place
                task.add_done_callback(self._note_end)
                return
            try:
                result = await run
            except Suspended:
                self.has_waiting = True
                return
        self._leave(place, result)

    async def _finished(self) -> list[tuple[int, asyncio.Task[NodeResult]]]:
        """Waits for tasks to end; they come in the order of the drawing: equal facts, equal schedules."""
        assert self.done is not None
        tasks = [await self.done.get()]
        while not self.done.empty():
            tasks.append(self.done.get_nowait())
        return sorted(((self.at_work.pop(task), task) for task in tasks), key=lambda pair: pair[0])

    def _note_end(self, task: asyncio.Task[NodeResult]) -> None:
        look_at_error(task)
        assert self.done is not None
        self.done.put_nowait(task)

    def _leave(self, place: int, result: NodeResult) -> None:
        node = self.graph.nodes[place]
        if result.port in ENDS_PASS:
            if not self.prefix:
                raise stop_outside_loop(node)
            self.is_stopped = True
            self.last = {node.id: result}
        if self.is_stopped:
            return
        self.scope[node.id] = result.output
        self.frontier.leave(place, result.port)
        if result.port not in self.graph.shape.out[place]:
            self.last[node.id] = result

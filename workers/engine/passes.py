"""Runs a graph, or goes on with it: the workflow itself, and each pass over a body."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from nodes.sdk.errors import NodeError
from nodes.sdk.node import END, ENDS_PASS, NodeResult
from nodes.sdk.values import Json
from workers.engine.faults import error_from_json, stop_outside_loop
from workers.engine.frontier import Frontier
from workers.engine.given import leads_to
from workers.engine.node_run import is_pinned, run_node
from workers.engine.plan import GraphPlan, PlanNode
from workers.engine.results import Results
from workers.engine.state import container_of
from workers.engine.tasks import look_at_error, stop
from workers.engine.waits import Suspended

if TYPE_CHECKING:
    from workers.engine.engine import Engine


def run_pass(
    engine: Engine,
    graph: GraphPlan,
    prefix: str,
    scope: dict[str, Json],
    task: asyncio.Task[Any] | None,
) -> Coroutine[Any, Any, Results]:
    """Runs what is not done yet, and returns the results that no edge took further, by node id.

    Paths begin with `prefix`; `scope` is filled with outputs as they come. `task` is the one that asks, if
    the caller knows it. A node that leaves by STOP or
    NEXT ends the pass at once: then its result is the only one. Raises NodeError when a node failed for
    good. The nodes still at work have been stopped then. Raises Suspended when what is left waits.
    """
    return _Pass(engine, graph, prefix, scope, task).run()


class _Pass:
    # Most passes of loops need none of these; they are made when they are needed.
    done: asyncio.Queue[asyncio.Task[NodeResult]] | None = None
    is_stopped = False
    has_waiting = False

    def __init__(
        self,
        engine: Engine,
        graph: GraphPlan,
        prefix: str,
        scope: dict[str, Json],
        task: asyncio.Task[Any] | None,
    ) -> None:
        self.engine = engine
        self.graph = graph
        self.prefix = prefix
        self.scope = scope
        self.task = task
        self.frontier = Frontier(graph.shape)
        self.at_work: dict[asyncio.Task[NodeResult], int] = {}
        self.last: Results = {}

    async def run(self) -> Results:
        state, frontier, nodes, prefix = self.engine.state, self.frontier, self.graph.nodes, self.prefix
        self.task = self.task or asyncio.current_task()
        if state.ends and (end := self._known_end()) is not None:
            self._know_again()
            return end
        try:
            while not self.is_stopped:
                while (place := frontier.next_ready()) is not None:
                    node = nodes[place]
                    result = state.results.get(path := prefix + node.id)
                    if result is None and (result := await self._start(place, node, path)) is None:
                        continue  # it is at work beside the others, or waits
                    self._leave(place, result)
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
        return (self._known_end() if state.ends else None) or self.last

    def _known_end(self) -> Results | None:
        """The result that left by STOP or NEXT, if that ended this pass. Raises the failure, if one did."""
        state = self.engine.state
        ends = state.ends.get(container_of(self.prefix))
        path = ends.get(self.prefix) if ends else None
        if path is None:
            return None
        if (failure := state.failures.get(path)) is not None:
            raise error_from_json(failure)
        if not self.prefix and state.results[path].port != END:
            raise stop_outside_loop(next(node for node in self.graph.nodes if node.id == path))
        return {path[len(self.prefix) :]: state.results[path]}

    def _know_again(self) -> None:
        """Fills the scope with what steps of a pass that was left had given: the loop may ask for that."""
        for node in self.graph.nodes:
            result = self.engine.state.results.get(self.prefix + node.id)
            if result is not None and result.port not in ENDS_PASS:
                self.scope[node.id] = result.output

    async def _start(self, place: int, node: PlanNode, path: str) -> NodeResult | None:
        """Runs a pure node to its end and gives its result. None where it waits, and for any other node,
        which gets a task."""
        engine = self.engine
        if engine.only and not leads_to(path, engine.only):
            self.has_waiting = True
            return None
        if not node.is_inline and not is_pinned(engine, node, path, self.scope):
            task = asyncio.create_task(run_node(engine, node, path, self.scope))
            if self.done is None:
                self.done = asyncio.Queue()
            self.at_work[task] = place
            task.add_done_callback(self._note_end)
            return None
        try:
            return await run_node(engine, node, path, self.scope, self.task)
        except Suspended:
            self.has_waiting = True
            return None

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
            if not self.prefix and result.port != END:
                raise stop_outside_loop(node)
            self.is_stopped = True
            self.last = {node.id: result}
        if self.is_stopped:
            return
        self.scope[node.id] = result.output
        self.frontier.leave(place, result.port)
        if result.port not in self.graph.shape.out[place]:
            self.last[node.id] = result

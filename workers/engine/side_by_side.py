"""Runs the passes of one node over its body: in turn, or several at the same time, in the order of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nodes.sdk.errors import NodeError
from nodes.sdk.node import END, ENDS_PASS, Left, Turn
from nodes.sdk.values import Json
from workers.engine.faults import error_from_json
from workers.engine.tasks import look_at_error, stop
from workers.engine.waits import Suspended

if TYPE_CHECKING:
    from workers.engine.context import RunContext
    from workers.engine.engine import Engine

Outcome = Turn | NodeError


async def run_bodies(
    engine: Engine,
    context: RunContext,
    inputs: Sequence[Mapping[str, Json]],
    at_once: int,
    stops_on_error: bool,
) -> list[Outcome]:
    """What came of a pass for each of `inputs`; or of the one alone that ended the others."""
    passes = _Passes(engine, context, inputs, stops_on_error)
    if (end := passes.known_end()) is not None:
        return _only(end)
    context.progress(0, len(inputs))
    if at_once > 1 and len(inputs) > 1:
        await passes.run_side_by_side(min(at_once, len(inputs)))
    else:
        await passes.run_in_turn()
    if passes.is_over:
        # By the order in which it was written down, not in which we came to hear of it: so does a replay.
        return _only(passes.known_end() or passes.first_end())
    return [passes.outcomes[i] for i in range(len(inputs))]


def _only(end: Outcome) -> list[Outcome]:
    """What ended all passes. Raises Left where it ends more than these."""
    if isinstance(end, Turn) and end.port == END:
        raise Left(end)
    return [end]


class _Passes:
    def __init__(
        self, engine: Engine, context: RunContext, inputs: Sequence[Mapping[str, Json]], stops_on_error: bool
    ) -> None:
        self.engine = engine
        self.context = context
        self.inputs = inputs
        self.stops_on_error = stops_on_error
        self.outcomes: dict[int, Outcome] = {}
        self.is_over = False
        self._next = 0

    async def run_in_turn(self) -> None:
        """Takes one after the other until none is left, or one ends them all."""
        total = len(self.inputs)
        while self._next < total and not self.is_over:
            i = self._next
            self._next += 1
            try:
                outcome: Outcome = await self.context.body(i, **self.inputs[i])
            except NodeError as error:
                outcome = error
            except Left as left:
                outcome = Turn(left.result.output, left.result.port)
            self.outcomes[i] = outcome
            self.is_over = self.is_over or self._ends_all(outcome)
            self.context.progress(len(self.outcomes), total)

    async def run_side_by_side(self, at_once: int) -> None:
        """The same by several tasks. When one ends them all, the others are stopped.

        A pass that waits keeps its place: the others go on, and when they are through, all of it waits.
        """
        has_waiting = False
        tasks = [asyncio.create_task(self.run_in_turn()) for _ in range(at_once)]
        for task in tasks:
            task.add_done_callback(look_at_error)
        try:
            at_work: set[asyncio.Task[None]] = set(tasks)
            while at_work and not self.is_over:
                done, at_work = await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    try:
                        task.result()
                    except Suspended:
                        has_waiting = True
        finally:
            await stop(self.engine, tasks)
        if has_waiting and not self.is_over:
            raise Suspended

    def known_end(self) -> Outcome | None:
        """What ended all passes by what is written down; None if nothing did."""
        state = self.engine.state
        for path in state.ends.get(self.context.path, {}).values():
            if (failure := state.failures.get(path)) is None:
                result = state.results[path]
                return Turn(result.output, result.port)
            if self.stops_on_error:
                return error_from_json(failure)
        return None

    def first_end(self) -> Outcome:
        """The same for what is written down nowhere, such as a text that grew too long."""
        return next(self.outcomes[i] for i in sorted(self.outcomes) if self._ends_all(self.outcomes[i]))

    def _ends_all(self, outcome: Outcome) -> bool:
        return self.stops_on_error if isinstance(outcome, NodeError) else outcome.port in ENDS_PASS

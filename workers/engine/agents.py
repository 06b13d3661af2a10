"""What an agent does inside: its model's replies and its calls of tools, each a step of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from nodes.sdk.errors import NodeError
from nodes.sdk.node import GIVEN, NodeResult
from nodes.sdk.values import Json
from workers.engine.faults import error_from_json
from workers.engine.given import leads_to, pin_for
from workers.engine.plan import GraphPlan, PlanNode
from workers.engine.tasks import look_at_error, stop
from workers.engine.tools import ASK, REPLY, THINK, Think, as_tool, question_about
from workers.engine.waits import Suspended

if TYPE_CHECKING:
    from workers.engine.context import RunContext
    from workers.engine.engine import Engine

T = TypeVar("T")


async def think(engine: Engine, context: RunContext, number: int, do: Think) -> Json:
    """What `do` gives as the reply of the round `number`: known already, or worked out in a step of its own.

    Raises NodeError where it failed for good.
    """
    result = await _run(engine, context, number, _inner(context, REPLY), {THINK: cast("Any", do)})
    return result.output


async def ask(engine: Engine, context: RunContext, number: int, step: str, do: Think) -> Json:
    """The same of a question whether the step inside may be called. None where nobody is asked: a result is
    given for it, so that nothing is done; or it was called and nothing is known of a question, for a run that
    goes on from another one keeps the one without the other."""
    results, path = engine.state.results, f"{context.path}[{number}].{step}"
    if question_about(path) not in results:
        is_given = (
            engine.has_given and pin_for(engine, _inner(context, step), path, context.scope) is not None
        )
        if is_given or path in results:
            return None
    result = await _run(engine, context, number, _inner(context, ASK + step), {THINK: cast("Any", do)})
    return result.output


async def use(
    engine: Engine, context: RunContext, number: int, step: str, arguments: Mapping[str, Json]
) -> NodeResult:
    """What the step inside gives that is called with `arguments`; by the port "error" why it could not.

    Raises NodeError where the settings cannot be made of them, or the step's policy says that it ends all.
    """
    known = engine.state.results.get(f"{context.path}[{number}].{step}")
    if known is not None:
        return known
    node = as_tool(_inner(context, step), arguments)
    return await _run(engine, context, number, node, {GIVEN: dict(arguments)})


async def side_by_side(
    engine: Engine, context: RunContext, work: Sequence[Callable[[], Awaitable[T]]]
) -> list[T]:
    """What each of `work` gives, at the same time, in their order.

    All of them come to their end, or to where they wait, before anything is raised: none is cut off for
    another one's sake. A failure that ends the agent counts more than that others wait: nobody has to answer
    for calls of an agent that has failed.
    """
    tasks = [asyncio.create_task(_of(one())) for one in work]
    context.passes.update(tasks)
    for task in tasks:
        task.add_done_callback(look_at_error)
    try:
        await asyncio.wait(tasks)
    finally:
        context.passes.difference_update(tasks)
        await stop(engine, tasks)
    engine.stop_if_over()
    _raise_failure(engine, context)
    if any(isinstance(_error(task), Suspended) for task in tasks):
        raise Suspended
    return [task.result() for task in tasks]


async def _of(work: Awaitable[T]) -> T:
    return await work


def _error(task: asyncio.Task[Any]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


async def _run(
    engine: Engine, context: RunContext, number: int, node: PlanNode, given: Mapping[str, Json]
) -> NodeResult:
    path = f"{context.path}[{number}].{node.id}"
    result = engine.state.results.get(path)
    if result is not None:
        return result
    _raise_failure(engine, context)
    if engine.only and not leads_to(path, engine.only):
        raise Suspended
    scope: dict[str, Json] = {**context.scope, context.node.id: {"round": number + 1}, **given}
    return await engine.run_inner(node, path, scope)


def _raise_failure(engine: Engine, context: RunContext) -> None:
    """Raises the failure that has ended the agent, the first that was written down: so a replay comes to the
    same, begins nothing anew that has failed, and asks nobody anything more."""
    state = engine.state
    for path in state.ends.get(context.path, {}).values():
        if (failure := state.failures.get(path)) is not None:
            raise error_from_json(failure)


def _inner(context: RunContext, step: str) -> PlanNode:
    body: GraphPlan | None = context.node.body
    for node in body.nodes if body is not None else ():
        if node.id == step:
            return node
    raise NodeError("node_crashed", f"{context.node.title!r} has no step {step[:80]!r} inside.")

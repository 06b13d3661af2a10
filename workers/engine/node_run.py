"""Runs one node with all its attempts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nodes.sdk.errors import NodeError
from nodes.sdk.node import ENDS_PASS, NodeOutput, NodeResult
from nodes.sdk.values import Json
from workers.engine.context import RunContext
from workers.engine.faults import crashed, cut_off, error_from_json, error_to_json, out_of_time
from workers.engine.frames import FRAME
from workers.engine.ledger import Entry
from workers.engine.plain import NotPlain, check_plain
from workers.engine.plan import PlanNode
from workers.engine.rest import rest
from workers.engine.tasks import stop
from workers.engine.usage import usage_to_json
from workers.engine.waits import OUTCOME_UNKNOWN, SETTLE, Suspended, is_still_waiting, settled_result

if TYPE_CHECKING:
    from workers.engine.engine import Engine

log = logging.getLogger(__name__)


async def run_node(engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]) -> NodeResult:
    """The result of the node at `path`, after as many attempts as it takes and may have.

    Raises NodeError when it failed for good and nothing takes that, Suspended when it waits.
    """
    state = engine.state
    while True:
        engine.suspend_if_paused()
        if path in state.waiting and is_still_waiting(state, path, engine.clock.now()):
            raise Suspended
        if retry_at := state.retry_at.get(path):
            await rest(engine, (retry_at - engine.clock.now()).total_seconds())
            engine.suspend_if_paused()
        is_cut_off = path in state.open and path not in state.parked
        if state.stopped and path in state.stopped and node.effects == "write":
            is_cut_off = True  # by its neighbour's failure; what it did is as unknown as after a crash
        if is_cut_off and _is_used_up(engine, node, path):
            if node.effects == "write":
                settled = await _settle(engine, node, path)
                if settled is not None:
                    return settled
                result = await _attempt(engine, node, path, scope)
                if result is not None:
                    return result
                continue
            failure = await _write_failure(engine, node, path, state.attempts[path], cut_off(node), None, {})
            assert failure is not None
            return failure
        result = await _attempt(engine, node, path, scope)
        if result is not None:
            return result


def _is_used_up(engine: Engine, node: PlanNode, path: str) -> bool:
    """Whether a node that a crash cut off may not be started again.

    What has a body may: it acts only through the nodes inside, and those have limits of their own.
    """
    return (
        node.body is None and node.calls is None and engine.state.tries(path) >= node.retry.cut_off_attempts
    )


async def _settle(engine: Engine, node: PlanNode, path: str) -> NodeResult | None:
    """What a person says became of an attempt that may have acted and was cut off: its result, or None to
    do it again. Raises Suspended until someone has."""
    attempt = engine.state.attempts[path]
    name = f"{SETTLE}{attempt}"
    note = engine.state.signals.get((path, name))
    action = note.get("action") if isinstance(note, dict) else None
    if action == "again":
        return None
    if isinstance(note, dict) and action == "done":
        try:
            given = settled_result(node, note)
            result = _checked(engine, node, given)
        except NodeError as error:
            failure = await _write_failure(engine, node, path, attempt, error, None, {})
            assert failure is not None
            return failure
        told: dict[str, Json] = {"attempt": attempt, "output": result.output, "port": result.port}
        end: dict[str, Json] = {"usage": None, "elapsed_ms": 0, "settled": True}
        await engine.record("node_succeeded", path, {**told, **end}, durable=True)
        return result
    if action == "fail":
        failure = await _write_failure(engine, node, path, attempt, cut_off(node), None, {})
        assert failure is not None
        return failure
    if name not in engine.state.waiting.get(path, {}):
        wait: dict[str, Json] = {"attempt": attempt, "name": name, "reason": OUTCOME_UNKNOWN, "until": None}
        await engine.record("node_waiting", path, {**wait, "about": {"title": node.title}}, durable=True)
    raise Suspended


async def _attempt(engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]) -> NodeResult | None:
    """One attempt. None when it failed and there is to be another."""
    new = 0 if path in engine.state.parked else 1
    if new and engine.takes_step():
        await asyncio.sleep(0)
    began = engine.clock.monotonic()
    tries = engine.state.tries(path) + new
    context = RunContext(engine, node, path, engine.state.attempts.get(path, 0) + new, scope)
    try:
        outcome = await _work(engine, node, context, scope)
        if context.passes:
            await stop(engine, context.passes)
    except Suspended:
        if context.passes:  # what it began itself side by side is not cut off
            await asyncio.wait(set(context.passes))
        context.is_closed = True
        context.take_usage()
        engine.stop_if_over()
        engine.parked.add(path)
        raise
    except asyncio.CancelledError:
        context.take_usage()  # no fact of its own will tell it
        raise
    context.is_closed = True
    spent = context.take_usage()
    end: dict[str, Json] = {
        "usage": usage_to_json(spent.usage) if spent is not None else None,
        "elapsed_ms": round((engine.clock.monotonic() - began) * 1000),
    }
    if isinstance(outcome, NodeError):
        pause_s = node.retry.pause_s(outcome, tries, engine.chance)
        return await _write_failure(engine, node, path, context.attempt, outcome, pause_s, end, spent)
    told: dict[str, Json] = {"attempt": context.attempt, "output": outcome.output, "port": outcome.port}
    await engine.record("node_succeeded", path, {**told, **end}, durable=node.effects != "none", told=spent)
    return outcome


async def _work(
    engine: Engine, node: PlanNode, context: RunContext, scope: Mapping[str, Json]
) -> NodeResult | NodeError:
    """Says that the node starts, lets it, and returns what came of it."""
    is_pure = node.effects == "none"
    config: Any = None
    given: dict[str, Json] = {}
    fault: NodeError | None = None
    try:
        config, given = _fill(engine, node, context.path, scope)
    except NodeError as error:
        fault = error
    engine.takes_space(sum([len(value) for value in given.values() if type(value) is str]))
    started: dict[str, Json] = {"attempt": context.attempt, "type": node.type_name, "input": given}
    if context.path in engine.state.parked:
        started["resumed"] = True
    await engine.record("node_started", context.path, started, durable=is_pure and engine.flushes_starts)
    if fault is not None:
        return fault
    if not is_pure:
        await engine.pass_barrier(
            starts=True
        )  # its own node_started is durable with it: counted before the work
    try:
        return await _run_type(engine, node, config, context)
    except NodeError as error:
        return error


def is_pinned(engine: Engine, node: PlanNode, scope: Mapping[str, Json]) -> bool:
    """Whether an output was given for the node. Pins name nodes of the workflow itself only."""
    return node.id in engine.pins and FRAME not in scope


def _fill(
    engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]
) -> tuple[Any, dict[str, Json]]:
    """The config to run with, and as it is written down. A pinned node needs none that is right.

    A node that was at work before gets what it was given then: variables may have gone on since.
    """
    if (given := engine.state.given.get(path)) is not None and node.kind is not None:
        try:
            return node.read(given), given
        except NodeError:
            pass  # a release that knows another version of the type wrote it down: it is filled in anew
    if is_pinned(engine, node, scope):
        try:
            return node.fill(scope)
        except NodeError:
            return None, {}
    return node.fill(scope)


async def _run_type(engine: Engine, node: PlanNode, config: Any, context: RunContext) -> NodeResult:
    """Lets the node type do its work, within its time, and looks at what it gives. Raises NodeError."""
    task = asyncio.current_task()
    assert task is not None
    alarm = None
    if node.retry.timeout_s is not None:
        alarm = engine.clock.call_later(node.retry.timeout_s, lambda: _end_time(context, task))
    try:
        if is_pinned(engine, node, context.scope):
            return _pinned(engine, node, engine.pins[node.id])
        assert node.kind is not None
        result = _checked(engine, node, await node.kind().run(config, context))
    except Suspended:
        if context.has_timed_out:
            task.uncancel()
        raise
    except (Exception, asyncio.CancelledError) as error:
        if context.has_timed_out:
            if task.uncancel() or engine.is_over:
                raise asyncio.CancelledError from None
            raise out_of_time(node) from None
        # What a node raises because it was stopped, or its journal is gone, says nothing about the node.
        engine.stop_if_over()
        if isinstance(error, NodeError):
            raise
        if isinstance(error, asyncio.CancelledError):
            raise crashed(node, "It gave up waiting for something.") from None
        log.exception("The node %s of run %s crashed.", context.path, engine.run_id)
        raise crashed(node, f"{type(error).__name__}: {error}") from None
    finally:
        if alarm is not None:
            alarm.cancel()
    if context.has_timed_out:
        task.uncancel()  # it was ready before it could be stopped
    return result


def _end_time(context: RunContext, task: asyncio.Task[Any]) -> None:
    context.has_timed_out = True
    task.cancel()


async def _write_failure(
    engine: Engine,
    node: PlanNode,
    path: str,
    attempt: int,
    error: NodeError,
    pause_s: float | None,
    end: Mapping[str, Json],
    spent: Entry | None = None,
) -> NodeResult | None:
    """Writes a failure down, and says what follows: None for another attempt after `pause_s`, the result
    that leaves by the error port or was given for this case, or the error itself, raised, when nothing takes
    it."""
    port = "error" if pause_s is None and node.leaves_by_error else None
    failure = error_to_json(error)
    told: dict[str, Json] = {"attempt": attempt, "error": failure, "retry_in_s": pause_s, "port": port}
    if pause_s is None and node.default is not None:
        port = node.default.port
        told |= {"port": port, "default": True, "output": node.default.output}
    told = {"usage": None, "elapsed_ms": 0, **told, **end}
    await engine.record("node_failed", path, told, durable=True, told=spent)
    if pause_s is not None:
        return None
    if port is None:
        raise error_from_json(failure)
    return engine.state.results[path]


def _checked(engine: Engine, node: PlanNode, given: NodeOutput | NodeResult) -> NodeResult:
    """The result as it may be written down. Raises NodeError when it may not."""
    output: Any = given
    port = "out"
    if isinstance(given, NodeResult):
        output, port = given.output, given.port
    if isinstance(output, NodeOutput):
        output = output.model_dump(mode="json")
    try:
        engine.takes_space(check_plain(output))
    except NotPlain as why:
        raise crashed(node, f"Its result cannot be kept: {why}.") from None
    if type(port) is not str or (node.ports is not None and port not in node.ports and port not in ENDS_PASS):
        raise crashed(node, f"It left by {port!r}, which is not one of its ways out.")
    return NodeResult(output, port)


def _pinned(engine: Engine, node: PlanNode, pin: Json) -> NodeResult:
    """What was given to use instead of running the node."""
    if isinstance(pin, dict) and "__error__" in pin:
        raise NodeError("node_crashed", str(pin["__error__"]), retry=False)
    port = node.kind.port_of(pin) if node.kind is not None else "out"
    return _checked(engine, node, NodeResult(pin, port))

"""Runs one node with all its attempts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from nodes.sdk.errors import NodeError
from nodes.sdk.node import ENDS_PASS, Left, NodeOutput, NodeResult
from nodes.sdk.values import Json
from workers.engine.context import RunContext
from workers.engine.faults import crashed, cut_off, error_from_json, error_to_json, out_of_time
from workers.engine.given import edited_config, mark, pin_for, result_of
from workers.engine.ledger import Entry
from workers.engine.plain import NotPlain, check_plain
from workers.engine.plan import PlanNode
from workers.engine.rest import rest
from workers.engine.retry import ATTEMPTS_WHEN_CUT_OFF
from workers.engine.tasks import stop
from workers.engine.usage import usage_to_json
from workers.engine.waits import OUTCOME_UNKNOWN, SETTLE, Suspended, is_still_waiting, settled_result

if TYPE_CHECKING:
    from workers.engine.engine import Engine

log = logging.getLogger(__name__)


async def run_node(
    engine: Engine,
    node: PlanNode,
    path: str,
    scope: Mapping[str, Json],
    task: asyncio.Task[Any] | None = None,
) -> NodeResult:
    """The result of the node at `path`, after as many attempts as it takes and may have.

    `task` is the one that asks, if the caller knows it. Raises NodeError when it failed for good and nothing
    takes that, Suspended when it waits.
    """
    state = engine.state
    task = task or asyncio.current_task()
    assert task is not None
    while True:
        engine.suspend_if_paused()
        if not state.attempts.get(path):
            result = await _attempt(engine, node, path, scope, task)
            if result is not None:
                return result
            continue
        if path in state.waiting and is_still_waiting(state, path, engine.clock.now()):
            raise Suspended
        if retry_at := state.retry_at.get(path):
            await rest(engine, (retry_at - engine.clock.now()).total_seconds())
            engine.suspend_if_paused()
        is_cut_off = path in state.open and path not in state.parked
        acts = node.effects == "write" and not _has_written(engine, node, path)
        if state.stopped and path in state.stopped and acts:
            is_cut_off = True  # by its neighbour's failure; what it did is as unknown as after a crash
        if is_cut_off and _is_used_up(engine, node, path, acts) and not is_pinned(engine, node, path, scope):
            if acts:
                settled = await _settle(engine, node, path)
                if settled is not None:
                    return settled
                result = await _attempt(engine, node, path, scope, task)
                if result is not None:
                    return result
                continue
            failure = await _write_failure(engine, node, path, state.attempts[path], cut_off(node), None, {})
            assert failure is not None
            return failure
        result = await _attempt(engine, node, path, scope, task)
        if result is not None:
            return result


def _has_written(engine: Engine, node: PlanNode, path: str) -> bool:
    """Whether all that it writes stands in the journal already: from there on it only reads."""
    name = node.kind.writes_in if node.kind is not None else None
    return name is not None and name in engine.state.steps.get(path, {})


def _is_used_up(engine: Engine, node: PlanNode, path: str, acts: bool) -> bool:
    """Whether a node that a crash cut off may not be started again.

    What has a body may: it acts only through the nodes inside, and those have limits of their own.
    """
    if node.body is not None or node.calls is not None:
        return False
    most = node.retry.cut_off_attempts
    if node.effects == "write" and not acts:
        most = max(most, ATTEMPTS_WHEN_CUT_OFF["read"])
    return engine.state.tries(path, acts=acts) >= most


async def _settle(engine: Engine, node: PlanNode, path: str) -> NodeResult | None:
    """What a person says became of an attempt that may have acted and was cut off: its result, or None to
    begin it anew. Raises Suspended until someone has."""
    attempt = engine.state.attempts[path]
    name = f"{SETTLE}{attempt}"
    note = engine.state.signals.get((path, name))
    action = note.get("action") if isinstance(note, dict) else None
    if action == "again":
        return None
    if isinstance(note, dict) and action == "done":
        if node.kind is not None and node.kind.writes_in is not None:
            done: dict[str, Json] = {"name": node.kind.writes_in, "value": None}
            await engine.record("step_done", path, done, durable=True)
            return None  # that much was done; it goes on from there
        try:
            output, port = _checked(engine, node, settled_result(node, note))
        except NodeError as error:
            failure = await _write_failure(engine, node, path, attempt, error, None, {})
            assert failure is not None
            return failure
        told: dict[str, Json] = {"attempt": attempt, "output": output, "port": port}
        end: dict[str, Json] = {"usage": None, "elapsed_ms": 0, "settled": True}
        await engine.record("node_succeeded", path, {**told, **end}, durable=True)
        return NodeResult(output, port)
    if action == "fail":
        failure = await _write_failure(engine, node, path, attempt, cut_off(node), None, {})
        assert failure is not None
        return failure
    if name not in engine.state.waiting.get(path, {}):
        wait: dict[str, Json] = {"attempt": attempt, "name": name, "reason": OUTCOME_UNKNOWN, "until": None}
        await engine.record("node_waiting", path, {**wait, "about": {"title": node.title}}, durable=True)
    raise Suspended


async def _attempt(
    engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json], task: asyncio.Task[Any]
) -> NodeResult | None:
    """One attempt. None when it failed and there is to be another."""
    state = engine.state
    new = 0 if path in state.parked else 1
    if new and engine.takes_step():
        await asyncio.sleep(0)
    began = engine.clock.monotonic()
    attempt = state.attempts.get(path, 0) + new
    context = RunContext(engine, node, path, attempt, scope, task)
    try:
        outcome = await _work(engine, node, context)
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
    usage = usage_to_json(spent.usage) if spent is not None else None
    elapsed_ms = round((engine.clock.monotonic() - began) * 1000)
    if isinstance(outcome, NodeError):
        tries = attempt - state.spared(path, acts=node.effects == "write")
        pause_s = node.retry.pause_s(outcome, tries, engine.chance)
        end: dict[str, Json] = {"usage": usage, "elapsed_ms": elapsed_ms}
        return await _write_failure(engine, node, path, attempt, outcome, pause_s, end, spent)
    output, port = outcome
    told: dict[str, Json] = {
        "attempt": attempt,
        "output": output,
        "port": port,
        "usage": usage,
        "elapsed_ms": elapsed_ms,
    }
    if (taken := context.taken_again) is not None:
        told["taken_again"] = taken
    if engine.has_given:
        told |= mark(engine, node, path, scope)
    await engine.record("node_succeeded", path, told, durable=node.effects != "none", told=spent, task=task)
    return state.results.get(path) or NodeResult(output, port)  # believed already, or waiting for others


async def _work(engine: Engine, node: PlanNode, context: RunContext) -> tuple[Json, str] | NodeError:
    """Says that the node starts, lets it, and returns what came of it."""
    path, is_pure = context.path, node.effects == "none"
    config: Any = None
    given: dict[str, Json] = {}
    fault: NodeError | None = None
    try:
        config, given = _fill(engine, node, path, context.scope)
    except NodeError as error:
        fault = error
    characters = 0
    for value in given.values():
        if type(value) is str:
            characters += len(value)
    engine.takes_space(characters)
    started: dict[str, Json] = {"attempt": context.attempt, "type": node.type_name, "input": given}
    if path in engine.state.parked:
        started["resumed"] = True
    if engine.has_given:
        started |= mark(engine, node, path, context.scope)
    durable = is_pure and engine.flushes_starts
    await engine.record("node_started", path, started, durable=durable, task=context.task)
    if fault is not None:
        return fault
    if not is_pure:
        # Its own node_started is durable with it: counted before the work.
        await engine.pass_barrier(starts=True)
    try:
        return await _run_type(engine, node, config, context)
    except NodeError as error:
        return error


def is_pinned(engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]) -> bool:
    """Whether a result was given for the node, which stands in for running it."""
    return engine.has_given and pin_for(engine, node, path, scope) is not None


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
    if is_pinned(engine, node, path, scope):
        try:
            return node.fill(scope)
        except NodeError:
            return None, {}
    return node.fill(scope, edited_config(engine, path) if engine.edits else None)


async def _run_type(engine: Engine, node: PlanNode, config: Any, context: RunContext) -> tuple[Json, str]:
    """Lets the node type do its work, within its time, and looks at what it gives: output and port. Raises
    NodeError."""
    task, alarm = context.task, None
    if node.retry.timeout_s is not None:
        alarm = engine.clock.call_later(node.retry.timeout_s, partial(_end_time, context, task))
    try:
        if engine.has_given and (pin := pin_for(engine, node, context.path, context.scope)) is not None:
            return _checked(engine, node, result_of(node, pin))
        assert node.kind is not None
        try:
            given = await node.kind().run(config, context)
        except Left as left:
            given = left.result
        result = _checked(engine, node, given)
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


def _checked(engine: Engine, node: PlanNode, given: NodeOutput | NodeResult) -> tuple[Json, str]:
    """The output and the port as they may be written down. Raises NodeError when they may not."""
    output: Any = given
    port = "out"
    if isinstance(given, NodeResult):
        output, port = given.output, given.port
    if isinstance(output, NodeOutput):
        output = output.__pydantic_serializer__.to_python(output, mode="json")
    try:
        engine.takes_space(check_plain(output))
    except NotPlain as why:
        raise crashed(node, f"Its result cannot be kept: {why}.") from None
    if type(port) is not str or (node.ports is not None and port not in node.ports and port not in ENDS_PASS):
        raise crashed(node, f"It left by {port!r}, which is not one of its ways out.")
    return output, port

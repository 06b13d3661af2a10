"""Runs a workflow file in this process: the real engine over a journal in memory."""

import asyncio
import json
import math
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from nodes.confined.code import ConfinedCode
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import Graph, GraphError
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes, calls_of
from nodes.sdk.strict import check_plain_json
from nodes.sdk.values import Json
from workers.engine.called import compile_with
from workers.engine.context import Services
from workers.engine.engine import Engine
from workers.engine.events import Event
from workers.engine.given import pins_of
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.limits import Limits
from workers.engine.plan import Plan
from workers.engine.state import RunState
from workers.engine.usage import usage_to_json
from workers.management.practice_host import CommandModels
from workers.outgoing import GuardedHttp, HttpWithSecrets, KnownSecret, OwnSite


class BadRequest(Exception):
    """An argument that cannot be used, in words."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Request:
    """What a run is given on the command line. `timeout_s` is None for the engine's own limit."""

    query: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    pins: Mapping[str, Json] = field(default_factory=dict[str, Json])
    events: Path | None = None
    timeout_s: float | None = None
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    """The texts of files that stand for the apps it uses, by what its steps name them."""
    env: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """The environment variables: a file belongs to no workspace."""


def read_json_argument(option: str, text: str | None) -> dict[str, Json]:
    """The object that an argument holds, as JSON or as @FILE. Raises BadRequest."""
    if not text:
        return {}
    source = text
    if text.startswith("@"):
        try:
            source = Path(text[1:]).read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            raise BadRequest(f"{option}: the file {text[1:]!r} cannot be read.") from None
    try:
        value = json.loads(source)
        check_plain_json(value, option, max_depth=64)
    except GraphError as error:
        raise BadRequest(f"{option}: {error.message}") from None
    except (ValueError, RecursionError):
        raise BadRequest(
            f"{option} is not JSON.", 'Give an object such as {"name": "Mei"}, or @FILE.'
        ) from None
    if not isinstance(value, dict):
        raise BadRequest(f"{option} is not an object.", 'Give an object such as {"name": "Mei"}.')
    return value


def run_file(text: str, request: Request) -> tuple[dict[str, Any], Sequence[Problem]]:
    """Runs the workflow in `text`. Gives the report of the run and the problems of the file.

    With a problem that is an error nothing runs; what is wrong in a pinned node does not count. Raises
    GraphError for a file that cannot be read, BadRequest for arguments that do not fit it.
    """
    graph = workflow_from_yaml(text).graph
    _check_request(graph, request)
    started = time.monotonic()
    replaced = _replaced(graph, request.pins)
    problems = [p for p in check(graph, installed_catalogue()) if p.node not in replaced]
    fault = next((problem for problem in problems if problem.severity == "error"), None)
    if fault is not None:
        error = {"code": fault.code, "message": fault.message, "hint": fault.hint}
        return _report(RunState(status="failed", error=error), started), problems
    state, events = asyncio.run(_run(graph, request))
    if request.events is not None:
        _write_events(request.events, events)
    return _report(state, started), problems


def _replaced(graph: Graph, pins: Mapping[str, Any]) -> set[str]:
    """The steps that do not run because of pins: the pinned ones, and what is inside them."""
    inside = [
        inner.id
        for node in all_nodes(graph)
        if node.id in pins and node.body is not None
        for inner in all_nodes(node.body)
    ]
    return {*pins, *inside}


def _check_request(graph: Graph, request: Request) -> None:
    ids = {node.id for node in all_nodes(graph)}
    for node_id in request.pins:
        if node_id not in ids:
            known = ", ".join(sorted(ids)[:20])
            raise BadRequest(
                f"--pins names {node_id!r}, but the file has no such step.", f"Its steps: {known}."
            )
    if request.timeout_s is not None and not (0 < request.timeout_s < math.inf):
        raise BadRequest("--timeout must be a number of seconds above 0.")
    try:
        check_plain_json(request.query, "--query")
    except GraphError as error:
        raise BadRequest(error.message) from None


def _compile(graph: Graph, others: Mapping[str, str]) -> Plan:
    """The plan of a file with the files that stand for other apps, whichever version is asked for."""
    catalogue = installed_catalogue()
    graphs = {name: workflow_from_yaml(text).graph for name, text in others.items()}
    keys = {key for one in (graph, *graphs.values()) for key in calls_of(one, catalogue)}
    versions = {key: name for key in keys if (name := key.rpartition("@")[0]) in graphs}
    return compile_with(graph, catalogue, versions, graphs)


async def _run(graph: Graph, request: Request) -> tuple[RunState, list[Event]]:
    run = MemoryRun(Opening(query=request.query, inputs=request.inputs))
    http = GuardedHttp(own=OwnSite(settings.TREADLE_INTERNAL_URL))
    models = CommandModels(os.environ, http)
    catalogue = installed_catalogue()
    engine = Engine(
        _compile(graph, request.others),
        catalogue,
        MemoryJournal(run),
        Silent(),
        Services(models=models, http=HttpWithSecrets(http, _no_secrets), code=ConfinedCode()),
        limits=Limits() if request.timeout_s is None else Limits(wall_s=request.timeout_s),
        worker="command",
        pins=pins_of(request.pins),
        env=request.env,
    )
    with suppress(NotImplementedError):  # no signals on this system's loops
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, engine.cancel)
    try:
        return await engine.run(), run.events
    finally:
        await models.close()


async def _no_secrets() -> list[KnownSecret]:
    return []  # a file belongs to no workspace: pin the step instead


def _write_events(path: Path, events: Sequence[Event]) -> None:
    lines = [
        json.dumps(
            {"seq": e.seq, "type": e.type, "path": e.path, "at": e.at.isoformat(), "data": e.data},
            ensure_ascii=False,
        )
        for e in events
    ]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"--events: {path} cannot be written: {error.strerror}.") from None


def _report(state: RunState, started: float) -> dict[str, Any]:
    return {
        "status": state.status,
        "outputs": state.outputs,
        "answer": state.answer,
        "error": state.error,
        "usage": usage_to_json(state.usage),
        "elapsed_s": round(time.monotonic() - started, 3),
    }

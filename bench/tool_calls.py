"""Tool calls and data of the practice model alone: how often they fit, how often the tool is right.

Guided as Treadle asks it (ADR 44), beside the ordinary way: the same tools as JSON in the instructions, and
what it writes freely read as JSON. `BENCH_TOOL_CASES` is how many of each (200).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.results import Result, result
from bench.tool_cases import ToolCase, cases, tool
from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest
from nodes.sdk.tool_arguments import fault_of
from workers.models.guided_schema import bindable
from workers.models.router import Router, WorkspaceModels

AT_ONCE = 2
_START_WITHIN_S = 60.0
_FREE_TOKENS = 250

Outcome = tuple[bool, bool, float]
"""Whether what was written fits its schema, whether the tool is the right one, and the seconds it took."""


def tool_calls() -> Iterator[Result]:
    """tools.{guided,ordinary}.{valid,right} (% of calls) and tools.shape.valid (% of answers)."""
    count = int(os.environ.get("BENCH_TOOL_CASES", "200"))
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        place = Path(folder) / "m.sock"
        host = subprocess.Popen([sys.executable, "-m", "workers.models.host", "--socket", str(place)])
        try:
            yield from asyncio.run(_all(place, count))
        finally:
            host.terminate()
            host.wait(20)


async def _all(place: Path, count: int) -> list[Result]:
    router = Router(practice=str(place))
    models = router.for_workspace("bench")
    try:
        await _ready(models)
        found = await _figures("tools.guided", _guided, models, cases(count))
        found += await _figures("tools.shape", _shaped, models, cases(count, seed=8))
        found += await _figures("tools.ordinary", _ordinary, models, cases(count))
    finally:
        await router.close()
    return [one for one in found if one.name != "tools.shape.right"]


async def _ready(models: WorkspaceModels) -> None:
    end = time.monotonic() + _START_WITHIN_S
    while True:
        try:
            await _heard(models, ChatRequest("practice", (ChatMessage("user", "Hi."),), max_tokens=2))
            return
        except NodeError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.3)


async def _figures(
    name: str,
    ask: Callable[[WorkspaceModels, ToolCase], Awaitable[tuple[bool, bool]]],
    models: WorkspaceModels,
    asked: Sequence[ToolCase],
) -> list[Result]:
    turns = asyncio.Semaphore(AT_ONCE)
    outcomes: list[Outcome] = []

    async def one(case: ToolCase) -> None:
        async with turns:
            began = time.monotonic()
            fits, is_right = await ask(models, case)
        outcomes.append((fits, is_right, time.monotonic() - began))
        if len(outcomes) % 10 == 0:
            well = f"{sum(one[0] for one in outcomes)} fit, {sum(one[1] for one in outcomes)} right"
            print(f"{name}: {well}, {len(outcomes)} of {len(asked)}", file=sys.stderr, flush=True)

    await asyncio.gather(*(one(case) for case in asked))
    return [
        result(f"{name}.valid", "%", [100 * sum(one[0] for one in outcomes) / len(outcomes)]),
        result(f"{name}.right", "%", [100 * sum(one[1] for one in outcomes) / len(outcomes)]),
        result(f"{name}.took", "s", [one[2] for one in outcomes]),
    ]


async def _guided(models: WorkspaceModels, case: ToolCase) -> tuple[bool, bool]:
    try:
        last = (await _heard(models, _question(case, tools=case.tools, tool_choice="required")))[-1]
    except NodeError as error:
        print(f"{case.question}: {error.message}", file=sys.stderr)
        return False, False
    offered = {one.name: one.parameters for one in case.tools}
    faults = [fault for call in last.tool_calls if (fault := fault_of(call.arguments, offered[call.name]))]
    for fault in faults:
        print(f"{case.question}: {fault}", file=sys.stderr)
    return bool(last.tool_calls) and not faults, last.tool_calls[0].name == case.right


async def _shaped(models: WorkspaceModels, case: ToolCase) -> tuple[bool, bool]:
    """The arguments of the right tool as data, as *Ask AI* with a shape asks for it."""
    schema = tool(case.right).parameters
    said = await _heard(models, _question(case, schema=bindable(schema).schema, max_tokens=1_500))
    try:
        fault = fault_of(json.loads("".join(chunk.text for chunk in said)), schema)
    except ValueError:
        fault = "no JSON"
    if fault:
        print(f"{case.question}: {fault}", file=sys.stderr)
    return not fault, True


async def _ordinary(models: WorkspaceModels, case: ToolCase) -> tuple[bool, bool]:
    offered = [{"name": t.name, "description": t.description, "parameters": t.parameters} for t in case.tools]
    instructions = (
        "You can call these tools:\n"
        + "\n".join(json.dumps(one, ensure_ascii=False) for one in offered)
        + '\nCall the tool that does what the user wants. Answer with JSON alone, in the form {"name": the '
        'tool\'s name, "arguments": {its fields}}.'
    )
    try:
        said = await _heard(
            models, _question(case, instructions=instructions, max_tokens=_FREE_TOKENS, temperature=0.0)
        )
    except NodeError as error:
        print(f"{case.question}: {error.message}", file=sys.stderr)
        return False, False
    call = _read("".join(chunk.text for chunk in said))
    known = {one.name: one.parameters for one in case.tools}
    name, arguments = call.get("name"), call.get("arguments")
    fits = name in known and isinstance(arguments, dict) and not fault_of(arguments, known[str(name)])
    return fits, name == case.right


def _question(case: ToolCase, *, instructions: str = "", **settings: Any) -> ChatRequest:
    system = (ChatMessage("system", instructions),) if instructions else ()
    return ChatRequest("practice", (*system, ChatMessage("user", case.question)), seed=1, **settings)


def _read(text: str) -> dict[str, Any]:
    """The first JSON object in a text, or the first in a list there; {} where there is none."""
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


async def _heard(models: WorkspaceModels, request: ChatRequest) -> list[ChatChunk]:
    return [chunk async for chunk in models.chat(request)]

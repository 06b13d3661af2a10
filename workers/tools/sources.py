"""The tools that the steps of one workspace's run may use: only as they were approved."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from backend.runs.reads import read
from backend.tools.models import Effect, SourceState, SourceTool, ToolSource
from backend.tools.services import note_digests, note_failure
from nodes.sdk.errors import NodeError
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.tool_sources import SourceCall, ToolAnswer, no_such_tool
from workers.outgoing import HttpWithSecrets
from workers.tools.kinds import Talk, begin

_closing: set[asyncio.Task[None]] = set()


class WorkspaceTools:
    """The `ToolSources` of one workspace. It talks with each source once for all calls of a run."""

    def __init__(self, workspace_id: UUID, http: HttpWithSecrets) -> None:
        self._workspace_id, self._http = workspace_id, http
        self._talks: dict[UUID, Talk] = {}
        self._beginning = asyncio.Lock()

    async def call(self, call: SourceCall) -> ToolAnswer:
        """As `ToolSources.call` says."""
        source, tool = await read(_rows, self._workspace_id, call.source, call.name)
        _require_usable(source, tool, call)
        talk = await self._talk(source)
        try:
            async with asyncio.timeout(call.timeout_s):
                await self._require_unchanged(talk, source, tool)
                return await talk.call(tool, call)
        except TimeoutError:
            raise _too_slow(source, call) from None
        except NodeError as error:
            if error.code == "tool_sign_in":
                said = {"code": error.code, "message": error.message, "hint": error.hint}
                await read(_note, source.pk, SourceState.SIGN_IN, said)
            raise

    def close(self) -> None:
        """Ends all talks, beside whatever comes next."""
        talks, self._talks = self._talks, {}
        for talk in talks.values():
            _beside(talk.close())

    async def _talk(self, source: ToolSource) -> Talk:
        async with self._beginning:
            if source.pk not in self._talks:
                self._talks[source.pk] = await begin(source, self._http)
            return self._talks[source.pk]

    async def _require_unchanged(self, talk: Talk, source: ToolSource, tool: SourceTool) -> None:
        seen = await talk.seen()
        if seen is None:
            return
        now = seen.get(tool.name)
        if now is None:
            raise NodeError(
                "tool_missing",
                f"{source.name!r} has no tool {tool.name!r} any more.",
                "Choose another tool in the step, or look again under Tools.",
            )
        if now.digest != tool.approved_digest:
            await read(note_digests, source, list(seen.values()))
            raise _changed(source, tool)


def _rows(workspace_id: UUID, source: str, name: str) -> tuple[ToolSource, SourceTool]:
    try:
        pk = UUID(source)
    except ValueError:
        raise no_such_tool(name) from None
    rows = SourceTool.objects.for_workspace(workspace_id).select_related("source")
    tool = rows.filter(source_id=pk, name=name).first()
    if tool is None:
        raise no_such_tool(name)
    return tool.source, tool


def _require_usable(source: ToolSource, tool: SourceTool, call: SourceCall) -> None:
    """Raises NodeError unless a run may use the tool as the step means to."""
    if tool.digest != tool.approved_digest:
        raise _changed(source, tool)
    if tool.is_gone:
        raise no_such_tool(tool.name)
    if not tool.is_enabled:
        raise NodeError(
            "tool_off",
            f"The tool {tool.name!r} of {source.name!r} is switched off.",
            "Switch it on under Tools, or choose another one in the step.",
        )
    if tool.effect == Effect.WRITE and not call.writes:
        # The step was planned as one that may be repeated, and a crash would repeat it.
        raise NodeError(
            "tool_changed",
            f"The tool {tool.name!r} may change something, and the step takes it for one that only reads.",
            "Choose the tool anew in the step.",
        )
    if wrong := fault_of(call.arguments, tool.input_schema):
        raise NodeError(
            "bad_config",
            f"The tool cannot take what it is given. {wrong}",
            "Choose the tool anew in the step.",
        )


def _changed(source: ToolSource, tool: SourceTool) -> NodeError:
    return NodeError(
        "tool_changed",
        f"{source.name!r} describes {tool.name!r} differently than it was approved, so it was not used.",
        "Look at the difference under Tools, and approve it there if it is fine.",
    )


def _too_slow(source: ToolSource, call: SourceCall) -> NodeError:
    if call.writes and not call.may_repeat:
        return NodeError(
            "tool_unsure",
            f"{source.name!r} did not answer within {call.timeout_s:g} seconds, so {call.name!r} may "
            "have been done or not.",
            "Look there before you do it again.",
        )
    return NodeError(
        "address_unreachable",
        f"{source.name!r} did not answer within {call.timeout_s:g} seconds.",
        "Try again later, or let the step wait longer.",
    )


def _note(source_id: UUID, state: str, said: dict[str, str]) -> None:
    note_failure(source_id, state=state, **said)


def _beside(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    _closing.add(task)
    task.add_done_callback(_closing.discard)

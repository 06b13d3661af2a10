"""What each kind of source can do for us: say which tools it has, and use one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from backend.tools.definitions import Definition
from backend.tools.models import SourceKind, SourceTool, ToolSource
from nodes.sdk.tool_sources import SourceCall, ToolAnswer
from workers.outgoing import HttpWithSecrets


@dataclass(frozen=True)
class Looked:
    """The tools that a source has; remarks about what could not be taken in: {code, message, values}; and
    what a described service says of itself."""

    tools: Sequence[Definition]
    notices: Sequence[Mapping[str, Any]] = ()
    service: Mapping[str, Any] | None = None


class Talk(Protocol):
    """A conversation with one source, for as long as a run is at work here. Raises NodeError."""

    async def look(self) -> Looked:
        """Which tools there are."""
        ...

    async def call(self, tool: SourceTool, call: SourceCall) -> ToolAnswer:
        """What a tool gives; `call.arguments` fit what was approved."""
        ...

    async def seen(self) -> Mapping[str, Definition] | None:
        """What the source says now of its tools, by name; None where it can say nothing new."""
        ...

    async def close(self) -> None:
        """Ends it. Never raises."""
        ...


async def begin(source: ToolSource, http: HttpWithSecrets) -> Talk:
    """A conversation with a source, by its kind. Raises NodeError."""
    from workers.tools.mcp import McpTalk
    from workers.tools.openapi import OpenApiTalk

    if source.kind == SourceKind.OPENAPI:
        return OpenApiTalk(source, http)
    return McpTalk(source, http)

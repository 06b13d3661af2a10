"""The door to tools from elsewhere: a step names one of a source, and what it was approved as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

TOOL_ERRORS: Final = (
    "tool_failed",
    "tool_missing",
    "no_such_tool_server",
    "tool_changed",
    "tool_off",
    "tool_sign_in",
    "tool_protocol",
    "tool_unsure",
    "tool_stopped",
)
"""How using a tool from elsewhere may fail, besides what `Http` says of addresses and secrets."""


@dataclass(frozen=True)
class ChosenTool:
    """A tool as a step has chosen it: what was known of it then is in the step, so that its form, and an
    agent, need nobody to ask. `source` is the source's id."""

    source: str = ""
    name: str = ""
    title: str = ""
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    digest: str = ""
    effect: Literal["read", "write"] = "write"

    @classmethod
    def read(cls, value: Json) -> ChosenTool:
        """The tool in a config, whatever else may stand there. Nothing chosen: `source` is empty."""
        if not isinstance(value, dict):
            return cls()
        texts = {
            name: said
            for name in ("source", "name", "title", "description", "digest")
            if isinstance(said := value.get(name), str)
        }
        schema = value.get("input_schema")
        return cls(
            **texts,
            input_schema=schema if isinstance(schema, dict) else {"type": "object"},
            effect="read" if value.get("effect") == "read" else "write",
        )


@dataclass(frozen=True)
class SourceCall:
    """A call of a tool. `writes` is what the step took it for; `key` is the same on every attempt."""

    source: str
    name: str
    arguments: Mapping[str, Json]
    writes: bool
    key: str
    may_repeat: bool = False
    timeout_s: float = 60
    max_bytes: int = 1_000_000


@dataclass(frozen=True)
class MadeFile:
    """A file that a tool gave."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool gave: words, data, files. A stranger's, all of it."""

    text: str = ""
    data: Json = None
    files: Sequence[MadeFile] = ()


class ToolSources(Protocol):
    """The tools of one workspace.

    Raises NodeError: "tool_missing" for a source or tool that is not there, "no_such_tool_server" for a
    program that this workspace may not use any more, "tool_off" for one that is switched off,
    "tool_changed" for one that its source describes differently than it was approved, or that writes while
    the step took it for reading; "tool_sign_in" where somebody has to sign in, "tool_failed"
    with what the tool says went wrong, "tool_protocol" where the source does not speak as it should,
    "tool_unsure" where nobody can tell whether a call that writes was done, "tool_stopped" where the program
    that has the tool ended or does not start.
    """

    async def call(self, call: SourceCall) -> ToolAnswer: ...

    def close(self) -> None:
        """Ends what was begun for the calls of a run."""
        ...


class NoToolSources:
    """Where there are none."""

    async def call(self, call: SourceCall) -> ToolAnswer:
        raise no_such_tool(call.name)

    def close(self) -> None:
        """Holds nothing."""


NO_TOOL_SOURCES = NoToolSources()


def no_such_tool(name: str) -> NodeError:
    """For a tool or source that a workspace does not have."""
    return NodeError(
        "tool_missing",
        f"There is no tool {name[:80]!r} in this workspace, or its source was taken away.",
        "Choose another tool in the step, or connect its source again under Tools.",
    )

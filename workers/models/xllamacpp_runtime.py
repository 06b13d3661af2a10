"""llama.cpp through xllamacpp: its own server in this process, reached over a private unix socket.

The detour over its HTTP listener is what makes cancelling sure: closing the connection frees the slot within
0.05 s [measured], while the direct call `handle_chat_completions` only hears a callback's answer. How it is
asked stands in `llama_http.py`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from nodes.sdk.errors import NodeError
from workers.models.llama_http import ALIVE_WITHIN_S, BATCH, PROMPT_CACHE_MIB, ask, turns
from workers.models.runtime import CONTEXT, Job, Piece, half_the_processors
from workers.outgoing.local import LocalHttp


class XllamacppRuntime:
    """A GGUF file, answering up to `slots` requests at a time.

    `socket` is where llama.cpp listens, in a folder of ours. What a killed host left there is removed.
    """

    def __init__(
        self, model: Path, *, socket: Path, slots: int = 2, context: int = CONTEXT, threads: int = 0
    ) -> None:
        self.slots = slots
        self.context = context
        self._model = model
        self._threads = threads or half_the_processors()
        self._socket = socket
        self._http = LocalHttp(str(self._socket), keep_alive=False)  # it closes idle ones after 5 s
        self._server: Any = None

    async def load(self) -> None:
        self._server = await asyncio.to_thread(self._start)

    def _start(self) -> Any:
        # Threads that spin while they wait ruin a busy machine: 3 tokens a second against 33 [measured, two
        # processors with six processes wanting them]. Read when the library is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import xllamacpp

        self._socket.unlink(missing_ok=True)
        params = xllamacpp.CommonParams()
        params.model.path = str(self._model)
        params.n_parallel = self.slots
        params.n_ctx = self.context * self.slots
        params.kv_unified = False  # each slot has its own share, so one long chat cannot starve the others
        params.ctx_shift = False
        params.n_batch = params.n_ubatch = BATCH
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.fit_params = False
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        params.hostnames = [str(self._socket)]
        params.ui = False
        params.endpoint_slots = True  # is_alive asks it
        params.cors_origins = ""
        params.verbosity = 1
        return xllamacpp.Server(params)

    async def generate(self, job: Job) -> AsyncIterator[Piece]:
        async with aclosing(ask(self._http, job)) as pieces:
            async for piece in pieces:
                yield piece

    async def is_alive(self) -> bool:
        """Asks for the slots: the answer comes from the engine's own loop, so a stuck loop gives none."""
        try:
            async with asyncio.timeout(ALIVE_WITHIN_S):
                return await turns(self._http)
        except (TimeoutError, NodeError):
            return False

    async def close(self) -> None:
        await self._http.close()
        self._server = None
        self._socket.unlink(missing_ok=True)

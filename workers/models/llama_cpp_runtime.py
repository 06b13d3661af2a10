"""llama.cpp through llama-cpp-python's bindings: one request at a time, in a thread of its own.

The bindings' C functions are called directly. The class `Llama` above them renders the chat template of a
model file with Jinja, which is a program from the file; here llama.cpp's own formatter lays the messages out.
It knows the templates of some forty families by their look and runs nothing. A file with another template
gets the widespread ChatML, and the log says so.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from nodes.sdk.models import ChatMessage, Usage
from workers.models.pieces import Cut, Thoughts
from workers.models.runtime import CONTEXT, DEFAULTS, Job, Piece, Refused, half_the_processors

log = logging.getLogger(__name__)

_BATCH = 256
_ALIVE_WITHIN_S = 90.0


class LlamaCppRuntime:
    """A GGUF file, answering one request at a time. What the next has in common with the last is kept."""

    slots = 1

    def __init__(self, model: Path, *, context: int = CONTEXT, threads: int = 0) -> None:
        self.context = context
        self._path = model
        self._threads = threads or half_the_processors()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llama")
        self._engine: _Engine | None = None
        self._moved_at = time.monotonic()
        self._is_busy = False

    async def load(self) -> None:
        loop = asyncio.get_running_loop()
        self._engine = await loop.run_in_executor(
            self._thread, lambda: _Engine(self._path, self.context, self._threads)
        )

    async def generate(self, job: Job) -> AsyncIterator[Piece]:
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue()
        is_cancelled = threading.Event()

        def say(what: Piece | BaseException | None) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, what)

        self._thread.submit(self._work, job, say, is_cancelled)
        try:
            while (what := await heard.get()) is not None:
                if isinstance(what, BaseException):
                    raise what
                yield what
        finally:
            is_cancelled.set()

    async def is_alive(self) -> bool:
        """True unless the engine is at work and has not moved for a while."""
        return not self._is_busy or time.monotonic() - self._moved_at < _ALIVE_WITHIN_S

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, job: Job, say: Callable[[Any], None], is_cancelled: threading.Event) -> None:
        assert self._engine is not None
        self._is_busy = True
        try:
            for piece in self._engine.generate(job, self._still_wanted(is_cancelled)):
                say(piece)
            say(None)
        except _Cancelled:
            say(None)
        except Exception as error:
            say(error if isinstance(error, Refused) else RuntimeError(str(error)))
        finally:
            self._is_busy = False

    def _still_wanted(self, is_cancelled: threading.Event) -> Callable[[], bool]:
        def look() -> bool:
            self._moved_at = time.monotonic()
            return not is_cancelled.is_set()

        return look


class _Cancelled(Exception):
    """Nobody waits for the answer any more."""


class _Engine:
    """The model in memory and the tokens it has read. Everything happens in the thread that made it."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        self._c = c = _library()
        c.llama_backend_init()
        settings = c.llama_model_default_params()
        settings.n_gpu_layers = 0
        self._model = c.llama_model_load_from_file(os.fsencode(path), settings)
        if not self._model:
            raise RuntimeError(f"{path.name} is no model file that llama.cpp can read.")
        space = c.llama_context_default_params()
        space.n_ctx, space.n_batch, space.n_ubatch = context, _BATCH, _BATCH
        space.n_threads = space.n_threads_batch = threads
        space.n_seq_max = 1
        self._context = c.llama_init_from_model(self._model, space)
        if not self._context:
            raise RuntimeError("There is not enough memory for the model.")
        self._vocabulary = c.llama_model_get_vocab(self._model)
        self._memory = c.llama_get_memory(self._context)
        self._size = context
        self._read: list[int] = []
        self._template = self._find_template()

    def generate(self, job: Job, is_wanted: Callable[[], bool]) -> Iterator[Piece]:
        prompt = self._tokenize(self._lay_out(job.messages))
        if len(prompt) >= self._size:
            raise Refused(
                "context_too_long",
                f"The messages are too long for the model: {len(prompt)} tokens, and it takes {self._size}.",
            )
        sampler = self._sampler(job)
        try:
            yield from self._answer(job, prompt, sampler, is_wanted)
        finally:
            self._c.llama_sampler_free(sampler)

    def _answer(
        self, job: Job, prompt: list[int], sampler: Any, is_wanted: Callable[[], bool]
    ) -> Iterator[Piece]:
        self._read_prompt(prompt, is_wanted)
        characters = codecs.getincrementaldecoder("utf-8")("replace")
        cut, thoughts = Cut(job.stop), Thoughts(is_on=not job.is_bound)
        count, finish = 0, "length"
        while count < job.max_tokens and len(self._read) < self._size:
            if not is_wanted():
                raise _Cancelled
            token = self._c.llama_sampler_sample(sampler, self._context, -1)
            count += 1
            if self._c.llama_vocab_is_eog(self._vocabulary, token):
                finish = "stop"
                break
            text = cut.feed(characters.decode(self._piece(token)))
            if text:
                yield from thoughts.feed(text)
            if cut.is_cut:
                finish = "stop"
                break
            self._decode([token])
        if not cut.is_cut:
            yield from thoughts.feed(cut.rest() + characters.decode(b"", final=True))
        yield from thoughts.rest()
        yield Piece(finish=finish, usage=Usage(len(prompt), count))

    def _read_prompt(self, prompt: list[int], is_wanted: Callable[[], bool]) -> None:
        """Reads what is new in the prompt; its last token always, for that is what the answer follows."""
        kept = 0
        while kept < min(len(self._read), len(prompt) - 1) and self._read[kept] == prompt[kept]:
            kept += 1
        if not self._c.llama_memory_seq_rm(self._memory, 0, kept, -1):
            self._c.llama_memory_clear(self._memory, True)
            kept = 0
        self._read = prompt[:kept]
        for start in range(kept, len(prompt), _BATCH):
            if not is_wanted():
                raise _Cancelled
            self._decode(prompt[start : start + _BATCH])

    def _decode(self, tokens: list[int]) -> None:
        array = (self._c.llama_token * len(tokens))(*tokens)
        if self._c.llama_decode(self._context, self._c.llama_batch_get_one(array, len(tokens))):
            self._c.llama_memory_clear(self._memory, True)
            self._read = []
            raise RuntimeError("llama.cpp could not go on.")
        self._read += tokens

    def _find_template(self) -> bytes:
        own = self._c.llama_model_chat_template(self._model, None)
        try:
            if own and self._format(own, (ChatMessage("user", "hi"),)) is not None:
                return own
        except ValueError:
            pass
        if own:
            log.warning("The file's chat template is not one that llama.cpp knows; ChatML is used.")
        return b"chatml"

    def _lay_out(self, messages: tuple[ChatMessage, ...]) -> bytes:
        text = self._format(self._template, messages)
        if text is None:
            raise Refused("bad_request", "The model's chat template does not take these messages.")
        return text

    def _format(self, template: bytes, messages: tuple[ChatMessage, ...]) -> bytes | None:
        encoded = [(m.role.encode(), m.content.replace("\0", "").encode()) for m in messages]
        chat = (self._c.llama_chat_message * len(encoded))(
            *(self._c.llama_chat_message(role, content) for role, content in encoded)
        )
        size = 256 + sum(2 * len(content) + 64 for _, content in encoded)
        while True:
            buffer = (self._c.ctypes.c_char * size)()
            needed = self._c.llama_chat_apply_template(template, chat, len(encoded), True, buffer, size)
            if needed < 0:
                return None
            if needed <= size:
                return bytes(buffer[:needed])
            size = needed

    def _tokenize(self, text: bytes) -> list[int]:
        size = len(text) + 8
        array = (self._c.llama_token * size)()
        count = self._c.llama_tokenize(self._vocabulary, text, len(text), array, size, True, True)
        if count < 0:
            raise RuntimeError("llama.cpp could not read the text.")
        return list(array[:count])

    def _piece(self, token: int) -> bytes:
        buffer = (self._c.ctypes.c_char * 512)()
        size = self._c.llama_token_to_piece(self._vocabulary, token, buffer, 512, 0, False)
        return bytes(buffer[: max(size, 0)])

    def _sampler(self, job: Job) -> Any:
        c, chosen = self._c, _Settings.of(job)
        chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
        if job.is_bound:
            chain_grammar = c.llama_sampler_init_grammar(self._vocabulary, job.grammar.encode(), b"root")
            if not chain_grammar:
                c.llama_sampler_free(chain)
                raise Refused("bad_schema", "The model cannot be bound to this schema.")
            c.llama_sampler_chain_add(chain, chain_grammar)
        penalties = (chosen.repeat_penalty, chosen.frequency_penalty, chosen.presence_penalty)
        c.llama_sampler_chain_add(
            chain,
            c.llama_sampler_init_penalties(
                c.llama_vocab_n_tokens(self._vocabulary), DEFAULTS["repeat_last_n"], *penalties
            ),
        )
        if chosen.temperature <= 0:
            c.llama_sampler_chain_add(chain, c.llama_sampler_init_greedy())
            return chain
        for part in (
            c.llama_sampler_init_top_k(chosen.top_k),
            c.llama_sampler_init_top_p(chosen.top_p, 1),
            c.llama_sampler_init_min_p(chosen.min_p, 1),
            c.llama_sampler_init_temp(chosen.temperature),
            c.llama_sampler_init_dist(chosen.seed),
        ):
            c.llama_sampler_chain_add(chain, part)
        return chain


@dataclass(frozen=True)
class _Settings:
    """A job's settings with our defaults in the gaps."""

    temperature: float = DEFAULTS["temperature"]
    top_p: float = DEFAULTS["top_p"]
    top_k: int = 40
    min_p: float = DEFAULTS["min_p"]
    repeat_penalty: float = DEFAULTS["repeat_penalty"]
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int = 2**32 - 1  # means any

    @classmethod
    def of(cls, job: Job) -> _Settings:
        given = {name: getattr(job, name) for name in cls.__dataclass_fields__}
        if job.seed is not None:
            given["seed"] = job.seed % (2**32 - 1)
        return replace(
            cls(repeat_penalty=job.defaults["repeat_penalty"]),
            **{name: value for name, value in given.items() if value is not None},
        )


def _library() -> Any:
    """The bindings' C functions, quiet."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as in the other runtime
    # Needed by a cache of the class Llama alone, which is not used here, and which unpickles what it finds.
    sys.modules.setdefault("diskcache", ModuleType("diskcache"))
    import llama_cpp.llama_cpp as library

    library.llama_log_set(_SILENT[0] if _SILENT else _silence(library), None)
    return library


_SILENT: list[Any] = []


def _silence(library: Any) -> Any:
    """A log callback that says nothing, kept for as long as the process lives: C holds on to it."""

    @library.llama_log_callback
    def say_nothing(level: int, text: bytes, data: object) -> None:
        return None

    _SILENT.append(say_nothing)
    return say_nothing

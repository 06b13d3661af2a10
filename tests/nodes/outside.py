"""What a step reaches outside itself, stood in for and counted; and a watch over what it does beside that.

A type that reaches something else than models, the web, documents, memories, mail and files gets its stand-in
in RECEIVERS.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nodes.confined.code import ConfinedCode
from nodes.sdk import HttpResponse, NodeError, Passage
from nodes.sdk.databases import Found, Query
from nodes.sdk.examples import Example
from nodes.sdk.keyed_http import HEADER, LOOKS
from nodes.sdk.mail import AnswerLink, Letter, Sent
from nodes.sdk.scripted import (
    DatabaseInMemory,
    ScriptedFiles,
    ScriptedKnowledge,
    ScriptedMail,
    ScriptedMemory,
    ScriptedModels,
    ScriptedToolSources,
)
from nodes.sdk.tool_sources import SourceCall, ToolAnswer
from workers.engine.context import Services
from workers.engine.testing import Crash


@dataclass
class Outside:
    """The world of one run: it counts what was asked of it, and by key what was written to it.

    `kill` is what happens when a write has arrived and nobody has heard of it yet.
    """

    asked: Counter[str] = field(default_factory=Counter)
    wrote: list[str] = field(default_factory=list)
    kill: Callable[[], None] | None = None

    def ask(self, what: str) -> None:
        """Something looks at the world."""
        self.asked[what] += 1

    def write(self, key: str) -> None:
        """Something has changed the world; `key` is what it is known by there, "" if by nothing."""
        self.wrote.append(key)
        if self.kill is not None:
            kill, self.kill = self.kill, None
            kill()
            raise Crash


class Web:
    """Gives the same answer to the same request, whoever asks and however often."""

    def __init__(self, outside: Outside, answers: list[HttpResponse], *, reads_by_post: bool) -> None:
        self._outside, self._answers, self._reads_by_post = outside, answers, reads_by_post
        self._given: dict[str, HttpResponse] = {}

    async def request(self, method: str, url: str, **more: Any) -> HttpResponse:
        """Counts, and answers as the example says."""
        key = next((v for k, v in (more.get("headers") or {}).items() if k.lower() == HEADER.lower()), "")
        known = repr((method, url, more.get("json"), more.get("data")))
        if known not in self._given:
            if not self._answers:
                raise NodeError("address_refused", f"There is no network here: {method} {url}.", "Script it.")
            self._given[known] = self._answers.pop(0)
        if method.upper() in LOOKS or self._reads_by_post:
            self._outside.ask("web")
        else:
            self._outside.write(key)
        return self._given[known]


class Models(ScriptedModels):
    """Says the same to the same question, whoever asks and however often."""

    def __init__(self, outside: Outside, replies: Any) -> None:
        super().__init__(replies)
        self._outside = outside
        self._said: dict[str, list[Any]] = {}

    async def chat(self, request: Any) -> Any:
        self._outside.ask("model")
        question = repr(request)
        if question not in self._said:
            self._said[question] = [chunk async for chunk in super().chat(request)]
        for chunk in self._said[question]:
            yield chunk

    async def embed(self, texts: Any, **more: Any) -> Any:
        self._outside.ask("model")
        return await super().embed(texts, **more)


class Documents(ScriptedKnowledge):
    async def search(self, knowledge_ids: Any, query: str, **more: Any) -> list[Passage]:
        self._outside.ask("documents")
        return await super().search(knowledge_ids, query, **more)

    def __init__(self, outside: Outside, passages: Any) -> None:
        super().__init__(passages)
        self._outside = outside


class Uploads(ScriptedFiles):
    def __init__(self, outside: Outside, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._outside = outside

    async def read(self, value: Any) -> bytes:
        self._outside.ask("files")
        return await super().read(value)

    async def read_text(self, value: Any, *, most: int) -> Any:
        self._outside.ask("files")
        return await super().read_text(value, most=most)

    async def write(self, name: str, content: bytes) -> Any:
        self._outside.ask("files")
        return await super().write(name, content)


class Memories(ScriptedMemory):
    def __init__(self, outside: Outside, memories: Mapping[str, str]) -> None:
        super().__init__(memories)
        self._outside = outside

    async def remember(self, text: str, *, name: str = "", person: str = "", once: str) -> bool:
        fresh = await super().remember(text, name=name, person=person, once=once)
        self._outside.write(once)
        return fresh

    async def recall(self, query: str = "", **more: Any) -> Any:
        self._outside.ask("memories")
        return await super().recall(query, **more)


class CodeMeanwhile:
    """Runs it for real, while the clock of the test stands still: that would pass all time it waits for."""

    async def run(self, language: Any, source: str, inputs: Any, *, time_s: float) -> Any:
        with ThreadPoolExecutor(1) as thread:
            work = ConfinedCode().run(language, source, inputs, time_s=time_s)
            return thread.submit(asyncio.run, work).result()


class Tables(DatabaseInMemory):
    def __init__(self, outside: Outside, example: Example) -> None:
        super().__init__(example["tables"])
        self._outside = outside

    async def ask(self, query: Query) -> Found:
        found = await super().ask(query)
        if query.writes:
            self._outside.write("")
        else:
            self._outside.ask("tables")
        return found


class Post(ScriptedMail):
    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside

    async def send(self, letter: Letter) -> Sent:
        sent = await super().send(letter)
        self._outside.write(letter.key)
        return sent


class Tools(ScriptedToolSources):
    """Gives the same to the same call, whoever calls and however often."""

    def __init__(self, outside: Outside, example: Example) -> None:
        super().__init__(example.get("tools", ()))
        self._outside = outside
        self._given: dict[str, ToolAnswer] = {}

    async def call(self, call: SourceCall) -> ToolAnswer:
        known = repr((call.name, call.arguments))
        if known not in self._given:
            self._given[known] = await super().call(call)
        if call.writes:
            self._outside.write(call.key)
        else:
            self._outside.ask("tools")
        return self._given[known]


RECEIVERS: dict[str, Callable[[Outside, Example], dict[str, Any]]] = {
    "sql": lambda outside, example: {"databases": Tables(outside, example)},
    "code": lambda *_: {"code": CodeMeanwhile()},
    "use_tool": lambda outside, example: {"tool_sources": Tools(outside, example)},
}
"""By type: fields of `Services` that stand in for what only this type reaches. A stand-in calls `outside.ask`
where it is looked at and `outside.write(key)` when it has been changed, before it answers."""

READS_BY_POST: dict[str, str] = {}
"""Types that read by a request which would be a write with others, and why that is so."""

MAY_BESIDE: dict[str, tuple[frozenset[str], str]] = {
    "sql": (
        frozenset({"sqlite3.connect"}),
        "the file of its stand-in, which counts what is written to it",
    ),
    "code": (
        frozenset({"subprocess.Popen"}),
        "a fresh process that can open nothing: tests/confined shows it",
    ),
}
"""By type: what it may do by itself (events of Python's audit), and why that is no write to the world."""


async def _answer_link(run: str, path: str, expires_at: datetime) -> AnswerLink:
    return AnswerLink(f"https://treadle.example/a#{run}.{path}", "App", "en")


def services_for(name: str, example: Example, outside: Outside) -> Services:
    """What the step of that type reaches in a run of its example."""
    answers = [
        HttpResponse(
            answer.get("status", 200),
            {key.lower(): value for key, value in answer.get("headers", {}).items()},
            answer.get("body", "").encode(),
            "https://api.example.com/",
        )
        for answer in example.get("answers", ())
    ]
    documents = Documents(outside, [Passage(**passage) for passage in example.get("passages", ())])
    memories = Memories(outside, example.get("memories", {}))
    known: dict[str, Any] = {
        "models": Models(outside, example.get("replies", ())),
        "http": Web(outside, answers, reads_by_post=name in READS_BY_POST),
        "knowledge": lambda _: documents,
        "memory": lambda _: memories,
        "mail": Post(outside),
        "files": Uploads(outside, example.get("texts", {})),
        "answer_link": _answer_link,
        "callback_url": lambda run, path, about: f"https://treadle.example/hooks/{run}/{path}/{about}",
    }
    return Services(**known | RECEIVERS.get(name, lambda *_: {})(outside, example))


_WRITING = ("w", "a", "x", "+")
_CHANGES = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.posix_spawn",
        "os.system",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.mkdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "sqlite3.connect",
        "smtplib.connect",
        "ctypes.dlopen",
    }
)
_seen: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    """Python tells it of everything that reaches outside the process; it cannot be taken off again."""
    if _seen is None:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = any(c in mode for c in _WRITING) if isinstance(mode, str) else bool(flags & 3)
        if writes and str(path) != "/dev/null" and not isinstance(path, int):  # an end of a pipe
            _seen.append(f"open for writing: {path}")
    elif event in _CHANGES:
        _seen.append(f"{event}: {arguments[:1]}")


sys.addaudithook(_note)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is done meanwhile by the process itself: sockets, files written, programs started."""
    global _seen
    keeps, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    seen = _seen = []
    try:
        yield seen
    finally:
        _seen = None
        sys.dont_write_bytecode = keeps

"""One run in memory, and all that a console hears of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any

from nodes.sdk import ChatChunk, ChatRequest, NodeError, Usage
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.graph import Graph
from nodes.sdk.models import InLine, Price, Task
from workers.engine.called import compile_with
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening
from workers.engine.state import RunState
from workers.engine.testing import FakeClock, services

Entry = dict[str, Any]


class Stream:
    """What is published: durable facts in order, and live text with the id of the last fact before it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._seq = 0
        self._deltas = 0
        self._progress: dict[str, Entry] = {}

    def publish(self, run: MemoryRun) -> None:
        for event in run.events[self._seq :]:
            self._seq, self._deltas = event.seq, 0
            self.entries.append({"id": f"{event.seq}-0", "kind": "event", "event": event.to_json()})
            if event.type in ("node_succeeded", "node_failed"):
                self._progress.pop(event.path, None)
        for progress in self._progress.values():
            self._deltas += 1
            self.entries.append(
                {"id": f"{self._seq}-{self._deltas}", "kind": "progress", "progress": progress}
            )
        self._progress.clear()

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        self._deltas += 1
        delta = {"path": path, "attempt": attempt, "offset": offset, "text": text}
        self.entries.append({"id": f"{self._seq}-{self._deltas}", "kind": "delta", "delta": delta})

    def progress(self, path: str, done: int, total: int | None) -> None:
        self._progress[path] = {"path": path, "done": done, "total": total}

    def place(self, path: str, place: InLine) -> None: ...


class PublishingJournal(MemoryJournal):
    """A memory journal that publishes what has become durable."""

    def __init__(self, run: MemoryRun, clock: FakeClock, stream: Stream) -> None:
        super().__init__(run, clock)
        self._stream = stream

    def _flush(self) -> None:
        super()._flush()
        self._stream.publish(self.run)


class Talker:
    """A model that says its script word by word, a tenth of a second each. An error ends an answer.

    One that `tells_at_once` says with each word what it has used so far.
    """

    def __init__(
        self, clock: FakeClock, *answers: list[str | NodeError], tells_at_once: bool = False
    ) -> None:
        self._clock = clock
        self._tells_at_once = tells_at_once
        self._answers = list(answers)

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        words = self._answers.pop(0)
        for count, word in enumerate(words, 1):
            if isinstance(word, NodeError):
                raise word
            woken = asyncio.Event()
            self._clock.call_later(0.1, woken.set)
            await woken.wait()
            yield ChatChunk(text=word, usage=Usage(12, count, 0.0001) if self._tells_at_once else None)
        yield ChatChunk(usage=Usage(12, len(words), 0.0001), finish="stop", model="talker")

    async def price(self, model: str = "", *, task: Task = "chat") -> Price:
        return Price(0.0, 0.00005)


class Studio:
    """One run of one graph, listened to. `workflows` are those that it uses, by `<id>@latest`."""

    def __init__(
        self,
        graph: Graph,
        *answers: list[str | NodeError],
        query: str = "Hello",
        workflows: Mapping[str, Graph] | None = None,
        http: Any = None,
        tells_at_once: bool = False,
    ) -> None:
        self.graph = graph
        self.clock = FakeClock()
        self.run = MemoryRun(Opening(query, run="00000000-0000-4000-8000-000000000001"))
        self.stream = Stream()
        self._models = Talker(self.clock, *answers, tells_at_once=tells_at_once)
        catalogue = load_catalogue()
        versions = {key: f"version of {key}" for key in workflows or {}}
        graphs = {versions[key]: inner for key, inner in (workflows or {}).items()}
        self._make = lambda journal: Engine(
            compile_with(graph, catalogue, versions, graphs, "outer"),
            catalogue,
            journal,
            self.stream,
            services(self._models, http),
            self.clock,
            chance=Random(7),
        )

    def engine(self) -> tuple[Engine, PublishingJournal]:
        journal = PublishingJournal(self.run, self.clock, self.stream)
        return self._make(journal), journal

    async def finish(self) -> RunState:
        return await self.clock.finish(self.engine()[0].run())

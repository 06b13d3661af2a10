"""For tests of the engine and of what is built on it: small graphs, a clock in hand, crashes on demand."""

import asyncio
import heapq
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast

from nodes.confined.code import ConfinedCode
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Task, Usage, Vectors
from nodes.sdk.scripted import NoHttp
from nodes.sdk.values import Json
from nodes.sdk.word_vectors import ranked_by_words, vectors_by_words
from workers.engine.context import Services
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal, MemoryRun

T = TypeVar("T")

_NUMBERED: Final = re.compile(r"(.+)_\d+\Z")


def build(
    drawing: str,
    *,
    configs: Mapping[str, Mapping[str, Json]] | None = None,
    policies: Mapping[str, Policy] | None = None,
    bodies: Mapping[str, Graph] | None = None,
) -> Graph:
    """A graph from lines such as `start -> branch.yes -> prompt_2 -> answer`.

    A node's type is its id without the number; an id without a number gets `_1`.
    """
    edges: dict[Edge, None] = {}
    ids: dict[str, None] = {}
    for line in filter(None, (line.strip() for line in drawing.splitlines())):
        names = [part.strip() for part in line.split("->")]
        for name in names:
            ids[_node_id(name.partition(".")[0])] = None
        for name, following in itertools.pairwise(names):
            source, _, port = name.partition(".")
            edges[Edge(_node_id(source), port or "out", _node_id(following.partition(".")[0]))] = None
    nodes = {
        node_id: GraphNode(
            id=node_id,
            type=cast("re.Match[str]", _NUMBERED.match(node_id))[1],
            config=(configs or {}).get(node_id, {}),
            policy=(policies or {}).get(node_id, Policy()),
            body=(bodies or {}).get(node_id),
        )
        for node_id in ids
    }
    return Graph(nodes, tuple(edges))


def _node_id(name: str) -> str:
    return name if _NUMBERED.match(name) else f"{name}_1"


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._skew = 0.0
        self._alarms: list[tuple[float, int, _Alarm]] = []
        self._count = itertools.count()

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds + self._skew)

    def monotonic(self) -> float:
        return self._seconds

    def call_later(self, seconds: float, do: Callable[[], object]) -> "_Alarm":
        alarm = _Alarm(do)
        heapq.heappush(self._alarms, (self._seconds + max(0.0, seconds), next(self._count), alarm))
        return alarm

    def advance(self, seconds: float) -> None:
        """Lets time pass, with all that was to happen meanwhile."""
        until = self._seconds + seconds
        while (next_at := self._next_at()) is not None and next_at <= until:
            self.advance_to_next()
        self._seconds = until

    def leap(self, seconds: float) -> None:
        """Sets the clock on the wall by so many seconds, also back; no time passes."""
        self._skew += seconds

    def advance_to_next(self) -> bool:
        """Jumps to the next alarm and sounds it. False when there is none."""
        if self._next_at() is None:
            return False
        at, _, alarm = heapq.heappop(self._alarms)
        self._seconds = max(self._seconds, at)
        assert alarm.do is not None
        alarm.do()
        return True

    def _next_at(self) -> float | None:
        """When the next alarm sounds that was not called off."""
        while self._alarms and self._alarms[0][2].do is None:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    async def finish(self, work: Awaitable[T]) -> T:
        """The result of `work`, where time passes only when everything waits for it."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await settle()
            if not task.done() and not self.advance_to_next():
                await asyncio.sleep(0.001)  # something real is under way: a thread, a socket
        return task.result()


class _Alarm:
    def __init__(self, do: Callable[[], object]) -> None:
        self.do: Callable[[], object] | None = do

    def cancel(self) -> None:
        self.do = None


async def settle() -> None:
    """Returns when every other task of the loop waits for something."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:  # noqa: ASYNC110 (there is no public way to see that a loop has nothing to do)
        await asyncio.sleep(0)


class EchoModels(MediaByScript):
    """Models that repeat the last message word by word: the same question has the same answer, whenever
    it is asked. Counts its calls by question."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        question = request.messages[-1].content
        self.calls[question] = self.calls.get(question, 0) + 1
        words = question.split(" ")
        for i, word in enumerate(words):
            await asyncio.sleep(0)
            yield ChatChunk(text=word if i == 0 else f" {word}")
        yield ChatChunk(usage=Usage(len(words), len(words)), finish="stop", model=request.model or "echo")

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        return vectors_by_words(texts, model=model or "words")

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return ranked_by_words(query, texts, model=model or "words")

    async def which(self, model: str = "") -> str:
        return model or "echo"

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return None


def services(models: Any = None, http: Any = None) -> Services:
    """Services without a network, unless one is given."""
    return Services(models or EchoModels(), http or NoHttp(), code=ConfinedCode())


class Crash(BaseException):
    """The worker's process was killed."""


class CrashingJournal(MemoryJournal):
    """A memory journal whose worker is killed just before its n-th append or barrier (the first is 1).

    With `flushes_all` nothing ever waits in the buffer.
    """

    def __init__(
        self, run: MemoryRun, at: int | None, clock: Any = None, *, flushes_all: bool = False
    ) -> None:
        super().__init__(run, clock)
        self._left = at
        self._flushes_all = flushes_all

    async def append(self, event: Event, *, durable: bool) -> None:
        self._come_nearer()
        await super().append(event, durable=durable or self._flushes_all)

    async def barrier(self) -> None:
        self._come_nearer()
        await super().barrier()

    def _come_nearer(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.crash()
                raise Crash


def crash_at(n: int, run: MemoryRun, clock: Any = None, *, flushes_all: bool = False) -> CrashingJournal:
    """A journal on `run` whose worker dies just before its n-th write."""
    return CrashingJournal(run, n, clock, flushes_all=flushes_all)

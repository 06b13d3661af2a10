"""A world for agents: models that do what they read, a receiver that counts, and people who answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, cast

from nodes.sdk.graph import Graph, GraphNode, Policy
from nodes.sdk.http import HttpResponse
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Task, ToolCall, Usage, Vectors
from nodes.sdk.tool_use import ToolUse
from nodes.sdk.values import Json
from nodes.sdk.word_vectors import ranked_by_words, vectors_by_words
from tests.engine.reference_agents import Round
from workers.engine.journal import MemoryRun, Signal
from workers.engine.state import RunState
from workers.engine.testing import EchoModels, build
from workers.engine.waits import OUTCOME_UNKNOWN

Said = str | Sequence[str | ToolCall]
Script = Callable[[ChatRequest], Said]


class ThinkingModels(MediaByScript):
    """Models whose reply is a function of what they read, so that a replay hears the same."""

    def __init__(self, script: Script, *, tokens: int = 10, cost: float | None = None) -> None:
        self._script = script
        self._tokens = tokens
        self._cost = cost
        self.requests: list[ChatRequest] = []

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self.requests.append(request)
        said = self._script(request)
        pieces = [said] if isinstance(said, str) else said
        for piece in pieces:
            if isinstance(piece, str):
                for word in piece.split(" "):
                    await asyncio.sleep(0)
                    yield ChatChunk(text=f"{word} " if word else " ")
        calls = tuple(piece for piece in pieces if isinstance(piece, ToolCall))
        usage = Usage(self._tokens, self._tokens, self._cost)
        yield ChatChunk(usage=usage, finish="tool_calls" if calls else "stop", model="m", tool_calls=calls)

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        return vectors_by_words(texts, model=model or "words")

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return ranked_by_words(query, texts, model=model or "words")

    async def which(self, model: str = "") -> str:
        return model or "m"

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return None


def rounds(*replies: Said) -> Script:
    """Says one after the other, by how many rounds the model has read."""

    def script(request: ChatRequest) -> Said:
        done = sum(message.role == "assistant" for message in request.messages)
        return replies[min(done, len(replies) - 1)]

    return script


class AgentsModels(EchoModels):
    """Models that repeat what they are asked, save to agents: those hear what is drawn for them, by name."""

    def __init__(self, replies: Mapping[str, Sequence[Round]]) -> None:
        super().__init__()
        self._replies = {you_are(id): rounds for id, rounds in replies.items()}

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        drawn = self._replies.get(request.messages[0].content)
        if drawn is None:
            async for chunk in super().chat(request):
                yield chunk
            return
        text, wanted = drawn[sum(message.role == "assistant" for message in request.messages)]
        await asyncio.sleep(0)
        yield ChatChunk(text=text)
        calls = tuple(ToolCall(f"{n}", name, dict(given)) for n, (name, given) in enumerate(wanted))
        yield ChatChunk(
            usage=Usage(1, 1), finish="tool_calls" if calls else "stop", model="m", tool_calls=calls
        )


def you_are(id: str) -> str:
    """The instructions of an agent, by which its model knows it."""
    return f"You are {id}."


class Receiver:
    """A web service that counts what arrives, by its key; reads have none."""

    def __init__(self, answer: Callable[[Any], str] = lambda body: f"took {json.dumps(body)}") -> None:
        self.arrived: list[tuple[str, str, Any]] = []
        self._answer = answer

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        **_: Any,
    ) -> HttpResponse:
        await asyncio.sleep(0)
        self.arrived.append((method, (headers or {}).get("Idempotency-Key", ""), json))
        await asyncio.sleep(0)
        return HttpResponse(200, {}, self._answer(json).encode(), url)

    @property
    def written(self) -> list[Any]:
        return [body for method, _, body in self.arrived if method == "POST"]


def post(
    name: str, use: Any = None, *, n: int = 1, may_repeat: bool = False, policy: Policy | None = None
) -> GraphNode:
    """A tool that sends something: its argument is `order`."""
    config: dict[str, Json] = {
        "method": "POST",
        "address": f"https://shop.example/{name}",
        "body": "json",
        "json_body": {"order": "{{ args.order }}"},
        "arguments": [{"name": "order"}],
        "may_repeat": may_repeat,
    }
    return GraphNode(
        f"tool_{n}", "tool", title=name, config=config, tool=ToolUse(use=use), policy=policy or Policy()
    )


def look_up(name: str = "look_up", *, n: int = 9) -> GraphNode:
    """A tool that only reads."""
    config: dict[str, Json] = {
        "address": "https://shop.example/orders",
        "query": [{"name": "order", "value": "{{ args.order }}"}],
        "arguments": [{"name": "order"}],
    }
    return GraphNode(f"tool_{n}", "tool", title=name, config=config)


def calculator() -> GraphNode:
    return GraphNode("calculate_1", "calculate", tool=ToolUse("calc"))


def agent(*tools: GraphNode, policy: Policy | None = None, **config: Any) -> Graph:
    """An app that lets an agent with these tools answer."""
    return build(
        "start -> agent -> answer",
        configs={
            "agent_1": {"message": "{{ start_1.query }}", **config},
            "answer_1": {"text": "{{ agent_1.text }}"},
        },
        policies={"agent_1": policy} if policy else None,
        bodies={"agent_1": Graph({tool.id: tool for tool in tools})},
    )


def answer_all(run: MemoryRun, state: RunState, receiver: Receiver, decide: Callable[[str], Json]) -> None:
    """A person answers what is asked, and says truthfully what became of what was cut off."""
    arrived = {key for _, key, _ in receiver.arrived}
    for path, waits in state.waiting.items():
        for name, wait in waits.items():
            if wait["reason"] == OUTCOME_UNKNOWN:
                done = f"run-1:{path}" in arrived
                note: Json = (
                    {"action": "done", "output": {"text": "it arrived"}} if done else {"action": "again"}
                )
            else:
                note = decide(path)
            run.signals.append(Signal(path, name, note))


def say(action: str, **fields: Json) -> Json:
    """What a person presses, with what the form holds."""
    return {"action": action, "fields": fields, "answered_by": "Ann"}


ANSWERS: tuple[Json, ...] = (
    say("approve"),
    say("approve"),
    say("change", arguments={"text": "less"}),
    say("refuse", words="No."),
    say("answer", words="By hand."),
)
"""What a person says of a call that asks first, whose argument is `text`."""


THREE: list[str | ToolCall] = [
    "I do it. ",
    ToolCall("a", "refund", {"order": "1"}),
    ToolCall("b", "refund", {"order": "2"}),
    ToolCall("c", "letter", {"order": "3"}),
]


def given(state: RunState) -> dict[str, Any]:
    """What the agent of `agent` gave."""
    return cast("dict[str, Any]", state.results["agent_1"].output)


def outcomes(state: RunState) -> list[str]:
    """What came of each of its calls."""
    return [call["outcome"] for call in given(state)["calls"]]

"""Tool calls of models that make none by themselves, or none that hold: they answer bound questions instead.

First "which tool, or answer", bound to the names; then the arguments, bound to that tool's schema; then
whether another call is needed. What is bound by a grammar cannot be malformed and is never repaired. What no
grammar binds is looked at, and asked for again where it does not fit (ADR 44).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from uuid import uuid4

from nodes.sdk.errors import NodeError
from nodes.sdk.models import (
    CallText,
    ChatChunk,
    ChatRequest,
    EmbedKind,
    Ranking,
    ToolCall,
    ToolSpec,
    Usage,
    Vectors,
)
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.values import Json
from workers.models import guided_words as words
from workers.models.backend import ModelBackend
from workers.models.calls import bad_call, read_arguments
from workers.models.guided_schema import ROOMY, TIGHT, bindable

MOST_CALLS = 4
"""How many calls one reply may make: a small model does not know when to stop."""

_TRIES = 3
_MOST_TOKENS = 1_000
_CHOICE_TOKENS = 100


class GuidedBackend:
    """A model behind another backend, which takes tools by being asked. `title` is how messages name it.

    A model of our own host `is_ours`: any shape binds it, while services want an object and say what they
    will not take. Without tools it is that backend, but for calls in the conversation so far, which it is
    told in words.
    """

    def __init__(self, backend: ModelBackend, title: str, *, is_ours: bool) -> None:
        self._backend = backend
        self._title = title
        self.is_ours = is_ours

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        plain = replace(request, messages=words.retold(request.messages), tools=())
        if request.tools and request.tool_choice != "none":
            turn = _Turn(self._backend, self._title, request, plain, self.is_ours)
            async with aclosing(turn.calls()) as chunks:
                async for chunk in chunks:
                    yield chunk
            if turn.made:
                yield ChatChunk(
                    usage=turn.usage, finish="tool_calls", model=turn.model, tool_calls=tuple(turn.made)
                )
                return
            spent = turn.usage
            plain = replace(plain, max_tokens=turn.left(plain.max_tokens))
        else:
            spent = Usage()
        async with aclosing(self._backend.chat(plain)) as chunks:
            async for chunk in chunks:
                yield chunk if chunk.usage is None else replace(chunk, usage=spent + chunk.usage)

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        return await self._backend.embed(texts, kind=kind)

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        return await self._backend.rerank(query, texts)


@dataclass
class _Turn:
    """One reply: the calls it makes, and what they used up."""

    backend: ModelBackend
    title: str
    request: ChatRequest
    plain: ChatRequest
    is_ours: bool
    made: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    takes_shapes: bool = True

    async def calls(self) -> AsyncIterator[ChatChunk]:
        """Makes the calls one after the other; gives their arguments as they are written."""
        while (count := len(self.made)) < MOST_CALLS:
            tool = await self._choice()
            if tool is None:
                return
            async with aclosing(self._arguments(tool)) as chunks:
                async for chunk in chunks:
                    yield chunk
            if len(self.made) == count:
                return

    def left(self, most: int | None) -> int | None:
        """How many tokens may still be written. Raises NodeError when there are none."""
        if most is None:
            return None
        left = most - self.usage.completion_tokens
        if left <= 0:
            raise bad_call(self.title, "had no room left for its answer", was_cut=True)
        return left

    async def _choice(self) -> ToolSpec | None:
        """The tool that the model chooses next; None when it would rather answer, or has all it needs."""
        if self.made and await self._chosen(words.is_done(self.made), words.IS_DONE) == words.IS_DONE[0]:
            return None
        options: dict[str, ToolSpec | None] = {words.option(tool): tool for tool in self.request.tools}
        if self.request.tool_choice != "required" or self.made:
            options[words.ANSWER] = None
        return options[await self._chosen(words.which_tool(self.made), tuple(options))]

    async def _chosen(self, question: str, options: Sequence[str]) -> str:
        """The one of some texts that answers a question. Raises NodeError if the model says none of them."""
        if len(options) == 1:
            return options[0]
        fixed: Mapping[str, Json] = {"type": "string", "enum": list(options)}
        if not self.is_ours:
            question += " Answer with one of these:\n" + "\n".join(options)
            fixed = {
                "type": "object",
                "properties": {"choice": fixed},
                "required": ["choice"],
                "additionalProperties": False,
            }
        for attempt in range(_TRIES):
            said = await self._whole(question, fixed, attempt)
            if said in options:
                return said
        raise bad_call(self.title, "chose none of the tools that it was offered", was_cut=False)

    async def _arguments(self, tool: ToolSpec) -> AsyncIterator[ChatChunk]:
        """Makes a call of the tool, unless it is one that was made already."""
        index, wrong = len(self.made), ""
        for attempt in range(_TRIES):
            bound = bindable(tool.parameters, TIGHT if attempt else ROOMY)
            # Only what is certain to become a call is shown while it is written.
            is_shown = not (bound.loose or attempt or self.made)
            pieces: list[str] = []
            if is_shown:
                yield ChatChunk(call_text=CallText(index, tool.name, ""))
            question = words.arguments_of(tool, self.made, wrong)
            request = self._question(question, bound.schema, _MOST_TOKENS, attempt)
            async with aclosing(self._heard(request)) as chunks:
                async for chunk in chunks:
                    pieces.append(chunk.text)
                    if chunk.text and is_shown:
                        yield ChatChunk(call_text=CallText(index, tool.name, chunk.text))
            arguments = read_arguments("".join(pieces))
            wrong = "It had no end." if arguments is None else fault_of(arguments, tool.parameters)
            if arguments is None or wrong:
                continue
            if not any((one.name, one.arguments) == (tool.name, arguments) for one in self.made):
                self.made.append(ToolCall(f"call_{uuid4().hex[:20]}", tool.name, arguments))
                if not is_shown:
                    yield ChatChunk(call_text=CallText(index, tool.name, "".join(pieces)))
            return
        raise bad_call(self.title, f"called {tool.name!r} with what does not fit it: {wrong}", was_cut=False)

    def _question(
        self, question: str, schema: Mapping[str, Json], most: int, attempt: int = 0
    ) -> ChatRequest:
        """A question with an answer of that shape: the likeliest at first, then others."""
        request, left = self.request, self.left(self.request.max_tokens)
        messages = words.with_instructions(self.plain.messages, words.tool_list(request.tools))
        return replace(
            self.plain,
            messages=words.with_question(messages, question),
            schema=schema,
            temperature=0.0 if attempt == 0 else 0.5,
            seed=None if request.seed is None else request.seed + attempt,
            max_tokens=most if left is None else min(most, left),
            stop=(),
        )

    async def _whole(self, question: str, schema: Mapping[str, Json], attempt: int) -> str:
        """The text that was chosen: the answer itself, or what its field "choice" holds."""
        request = self._question(question, schema, _CHOICE_TOKENS, attempt)
        async with aclosing(self._heard(request)) as chunks:
            said = "".join([chunk.text async for chunk in chunks])
        try:
            value = json.loads(said)
        except (ValueError, RecursionError):
            return said.strip()
        return str(value.get("choice") if isinstance(value, dict) else value)

    async def _heard(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        """The reply of the model itself, counted. A service that takes no shapes is asked without."""
        if not self.takes_shapes:
            request = replace(request, schema=None)
        try:
            async with aclosing(self.backend.chat(request)) as chunks:
                async for chunk in chunks:
                    self.usage += chunk.usage or Usage()
                    self.model = chunk.model or self.model
                    yield chunk
            return
        except NodeError as error:
            if self.is_ours or request.schema is None or error.code != "model_bad_request":
                raise
        self.takes_shapes = False
        async with aclosing(self._heard(request)) as chunks:
            async for chunk in chunks:
                yield chunk

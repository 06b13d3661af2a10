"""A model that says what a file tells it to: for tests, demos and rehearsals of a crash.

`TREADLE_MODELS=scripted:FILE`, YAML or JSON:

    delay_s: 0.02                  # before each word; a rule may have its own
    rules:                         # the first whose text is part of the last message speaks
      - when: refund
        reply: Your money comes back within five days.
      - when: slow
        reply: One word at a time.
        delay_s: 0.5
        first_delay_s: 2           # before the first word
      - when: broken
        error: {code: model_busy, message: Too much to do., retry_after_s: 1}
        after_words: 3             # says three words of `reply`, then fails
      - when: flaky
        times: 1                   # applies once in a process, then the rules below it do
        error: {code: model_unreachable}
      - schema: true               # only for requests that want JSON
        data: {topic: billing}
      - tools: true                # only for requests that offer tools
        when: weather
        calls: [{name: web_page, arguments: {address: "https://weather.example"}}]
    reply: "You said: {message}"   # when no rule fits; {message}, {system}, {count} and
                                   # {pictures}, the names and sizes of the last message's, are filled in

Its vectors and rankings are made from words alone (`nodes/sdk/word_vectors.py`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nodes.sdk.errors import CODES, NodeError
from nodes.sdk.models import CallText, ChatChunk, ChatRequest, EmbedKind, Ranking, ToolCall, Usage, Vectors
from nodes.sdk.values import Json
from nodes.sdk.word_vectors import ranked_by_words, vectors_by_words
from workers.models.calls import written
from workers.models.usage import estimate_tokens, estimate_usage

_WORDS = re.compile(r"\s*\S+\s*")
_FIELDS = {
    "when", "model", "schema", "tools", "times", "reply", "data", "calls", "reasoning", "delay_s",
    "first_delay_s", "after_words", "error", "usage", "finish",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One way to answer. None and empty fields do not matter."""

    when: str = ""
    model: str | None = None
    schema: bool | None = None
    tools: bool | None = None
    times: int | None = None
    reply: str = ""
    data: Json = None
    calls: Sequence[Mapping[str, Any]] = ()
    reasoning: str = ""
    delay_s: float | None = None
    first_delay_s: float = 0
    after_words: int | None = None
    error: Mapping[str, Any] | None = None
    usage: Mapping[str, int] | None = None
    finish: str = "stop"

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rule:
        """Raises ValueError naming a field that does not exist or an error code that is none of ours."""
        unknown = sorted(set(value) - _FIELDS)
        if unknown:
            raise ValueError(f"A scripted rule has no field {unknown[0]!r}.")
        error = value.get("error")
        if error is not None and error.get("code") not in CODES:
            raise ValueError(f"A scripted error has no code {error.get('code')!r}.")
        for call in value.get("calls", ()):
            if not isinstance(call, dict) or sorted(call) != ["arguments", "name"]:
                raise ValueError("A scripted call has a name and arguments.")
        return cls(**value)

    def fits(self, request: ChatRequest, message: str) -> bool:
        return (
            self.when.lower() in message.lower()
            and (self.model is None or self.model == request.model)
            and (self.schema is None or self.schema == (request.schema is not None))
            and (self.tools is None or self.tools == bool(request.tools))
        )


class ScriptedBackend:
    """Answers by rules, word by word, the same every time. `requests` keeps what was asked."""

    def __init__(
        self, rules: list[Rule] | None = None, *, reply: str = "You said: {message}", delay_s: float = 0
    ) -> None:
        self._rules = list(rules or [])
        self._used = [0] * len(self._rules)
        self._otherwise = Rule(reply=reply)
        self._delay_s = delay_s
        self.requests: list[ChatRequest] = []

    @classmethod
    def from_file(cls, path: Path | str) -> ScriptedBackend:
        """Reads the form at the top of this file. Raises ValueError or OSError."""
        value = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
        if not isinstance(value, dict):
            raise ValueError(f"{path} is no script: it must hold rules or a reply.")
        return cls(
            [Rule.from_json(rule) for rule in value.get("rules", [])],
            reply=value.get("reply", "You said: {message}"),
            delay_s=float(value.get("delay_s", 0)),
        )

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self.requests.append(request)
        message = request.messages[-1].content if request.messages else ""
        rule = self._choose(request, message)
        delay_s = self._delay_s if rule.delay_s is None else rule.delay_s
        text = self._text(rule, request, message)
        await asyncio.sleep(rule.first_delay_s)
        for said, word in enumerate(_WORDS.findall(text)):
            if rule.error is not None and said >= (rule.after_words or 0):
                break
            if said == 0 and rule.reasoning:
                yield ChatChunk(reasoning=rule.reasoning)
            await asyncio.sleep(delay_s)
            yield ChatChunk(text=word)
        if rule.error is not None:
            raise _error(rule.error)
        calls = tuple(
            ToolCall(f"call_{len(self.requests)}_{number}", call["name"], call["arguments"])
            for number, call in enumerate(rule.calls)
        )
        for number, call in enumerate(calls):
            yield ChatChunk(call_text=CallText(number, call.name, written(call)))
        yield ChatChunk(
            usage=_usage(rule, request, text),
            finish="tool_calls" if calls else rule.finish,
            model=request.model or "scripted",
            tool_calls=calls,
        )

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        return vectors_by_words(texts, model="scripted")

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        return ranked_by_words(query, texts, model="scripted")

    def _choose(self, request: ChatRequest, message: str) -> Rule:
        for index, rule in enumerate(self._rules):
            if rule.fits(request, message) and (rule.times is None or self._used[index] < rule.times):
                self._used[index] += 1
                return rule
        return self._otherwise

    def _text(self, rule: Rule, request: ChatRequest, message: str) -> str:
        if rule.calls:
            return rule.reply
        if rule.data is not None:
            return json.dumps(rule.data, ensure_ascii=False)
        if request.schema is not None and rule is self._otherwise:
            return json.dumps(example_of(request.schema), ensure_ascii=False)
        system = "\n".join(m.content for m in request.messages if m.role == "system")
        filled = {"message": message, "system": system, "count": str(len(request.messages))}
        seen = request.messages[-1].images if request.messages else ()
        filled["pictures"] = ", ".join(f"{one.name} ({len(one.content)} bytes)" for one in seen)
        # Not str.format: a visitor's braces are text, and are not looked at again.
        return re.sub(r"\{(message|system|count|pictures)\}", lambda match: filled[match[1]], rule.reply)


def example_of(schema: Mapping[str, Json], depth: int = 0) -> Json:
    """Some value of a simple schema, for scripts that say nothing about JSON."""
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object" and depth < 8:
        fields = schema.get("properties")
        return {
            name: example_of(field, depth + 1) if isinstance(field, dict) else None
            for name, field in (fields.items() if isinstance(fields, dict) else ())
        }
    plain: dict[object, Json] = {"string": "text", "integer": 1, "number": 1, "boolean": True, "array": []}
    return plain.get(kind)


def _usage(rule: Rule, request: ChatRequest, text: str) -> Usage:
    if rule.usage is not None:
        return Usage(**rule.usage)
    return estimate_usage(request, text) + Usage(completion_tokens=estimate_tokens(rule.reasoning))


def _error(fields: Mapping[str, Any]) -> NodeError:
    return NodeError(
        fields["code"],
        fields.get("message", "The script says so."),
        hint=fields.get("hint", ""),
        retry=fields.get("retry"),
        retry_after_s=fields.get("retry_after_s"),
    )

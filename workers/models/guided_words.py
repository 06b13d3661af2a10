"""What a model is told that calls tools by answering questions: in plain words, which small models follow.

Nothing here looks like a format of tool calls: a small model would try to write it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from nodes.sdk.models import ChatMessage, ToolCall, ToolSpec
from nodes.sdk.values import Json

ANSWER: Final = "answer: No tool is needed."
"""The choice of calling no tool (any more)."""

_LONGEST_OPTION = 120

_LONGEST_HELP = 200
_MOST_FIELDS = 40
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "group",
    "null": "nothing",
}


def retold(messages: Iterable[ChatMessage]) -> tuple[ChatMessage, ...]:
    """The conversation with calls and their results in words, since the model knows no messages for them."""
    told: list[ChatMessage] = []
    names: dict[str, str] = {}
    for message in messages:
        if message.role == "assistant" and message.tool_calls:
            names |= {call.id: call.name for call in message.tool_calls}
            lines = [message.content, *(f"I call {in_words(call)}." for call in message.tool_calls)]
            message = ChatMessage("assistant", "\n".join(line for line in lines if line))
        elif message.role == "tool":
            name = names.get(message.answers, "the tool")
            message = ChatMessage("user", f"Result of {name}:\n{message.content}")
        told.append(message)
    return joined(told)


def joined(messages: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    """The messages with those in a row of one role as one: many templates take no two of the same."""
    found: list[ChatMessage] = []
    for message in messages:
        last = found[-1] if found else None
        if last is not None and last.role == message.role:
            text = "\n\n".join(part for part in (last.content, message.content) if part)
            found[-1] = ChatMessage(last.role, text, images=(*last.images, *message.images))
        else:
            found.append(message)
    return tuple(found)


def with_instructions(messages: Sequence[ChatMessage], words: str) -> tuple[ChatMessage, ...]:
    """The messages with more instructions behind those that are there."""
    if messages and messages[0].role == "system":
        first = ChatMessage("system", f"{messages[0].content}\n\n{words}".strip())
        return (first, *messages[1:])
    return (ChatMessage("system", words), *messages)


def with_question(messages: Sequence[ChatMessage], question: str) -> tuple[ChatMessage, ...]:
    """The messages, and then a question about them."""
    return joined((*messages, ChatMessage("user", question)))


def tool_list(tools: Sequence[ToolSpec]) -> str:
    """The tools in a line each."""
    return "Tools:\n" + "\n".join(f"- {option(tool)}" for tool in tools)


def option(tool: ToolSpec) -> str:
    """How a tool is chosen. With what it does beside its name small models choose well twice as often."""
    return f"{tool.name}: {_line(tool.description)[:_LONGEST_OPTION]}"


def which_tool(made: Sequence[ToolCall]) -> str:
    """The question for the next tool; `made` are the calls of this turn so far."""
    if not made:
        return "Which tool fits?"
    return f"Done: {'; '.join(map(in_words, made))}. Which tool is still needed?"


IS_DONE: Final = ("Yes, everything is done.", "No, another tool is needed.")


def is_done(made: Sequence[ToolCall]) -> str:
    """The question whether the calls so far are all that is needed. IS_DONE are its answers.

    Asked which tool is needed next instead, small models always named one.
    """
    return f"For this I called {'; '.join(map(in_words, made))}. Is everything done now?"


def arguments_of(tool: ToolSpec, made: Sequence[ToolCall], wrong: str = "") -> str:
    """The question for a tool's arguments; `wrong` is what was amiss with those given before."""
    lines = [f"Fill in the fields of {tool.name} as JSON, with what was asked for above."]
    lines += _fields(tool.parameters, tool.parameters, "", [])
    same = [in_words(call) for call in made if call.name == tool.name]
    if same:
        lines.append(f"Already called: {'; '.join(same)}. Fill in the next one.")
    if wrong:
        lines.append(f"This was wrong before: {wrong}")
    return "\n".join(lines)


def in_words(call: ToolCall) -> str:
    """A call in a few words."""
    return f"{call.name} with {json.dumps(dict(call.arguments), ensure_ascii=False)}"


def _fields(schema: Mapping[str, Json], root: Mapping[str, Json], indent: str, seen: list[str]) -> list[str]:
    """A line for each field, those of groups beneath them."""
    fields = schema.get("properties")
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    lines: list[str] = []
    for name, field in fields.items() if isinstance(fields, dict) else ():
        if len(seen) >= _MOST_FIELDS:
            break
        seen.append(name)
        said = _resolved(field, root)
        optional = "" if name in needed else ", may be left out"
        lines.append(f"{indent}- {name} ({_kind(said, root)}{optional}){_help(said)}")
        inner = _resolved(said.get("items"), root) if said.get("type") == "array" else said
        if len(indent) < 4:
            lines += _fields(inner, root, indent + "  ", seen)
    return lines


def _help(field: Mapping[str, Json]) -> str:
    words = field.get("description") or field.get("title")
    return f": {_line(words)}" if isinstance(words, str) and words.strip() else ""


def _kind(field: Mapping[str, Json], root: Mapping[str, Json]) -> str:
    """What a field may hold."""
    options = field.get("enum")
    if isinstance(options, list):
        shown = ", ".join(str(one) for one in options[:20])
        return f"one of: {shown}"
    kind = field.get("type")
    word = _KINDS.get(kind, "") if isinstance(kind, str) else ""
    if kind == "array":
        return f"list of {_kind(_resolved(field.get('items'), root), root)}"
    if kind in ("integer", "number"):
        low, high = field.get("minimum"), field.get("maximum")
        if low is not None and high is not None:
            return f"{word} from {low} to {high}"
        return (
            f"{word}, at least {low}"
            if low is not None
            else word
            if high is None
            else f"{word}, at most {high}"
        )
    written = field.get("format") if kind == "string" else None
    return str(written) if written else word or "value"


def _resolved(field: Json, root: Mapping[str, Json]) -> Mapping[str, Json]:
    """A field, or the definition that it refers to."""
    said = field if isinstance(field, dict) else {}
    ref = said.get("$ref")
    if isinstance(ref, str) and ref.startswith(("#/$defs/", "#/definitions/")):
        _, place, name = ref.split("/", 2)
        found = cast("dict[str, Any]", root.get(place) or {}).get(name)
        return {**found, **said} if isinstance(found, dict) else said
    return said


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_HELP]

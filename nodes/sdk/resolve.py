"""Fills the refs of a config from the outputs of earlier nodes, once: what is filled in is not read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import MAX_RESULT, TooLong, apply_filter
from nodes.sdk.graph import Ref
from nodes.sdk.templates import Expression, TemplateError, parse_template
from nodes.sdk.values import Json, to_text

MAX_FILLED: Final = MAX_RESULT
"""Characters that all texts of one config may come to."""

Scope = Mapping[str, Json]
"""The output of each finished node by its id."""

_Fill = Callable[[Scope, list[int]], Json]
"""Gives a value of a config with its refs filled in; the list holds how many characters the texts of that
config may still come to."""


def resolve(config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
    """`config` with every {{ ref }} filled in.

    A text that is exactly one expression becomes that value with its type; in a longer text the value
    appears as readable text. What is not there is None, or nothing inside a text. Raises
    NodeError("bad_config") for a text that cannot be read or that would grow beyond MAX_FILLED.
    """
    return Texts(config).fill(scope)


class Texts:
    """A config whose texts were read once, to be filled in again and again."""

    __slots__ = ("_drawn", "_open")

    def __init__(self, config: Mapping[str, Json]) -> None:
        self._drawn = dict(config)
        self._open = [(name, fill) for name, value in config.items() if (fill := _filler(value)) is not None]

    def fill(self, scope: Scope) -> dict[str, Json]:
        """What `resolve` gives."""
        filled, room = self._drawn.copy(), [MAX_FILLED]
        for name, fill in self._open:
            filled[name] = fill(scope, room)
        return filled


def evaluate(expression: Expression, scope: Scope) -> Json:
    """The value of one expression. Raises NodeError("bad_config") when a filter outgrows its bound."""
    value = expression.literal if expression.ref is None else look_up(expression.ref, scope)
    for call in expression.filters:
        try:
            value = apply_filter(call.name, value, call.arguments)
        except TooLong:
            raise _too_long() from None
    return value


def look_up(ref: Ref, scope: Scope) -> Json:
    """The value at `ref`, None where the way ends."""
    here: Json = scope.get(ref.node)
    for key in ref.path:
        if isinstance(here, dict):
            here = here.get(key)
        elif isinstance(here, list) and len(key) < 10 and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return here


def _filler(value: Json) -> _Fill | None:
    """How a value of a config is filled in; None for one that is the same for ever."""
    if isinstance(value, str):
        return _text_filler(value) if "{{" in value else None
    if isinstance(value, list):
        parts = [(item, _filler(item)) for item in value]
        return lambda scope, room: [fill(scope, room) if fill else item for item, fill in parts]
    if isinstance(value, dict):
        fields = [(name, item, _filler(item)) for name, item in value.items()]
        return lambda scope, room: {n: fill(scope, room) if fill else item for n, item, fill in fields}
    return None


def _text_filler(text: str) -> _Fill:
    try:
        template = parse_template(text)
    except TemplateError as error:
        return _unreadable(error.message)
    if len(template) == 1 and isinstance(template[0], Expression):
        return _value_filler(template[0])
    return lambda scope, room: "".join([_spend(_text_of(piece, scope), room) for piece in template])


def _text_of(piece: str | Expression, scope: Scope) -> str:
    return piece if isinstance(piece, str) else to_text(evaluate(piece, scope))


def _value_filler(expression: Expression) -> _Fill:
    """A text that is one expression and nothing else: its value keeps its type."""
    ref = expression.ref
    if ref is None or expression.filters:
        return lambda scope, room: _spend_filtered(expression, scope, room)
    if len(ref.path) != 1:
        return lambda scope, room: look_up(ref, scope)
    node, key = ref.node, ref.path[0]

    def field(scope: Scope, room: list[int]) -> Json:
        output = scope.get(node)  # nearly always an object, and this is what nearly all refs are
        return output.get(key) if isinstance(output, dict) else look_up(ref, scope)

    return field


def _spend_filtered(expression: Expression, scope: Scope, room: list[int]) -> Json:
    value = evaluate(expression, scope)
    return _spend(value, room) if isinstance(value, str) and expression.filters else value


def _unreadable(message: str) -> _Fill:
    def refuse(scope: Scope, room: list[int]) -> Json:
        raise NodeError("bad_config", message, "Correct the text in this step.")

    return refuse


def _spend(filled: str, room: list[int]) -> str:
    """Takes the room that a filled-in text needs."""
    room[0] -= len(filled)
    if room[0] < 0:
        raise _too_long()
    return filled


def _too_long() -> NodeError:
    return NodeError(
        "bad_config",
        f"The texts of this step come to more than {MAX_FILLED:,} characters.",
        "Use less information in it, or shorten it with the filter truncate.",
    )

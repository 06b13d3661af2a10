"""Fills the refs of a config from the outputs of earlier nodes, once: what is filled in is not read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def resolve(config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
    """`config` with every {{ ref }} filled in.

    A text that is exactly one expression becomes that value with its type; in a longer text the value
    appears as readable text. What is not there is None, or nothing inside a text. Raises
    NodeError("bad_config") for a text that cannot be read or that would grow beyond MAX_FILLED.
    """
    return _Filler(scope).mapping(config)


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


class _Filler:
    """Walks one config; `left` is how many characters its texts may still come to."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.left = MAX_FILLED

    def mapping(self, config: Mapping[str, Json]) -> dict[str, Json]:
        return {name: self.value(value) for name, value in config.items()}

    def value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.text(value) if "{{" in value else value
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return self.mapping(value)
        return value

    def text(self, text: str) -> Json:
        try:
            template = parse_template(text)
        except TemplateError as error:
            raise NodeError("bad_config", error.message, "Correct the text in this step.") from None
        if len(template) == 1 and isinstance(template[0], Expression):
            value = evaluate(template[0], self.scope)
            if isinstance(value, str) and template[0].filters:
                self.spend(value)
            return value
        return "".join(self.pieces(template))

    def pieces(self, template: tuple[str | Expression, ...]) -> Iterator[str]:
        for piece in template:
            filled = piece if isinstance(piece, str) else to_text(evaluate(piece, self.scope))
            self.spend(filled)
            yield filled

    def spend(self, filled: str) -> None:
        self.left -= len(filled)
        if self.left < 0:
            raise _too_long()


def _too_long() -> NodeError:
    return NodeError(
        "bad_config",
        f"The texts of this step come to more than {MAX_FILLED:,} characters.",
        "Use less information in it, or shorten it with the filter truncate.",
    )

"""The grammar of texts with refs, such as `Hello {{ start_1.name | default("you") }}`.

    template   = { text | "{{" expression "}}" }
    expression = ( path | literal ) { "|" filter }
    path       = name { "." name | "[" whole number "]" | "[" string "]" }
    filter     = name [ "(" literal { "," literal } ")" ]
    literal    = string | number | true | false | null

There are no attributes, calls or operators, so a template can only pick values and polish them. Reading
takes time linear in the text: each token is matched where the last one ended and never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nodes.sdk.filters import FILTERS, wrong_arguments
from nodes.sdk.graph import Ref
from nodes.sdk.values import Json

MAX_TEMPLATE: Final = 256 * 1024
MAX_EXPRESSIONS: Final = 1_000
MAX_PATH: Final = 32
MAX_FILTERS: Final = 10

_CACHED_UP_TO: Final = 4_096  # characters, so that the cache below stays a few megabytes

_SPACE = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r"[^\W\d]\w{0,99}")
_WHOLE = re.compile(r"\d{1,9}")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


class TemplateError(Exception):
    """A text whose refs cannot be read. `position` counts characters from the beginning of the text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True)
class FilterCall:
    """One filter with its arguments: `default("none")`."""

    name: str
    arguments: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Expression:
    """What stands between {{ and }}: a ref, or a literal when `ref` is None, and the filters it passes."""

    ref: Ref | None
    literal: Json = None
    filters: tuple[FilterCall, ...] = ()


Template = tuple[str | Expression, ...]
"""The pieces of a text in order; neighbouring literal pieces are one."""


def parse_template(text: str) -> Template:
    """The pieces of `text`. Raises TemplateError."""
    return _parse_cached(text) if len(text) <= _CACHED_UP_TO else _parse(text)


def _parse(text: str) -> Template:
    if len(text) > MAX_TEMPLATE:
        raise TemplateError(f"The text is longer than {MAX_TEMPLATE // 1024} kB.", 0)
    pieces: list[str | Expression] = []
    position = count = 0
    while (begin := text.find("{{", position)) >= 0:
        count += 1
        if count > MAX_EXPRESSIONS:
            raise TemplateError(
                f"The text mentions more than {MAX_EXPRESSIONS} pieces of information.", begin
            )
        if begin > position:
            pieces.append(text[position:begin])
        reader = _Reader(text, begin + 2)
        pieces.append(reader.expression())
        position = reader.position
    if position < len(text):
        pieces.append(text[position:])
    return tuple(pieces)


_parse_cached = lru_cache(maxsize=2_048)(_parse)


def holds_ref(value: Json) -> bool:
    """Whether anything in `value` is to be filled in."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, list):
        return any(holds_ref(item) for item in value)
    return isinstance(value, dict) and any(holds_ref(item) for item in value.values())


def expressions_in(value: Json, at: str = "") -> Iterator[tuple[str, Expression | TemplateError]]:
    """Every expression in the texts of `value` with its text's path; an unreadable text gives its error."""
    if isinstance(value, str):
        if "{{" not in value:
            return
        try:
            pieces = parse_template(value)
        except TemplateError as error:
            yield at, error
            return
        for piece in pieces:
            if isinstance(piece, Expression):
                yield at, piece
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from expressions_in(item, f"{at}[{i}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from expressions_in(item, f"{at}.{key}" if at else key)


class _Reader:
    """Reads one expression from just behind its {{ to just behind its }}."""

    def __init__(self, text: str, position: int) -> None:
        self.text = text
        self.begin = position - 2
        self.position = position

    def expression(self) -> Expression:
        found, literal = self._literal()
        ref = None if found else self._path()
        filters: list[FilterCall] = []
        while self._take("|"):
            filters.append(self._filter())
            if len(filters) > MAX_FILTERS:
                raise self._error(f"More than {MAX_FILTERS} filters follow one another")
        if not self._take("}}"):
            raise self._error("}} is missing" if self._at_end() else f"{self._next()!r} does not belong here")
        return Expression(ref, literal, tuple(filters))

    def _path(self) -> Ref:
        node = self._match(_NAME)
        if node is None:
            raise self._error("A name such as start_1.query must follow {{")
        path: list[str] = []
        while True:
            if self._take("."):
                key = self._match(_NAME)
                if key is None:
                    raise self._error("A name must follow the dot")
                path.append(key)
            elif self._take("["):
                path.append(self._key())
            else:
                return Ref(node, tuple(path))
            if len(path) > MAX_PATH:
                raise self._error(f"A path has at most {MAX_PATH} parts")

    def _key(self) -> str:
        found, key = self._string()
        if not found:
            key = self._match(_WHOLE) or ""
        if (not found and not key) or not self._take("]"):
            raise self._error('[ ] must hold a whole number or a text in quotes, such as [0] or ["name"]')
        return key

    def _filter(self) -> FilterCall:
        name = self._match(_NAME)
        if name is None or name not in FILTERS:
            known = ", ".join(sorted(FILTERS))
            raise self._error(f"{name or self._next()!r} is not a filter; filters are {known}")
        arguments: list[Json] = []
        if self._take("(") and not self._take(")"):
            while True:
                found, literal = self._literal()
                if not found:
                    raise self._error(f"{name}( ) takes texts in quotes and numbers only")
                arguments.append(literal)
                if self._take(")"):
                    break
                if not self._take(",") or len(arguments) >= 4:
                    raise self._error(f"The brackets of {name}( do not close")
        wrong = wrong_arguments(name, arguments)
        if wrong:
            raise self._error(wrong)
        return FilterCall(name, tuple(arguments))

    def _literal(self) -> tuple[bool, Json]:
        found, text = self._string()
        if found:
            return True, text
        number = self._match(_NUMBER)
        if number is not None:
            return True, float(number) if "." in number else int(number)
        before = self.position
        word = self._match(_NAME)
        if word in _WORDS:
            return True, _WORDS[word]
        self.position = before
        return False, None

    def _string(self) -> tuple[bool, str]:
        self._skip_space()
        match = _STRING.match(self.text, self.position)
        if match is None:
            if self.text[self.position : self.position + 1] in ('"', "'"):
                raise self._error("A quotation mark is not closed")
            return False, ""
        quoted = match[1] if match[1] is not None else match[2]
        for escape in _ESCAPE.finditer(quoted):
            if escape[1] not in _ESCAPED:
                raise self._error(f"\\{escape[1]} has no meaning in a text in quotes")
        self.position = match.end()
        return True, _ESCAPE.sub(lambda escape: _ESCAPED[escape[1]], quoted)

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        self._skip_space()
        match = pattern.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return match[0]

    def _take(self, mark: str) -> bool:
        self._skip_space()
        if not self.text.startswith(mark, self.position):
            return False
        self.position += len(mark)
        return True

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def _at_end(self) -> bool:
        return self.position >= len(self.text)

    def _next(self) -> str:
        return self.text[self.position : self.position + 12]

    def _error(self, what: str) -> TemplateError:
        shown = self.text[self.begin : self.begin + 40].split("\n")[0]
        return TemplateError(f"{what}, in {shown!r}.", self.position)

"""YAML as plain JSON values: no aliases, no tags, no dates, no "yes" that means true, no surprises.

Reading goes over the parser's events with a stack of its own, so that neither depth nor aliases can
blow up. Only true, false, null and numbers as JSON writes them are anything but text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import yaml

from nodes.sdk.strict import GraphError, check_plain_json, shorten
from nodes.sdk.values import Json

MAX_FILE_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 64

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")
_ODD_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")  # YAML takes them for line ends, or drops them
_WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_parse: Callable[..., Iterator[yaml.Event]] = cast("Any", yaml).parse


def read_yaml(text: str) -> Json:
    """The value that `text` holds. Raises GraphError, naming the line."""
    value = read_any_yaml(text)
    check_plain_json(value, "The file", MAX_DEPTH + 1)
    return value


def read_any_yaml(text: str) -> Json:
    """The same of a file that others wrote: with texts of any length, and whole numbers of any size."""
    if len(text) > MAX_FILE_BYTES or len(text.encode("utf-8", "replace")) > MAX_FILE_BYTES:
        raise GraphError("file_too_large", f"The file is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
    builder = _Builder()
    try:
        for event in _parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problem = shorten(getattr(error, "problem", None) or "a character that cannot be there")
        raise GraphError(
            "bad_yaml", f"The file cannot be read{where}: {problem}.", "Correct the line."
        ) from None
    except (UnicodeError, RecursionError):
        raise GraphError("bad_yaml", "The file holds text that cannot be read.") from None
    return builder.value


@dataclass
class _Open:
    """A list or a mapping that is being read."""

    value: list[Json] | dict[str, Json]
    key: str | None = None


@dataclass
class _Builder:
    """Puts a value together from events."""

    value: Json = None
    open: list[_Open] = field(default_factory=list[_Open])
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _fault("many_documents", "The file holds more than one document.", event)
        elif isinstance(event, yaml.AliasEvent):
            raise _fault("alias", "The file uses an alias (*).", event)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event)
            self._add(_scalar(event), event)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._refuse_marks(event)
            started: list[Json] | dict[str, Json] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            self._add(started, event)
            self.open.append(_Open(started))
            if len(self.open) > MAX_DEPTH:
                raise _fault("too_deep", f"The file is nested more than {MAX_DEPTH} levels deep.", event)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self.open.pop()

    def _add(self, value: Json, event: yaml.Event) -> None:
        if not self.open:
            self.value = value
            return
        here = self.open[-1]
        if isinstance(here.value, list):
            here.value.append(value)
        elif here.key is None:
            if not isinstance(event, yaml.ScalarEvent):
                raise _fault("wrong_type", "A name must be a text.", event)
            here.key = cast("str", event.value)  # also where it reads like a number
            if here.key in here.value:
                raise _fault("duplicate_key", f"{shorten(here.key)!r} is there twice.", event)
            here.value[here.key] = None
        else:
            here.value[here.key] = value
            here.key = None

    def _refuse_marks(
        self, event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent
    ) -> None:
        if event.anchor is not None:
            raise _fault("alias", "The file uses an anchor (&).", event)
        if event.tag not in (None, "!"):
            raise _fault("bad_yaml", "The file uses a tag (!).", event)


def _scalar(event: yaml.ScalarEvent) -> Json:
    text = cast("str", event.value)
    if event.style:  # quoted or in a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def _fault(code: str, message: str, event: yaml.Event) -> GraphError:
    line = event.start_mark.line + 1
    return GraphError(code, f"{message[:-1]} (line {line}).", "Correct that line.")


def write_yaml(value: Json) -> str:
    """`value` in block style: texts of several lines as they are, lists of two numbers on one line."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        width=1_000_000,
    )


class _Dumper(yaml.SafeDumper):
    """Quotes whatever this reader, or one that follows YAML 1.1, would not read as the text it is."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    needs_quotes = _ODD_BREAKS.search(text) or _reads_as_other(text)
    style = '"' if needs_quotes else "|" if "\n" in text else None
    return cast("Any", dumper).represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _reads_as_other(text: str) -> bool:
    return text in _WORDS or bool(_INTEGER.match(text)) or bool(_FLOAT.match(text))


def _represent_list(dumper: yaml.SafeDumper, items: list[Json]) -> yaml.SequenceNode:
    is_pair = len(items) == 2 and all(type(item) in (int, float) for item in items)
    return cast("Any", dumper).represent_sequence("tag:yaml.org,2002:seq", items, flow_style=is_pair)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)

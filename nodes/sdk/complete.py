"""Finds what a node type still lacks for a person to use it: help, words, a picture, true examples."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.describe import describe_type, icon_file
from nodes.sdk.errors import ANYWHERE, CODES
from nodes.sdk.examples import Example, example_faults, examples_of, shape_faults
from nodes.sdk.node import Node

GROUPS: Final = ("Talk", "Think", "Know", "Decide", "Do", "Advanced")
EXAMPLES: Final = 3
"""So many a type has at least, one of which shows how it fails if it can."""
HELP: Final = 40
"""Characters of help below which nothing is said."""
SHAPES: Final = frozenset({"svg", "path", "circle", "rect", "line"})
BEYOND_FORMS: Final = ("$ref", "$defs", "allOf")

_FORMAL: Final = re.compile('(?<!")您')
"""The reader as nobody else is called here; in quotes it is an example of what an app says."""
_WORDS: Final = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
_SVG: Final = "{http://www.w3.org/2000/svg}"


async def faults_of(node_type: type[Node], catalogue: Catalogue) -> list[str]:
    """All that is missing or wrong in a node type, each in a sentence; nothing when it is complete."""
    faults = [*help_faults(node_type), *words_faults(node_type), *icon_faults(node_type)]
    faults += [*schema_faults(node_type), *effects_faults(node_type)]
    try:
        examples = examples_of(node_type)
    except ValueError as error:
        return [*faults, f"Its examples cannot be read: {error}"]
    faults += number_faults(node_type, examples)
    for i, example in enumerate(examples, 1):
        said = f"Example {i} ({example.get('name', 'without a name')})"
        try:
            found = shape_faults(node_type, example, catalogue)
            found = found or await example_faults(node_type, example, catalogue)
        except Exception as error:  # a stranger's type, or a stranger's example
            found = [f"{type(error).__name__}: {error}"]
        faults += [f"{said}: {fault}" for fault in found]
    return faults


def help_faults(node_type: type[Node]) -> Iterator[str]:
    """What is missing of what is said about a type in English, and of its help in both languages."""
    described = describe_type(node_type)
    if not described["help"].endswith("."):
        yield "The first line of the class's docstring must be a sentence: it is the one-line help."
    if not described["sentence"]:
        yield "`sentence` is missing: the line on its card, such as 'Counts {text}.'."
    if described["group"] not in GROUPS:
        yield f"`group` is {described['group']!r}: it must be one of {', '.join(GROUPS)}."
    if len(described["doc"].strip()) <= HELP:
        yield "README.md is missing, or says too little: it is the help beside the form."
    if len(described["i18n"].get("zh", {}).get("doc", "").strip()) <= HELP / 2:
        yield "README.zh.md is missing, or says too little: it is the help in Chinese."


def words_faults(node_type: type[Node]) -> Iterator[str]:
    """What has no words in Chinese of all that is shown."""
    described = describe_type(node_type)
    words: Mapping[str, Any] = described["i18n"].get("zh", {})
    said_to_reader = (
        words.get("help", ""),
        words.get("doc", ""),
        *map(str, words.get("fields", {}).values()),
    )
    if any(_FORMAL.sub("", text) != text for text in said_to_reader):
        yield "Its Chinese calls the reader 您: it is 你 on all screens."
    for key in ("title", "help", "sentence"):
        if not words.get(key):
            yield f"zh.yaml has no {key!r}."
    fields: Mapping[str, Any] = words.get("fields", {})
    for name, schema in described["config"].get("properties", {}).items():
        yield from _field_faults(name, schema, fields)
        inner = schema.get("items", {}).get("properties", {}) | schema.get("properties", {})
        for inner_name, inner_schema in inner.items():
            yield from _field_faults(f"{name}.{inner_name}", inner_schema, fields, has_help=False)
    for name in described["output"].get("properties", {}):
        if name not in words.get("output", {}):
            yield f"zh.yaml has no word for {name!r} of its output."
    schema: Mapping[str, Any] = described["inside"] or {}
    inside: Mapping[str, Any] = schema.get("properties", {})
    if {*words.get("inside", {})} != {*inside}:
        yield f"zh.yaml must have words for what steps inside see: {', '.join(inside) or 'nothing'}."
    # Some ways out are there only with a setting, so that there may be more words than ports to begin with.
    for port in described["ports"]:
        if port["title"] and port["name"] not in words.get("ports", {}):
            yield f"zh.yaml has no word for the way out {port['name']!r}."


def _field_faults(
    name: str, schema: Mapping[str, Any], words: Mapping[str, Any], *, has_help: bool = True
) -> Iterator[str]:
    said: Mapping[str, Any] = words.get(name, {})
    if not said.get("title"):
        yield f"zh.yaml has no title for the field {name!r}."
    if has_help and ("description" in schema) != ("description" in said):
        yield f"zh.yaml must have a description for the field {name!r} if, and only if, it has help."
    if _is_in_words(schema.get("x-ui", {})) and not said.get("placeholder"):
        yield f"zh.yaml has no placeholder for the field {name!r}, and its example is in words."
    choices = {choice["const"] for choice in schema.get("oneOf", ()) if "const" in choice}
    if choices != {*said.get("options", {})}:
        yield f"zh.yaml must have words for the choices of {name!r}: {', '.join(sorted(choices)) or 'none'}."


def _is_in_words(hints: Mapping[str, Any]) -> bool:
    """Whether the example in an empty field is words for people: no code, and no information in it."""
    example = hints.get("placeholder", "")
    return hints.get("widget") != "code" and "{{" not in example and bool(_WORDS.search(example))


def icon_faults(node_type: type[Node]) -> Iterator[str]:
    """What keeps a type's picture from being drawn beside the others."""
    file = icon_file(node_type)
    if file is None:
        yield "icon.svg is missing: 24 by 24, strokes in currentColor."
        return
    try:  # it is read where the code beside it runs as well
        icon = ElementTree.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314
    except ElementTree.ParseError as error:
        yield f"icon.svg cannot be read: {error}"
        return
    if icon.get("viewBox") != "0 0 24 24" or icon.get("stroke") != "currentColor":
        yield 'icon.svg must have viewBox="0 0 24 24" and stroke="currentColor".'
    if strange := sorted({element.tag.removeprefix(_SVG) for element in icon.iter()} - SHAPES):
        yield f"icon.svg holds {', '.join(strange)}: use paths, circles, rectangles and lines."


def schema_faults(node_type: type[Node]) -> Iterator[str]:
    """What a form cannot draw."""
    described = describe_type(node_type)
    try:
        text = json.dumps(described, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield f"Its description is no plain JSON: {error}"
        return
    for word in BEYOND_FORMS:
        if f'"{word}"' in text:
            yield f"Its schema has {word!r}, which forms do not know."
    for part in ("config", "output"):
        for name, schema in described[part].get("properties", {}).items():
            if not schema.get("title"):
                yield f"The field {name!r} of its {part} has no title."


def effects_faults(node_type: type[Node]) -> Iterator[str]:
    """What a type does not say, or says wrongly, about what it does to the world and how it fails."""
    if all("effects" not in vars(base) for base in node_type.__mro__ if base not in (Node, object)):
        yield "It does not say its `effects`: none, read or write."
    only_computes = node_type.effects == "none" and node_type.Inside is None and not _calls(node_type)
    if node_type.fails_with is None and only_computes:
        yield "It does not say how it may fail: `fails_with`, () for a type that only computes."
    for code in node_type.fails_with or ():
        if code not in CODES and code not in ANYWHERE:
            yield f"`fails_with` names {code!r}, which is not among the codes of nodes/sdk/errors.py."


def number_faults(node_type: type[Node], examples: list[Example]) -> Iterator[str]:
    """Whether there are enough examples, and one that fails where the type can."""
    least = EXAMPLES if node_type.Config.model_fields else 1  # without settings, one says it all
    if len(examples) < least:
        yield f"It has {len(examples)} examples; {least} is the least."
    if node_type.fails_with and not any("error" in example for example in examples):
        yield "None of its examples shows how it fails (`error`)."


def _calls(node_type: type[Node]) -> bool:
    """Whether it may run another workflow inside."""
    return any("calls" in vars(base) for base in node_type.__mro__ if base not in (Node, object))

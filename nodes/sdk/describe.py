"""Describes a node type as JSON, so that the editor can draw it without knowing it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from nodes.sdk.errors import ANYWHERE
from nodes.sdk.graph import Port
from nodes.sdk.node import Node
from nodes.sdk.values import Json
from nodes.sdk.yaml_text import read_yaml

MAX_SCHEMA_DEPTH: Final = 20

Schema = dict[str, Any]


@lru_cache(maxsize=1_000)
def describe_type(node_type: type[Node]) -> dict[str, Any]:
    """A node type as `GET /api/nodes` shows it. `config` and `output` are JSON Schemas without references."""
    return {
        "type": node_type.type,
        "title": node_type.title,
        "group": node_type.group,
        "version": node_type.version,
        "effects": node_type.effects,
        "help": help_line(node_type),
        "doc": _read(node_type, "README.md"),
        "sentence": node_type.sentence,
        "starts": node_type.starts,
        "streams": node_type.streams,
        "answers": node_type.answers,
        "ports": [port_to_json(port) for port in node_type.ports({})],
        "config": form_schema(node_type.Config.model_json_schema()),
        "output": form_schema(node_type.output_schema({})),
        "inside": inside_schema(node_type),
        "is_loop": node_type.is_loop,
        "ends_loop": node_type.ends_loop,
        "ends_run": node_type.ends_run,
        "tool": tool_json(node_type),
        "takes_tools": node_type.takes_tools,
        "for_anything": node_type.for_anything,
        "errors": errors_of(node_type),
        "has_icon": icon_file(node_type) is not None,
        "i18n": _translations(node_type),
    }


def tool_json(node_type: type[Node]) -> dict[str, Any] | None:
    """What an agent is told of the type as a tool, as long as nothing of it is set up; None for no tool."""
    from nodes.sdk.tools import tool_of  # it reads schemas as this does

    tool = tool_of(node_type)
    return tool.to_json() if tool is not None else None


def inside_schema(node_type: type[Node]) -> Schema | None:
    """The JSON Schema of what steps inside may refer to; None for a type without steps inside."""
    return form_schema(node_type.Inside.model_json_schema()) if node_type.Inside is not None else None


def errors_of(node_type: type[Node]) -> list[Json] | None:
    """The codes of errors that a person may choose among for the type; None for one that does not say."""
    if node_type.fails_with is None:
        return None
    return [*dict.fromkeys((*node_type.fails_with, *ANYWHERE))] if node_type.fails_with else []


def port_to_json(port: Port) -> dict[str, Json]:
    """A port as the editor shows it."""
    return {"name": port.name, "title": port.title}


def help_line(node_type: type[Node]) -> str:
    """The first line of the type's own docstring."""
    text = inspect.cleandoc(node_type.__doc__ or "") if "__doc__" in vars(node_type) else ""
    return text.splitlines()[0] if text else ""


def icon_file(node_type: type[Node]) -> Path | None:
    """The type's picture, where it has one."""
    folder = node_folder(node_type)
    icon = folder / "icon.svg" if folder else None
    return icon if icon is not None and icon.is_file() else None


def node_folder(node_type: type[Node]) -> Path | None:
    """The folder of a type that has one to itself; None for a type that is a single file."""
    file = getattr(sys.modules.get(node_type.__module__), "__file__", None)
    return Path(file).parent if file and Path(file).name == "node.py" else None


def form_schema(schema: Mapping[str, Any]) -> Schema:
    """`schema` in the subset that forms know: references in place, "X or nothing" as X, no class names."""
    definitions = cast("Mapping[str, Any]", schema.get("$defs", {}))
    plain = _plain(schema, definitions, 0)
    plain.pop("title", None)
    plain.pop("description", None)
    return plain


def _plain(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Schema:
    if depth > MAX_SCHEMA_DEPTH:
        raise ValueError("Its config or output refers to itself.")
    if "$ref" in schema:
        target = dict(definitions[schema["$ref"].rsplit("/", 1)[-1]])
        target.pop("title", None)
        target.pop("description", None)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _plain({**target, **rest}, definitions, depth + 1)
    either = cast("list[Mapping[str, Any]] | None", schema.get("anyOf"))
    if either is not None:
        some = [one for one in either if one.get("type") != "null"]
        if len(some) == 1 and len(some) < len(either):
            rest = {key: value for key, value in schema.items() if key != "anyOf"}
            return _plain({**some[0], **rest}, definitions, depth + 1)
    plain: Schema = {}
    for key, value in schema.items():
        if key == "$defs" or (key == "additionalProperties" and value is False):
            continue
        if key == "enum" and "oneOf" in schema:
            continue  # the same values, but with their titles
        if key == "properties":
            named = cast("Mapping[str, Mapping[str, Any]]", value)
            plain[key] = {name: _plain(one, definitions, depth + 1) for name, one in named.items()}
        elif key in ("items", "additionalProperties") and value is not True:
            plain[key] = _plain(cast("Mapping[str, Any]", value), definitions, depth + 1)
        elif key in ("anyOf", "oneOf", "prefixItems"):
            several = cast("list[Mapping[str, Any]]", value)
            plain[key] = [_plain(one, definitions, depth + 1) for one in several]
        else:
            plain[key] = value
    return plain


def _translations(node_type: type[Node]) -> dict[str, dict[str, Any]]:
    """The words of a type in other languages: `zh.yaml` and `README.zh.md` in its folder, or its `i18n`."""
    words: dict[str, dict[str, Any]] = {language: dict(said) for language, said in node_type.i18n.items()}
    folder = node_folder(node_type)
    if folder is not None:
        for file in sorted(folder.glob("*.yaml")):
            language = file.stem
            if len(language) == 2:
                loaded = read_yaml(file.read_text(encoding="utf-8"))
                words[language] = cast("dict[str, Any]", loaded) if isinstance(loaded, dict) else {}
    for language, said in words.items():
        said.setdefault("doc", _read(node_type, f"README.{language}.md"))
    return words


def _read(node_type: type[Node], name: str) -> str:
    folder = node_folder(node_type)
    file = folder / name if folder else None
    return file.read_text(encoding="utf-8") if file is not None and file.is_file() else ""

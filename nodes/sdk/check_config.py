"""Finds what is wrong in the config of one node, in words for the person who filled the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nodes.sdk.graph import GraphNode
from nodes.sdk.node import RAW, Node, Problem
from nodes.sdk.values import Json

_WORDS: Mapping[str, str] = {
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be yes or no",
    "bool_parsing": "must be yes or no",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


def config_problems(node: GraphNode, node_type: type[Node]) -> Iterator[Problem]:
    """The problems of the node's config by itself. A field that holds a ref is judged when it is filled."""
    name = node.title or node_type.title
    if node.version > node_type.version:
        yield Problem(
            "newer_version",
            f"{name!r} was made with a newer version of its step type.",
            "Update Treadle, or the pack the step comes from.",
            node=node.id,
            values={"node": name},
        )
        return
    config = dict(node.config)
    try:
        if node.version < node_type.version:
            config = node_type.migrate(config, node.version)
        yield from _field_problems(node, node_type, config, name)
        for problem in node_type.check(config):
            yield replace(problem, node=node.id)
    except Exception:  # a type's own code, on a form that is only half filled
        yield Problem(
            "bad_config",
            f"The settings of {name!r} cannot be read.",
            "Set the step up again.",
            node=node.id,
            values={"node": name, "field": "", "detail": ""},
        )


def field_path(location: Sequence[int | str]) -> str:
    """("cases", 0, "name") as `cases[0].name`."""
    path = ""
    for key in location:
        path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
    return path


def _field_problems(
    node: GraphNode, node_type: type[Node], config: dict[str, Json], name: str
) -> Iterator[Problem]:
    try:
        node_type.Config.model_validate(config, context=RAW)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            if not _holds_ref(config, detail["loc"]):
                yield _field_problem(detail, node, node_type, name)
    for field_name, field in node_type.Config.model_fields.items():
        value = config.get(field.alias or field_name)
        if field.is_required() and field.annotation is str and isinstance(value, str) and not value.strip():
            yield _missing(node, name, field.title or field_name, field_name)


def _field_problem(detail: ErrorDetails, node: GraphNode, node_type: type[Node], name: str) -> Problem:
    location = [key for key in detail["loc"] if not (isinstance(key, str) and key.startswith("function-"))]
    path = field_path(location)
    label = _label(node_type, location)
    if detail["type"] == "missing":
        return _missing(node, name, label, path)
    if detail["type"] == "extra_forbidden":
        return Problem(
            "unknown_field",
            f"{name!r} has a setting {path!r} that does not belong there.",
            "Remove it.",
            node.id,
            path,
            values={"node": name, "field": path},
        )
    said = _WORDS.get(detail["type"], "cannot be used as it is")
    what = said.format_map(_Blank(cast("Mapping[str, Any]", detail.get("ctx", {}))))
    return Problem(
        "bad_config",
        f"{label!r} in {name!r} {what}.",
        "Correct it in the step's settings.",
        node.id,
        path,
        values={"node": name, "field": label, "detail": what},
    )


def _missing(node: GraphNode, name: str, label: str, path: str) -> Problem:
    return Problem(
        "missing_config",
        f"{name!r} needs {label!r}.",
        "Fill it in.",
        node.id,
        path,
        values={"node": name, "field": label},
    )


class _Blank(dict[str, Any]):
    """Gives "…" for what an error does not tell."""

    def __missing__(self, key: str) -> str:
        return "…"


def _label(node_type: type[Node], location: Sequence[int | str]) -> str:
    first = location[0] if location else ""
    fields = {field.alias or name: field for name, field in node_type.Config.model_fields.items()}
    field = fields.get(first) if isinstance(first, str) else None
    title = field.title if field is not None and field.title else str(first)
    return title if len(location) == 1 else f"{title} ({field_path(location)})"


def _holds_ref(config: Mapping[str, Json], location: Sequence[int | str]) -> bool:
    """Whether the value at `location`, or one it is part of, is a text with a ref."""
    here: Any = config
    for key in location:
        if isinstance(here, str):
            break
        try:
            here = here[key]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(here, str) and "{{" in here

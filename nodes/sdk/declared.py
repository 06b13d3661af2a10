"""What an app remembers, as its drawing declares it: names, kinds, how long, and what it begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from nodes.sdk.kinds import KIND_WORDS, KINDS, Kind, as_kind, as_kind_or, empty_of
from nodes.sdk.strict import GraphError, check_plain_json, read_list, read_object, read_title, wrong_type
from nodes.sdk.values import Json
from nodes.sdk.variables import VARIABLE_NAME

MAX_VARIABLES: Final = 200
MAX_DEFAULT_DEPTH: Final = 16

Scope = Literal["run", "conversation"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

_FIELDS: Final = frozenset({"name", "scope", "type", "default", "title"})


@dataclass(frozen=True)
class Variable:
    """One piece of information that an app remembers: for one run, or for the whole conversation."""

    name: str
    scope: Scope = "run"
    type: Kind = "any"
    default: Json = None
    title: str = ""


def read_variables(value: Json) -> tuple[Variable, ...]:
    """Reads the declarations of a graph strictly. Raises GraphError."""
    entries = read_list(value, "variables")
    if len(entries) > MAX_VARIABLES:
        message = f"An app remembers at most {MAX_VARIABLES} pieces of information."
        raise GraphError("too_many_variables", message, field="variables")
    read = tuple(_variable(entry, f"variables[{i}]") for i, entry in enumerate(entries))
    seen: set[tuple[str, str]] = set()
    for i, one in enumerate(read):
        if (one.scope, one.name) in seen:
            raise GraphError(
                "duplicate_variable",
                f"Two pieces of information to remember have the name {one.name!r}.",
                "Give one another name.",
                f"variables[{i}].name",
            )
        seen.add((one.scope, one.name))
    return read


def variables_to_json(variables: Iterable[Variable]) -> list[dict[str, Json]]:
    """Such that `read_variables` gives the same again."""
    return [
        {
            "name": one.name,
            "scope": one.scope,
            "type": one.type,
            "default": one.default,
            **({"title": one.title} if one.title else {}),
        }
        for one in variables
    ]


def _variable(value: Json, at: str) -> Variable:
    fields = read_object(value, at, _FIELDS, required=("name",))
    name, scope, kind = fields["name"], fields.get("scope", "run"), cast("Kind", fields.get("type", "any"))
    if not isinstance(name, str):
        raise wrong_type(f"{at}.name", "a text")
    if not VARIABLE_NAME.match(name):
        raise GraphError(
            "bad_variable_name",
            f"{name[:60]!r} cannot be the name of information to remember.",
            "Begin with a letter, go on with letters, digits and _.",
            f"{at}.name",
        )
    if scope not in SCOPES:
        raise GraphError(
            "unknown_scope", f"{at}.scope must be one of: {', '.join(SCOPES)}.", field=f"{at}.scope"
        )
    if kind not in KINDS:
        raise GraphError("unknown_kind", f"{at}.type must be one of: {', '.join(KINDS)}.", field=f"{at}.type")
    default = fields.get("default")
    check_plain_json(default, f"{at}.default", MAX_DEFAULT_DEPTH)
    if default is None:
        default = empty_of(kind)
    elif as_kind_or(default, kind, None) != default or _is_other(default, kind):
        raise GraphError(
            "bad_variable_default",
            f"What {name!r} begins with is not {KIND_WORDS[kind]}.",
            "Change what it begins with, or its kind.",
            f"{at}.default",
        )
    return Variable(name, scope, kind, default, read_title(fields.get("title", ""), f"{at}.title"))


def _is_other(default: Json, kind: str) -> bool:
    """Whether a default only reads like one of its kind: Python takes True for 1."""
    return kind in ("text", "number", "boolean") and type(as_kind(default, kind)) is not type(default)

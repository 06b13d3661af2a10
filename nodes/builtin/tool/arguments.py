"""The arguments of a tool: names that its own config may mention, their kinds, and their JSON Schema."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import Field, Json, NodeConfig, NodeError, Problem, to_text
from nodes.sdk.filters import apply_filter
from nodes.sdk.node import GIVEN
from nodes.sdk.resolve import Scope, resolve

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TYPES = {"text": "string", "number": "number", "yes_no": "boolean"}
_YES, _NO = {"true", "yes", "1", "是"}, {"false", "no", "0", "否"}


class Argument(NodeConfig):
    """One argument. Its value comes from the workflow; an agent that uses the tool gives its own."""

    name: str = Field(title="Name", placeholder="order_number", max_length=40)
    kind: Literal["text", "number", "yes_no"] = Field(
        "text", title="Kind", choices={"text": "Text", "number": "Number", "yes_no": "Yes or no"}
    )
    description: str = Field("", title="What it means", max_length=500)
    value: Json = Field(None, title="Value", widget="template")
    required: bool = Field(True, title="Must be there")


def arguments_schema(config: Mapping[str, Json]) -> dict[str, Any]:
    """The JSON Schema of the arguments as drawn; half-filled rows are left out."""
    drawn = [row for row in _rows(config) if NAME.match(str(row.get("name")))]
    properties = {
        str(row["name"]): {
            "type": _TYPES.get(str(row.get("kind", "text")), "string"),
            **({"description": str(row["description"])} if row.get("description") else {}),
        }
        for row in drawn
    }
    required = [str(row["name"]) for row in drawn if row.get("required", True)]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def argument_problems(config: Mapping[str, Json]) -> Sequence[Problem]:
    """Names that cannot be mentioned, or are there twice."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for i, row in enumerate(_rows(config)):
        name = row.get("name")
        if not isinstance(name, str):
            continue
        if not NAME.match(name) or name in seen:
            problems.append(
                Problem(
                    "bad_argument_name",
                    f"An argument cannot be called {name[:40]!r}.",
                    "Use small letters, digits and _, and each name once.",
                    field=f"arguments[{i}].name",
                    values={"name": name[:40]},
                )
            )
        seen.add(name)
    return problems


def given_arguments(config: Mapping[str, Json], given: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The rows with references to what an agent gives as their values."""
    return [
        {**row, "value": f"{{{{ {GIVEN}.{row['name']} }}}}" if row.get("name") in given else None}
        for row in _rows(config)
    ]


def fill_arguments(config: Mapping[str, Json], scope: Scope) -> list[dict[str, Json]]:
    """The rows with their values filled in and read as their kinds. Raises NodeError."""
    values = [resolve({"value": row.get("value")}, scope)["value"] for row in _rows(config)]
    return [{**row, "value": _read(row, value)} for row, value in zip(_rows(config), values, strict=True)]


def _read(row: Mapping[str, Json], value: Json) -> Json:
    name = to_text(row.get("name"))
    if value is None or value == "":
        if row.get("required", True):
            raise NodeError(
                "info_missing",
                f"The argument {name!r} is empty.",
                "Fill it in, use “if empty” for the information in it, or say that it need not be there.",
            )
        return None
    kind = row.get("kind", "text")
    if kind == "number":
        read: Json = apply_filter("number", value, ())
    elif kind == "yes_no":
        word = to_text(value).strip().lower()
        read = True if word in _YES else False if word in _NO else None
    else:
        read = to_text(value)
    if read is None:
        wanted = "a number" if kind == "number" else "yes or no"
        raise NodeError(
            "bad_config",
            f"The argument {name!r} must be {wanted}, but it is {to_text(value)[:60]!r}.",
            "Look at the information that fills it.",
        )
    return read


def _rows(config: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    rows = config.get("arguments")
    return [row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]

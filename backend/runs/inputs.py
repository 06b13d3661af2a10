"""Whether what came with a message is what the app's first step asks for: one check, for every door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import Json, unknown_field
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.inputs import is_empty, wrong_with

_KEEP = ("name", "label", "type", "required", "default", "options", "max_length", "max_items")


def input_fields(graph: Mapping[str, Any]) -> list[dict[str, Json]]:
    """The fields that the graph's starting step declares, as the chat page draws them."""
    types = installed_catalogue().types
    for node in graph["nodes"]:
        if node["type"] in types and types[node["type"]].starts:
            # Through the type's own form: a draft may say "2" where 2 is meant, and "no" for false.
            config = types[node["type"]].Config.model_validate(node.get("config", {}))
            declared = config.model_dump(mode="json", exclude_unset=True).get("inputs") or []
            return [{key: field[key] for key in _KEEP if key in field} for field in declared]
    return []


def check_inputs(fields: Sequence[Mapping[str, Any]], given: Json) -> dict[str, Json]:
    """`given` as a run takes it. Raises ApiError 400 naming what is unknown, missing or of another type."""
    if not isinstance(given, dict):
        raise _refusal("inputs", "`inputs` must be an object.")
    known = {str(field["name"]): field for field in fields}
    for name in given:
        if name not in known:
            raise unknown_field(f"inputs.{name}")
    sent = {name: value for name, value in given.items() if value is not None}
    for name, field in known.items():
        at = f"inputs.{name}"
        if name in sent and (wrong := wrong_with(field, sent[name])):
            raise _refusal(at, f"`{at}` {wrong}.")
        if is_empty(sent.get(name)) and field.get("required") and is_empty(field.get("default")):
            label = field.get("label") or name
            raise _refusal(at, f"The app needs {label!r}.", "Send it in `inputs`.", "info_missing")
    return sent


def _refusal(at: str, message: str, hint: str = "", code: str = "bad_field") -> ApiError:
    return ApiError(400, code, message, hint=hint, field=at)

"""The form of an app: what its first step asks for besides the question, and whether that was sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from backend.accounts.strict_json import Json, unknown_field
from backend.publish.refusals import LONGEST_QUERY, bad_field
from backend.workflows.models import Version
from nodes.sdk.catalogue import installed_catalogue

_KEEP = ("name", "label", "type", "required", "default", "options")


def input_fields(graph: Mapping[str, Any]) -> list[dict[str, Json]]:
    """The fields that the graph's starting step declares, as the chat page draws them."""
    types = installed_catalogue().types
    for node in graph["nodes"]:
        if node["type"] in types and types[node["type"]].starts:
            declared = node.get("config", {}).get("inputs") or []
            return [{key: field[key] for key in _KEEP if key in field} for field in declared]
    return []


@lru_cache(maxsize=1024)
def fields_of(version_id: uuid.UUID) -> list[dict[str, Json]]:
    """The fields of a version; versions never change, so its graph is read once."""
    return input_fields(Version.objects.values_list("graph", flat=True).get(pk=version_id))


def check_inputs(fields: Sequence[Mapping[str, Any]], given: Json) -> dict[str, Json]:
    """`given` as a run takes it. Raises ApiError 400 naming what is unknown, missing or of another type."""
    if not isinstance(given, dict):
        raise bad_field("inputs", "`inputs` must be an object.")
    known = {str(field["name"]): field for field in fields}
    for name in given:
        if name not in known:
            raise unknown_field(f"inputs.{name}")
    sent = {name: value for name, value in given.items() if value is not None}
    for name, field in known.items():
        if name in sent:
            _check_type(name, field, sent[name])
        elif field.get("required") and field.get("default") in (None, ""):
            label = field.get("label") or name
            raise bad_field(
                f"inputs.{name}", f"The app needs {label!r}.", "Send it in `inputs`.", "info_missing"
            )
    return sent


def _check_type(name: str, field: Mapping[str, Any], value: Json) -> None:
    at, kind = f"inputs.{name}", field.get("type", "text")
    if kind == "boolean":
        if not isinstance(value, bool):
            raise bad_field(at, f"`{at}` must be true or false.")
    elif kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_field(at, f"`{at}` must be a number.")
    elif not isinstance(value, str):
        raise bad_field(at, f"`{at}` must be text.")
    elif kind == "choice" and value not in (field.get("options") or []):
        raise bad_field(at, f"`{at}` must be one of: {', '.join(map(str, field.get('options') or []))}.")
    elif len(value) > LONGEST_QUERY:
        raise bad_field(at, f"`{at}` has {len(value):,} characters; {LONGEST_QUERY:,} are allowed.")

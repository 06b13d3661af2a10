"""What a run's facts make of what its conversation remembers: for every journal the same."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, cast

from nodes.sdk.errors import NodeError
from nodes.sdk.kinds import as_kind_or
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, Operator, change_as
from workers.engine.events import Event

Declared = Mapping[str, Mapping[str, Any]]


def is_remembered(event: Event) -> bool:
    """Whether this fact changes what the conversation remembers."""
    data = event.data  # a workflow inside this one begins anew each time, and keeps nothing
    return event.type == "variable_set" and data.get("scope") == CONVERSATION and "frame" not in data


def declared_in(events: Iterable[Event]) -> Declared:
    """By name: the kind and default of what the run's drawing says a conversation remembers."""
    for event in events:
        if event.type == "run_started":
            return declared_by(event.data)
    return {}


def declared_by(data: Mapping[str, Any]) -> Declared:
    """The same, from the data of `run_started`."""
    return {one["name"]: one for one in data.get("variables", []) if one["scope"] == CONVERSATION}


def remember(kept: MutableMapping[str, Json], events: Iterable[Event], declared: Declared) -> set[str]:
    """Does to `kept` what the facts say, on its present values: another run of the conversation may have
    been at it while this one waited. Returns the names that changed."""
    changed: set[str] = set()
    for event in events:
        if not is_remembered(event):
            continue
        name = str(event.data["name"])
        one = declared.get(name, {"type": "any", "default": None})
        kind, default = str(one["type"]), one["default"]
        before = as_kind_or(kept[name], kind, default) if name in kept else default
        operator = cast("Operator", event.data.get("operator", "set"))
        try:
            kept[name], _ = change_as(kind, before, operator, event.data.get("value"))
        except NodeError:
            continue  # the value went another way meanwhile, and cannot take this: it stays
        changed.add(name)
    return changed

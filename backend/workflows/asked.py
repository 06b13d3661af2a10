"""What an app asks for besides the message, as its starting step declares it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from nodes.sdk.catalogue import Catalogue, installed_catalogue
from nodes.sdk.graph import Graph
from nodes.sdk.shapes import current_config, is_start
from nodes.sdk.values import Json

_KEEP = (
    "name",
    "label",
    "type",
    "required",
    "default",
    "options",
    "max_length",
    "max_items",
    "accepts",
    "max_mb",
)


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


def asked_fields(graph: Graph, catalogue: Catalogue) -> list[dict[str, Json]]:
    """All that can be said of the fields that `graph` asks for; none where its start cannot be read."""
    for node in graph.nodes.values():
        if is_start(node, catalogue):
            with suppress(Exception):  # a stranger's migrate(), or a form that is only half filled
                kind = catalogue.types[node.type]
                config = kind.Config.model_validate(current_config(node, kind))
                return config.model_dump(mode="json").get("inputs") or []
    return []

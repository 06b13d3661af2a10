"""Which fields of a node type are of a kind, known by the widget that shows them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.describe import describe_type


@lru_cache(maxsize=1_000)
def fields_with(type_name: str, widget: str) -> Mapping[str, Mapping[str, Any]]:
    """The type's fields with that widget, by name, with their schemas; none for a type that is not there."""
    node_type = installed_catalogue().types.get(type_name)
    if node_type is None:
        return {}
    fields = describe_type(node_type)["config"].get("properties", {})
    return {name: field for name, field in fields.items() if field.get("x-ui", {}).get("widget") == widget}

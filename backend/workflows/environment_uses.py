"""Where environment variables are used: the apps whose draft or published version names one."""

import uuid
from collections.abc import Iterator
from typing import Any

from backend.workflows.named_uses import stored_nodes, uses_by_name
from nodes.sdk.environment import env_in


def uses_of_variables(workspace_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """By variable's name, the apps that use it, as `uses_by_name` tells them."""
    return uses_by_name(workspace_id, _names_in)


def _names_in(graph: Any) -> Iterator[str]:
    for node in stored_nodes(graph):
        config = node.get("config")
        if isinstance(config, dict):
            yield from env_in(config)

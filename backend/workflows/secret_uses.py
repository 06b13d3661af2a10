"""Where secrets are used: the apps whose draft or published version names one, and names nobody keeps."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from backend.accounts.models import Secret
from backend.workflows.fields import fields_with
from backend.workflows.named_uses import stored_nodes, uses_by_name
from nodes.sdk.graph import Graph
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes


def uses_of_secrets(workspace_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """By secret's name, the apps that use it, as `uses_by_name` tells them."""
    return uses_by_name(workspace_id, _names_in)


def secret_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """The steps that name a secret which the workspace does not keep. Asks nothing where none is named."""
    named = [
        (node, field, str(node.config[field]))
        for node in all_nodes(graph)
        for field, schema in fields_with(node.type, "secret").items()
        if node.config.get(field) and _is_shown(schema, node.config)
    ]
    if not named:
        return []
    names = {name for _, _, name in named}
    kept = set(
        Secret.objects.for_workspace(workspace_id).filter(name__in=names).values_list("name", flat=True)
    )
    return [
        Problem(
            "secret_missing",
            f"There is no secret named {name[:60]!r} in this workspace.",
            "Choose another secret, or add it under Settings ▸ Secrets.",
            node=node.id,
            field=field,
            values={"secret": name[:60]},
        )
        for node, field, name in named
        if name not in kept
    ]


def _names_in(graph: Any) -> Iterator[str]:
    for node in stored_nodes(graph):
        for field in fields_with(str(node.get("type")), "secret"):
            name = (node.get("config") or {}).get(field)
            if isinstance(name, str) and name:
                yield name


def _is_shown(schema: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether the form shows the field: a name left behind by another choice asks for nothing."""
    when = schema.get("x-ui", {}).get("showWhen")
    if not when:
        return True
    wanted = when["is"] if isinstance(when["is"], list) else [when["is"]]
    return config.get(when["field"]) in wanted

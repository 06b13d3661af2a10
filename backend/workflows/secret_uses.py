"""Where secrets are used: the apps whose draft or published version names one, and names nobody keeps."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from backend.accounts.models import Secret
from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.describe import describe_type
from nodes.sdk.graph import Graph
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes


def uses_of_secrets(workspace_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """By secret's name, the apps that use it as {id, name, is_published}, in three queries."""
    rows = Workflow.objects.for_people(workspace_id).order_by("name").values_list("id", "name", "draft")
    drafts = {workflow_id: (name, draft) for workflow_id, name, draft in rows}
    published = published_graphs(workspace_id, drafts)
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for workflow_id, (name, draft) in drafts.items():
        offered = set(_names_in(published.get(workflow_id)))
        for secret in sorted(offered | set(_names_in(draft))):
            uses[secret].append({"id": workflow_id, "name": name, "is_published": secret in offered})
    return uses


def secret_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """The steps that name a secret which the workspace does not keep. Asks nothing where none is named."""
    named = [
        (node, field, str(node.config[field]))
        for node in all_nodes(graph)
        for field, schema in _secret_fields(node.type).items()
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


def published_graphs(workspace_id: uuid.UUID, drafts: dict[uuid.UUID, Any]) -> dict[uuid.UUID, Any]:
    """The stored graphs of the versions that are offered now, by the workflow's id."""
    numbers = {key: offer.version_number for key, offer in publications_of(drafts).items()}
    versions = Version.objects.for_workspace(workspace_id).filter(workflow__in=numbers, is_published=True)
    return {
        workflow_id: graph
        for workflow_id, number, graph in versions.values_list("workflow_id", "number", "graph")
        if numbers[workflow_id] == number
    }


def stored_nodes(graph: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a stored graph, in bodies too. It may be one that nobody can read any more."""
    todo = [graph]
    while todo:
        here = todo.pop()
        for node in here.get("nodes", []) if isinstance(here, dict) else []:
            todo.append(node.get("body"))
            yield node


def _names_in(graph: Any) -> Iterator[str]:
    for node in stored_nodes(graph):
        for field in _secret_fields(str(node.get("type"))):
            name = (node.get("config") or {}).get(field)
            if isinstance(name, str) and name:
                yield name


@lru_cache(maxsize=1_000)
def _secret_fields(type_name: str) -> dict[str, dict[str, Any]]:
    """The fields of a type that name a secret, with their schemas."""
    node_type = installed_catalogue().types.get(type_name)
    if node_type is None:
        return {}
    fields = describe_type(node_type)["config"].get("properties", {})
    return {name: field for name, field in fields.items() if field.get("x-ui", {}).get("widget") == "secret"}


def _is_shown(schema: dict[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether the form shows the field: a name left behind by another choice asks for nothing."""
    when = schema.get("x-ui", {}).get("showWhen")
    if not when:
        return True
    wanted = when["is"] if isinstance(when["is"], list) else [when["is"]]
    return config.get(when["field"]) in wanted

"""Where secrets are used: the apps whose draft or published version names one."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.describe import describe_type


def uses_of_secrets(workspace_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """By secret's name, the apps that use it as {id, name, is_published}, in three queries."""
    rows = Workflow.objects.for_people(workspace_id).order_by("name").values_list("id", "name", "draft")
    drafts = {workflow_id: (name, draft) for workflow_id, name, draft in rows}
    published = _published_graphs(workspace_id, drafts)
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for workflow_id, (name, draft) in drafts.items():
        offered = set(_names_in(published.get(workflow_id)))
        for secret in sorted(offered | set(_names_in(draft))):
            uses[secret].append({"id": workflow_id, "name": name, "is_published": secret in offered})
    return uses


def _published_graphs(workspace_id: uuid.UUID, drafts: dict[uuid.UUID, Any]) -> dict[uuid.UUID, Any]:
    numbers = {key: offer.version_number for key, offer in publications_of(drafts).items()}
    versions = Version.objects.for_workspace(workspace_id).filter(workflow__in=numbers, is_published=True)
    return {
        workflow_id: graph
        for workflow_id, number, graph in versions.values_list("workflow_id", "number", "graph")
        if numbers[workflow_id] == number
    }


def _names_in(graph: Any) -> Iterator[str]:
    """The secrets that a stored graph names, in bodies too. It may be one that nobody can read any more."""
    todo = [graph]
    while todo:
        here = todo.pop()
        for node in here.get("nodes", []) if isinstance(here, dict) else []:
            todo.append(node.get("body"))
            for field in _secret_fields(str(node.get("type"))):
                name = (node.get("config") or {}).get(field)
                if isinstance(name, str) and name:
                    yield name


@lru_cache(maxsize=1_000)
def _secret_fields(type_name: str) -> tuple[str, ...]:
    node_type = installed_catalogue().types.get(type_name)
    if node_type is None:
        return ()
    fields = describe_type(node_type)["config"].get("properties", {})
    return tuple(name for name, field in fields.items() if field.get("x-ui", {}).get("widget") == "secret")

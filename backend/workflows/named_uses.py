"""Which apps use what graphs name: secrets, environment variables."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of


def uses_by_name(
    workspace_id: uuid.UUID, names_in: Callable[[Any], Iterable[str]]
) -> dict[str, list[dict[str, Any]]]:
    """By name, the apps that use it as {id, name, is_published}: in their draft, or in what is offered.

    `names_in` says what a stored graph names. Three queries.
    """
    rows = Workflow.objects.for_people(workspace_id).order_by("name").values_list("id", "name", "draft")
    drafts = {workflow_id: (name, draft) for workflow_id, name, draft in rows}
    published = _published_graphs(workspace_id, drafts)
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for workflow_id, (name, draft) in drafts.items():
        offered = set(names_in(published.get(workflow_id)))
        for one in sorted(offered | set(names_in(draft))):
            uses[one].append({"id": workflow_id, "name": name, "is_published": one in offered})
    return uses


def stored_nodes(graph: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a stored graph, in bodies too. It may be one that nobody can read any more."""
    todo = [graph]
    while todo:
        here = todo.pop()
        for node in here.get("nodes", []) if isinstance(here, dict) else []:
            todo.append(node.get("body"))
            yield node


def _published_graphs(workspace_id: uuid.UUID, drafts: dict[uuid.UUID, Any]) -> dict[uuid.UUID, Any]:
    """The stored graphs of the versions that are offered now, by the workflow's id."""
    numbers = {key: offer.version_number for key, offer in publications_of(drafts).items()}
    versions = Version.objects.for_workspace(workspace_id).filter(workflow__in=numbers, is_published=True)
    return {
        workflow_id: graph
        for workflow_id, number, graph in versions.values_list("workflow_id", "number", "graph")
        if numbers[workflow_id] == number
    }

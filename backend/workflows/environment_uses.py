"""Where environment variables are used: the apps whose draft or published version names one."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from backend.workflows.models import Workflow
from backend.workflows.secret_uses import published_graphs, stored_nodes
from nodes.sdk.environment import env_in


def uses_of_variables(workspace_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """By variable's name, the apps that use it as {id, name, is_published}, in three queries."""
    rows = Workflow.objects.for_people(workspace_id).order_by("name").values_list("id", "name", "draft")
    drafts = {workflow_id: (name, draft) for workflow_id, name, draft in rows}
    published = published_graphs(workspace_id, drafts)
    uses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for workflow_id, (name, draft) in drafts.items():
        offered = set(_names_in(published.get(workflow_id)))
        for variable in sorted(offered | set(_names_in(draft))):
            uses[variable].append({"id": workflow_id, "name": name, "is_published": variable in offered})
    return uses


def _names_in(graph: Any) -> Iterator[str]:
    for node in stored_nodes(graph):
        config = node.get("config")
        if isinstance(config, dict):
            yield from env_in(config)

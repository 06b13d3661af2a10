"""Sources and tools as the console shows them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.tools.models import SourceTool, ToolSource
from backend.workflows.chosen_tools import KnownTool
from backend.workflows.fields import fields_with
from backend.workflows.named_uses import stored_nodes, uses_by_name


def sources_shown(workspace_id: uuid.UUID) -> list[dict[str, Any]]:
    """All sources by name, with their tools and the apps that use them. A fixed number of queries."""
    rows = ToolSource.objects.for_workspace(workspace_id).select_related("sign_in")
    rows = rows.prefetch_related("tools").order_by("name", "pk")
    uses = uses_by_name(workspace_id, _sources_in) if rows else {}
    return [source_shown(row, uses.get(str(row.pk), [])) for row in rows]


def source_shown(row: ToolSource, uses: list[dict[str, Any]]) -> dict[str, Any]:
    """One source."""
    tools = sorted(row.tools.all(), key=lambda one: (one.is_gone, one.position, one.name))
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "address": row.address,
        "base_address": row.base_address,
        "service": row.service,
        "server": row.server,
        "auth": row.auth,
        "secret": row.secret,
        "secret_place": row.secret_place,
        "secret_field": row.secret_field,
        "second": row.second,
        "state": row.state,
        "error": row.error or None,
        "notices": row.notices,
        "sign_in": getattr(row, "sign_in", None),
        "looked_at": row.looked_at,
        "created_at": row.created_at,
        "tools": [tool_shown(one) for one in tools],
        "uses": uses,
    }


def tool_shown(row: SourceTool) -> dict[str, Any]:
    """One tool."""
    offered = row.offered
    return {
        "id": row.pk,
        "name": row.name,
        "title": row.title,
        "description": row.description,
        "input_schema": row.input_schema,
        "request": row.request,
        "digest": row.digest,
        "effect": row.effect,
        "says_reads": row.says_reads,
        "state": state_of(row),
        "is_enabled": row.is_enabled,
        "offered": None
        if offered is None
        else {key: offered.get(key) for key in ("title", "description", "input_schema", "digest", "request")},
    }


def state_of(row: SourceTool) -> str:
    """What a person has to know of a tool before all else."""
    if row.is_gone:
        return "gone"
    if not row.approved_digest:
        return "new"
    if row.digest != row.approved_digest:
        return "changed"
    return "ready" if row.is_enabled else "off"


def known_tools(workspace_id: uuid.UUID, source_ids: Iterable[str]) -> Mapping[tuple[str, str], KnownTool]:
    """The tools of these sources, by the source's id and their name."""
    ids = [found for one in source_ids if (found := _id(one)) is not None]
    rows = SourceTool.objects.for_workspace(workspace_id).filter(source__in=ids)
    return {
        (str(row.source_id), row.name): KnownTool(state_of(row), row.approved_digest, row.effect == "write")
        for row in rows
    }


def source_names(workspace_id: uuid.UUID) -> Mapping[str, str]:
    """The names of all sources of a workspace, by their ids."""
    rows = ToolSource.objects.for_workspace(workspace_id).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _sources_in(graph: Any) -> Iterator[str]:
    """The ids of sources that a stored graph names."""
    for node in stored_nodes(graph):
        for field in fields_with(str(node.get("type")), "source-tool"):
            chosen = (node.get("config") or {}).get(field)
            if isinstance(chosen, dict) and isinstance(chosen.get("source"), str):
                yield chosen["source"]

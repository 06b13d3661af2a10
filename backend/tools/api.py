"""/api/tools: where the workspace's tools come from, and which of them may be used."""

import uuid

from django.http import HttpRequest
from ninja import Router, Status

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.tools import services
from backend.tools.machine import servers_shown
from backend.tools.models import SourceTool, ToolSource
from backend.tools.schemas import (
    NewMachineSource,
    NewToolSource,
    SourceToolAnswer,
    SourceToolChange,
    ToolApproval,
    ToolSourceAnswer,
    ToolSourceChange,
    ToolSourcesAnswer,
)
from backend.tools.shown import source_shown, sources_shown, tool_shown

router = Router(tags=["tools"])
_editor = ConsoleAuth("editor")


@router.get("/tools", response=ToolSourcesAnswer)
def list_sources(request: HttpRequest) -> dict:
    """All sources with their tools, and the apps that use them."""
    workspace_id = request.auth.workspace_id
    return {"sources": sources_shown(workspace_id), "on_this_machine": servers_shown(workspace_id)}


@router.post("/tools", auth=_editor, response={201: ToolSourceAnswer, 409: ErrorAnswer, 422: ErrorAnswer})
def add_server(request: HttpRequest, body: NewToolSource) -> Status:
    """Connects an MCP server by its address. Which tools it has is there a moment later."""
    row = services.add_source(workspace_id=request.auth.workspace_id, kind="mcp", **body.model_dump())
    return Status(201, source_shown(row, []))


@router.post(
    "/tools/machine", auth=_editor, response={201: ToolSourceAnswer, 409: ErrorAnswer, 422: ErrorAnswer}
)
def add_from_machine(request: HttpRequest, body: NewMachineSource) -> Status:
    """Connects a program of the administrator's file. A worker starts it to look which tools it has."""
    row = services.add_from_machine(workspace_id=request.auth.workspace_id, **body.model_dump())
    return Status(201, source_shown(row, []))


@router.put(
    "/tools/{source_id}",
    auth=_editor,
    response={200: ToolSourceAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def change_source(request: HttpRequest, source_id: uuid.UUID, body: ToolSourceChange) -> dict:
    """Gives a source another name, or another key."""
    row = services.change_source(source_of(request, source_id), **body.model_dump())
    return one_shown(request, row)


@router.post("/tools/{source_id}/look", auth=_editor, response={200: ToolSourceAnswer, 404: ErrorAnswer})
def look_again(request: HttpRequest, source_id: uuid.UUID) -> dict:
    """Looks which tools there are now. The answer is there a moment later."""
    row = source_of(request, source_id)
    services.look_again(row)
    row.refresh_from_db()
    return one_shown(request, row)


@router.delete("/tools/{source_id}", auth=_editor, response={204: None, 404: ErrorAnswer})
def remove_source(request: HttpRequest, source_id: uuid.UUID) -> Status:
    """Takes a source and its tools away."""
    services.remove_source(source_of(request, source_id))
    return Status(204, None)


@router.patch(
    "/tools/{source_id}/tools/{tool_id}",
    auth=_editor,
    response={200: SourceToolAnswer, 403: ErrorAnswer, 404: ErrorAnswer},
)
def change_tool(
    request: HttpRequest, source_id: uuid.UUID, tool_id: uuid.UUID, body: SourceToolChange
) -> dict:
    """Switches a tool on or off; an owner may say that it only reads."""
    row = _tool(request, source_id, tool_id)
    if body.effect is not None:
        require_owner(request)
    return tool_shown(services.change_tool(row, is_enabled=body.is_enabled, effect=body.effect))


@router.post(
    "/tools/{source_id}/tools/{tool_id}/approve",
    auth=_editor,
    response={200: SourceToolAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def approve_tool(request: HttpRequest, source_id: uuid.UUID, tool_id: uuid.UUID, body: ToolApproval) -> dict:
    """Uses a tool as its source describes it now."""
    return tool_shown(services.approve_tool(_tool(request, source_id, tool_id), body.digest))


def require_owner(request: HttpRequest) -> None:
    """Raises ApiError 403 for whoever may not say what a tool does."""
    if not request.auth.may("owner"):
        raise ApiError(
            403,
            "forbidden",
            "Only an owner can say what a tool does.",
            hint="Ask an owner of this workspace.",
        )


def one_shown(request: HttpRequest, row: ToolSource) -> dict:
    """A source as it is now."""
    found = [one for one in sources_shown(request.auth.workspace_id) if one["id"] == row.pk]
    return found[0] if found else source_shown(row, [])


def source_of(request: HttpRequest, source_id: uuid.UUID) -> ToolSource:
    """The workspace's own source. Raises ApiError 404."""
    row = ToolSource.objects.for_workspace(request.auth.workspace_id).filter(pk=source_id).first()
    if row is None:
        raise not_found("The source")
    return row


def _tool(request: HttpRequest, source_id: uuid.UUID, tool_id: uuid.UUID) -> SourceTool:
    rows = SourceTool.objects.for_workspace(request.auth.workspace_id).select_related("source")
    row = rows.filter(pk=tool_id, source_id=source_id).first()
    if row is None:
        raise not_found("The tool")
    return row

"""Trying a tool: one real call, by a run of the step that uses tools."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.runs.trials import try_node
from backend.tools.models import SourceTool
from nodes.sdk.values import Json

router = Router(tags=["tools"])
_editor = ConsoleAuth("editor")

PATIENCE_S = 75.0
_SLUG = "-tool-test"


class ToolTrial(Body):
    """What the tool is given."""

    arguments: dict[str, Any] = Field(default_factory=dict)


class ToolTrialAnswer(Answer):
    """What the tool gave."""

    text: str
    data: Any
    files: list[dict[str, Any]]


@router.post(
    "/tools/{source_id}/tools/{tool_id}/try",
    auth=_editor,
    response={200: ToolTrialAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def try_tool(request: HttpRequest, source_id: uuid.UUID, tool_id: uuid.UUID, body: ToolTrial) -> Any:
    """Calls the tool once, for real. 422 says why that was not possible."""
    rows = SourceTool.objects.for_workspace(request.auth.workspace_id)
    tool = rows.filter(pk=tool_id, source_id=source_id).first()
    if tool is None:
        raise not_found("The tool")
    chosen: Json = {
        "source": str(tool.source_id),
        "name": tool.name,
        "effect": tool.effect,
        "input_schema": tool.input_schema,
    }
    return try_node(
        "use_tool",
        {"tool": chosen, "arguments": "{{ start_1.arguments }}"},
        query="",
        inputs={"arguments": body.arguments},
        by=request.auth,
        slug=_SLUG,
        patience_s=PATIENCE_S,
    )

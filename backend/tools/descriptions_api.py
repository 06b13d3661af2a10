"""/api/tools: descriptions of web services as sources of tools."""

import uuid

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Body, ErrorAnswer
from backend.accounts.errors import ApiError
from backend.tools import descriptions
from backend.tools.api import one_shown, require_owner, source_of
from backend.tools.openapi import LARGEST_TEXT
from backend.tools.schemas import ToolSourceAnswer

router = Router(tags=["tools"])
_editor = ConsoleAuth("editor")


class NewDescription(Body):
    """A description, as a text or by its address. `base_address` is where the service is called, if not there
    where the description says."""

    name: str = Field(min_length=1, max_length=100)
    text: str = Field("", max_length=LARGEST_TEXT)
    address: str = Field("", max_length=2_000)
    base_address: str = Field("", max_length=2_000)


class DescriptionText(Body):
    """Another text for a description."""

    text: str = Field(min_length=1, max_length=LARGEST_TEXT)


class SeenTool(Body):
    """A tool, and the digest of what was seen of it."""

    id: str = Field(min_length=36, max_length=36)
    digest: str = Field(min_length=1, max_length=64)


class OperationChoice(Body):
    """The tools that are used, all others are not. `reads`: of these, what says that it only reads does only
    that; only an owner can say so."""

    tools: list[SeenTool] = Field(max_length=1_000)
    reads: bool = False


@router.post(
    "/tools/descriptions",
    auth=_editor,
    response={201: ToolSourceAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_description(request: HttpRequest, body: NewDescription) -> Status:
    """Makes tools of the operations of a web service. What is at an address is there a moment later."""
    if bool(body.text.strip()) == bool(body.address.strip()):
        raise ApiError(
            422,
            "openapi_empty",
            "There is no description.",
            hint="Give its text, or its address, and not both.",
            field="text",
        )
    row = descriptions.add_description(workspace_id=request.auth.workspace_id, **body.model_dump())
    return Status(201, one_shown(request, row))


@router.put(
    "/tools/{source_id}/description",
    auth=_editor,
    response={200: ToolSourceAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def replace_description(request: HttpRequest, source_id: uuid.UUID, body: DescriptionText) -> dict:
    """Another text for a description that was pasted. What changed is used once it is approved."""
    row = source_of(request, source_id)
    descriptions.replace_description(row, body.text)
    return one_shown(request, row)


@router.put(
    "/tools/{source_id}/choice",
    auth=_editor,
    response={200: ToolSourceAnswer, 403: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def choose_operations(request: HttpRequest, source_id: uuid.UUID, body: OperationChoice) -> dict:
    """Says which tools of a source are used."""
    row = source_of(request, source_id)
    if body.reads:
        require_owner(request)
    descriptions.choose_operations(row, [one.model_dump() for one in body.tools], reads=body.reads)
    return one_shown(request, row)

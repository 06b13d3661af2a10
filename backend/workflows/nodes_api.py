"""/api/nodes: the node types, so that the editor can draw any of them."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router

from backend.accounts.bodies import Answer, ErrorAnswer
from backend.accounts.errors import not_found
from backend.accounts.headers import IMAGE_POLICY
from backend.workflows.catalogue import rendered_catalogue
from backend.workflows.schemas import PortAnswer
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.describe import icon_file

router = Router(tags=["nodes"])


class ToolAnswer(Answer):
    """A step type as a tool of an AI agent: what a model is told; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: dict[str, Any]
    effects: Literal["none", "read", "write"]


class NodeTypeAnswer(Answer):
    """A node type: its words, ways out, form (`config`, a JSON Schema with x-ui hints) and output.

    `inside` is the JSON Schema of what steps inside may refer to by this step's id; null for a type without.
    `errors`: the codes of errors among which a person may choose; null for a type that does not say.
    A type that `ends_loop` belongs, however deep, inside one that `is_loop`; one that `ends_run` may stand
    anywhere. One that `takes_tools` is an agent: the steps inside are its tools, and nothing connects them.
    One that is `for_anything` is offered to who finds no other.
    """

    type: str
    title: str
    group: str
    version: int
    effects: Literal["none", "read", "write"]
    help: str
    doc: str
    sentence: str
    starts: bool
    streams: str | None
    answers: str | None
    ports: list[PortAnswer]
    config: dict[str, Any]
    output: dict[str, Any]
    inside: dict[str, Any] | None
    is_loop: bool
    ends_loop: bool
    ends_run: bool
    tool: ToolAnswer | None
    takes_tools: bool
    for_anything: bool
    errors: list[str] | None
    has_icon: bool
    i18n: dict[str, dict[str, Any]]


class BrokenNode(Answer):
    """Something that should bring node types and cannot be loaded."""

    name: str
    reason: str


class NodesAnswer(Answer):
    """All node types."""

    nodes: list[NodeTypeAnswer]
    broken: list[BrokenNode]


@router.get("/nodes", response={200: NodesAnswer, 304: None})
def list_nodes(request: HttpRequest) -> HttpResponse:
    """The catalogue; 304 to a browser that has it."""
    catalogue = rendered_catalogue()
    headers = {"ETag": catalogue.etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == catalogue.etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(catalogue.content, content_type="application/json", headers=headers)


@router.get("/nodes/{node_type}/icon.svg", response={200: None, 404: ErrorAnswer})
def node_icon(request: HttpRequest, node_type: str) -> HttpResponse:
    """A node type's picture. It may come from a stranger's pack: nothing in it runs."""
    found = installed_catalogue().types.get(node_type)
    icon = icon_file(found) if found else None
    if icon is None:
        raise not_found("This picture")
    return HttpResponse(
        icon.read_bytes(),
        content_type="image/svg+xml",
        headers={"Content-Security-Policy": IMAGE_POLICY, "Cache-Control": "private, max-age=3600"},
    )

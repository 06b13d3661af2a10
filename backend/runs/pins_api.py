"""/api/workflows/{id}/pins: outputs that stand in for steps of a draft in its trial runs."""

import uuid

from django.http import HttpRequest
from ninja import Router, Status

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import not_found
from backend.runs.models import Run
from backend.runs.schemas import PinAnswer, PinBody, PinsAnswer
from backend.workflows.models import Workflow
from backend.workflows.pins import check_pin, draft_node, pin_json, pin_step, pins_of, unpin_step

router = Router(tags=["workflows"])
_editor = ConsoleAuth("editor")


@router.get("/workflows/{uuid:workflow_id}/pins", response={200: PinsAnswer, 404: ErrorAnswer})
def list_pins(request: HttpRequest, workflow_id: uuid.UUID) -> dict:
    """What stands in for steps of the draft when it is tried."""
    return {"pins": pins_of(_workflow(request, workflow_id))}


@router.put(
    "/workflows/{uuid:workflow_id}/pins/{node_id}",
    auth=_editor,
    response={200: PinAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def put_pin(request: HttpRequest, workflow_id: uuid.UUID, node_id: str, body: PinBody) -> dict:
    """Lets an output stand in for a step in trial runs of the draft from now on."""
    workflow = _workflow(request, workflow_id)
    node = draft_node(workflow, node_id)
    if node is None:
        raise not_found("This step")
    runs = Run.objects.for_workspace(request.auth.workspace_id).filter(workflow=workflow)
    if body.from_run is not None and not runs.filter(pk=body.from_run).exists():
        raise not_found("This run")
    port = check_pin(node, body.output, body.port)
    return pin_json(pin_step(workflow, node_id, output=body.output, port=port, from_run=body.from_run))


@router.delete(
    "/workflows/{uuid:workflow_id}/pins/{node_id}", auth=_editor, response={204: None, 404: ErrorAnswer}
)
def delete_pin(request: HttpRequest, workflow_id: uuid.UUID, node_id: str) -> Status:
    """Lets the step run again."""
    if not unpin_step(_workflow(request, workflow_id), node_id):
        raise not_found("What was kept of this step")
    return Status(204, None)


def _workflow(request: HttpRequest, workflow_id: uuid.UUID) -> Workflow:
    found = Workflow.objects.for_people(request.auth.workspace_id).filter(pk=workflow_id).first()
    if found is None:
        raise not_found("This app")
    return found

"""Workflow files in and out. Reading one parses it and nothing more: nothing in a file ever runs here."""

import uuid

from django.db import transaction
from django.http import HttpRequest

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import MAX_BYTES, too_large
from backend.workflows.chosen_tools import with_source_ids, with_source_names
from backend.workflows.graphs import read_graph
from backend.workflows.models import Workflow
from backend.workflows.pins import pin_samples, samples_of
from backend.workflows.placing import placed
from backend.workflows.references import with_ids, with_names
from backend.workflows.services import create_workflow, draft_graph
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import GraphError, graph_to_json

_YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
_NAMELESS = "App"
_LONGEST_NAME, _LONGEST_DESCRIPTION = 100, 2_000


def read_text(request: HttpRequest) -> str:
    """The YAML body of `request`. Raises ApiError 400, 413 or 415."""
    if request.content_type not in _YAML_TYPES:
        raise ApiError(
            415,
            "not_yaml",
            f"The file was sent as {request.content_type or 'nothing in particular'}.",
            hint="Send it with the header Content-Type: application/yaml.",
        )
    raw = request.body
    if len(raw) > MAX_BYTES:
        raise too_large()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiError(400, "bad_encoding", "The file is not valid UTF-8.") from error


def import_workflow(*, workspace_id: uuid.UUID, text: str) -> Workflow:
    """A new workflow from the text of a file. Raises ApiError 422 with the reason."""
    file = read_file(text)
    # Through the same door as a draft from the editor, so that one checker decides.
    named = with_source_ids(workspace_id, with_ids(workspace_id, file.graph, file.apps))
    graph = read_graph(graph_to_json(placed(named)))
    with transaction.atomic():
        workflow = create_workflow(
            workspace_id=workspace_id,
            name=" ".join(file.name.split())[:_LONGEST_NAME].strip() or _NAMELESS,
            description=file.description[:_LONGEST_DESCRIPTION],
            graph=graph,
        )
        pin_samples(workflow, file.samples)
    return workflow


def read_file(text: str) -> WorkflowFile:
    """What the text of a workflow file says. Raises ApiError 422."""
    try:
        return workflow_from_yaml(text)
    except GraphError as error:
        raise ApiError(422, error.code, error.message, hint=error.hint, field=error.field) from error


def export_workflow(workflow: Workflow, *, with_sample_data: bool = False) -> str:
    """The draft as the text of a file, such that two exports of one draft are equal.

    Sample data is what runs gave, so it may hold what a customer wrote: it goes along only when asked for.
    """
    drawn = with_source_names(workflow.workspace_id, draft_graph(workflow))
    graph, apps = with_names(workflow.workspace_id, drawn)
    return workflow_to_yaml(
        WorkflowFile(
            name=workflow.name,
            description=workflow.description,
            graph=graph,
            apps=apps,
            samples=samples_of(workflow) if with_sample_data else {},
        )
    )

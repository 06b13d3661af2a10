"""From a workflow file to an app in the database, and back."""

import uuid
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.publish.services import publish_workflow
from backend.workflows.exchange import export_workflow, import_workflow
from backend.workflows.models import Workflow
from workers.management.file_runs import BadRequest


def export_app(app: str, workspace_id: uuid.UUID | None) -> str:
    """The draft of an app, found by its id or its short name, as a workflow file. Raises BadRequest."""
    workspace = _workspace(workspace_id)
    rows = Workflow.objects.for_workspace(workspace)
    try:
        row = rows.filter(pk=uuid.UUID(app)).first()
    except ValueError:
        row = rows.filter(slug=app).first()
    if row is None:
        raise BadRequest(f"There is no app {app!r} in the workspace {workspace.name!r}.")
    return export_workflow(row)


def import_app(text: str, workspace_id: uuid.UUID | None, *, publish: bool) -> dict[str, Any]:
    """Makes an app of a workflow file and, if asked, publishes it. Raises BadRequest."""
    workspace = _workspace(workspace_id)
    chat_url = api_key = None
    try:
        workflow = import_workflow(workspace_id=workspace.pk, text=text)
        if publish:
            published = publish_workflow(workflow=workflow, by=None)
            chat_url = f"{settings.TREADLE_URL}/c/{published.publication.slug}"
            api_key = published.api_key
    except ApiError as error:
        raise BadRequest(error.message, error.hint) from None
    return {"app_id": str(workflow.pk), "chat_url": chat_url, "api_key": api_key}


def _workspace(workspace_id: uuid.UUID | None) -> Workspace:
    """The workspace of that id, or the only one there is."""
    try:
        if workspace_id is not None:
            found = list(Workspace.objects.filter(pk=workspace_id))
        else:
            found = list(Workspace.objects.order_by("created_at")[:2])
    except DatabaseError:
        raise BadRequest("The database is not set up yet.", "Run `make up` once.") from None
    if not found:
        raise BadRequest("There is no such workspace.", "Run `make up` once, or look at the id.")
    if len(found) > 1:
        raise BadRequest("There are several workspaces.", "Say which one with --workspace ID.")
    return found[0]

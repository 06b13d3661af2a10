"""/api/workflows and /api/templates."""

import uuid
from dataclasses import asdict

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import not_found
from backend.workflows import exchange, services, starters
from backend.workflows.graphs import describe_stored, read_graph
from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from backend.workflows.schemas import (
    AskedAnswer,
    DraftAnswer,
    DraftSave,
    NewWorkflow,
    StaleAnswer,
    TemplatesAnswer,
    TriedTemplateAnswer,
    TryTemplate,
    UsableAppsAnswer,
    UsersAnswer,
    VersionsAnswer,
    WholeVersionAnswer,
    WorkflowAnswer,
    WorkflowChange,
    WorkflowsAnswer,
)
from backend.workflows.usable import asked_by, usable_apps
from backend.workflows.uses import users_of
from nodes.sdk.run_limits import installation_limits

router = Router(tags=["workflows"])


@router.get("/templates", response=TemplatesAnswer)
def list_templates(request: HttpRequest) -> dict:
    """What one can begin with."""
    return {"templates": [template.summary() for template in starters.all_starters()]}


@router.post("/templates/try", response={200: TriedTemplateAnswer, 404: ErrorAnswer})
def try_template(request: HttpRequest, body: TryTemplate) -> dict:
    """The app in which a template is tried, which no list shows. It runs as a draft does."""
    workflow = starters.app_to_try(
        workspace_id=request.auth.workspace_id, slug=body.template, language=body.language
    )
    described = describe_stored(workflow.draft, workflow.workspace_id, workflow.pk)
    return {"id": workflow.pk, "graph": workflow.draft, "shapes": described.shapes}


@router.get("/workflows", response=WorkflowsAnswer)
def list_workflows(request: HttpRequest) -> dict:
    """All workflows of the workspace, the one changed last first."""
    rows = list(
        Workflow.objects.for_people(request.auth.workspace_id)
        .only("id", "name", "slug", "updated_at")
        .order_by("-updated_at", "id")
    )
    offers = publications_of(row.pk for row in rows)
    return {
        "workflows": [
            {
                "id": row.pk,
                "name": row.name,
                "slug": row.slug,
                "updated_at": row.updated_at,
                "is_published": row.pk in offers and offers[row.pk].is_enabled,
                "chat_url": offers[row.pk].chat_url if row.pk in offers else None,
            }
            for row in rows
        ]
    }


@router.post("/workflows", response={201: WorkflowAnswer, 404: ErrorAnswer, 422: ErrorAnswer})
def create_workflow(request: HttpRequest, body: NewWorkflow) -> Status:
    """A new workflow from a template."""
    workflow = starters.create_from_starter(
        workspace_id=request.auth.workspace_id, slug=body.template, name=body.name, language=body.language
    )
    return Status(201, _answer(workflow))


@router.post(
    "/workflows/import",
    response={201: WorkflowAnswer, 400: ErrorAnswer, 413: ErrorAnswer, 422: ErrorAnswer},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}
    },
)
def import_workflow(request: HttpRequest) -> Status:
    """A new workflow from a file. Nothing in it runs before someone starts it."""
    text = exchange.read_text(request)
    workflow = exchange.import_workflow(workspace_id=request.auth.workspace_id, text=text)
    return Status(201, _answer(workflow))


@router.get("/workflows/usable", response=UsableAppsAnswer)
def list_usable_apps(request: HttpRequest, within: uuid.UUID | None = None) -> dict:
    """The apps that may run as a step of the app `within`, and their published versions."""
    return {"apps": usable_apps(request.auth.workspace_id, within)}


@router.get("/workflows/{uuid:workflow_id}/asks", response={200: AskedAnswer, 404: ErrorAnswer})
def get_asked(
    request: HttpRequest, workflow_id: uuid.UUID, version: int | None = Query(None, ge=1, le=2_147_483_647)
) -> dict:
    """What a published version of an app asks for besides the message; the latest one if none is named."""
    asked = asked_by(_workflow(request, workflow_id), version)
    if asked is None:
        raise not_found("This version")
    return asked


@router.get("/workflows/{uuid:workflow_id}/users", response={200: UsersAnswer, 404: ErrorAnswer})
def list_users(request: HttpRequest, workflow_id: uuid.UUID) -> dict:
    """The apps that use this one as a step: they miss it when it is deleted."""
    return {"apps": users_of(_workflow(request, workflow_id))}


@router.get("/workflows/{uuid:workflow_id}", response={200: WorkflowAnswer, 404: ErrorAnswer})
def get_workflow(request: HttpRequest, workflow_id: uuid.UUID) -> dict:
    """A workflow with its draft, what its nodes give, and what is to be put right."""
    return _answer(_workflow(request, workflow_id))


@router.patch("/workflows/{uuid:workflow_id}", response={200: WorkflowAnswer, 404: ErrorAnswer})
def rename_workflow(request: HttpRequest, workflow_id: uuid.UUID, body: WorkflowChange) -> dict:
    """Gives it another name."""
    return _answer(services.rename_workflow(_workflow(request, workflow_id), name=body.name))


@router.delete("/workflows/{uuid:workflow_id}", response={204: None, 404: ErrorAnswer})
def delete_workflow(request: HttpRequest, workflow_id: uuid.UUID) -> Status:
    """Deletes it with all that hangs on it."""
    services.delete_workflow(_workflow(request, workflow_id))
    return Status(204, None)


@router.put(
    "/workflows/{uuid:workflow_id}/draft",
    response={200: DraftAnswer, 404: ErrorAnswer, 409: StaleAnswer, 422: ErrorAnswer},
)
def save_draft(request: HttpRequest, workflow_id: uuid.UUID, body: DraftSave) -> dict:
    """Saves the draft. An unfinished one is saved with its problems; a malformed one is refused."""
    workflow = _workflow(request, workflow_id)
    saved = services.save_draft(workflow, revision=body.revision, graph=read_graph(body.graph))
    return _draft(saved)


@router.get("/workflows/{uuid:workflow_id}/export", response={200: str, 404: ErrorAnswer})
def export_workflow(
    request: HttpRequest, workflow_id: uuid.UUID, with_sample_data: bool = Query(False)
) -> HttpResponse:
    """The workflow as a file; with the sample data of its draft only if that is asked for."""
    workflow = _workflow(request, workflow_id)
    return HttpResponse(
        exchange.export_workflow(workflow, with_sample_data=with_sample_data),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{workflow.slug}.yaml"'},
    )


@router.get("/workflows/{uuid:workflow_id}/versions", response={200: VersionsAnswer, 404: ErrorAnswer})
def list_versions(request: HttpRequest, workflow_id: uuid.UUID) -> dict:
    """The published versions, the newest first."""
    rows = _versions(request, workflow_id)
    return {"versions": list(rows.defer("graph", "answer_plan").order_by("-number"))}


@router.get(
    "/workflows/{uuid:workflow_id}/versions/{int:number}",
    response={200: WholeVersionAnswer, 404: ErrorAnswer},
)
def get_version(request: HttpRequest, workflow_id: uuid.UUID, number: int) -> Version:
    """A published version with its graph."""
    found = _versions(request, workflow_id).filter(number=number).defer("answer_plan").first()
    if found is None:
        raise not_found("This version")
    return found


@router.post(
    "/workflows/{uuid:workflow_id}/versions/{int:number}/restore",
    response={200: WorkflowAnswer, 404: ErrorAnswer, 409: StaleAnswer},
)
def restore_version(request: HttpRequest, workflow_id: uuid.UUID, number: int) -> dict:
    """Makes an older version the draft again."""
    return _answer(services.restore_version(_workflow(request, workflow_id), number=number))


def _workflow(request: HttpRequest, workflow_id: uuid.UUID) -> Workflow:
    found = Workflow.objects.for_people(request.auth.workspace_id).filter(pk=workflow_id).first()
    if found is None:
        raise not_found("This app")
    return found


def _versions(request: HttpRequest, workflow_id: uuid.UUID) -> QuerySet[Version]:
    rows = Version.objects.for_workspace(request.auth.workspace_id)
    return rows.filter(workflow=_workflow(request, workflow_id), number__isnull=False)


def _draft(workflow: Workflow) -> dict:
    described = describe_stored(workflow.draft, workflow.workspace_id, workflow.pk)
    return {
        "revision": workflow.revision,
        "shapes": described.shapes,
        "problems": described.problems,
        "updated_at": workflow.updated_at,
    }


def _answer(workflow: Workflow) -> dict:
    return {
        **_draft(workflow),
        "id": workflow.pk,
        "name": workflow.name,
        "slug": workflow.slug,
        "description": workflow.description,
        "graph": workflow.draft,
        "suggestions": workflow.suggestions,
        "setup": starters.set_up_of(workflow),
        "needs_model": starters.needs_model(workflow),
        "publication": publications_of([workflow.pk]).get(workflow.pk),
        "maximum": asdict(installation_limits()),
    }

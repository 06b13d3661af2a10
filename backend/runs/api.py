"""Console routes of runs: try a draft, look at runs, stop one."""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile as Sent

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.files.sending import file_response
from backend.files.services import Sender, file_json, keep_upload
from backend.knowledge.services import Upload
from backend.runs import answer_links, answers, forks, services, waits
from backend.runs.answers import Answerer
from backend.runs.blobs import body_of
from backend.runs.callbacks import callback_of
from backend.runs.held_files import file_of_run
from backend.runs.inbox import page_of_inbox
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.listing import Only, page_of_runs
from backend.runs.models import Audience, Conversation, Run
from backend.runs.ratings import rate_run
from backend.runs.remembered import forget, remembered_json
from backend.runs.schemas import (
    AnswerBody,
    CallbackAnswer,
    CallbackBody,
    ConversationAnswer,
    FileAnswer,
    ForkBody,
    InboxAnswer,
    LinkAnswer,
    LinkBody,
    NewRun,
    RatingAnswer,
    RatingBody,
    RememberedAnswer,
    RunAnswer,
    RunsAnswer,
    SettleBody,
    UsedWorkflowsAnswer,
    WholeRunAnswer,
)
from backend.runs.views_of_run import conversation_json, run_json, run_with_events, used_workflows
from backend.workflows.asked import input_fields
from backend.workflows.models import Workflow
from backend.workflows.pins import pins_for
from backend.workflows.services import hold_version, pin_draft

router = Router(tags=["runs"])
_editor = ConsoleAuth("editor")

MOST_LISTED = 100


@router.post(
    "/workflows/{uuid:workflow_id}/runs",
    response={202: RunAnswer, 400: ErrorAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
)
def create_run(request: HttpRequest, workflow_id: uuid.UUID, body: NewRun) -> Status:
    """Starts a run of the draft as it is saved now, in a conversation of one's own."""
    workflow = Workflow.objects.for_workspace(request.auth.workspace_id).filter(pk=workflow_id).first()
    if workflow is None:
        raise not_found("This app")
    ref = request.auth.audience_ref
    conversation: Conversation | services.NewConversation = services.NewConversation(is_draft=True)
    if body.conversation_id is not None:
        conversation = services.find_conversation(
            workflow=workflow,
            conversation_id=body.conversation_id,
            audience=Audience.MEMBER,
            audience_ref=ref,
            is_draft=True,
        )
    version = pin_draft(workflow)
    fields = input_fields(version.graph)
    with transaction.atomic():
        version = hold_version(version)
        run = services.start_run(
            version=version,
            query=body.query,
            inputs=check_inputs(fields, body.inputs, _sender(request, workflow_id)),
            conversation=conversation,
            audience=Audience.MEMBER,
            audience_ref=ref,
            trial={"pins": pins} if (pins := pins_for(version)) else None,
            priority=1,
        )
        hold_files(run, fields)
    return Status(202, run_json(run))


@router.post(
    "/workflows/{uuid:workflow_id}/files",
    response={201: FileAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 413: ErrorAnswer, 422: ErrorAnswer,
              429: ErrorAnswer},
)  # fmt: skip
def upload_file(request: HttpRequest, workflow_id: uuid.UUID, file: File[Sent]) -> Status:
    """Stores a file that is to come with a message to the draft."""
    if not Workflow.objects.for_workspace(request.auth.workspace_id).filter(pk=workflow_id).exists():
        raise not_found("This app")
    upload = Upload(file.name or "", file.size or 0, file.chunks())
    return Status(201, file_json(keep_upload(_sender(request, workflow_id), upload)))


@router.get("/workflows/{uuid:workflow_id}/runs", response={200: RunsAnswer, 404: ErrorAnswer})
def list_runs(
    request: HttpRequest,
    workflow_id: uuid.UUID,
    only: Only = "",
    before: uuid.UUID | None = None,
    limit: int = Query(50, ge=1, le=MOST_LISTED),
) -> dict:
    """The newest runs of an app, whoever started them, and what each is doing."""
    workspace_id = request.auth.workspace_id
    if not Workflow.objects.for_workspace(workspace_id).filter(pk=workflow_id).exists():
        raise not_found("This app")
    return page_of_runs(workspace_id, workflow_id, only=only, before=before, limit=limit)


@router.get("/runs/{uuid:run_id}", response={200: WholeRunAnswer, 404: ErrorAnswer})
def get_run(request: HttpRequest, run_id: uuid.UUID) -> dict:
    """A run, the graph it ran on, and its journal."""
    return run_with_events(_run(request, run_id))


@router.get("/runs/{uuid:run_id}/values/{str:sha256}", response={200: Any, 404: ErrorAnswer})
def get_value(
    request: HttpRequest, run_id: uuid.UUID, sha256: str, download: bool = Query(False)
) -> HttpResponse:
    """A value that is too large to stand in the run's journal, as JSON; to download, a text as it is."""
    body = body_of(_run(request, run_id), sha256)
    if not download:
        return HttpResponse(body, content_type="application/json")
    value = json.loads(body)
    is_text = isinstance(value, str)
    return HttpResponse(
        value if is_text else json.dumps(value, indent=2, ensure_ascii=False),
        content_type=f"{'text/plain' if is_text else 'application/json'}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="value.{"txt" if is_text else "json"}"'},
    )


@router.get("/runs/{uuid:run_id}/files/{uuid:file_id}", response={200: Any, 404: ErrorAnswer})
def get_file(request: HttpRequest, run_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    """A file that the run, or another one of its conversation, was given or made; to be saved."""
    row = file_of_run(request.auth.workspace_id, _run(request, run_id).pk, file_id)
    if row is None:
        raise not_found("This file")
    return file_response(row)


@router.post(
    "/runs/{uuid:run_id}/fork",
    auth=_editor,
    response={201: RunAnswer, 400: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def fork_run(request: HttpRequest, run_id: uuid.UUID, body: ForkBody) -> Status:
    """Goes on from a step of a run that has ended, in a run of its own: what came before is kept."""
    edits = {path: edit.model_dump(exclude_unset=True) for path, edit in body.edits.items()}
    made = forks.fork_run(
        _run(request, run_id),
        path=body.from_,
        edits=edits,
        by=request.auth,
        query=body.query,
        inputs=body.inputs,
        version=body.version,
        only=body.only,
    )
    return Status(201, run_json(made))


@router.get("/runs/{uuid:run_id}/workflows", response={200: UsedWorkflowsAnswer, 404: ErrorAnswer})
def list_used_workflows(request: HttpRequest, run_id: uuid.UUID) -> dict:
    """The apps that run inside a run as steps of others, with the graphs that they run on."""
    return {"workflows": used_workflows(_run(request, run_id))}


@router.post("/runs/{uuid:run_id}/cancel", response={200: RunAnswer, 404: ErrorAnswer})
def cancel_run(request: HttpRequest, run_id: uuid.UUID) -> dict:
    """Stops a run. When this has answered, no further step of it starts."""
    return run_json(services.cancel_run(_run(request, run_id), is_logged=True))


@router.post("/runs/{uuid:run_id}/pause", auth=_editor, response={200: RunAnswer, 404: ErrorAnswer})
def pause_run(request: HttpRequest, run_id: uuid.UUID) -> dict:
    """Pauses a run: no further step starts, those at work end, and nothing is held until it goes on."""
    return run_json(waits.pause_run(_run(request, run_id)))


@router.post("/runs/{uuid:run_id}/resume", auth=_editor, response={200: RunAnswer, 404: ErrorAnswer})
def resume_run(request: HttpRequest, run_id: uuid.UUID) -> dict:
    """Lets a paused run go on where it was."""
    return run_json(waits.resume_run(_run(request, run_id)))


@router.post(
    "/runs/{uuid:run_id}/settle",
    auth=_editor,
    response={200: RunAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def settle_run(request: HttpRequest, run_id: uuid.UUID, body: SettleBody) -> dict:
    """Says what became of a step that was cut off while it acted: it was done, do it again, or it failed."""
    return run_json(waits.settle_run(_run(request, run_id), body.path, body.action, body.output))


@router.post(
    "/runs/{uuid:run_id}/answer",
    auth=_editor,
    response={200: RunAnswer, 400: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def answer_run(request: HttpRequest, run_id: uuid.UUID, body: AnswerBody) -> dict:
    """Answers a step that asks a person. The first answer counts."""
    run, user = _run(request, run_id), request.auth.user
    by = Answerer("member", str(user.pk), user.name or user.email)
    sender = _sender(request, run.workflow_id)
    answered = answers.answer_run(
        run, path=body.path, action=body.action, fields=body.fields, by=by, sender=sender
    )
    return run_json(answered)


@router.put(
    "/runs/{uuid:run_id}/rating",
    response={200: RatingAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def put_rating(request: HttpRequest, run_id: uuid.UUID, body: RatingBody) -> dict:
    """Says what one thinks of the answer to one's own message."""
    run = _run(request, run_id)
    if run.audience != Audience.MEMBER or run.audience_ref != request.auth.audience_ref:
        raise ApiError(
            409,
            "rated_by_another",
            "What somebody else asked for is rated by them.",
            hint="Ask the same yourself in the editor's chat.",
        )
    return rate_run(run, body.rating, body.reason)


@router.post(
    "/runs/{uuid:run_id}/answer-link",
    auth=_editor,
    response={201: LinkAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def make_answer_link(request: HttpRequest, run_id: uuid.UUID, body: LinkBody) -> Status:
    """Makes a link by which someone without an account may answer one question of a run, once."""
    made = answer_links.make_answer_link(
        _run(request, run_id), body.path, valid_for=timedelta(hours=body.hours)
    )
    return Status(201, made)


@router.post(
    "/runs/{uuid:run_id}/callback",
    auth=_editor,
    response={200: CallbackAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def get_callback(request: HttpRequest, run_id: uuid.UUID, body: CallbackBody) -> dict:
    """The address that another service may call for a step that waits for it."""
    return callback_of(_run(request, run_id), body.path)


@router.get("/inbox", response=InboxAnswer)
def get_inbox(
    request: HttpRequest, after: int | None = None, limit: int = Query(50, ge=1, le=MOST_LISTED)
) -> dict:
    """Everything in the workspace that waits for a person."""
    return page_of_inbox(request.auth.workspace_id, after=after, limit=limit)


@router.get("/conversations/{uuid:conversation_id}", response={200: ConversationAnswer, 404: ErrorAnswer})
def get_conversation(request: HttpRequest, conversation_id: uuid.UUID) -> dict:
    """What was said in a conversation of this workspace."""
    return conversation_json(_conversation(request, conversation_id))


@router.get(
    "/conversations/{uuid:conversation_id}/variables", response={200: RememberedAnswer, 404: ErrorAnswer}
)
def list_remembered(request: HttpRequest, conversation_id: uuid.UUID) -> dict:
    """What a conversation remembers beside its messages."""
    return {"variables": remembered_json(_conversation(request, conversation_id))}


@router.delete(
    "/conversations/{uuid:conversation_id}/variables",
    auth=_editor,
    response={200: RememberedAnswer, 404: ErrorAnswer},
)
def forget_remembered(
    request: HttpRequest, conversation_id: uuid.UUID, name: str | None = Query(None, max_length=50)
) -> dict:
    """Forgets what a conversation remembers, or one piece of it: it begins anew with what the app says."""
    conversation = _conversation(request, conversation_id)
    forget(conversation, name)
    return {"variables": remembered_json(conversation)}


def _conversation(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    conversations = Conversation.objects.for_workspace(request.auth.workspace_id)
    conversation = conversations.filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found("This conversation")
    return conversation


def _run(request: HttpRequest, run_id: uuid.UUID) -> Run:
    runs = Run.objects.for_workspace(request.auth.workspace_id).select_related("version")
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise not_found("This run")
    return run


def _sender(request: HttpRequest, workflow_id: uuid.UUID) -> Sender:
    auth = request.auth
    return Sender(auth.workspace_id, workflow_id, Audience.MEMBER, auth.audience_ref)

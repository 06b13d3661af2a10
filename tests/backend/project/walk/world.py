"""One of everything in someone's workspace, and a word in every text column that no stranger may read."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client

from backend.accounts.acting import become
from backend.accounts.auth import new_key
from backend.accounts.invites import create_invite
from backend.accounts.links import make_link
from backend.accounts.models import Member, User, Workspace
from backend.accounts.sealed import SealedTextField, seal
from backend.accounts.workspace_secrets import add_secret
from backend.files.models import UploadedFile
from backend.knowledge.models import Chunk, Document, Embedding, KnowledgeBase
from backend.knowledge.storage import store_file
from backend.mail.models import MailServer
from backend.memory.models import Memory, MemoryWrite
from backend.providers.models import LocalModel, ModelConnection, ModelRules, ToolCheck, WorkspaceModels
from backend.publish.models import Publication, TokenHold, TokenTotal
from backend.publish.services import publish_workflow
from backend.retention.models import Clearing, Retention, RunSize
from backend.runs.models import (
    Blob,
    Conversation,
    ConversationVariable,
    Event,
    IdempotencyKey,
    KeptAnswer,
    Message,
    Rating,
    Run,
    RunBlob,
    RunFile,
    Signal,
    Wait,
)
from backend.tools.models import SourceSignIn, SourceTool, ToolSource
from backend.usage.models import PastUse
from backend.workflows.environment import add_variable
from backend.workflows.pins import pin_step
from backend.workflows.starters import create_from_starter
from tests.backend.project.walk.words import JSON
from tests.conftest import Person, body_of

CANARY = "canary"
"""Stands in every text column of the marked workspace."""

# How a row without a `workspace` of its own is found.
WAY_TO_WORKSPACE = {
    "User": "memberships__workspace",
    "Workspace": "pk",
    "Event": "run__workspace",
    "Signal": "run__workspace",
    "Message": "conversation__workspace",
    "ConversationVariable": "conversation__workspace",
    "RunFile": "run__workspace",
    "MemoryWrite": "run__workspace",
    "RunBlob": "run__workspace",
    "TokenTotal": "publication__workspace",
    "TokenHold": "publication__workspace",
    "SignInLink": "user__memberships__workspace",
}
# Rows of no workspace.
OF_NOBODY = {"ContentType", "Permission", "Group", "Session", "FailedSignIn"}
# Columns in which the server reads a meaning, and which hold nothing of a person's.
KEPT = {
    "Event.type": "one of a closed list",
    "UploadedFile.file": "the name that our storage gave it",
    "Wait.reason": "one of a closed list",
    "ConversationVariable.name": "a name of the graph, where it is marked",
    "ModelConnection.provider": "one of a closed list",
    "Document.kind": "one of a closed list",
    "Run.lease_owner": "empty unless a worker holds the run",
    "Clearing.lease_owner": "empty unless a worker is at it",
    "Document.lease_owner": "empty unless a worker reads the document",
    "ToolSource.secret_place": "one of a closed list",
    "ToolSource.lease_owner": "empty unless a worker looks at it",
    "SourceSignIn.lease_owner": "empty unless a worker is at it",
    "SourceSignIn.renewing_by": "empty unless a worker renews the tokens",
    "Run.usage": "holds figures only",
    "MemoryWrite.step": "a hash that marks a step",
    "Memory.identity": "a hash that marks a memory",
    "Memory.audience_ref": "an id, where it is marked it is nobody's",
    "Blob.sha256": "names the value in a path",
    "Version.answer_plan": "made from the graph, and says nothing that is not in it",
}
# Columns that nobody may ever read, the owner included.
NEVER_SHOWN = {
    "ApiKey.hash",
    "IdempotencyKey.body_hash",
    "KeptAnswer.key",
    "KeptAnswer.model",
    "KeptAnswer.reasoning",
    "KeptAnswer.text",
    "Invite.hash",
    "MailServer.password",
    "ModelConnection.key",
    "ModelConnection.secrets",
    "Secret.value",
    "SignInLink.hash",
    "SourceSignIn.attempt",
    "SourceSignIn.client_secret",
    "SourceSignIn.session_hash",
    "SourceSignIn.state_hash",
    "SourceSignIn.tokens",
    "User.password",
}
ModelClass = type[models.Model]


def furnish(person: Person) -> dict[str, object]:
    """One of everything in someone's workspace; the ids by the names that paths use."""
    become(person.user)  # what follows is done by them, also in the audit log
    workspace_id = person.workspace.pk
    workflow = create_from_starter(workspace_id=workspace_id, slug="chat")
    published = publish_workflow(workflow=workflow, by=person.user)
    version, publication = published.version, published.publication
    key, text = new_key(workspace_id=workspace_id, workflow_id=workflow.pk, name="Key")
    ModelRules.objects.create(workspace_id=workspace_id, model="practice", at_once=4)
    broken = {"code": "model_failed", "message": "It failed.", "hint": ""}
    ToolCheck.objects.create(workspace_id=workspace_id, model="practice", state="failed", error=broken)
    connection = ModelConnection.objects.create(
        workspace_id=workspace_id,
        name="mine",
        kind="litellm",
        provider="openai",
        model_names=["m"],
        is_ready=True,
    )
    file = LocalModel.objects.create(
        workspace_id=workspace_id,
        slug=f"mine-{workspace_id}"[:60],
        title="Mine",
        path="/m.gguf",
        state="ready",
    )
    WorkspaceModels.objects.create(workspace_id=workspace_id, default="mine/m")
    secret = add_secret(
        workspace_id=workspace_id, name="Shop", value="k3y-of-the-shop", hosts=["shop.example"]
    )
    variable = add_variable(workspace_id=workspace_id, name="CURRENCY", type="object", value={})
    pin_step(workflow, "prompt_1", output={"text": ""}, port="out")
    knowledge = KnowledgeBase.objects.create(
        workspace_id=workspace_id, name="Returns", fields=[{"name": "Team", "kind": "text"}]
    )
    document = Document.objects.create(
        workspace_id=workspace_id,
        knowledge=knowledge,
        title="a.txt",
        file=uuid.uuid4().hex,
        size_bytes=1,
        status="failed",
        error={"code": "unreadable", "message": "", "hint": ""},
    )
    chunk = Chunk.objects.create(
        workspace_id=workspace_id, knowledge=knowledge, document=document, index=0, start=0, end=1
    )
    Embedding.objects.create(workspace_id=workspace_id, vector=b"00")
    invite, _ = create_invite(
        workspace_id=workspace_id, by=person.user, role="editor", email="", valid_for=timedelta(days=1)
    )
    make_link(person.user)
    conversation = Conversation.objects.create(
        workspace_id=workspace_id, workflow=workflow, audience="member", audience_ref=str(person.user.pk)
    )
    run = Run.objects.create(
        workspace_id=workspace_id,
        workflow=workflow,
        version=version,
        conversation=conversation,
        turn=1,
        audience="member",
        last_seq=1,
    )
    Event.objects.create(run=run, seq=1, type="run_claimed", at=datetime.now(UTC), data={})
    sent = UploadedFile.objects.create(
        workspace_id=workspace_id,
        workflow=workflow,
        audience="member",
        audience_ref=str(person.user.pk),
        name="cv.pdf",
        mime="application/pdf",
        size_bytes=1,
        sha256="",
        file=store_file(workspace_id, [b"1"]).name,
    )
    RunFile.objects.create(run=run, file=sent)
    Rating.objects.create(workspace_id=workspace_id, run=run, is_good=False)
    value = Blob.objects.create(workspace_id=workspace_id, sha256="5" * 64, bytes=1, body="")
    RunBlob.objects.create(run=run, blob=value)
    Signal.objects.create(run=run, path="ask_1", name="answer", payload={})
    Wait.objects.create(
        workspace_id=workspace_id,
        run=run,
        path="ask_2",
        name="answer",
        attempt=1,
        reason="ask_human",
        about={"title": "", "message": ""},
        since=datetime.now(UTC),
    )
    RunSize.objects.create(run=run, workspace_id=workspace_id, bytes=1)
    PastUse.objects.create(
        workspace_id=workspace_id, day=run.created_at.date(), workflow_id=uuid.uuid4(), audience="key"
    )
    memory = Memory.objects.create(
        workspace_id=workspace_id,
        workflow=workflow,
        audience="member",
        run=run,
        text="",
        said_at=datetime.now(UTC),
    )
    MemoryWrite.objects.create(run=run, step="")
    KeptAnswer.objects.create(
        workspace_id=workspace_id,
        workflow=workflow,
        run=run,
        key="",
        text="",
        size=0,
        answered_at=datetime.now(UTC),
        expires_at=datetime.now(UTC),
    )
    MailServer.objects.create(workspace_id=workspace_id, host="", port=465, security="tls", sender="")
    source = ToolSource.objects.create(
        workspace_id=workspace_id,
        name="Shop",
        kind="mcp",
        state="failed",
        error={},
        address="https://a.example/",
    )
    failed = {"code": "sign_in_failed", "message": "", "hint": ""}
    SourceSignIn.objects.create(
        workspace_id=workspace_id,
        source=source,
        phase="waiting",
        server={},
        begun_by=person.user,
        error=failed,
    )
    tool = SourceTool.objects.create(workspace_id=workspace_id, source=source, name="find", digest="")
    Retention.objects.create(workspace_id=workspace_id, runs_days=30)
    Clearing.objects.create(workspace_id=workspace_id)
    ConversationVariable.objects.create(conversation=conversation, name="mood", value="")
    Message.objects.create(conversation=conversation, run=run, role="user", position=2)
    IdempotencyKey.objects.create(workspace_id=workspace_id, scope="key:1", key="1", body_hash="", run=run)
    TokenTotal.objects.create(publication=publication, day=date(2026, 1, 1), who="visitor:1")
    TokenHold.objects.create(publication=publication, run=run, day=date(2026, 1, 1), who="visitor:1")
    return {
        "workflow_id": workflow.pk,
        "number": version.number,
        "key_id": key.pk,
        "key_text": text,
        "connection_id": connection.pk,
        "slug": file.slug,
        "secret_id": secret.pk,
        "variable_id": variable.pk,
        "source_id": source.pk,
        "tool_id": tool.pk,
        "knowledge_id": knowledge.pk,
        "field": "Team",
        "document_id": document.pk,
        "chunk_id": chunk.pk,
        "conversation_id": conversation.pk,
        "run_id": run.pk,
        "memory_id": memory.pk,
        "sha256": value.sha256,
        "file_id": sent.pk,
        "from_run": run.pk,
        "member_id": Member.objects.get(user=person.user, workspace_id=workspace_id).pk,
        "invite_id": invite.pk,
        "node_type": "prompt",
        "node_id": "prompt_1",
    }


def mark(person: Person) -> None:
    """Writes a canary into every text column of every row of someone's workspace, and signs them in again.

    Fails with what to do when there is a table, or a JSON column, that this does not know.
    """
    for model in apps.get_models():
        if model.__name__ in OF_NOBODY:
            continue
        rows = list(rows_of(model, person.workspace))
        if model is User:
            rows = [person.user]  # the other members stay signed in
        if not rows:
            pytest.fail(f"There is no {model.__name__} in the walk's world: make one in furnish().")
        for n, row in enumerate(rows):
            _mark_row(row, n)
    person.client.force_login(User.objects.get(pk=person.user.pk), backend="backend.accounts.auth.ByEmail")


def rows_of(model: ModelClass, workspace: Workspace) -> Any:
    """The rows of a table that belong to a workspace."""
    way = WAY_TO_WORKSPACE.get(model.__name__)
    if way is None and not any(field.name == "workspace" for field in model._meta.concrete_fields):
        pytest.fail(f"Say in WAY_TO_WORKSPACE how a {model.__name__} belongs to a workspace.")
    return model._default_manager.filter(**{way or "workspace": workspace.pk}).order_by("pk").distinct()


def word_of(column: str) -> str:
    """The canary of a column, such as canary-run-query."""
    return f"{CANARY}-{column.replace('.', '-').replace('_', '-').lower()}"


def _mark_row(row: models.Model, n: int) -> None:
    changes = {}
    for field in row._meta.concrete_fields:
        column = f"{type(row).__name__}.{field.name}"
        if field.choices or column in KEPT or field.is_relation:
            continue
        word = f"{word_of(column)}-{n}"
        if isinstance(field, SealedTextField):
            seal(row, field.name, json.dumps(JSON[column](word)) if column in JSON else word)
            changes[field.name] = getattr(row, field.name)
        elif "Json" in type(field).__name__ or isinstance(field, models.JSONField):
            if column not in JSON:
                pytest.fail(f"Say in JSON what {column} looks like when it holds a word.")
            changes[field.name] = JSON[column](word)
        elif isinstance(field, models.EmailField):
            changes[field.name] = f"{word}@example.com"
        elif isinstance(field, models.CharField | models.TextField):
            changes[field.name] = word[: field.max_length]
    if changes:
        type(row)._default_manager.filter(pk=row.pk).update(**changes)


def snapshot(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a workspace, to be compared with a later look."""
    return {
        model.__name__: list(rows_of(model, workspace).values_list())
        for model in apps.get_models()
        if model.__name__ not in OF_NOBODY
    }


@contextmanager
def undone() -> Iterator[None]:
    """What is stored within is taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fresh(client: Client) -> Client:
    """A browser with the same cookies, so that what an answer does to them stays with it."""
    again = Client(raise_request_exception=False)
    for name, morsel in client.cookies.items():
        again.cookies[name] = morsel.value
    return again


def heard(answer: Any) -> str:
    """All that an answer says: status, headers, cookies and body."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = body_of(answer).decode(errors="replace")
    return f"{answer.status_code}\n{headers}\n{answer.cookies.output()}\n{body}"


def public_slug(ids: dict[str, object]) -> str:
    """Where the furnished app is offered, as of now."""
    return Publication.objects.get(workflow_id=ids["workflow_id"]).slug

"""Runs that ended long ago, with all that a run can leave behind; and a look for what is left of one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from backend.accounts.models import Workspace
from backend.files.models import UploadedFile
from backend.knowledge.storage import store_file
from backend.memory.models import Memory, MemoryWrite
from backend.publish.models import TokenHold
from backend.publish.services import publish_workflow
from backend.retention.cut import Wanted
from backend.retention.deletion import take_step
from backend.retention.leases import claim
from backend.retention.models import Clearing, RunSize
from backend.retention.services import change_retention, start_clearing
from backend.runs.entries import event_entry
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
from backend.runs.putting import put
from backend.runs.redis_clients import key_of
from backend.workflows.models import Version, Workflow
from backend.workflows.services import pin_draft, save_draft
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import ECHO, Stack, node

OWNER = "test"


def old_run(
    stack: Stack,
    version: Version,
    *,
    days: float = 30,
    conversation: Conversation | None = None,
    files: tuple[UploadedFile, ...] = (),
    values: tuple[Blob, ...] = (),
    facts: int = 3,
    text: str = "Hello",
    **columns: Any,
) -> Run:
    """A run that ended so many days ago, with its facts and messages, and a stream in Redis."""
    run = stack.say(version, text, conversation)
    at = timezone.now() - timedelta(days=days)
    begun = {"run": run, "type": "node_started", "path": "start_1", "at": at, "data": {}}
    rows = [Event(seq=seq, **begun) for seq in range(1, facts)]
    rows.append(Event(run=run, seq=facts, type="run_succeeded", at=at, data={"answer": text}))
    Event.objects.bulk_create(rows)
    ended = {"status": "succeeded", "started_at": at, "finished_at": at, "last_seq": facts, "wake_at": None}
    Run.objects.filter(pk=run.pk).update(**(ended | {"created_at": at} | columns))
    Message.objects.create(
        conversation_id=run.conversation_id, run=run, role="assistant", text=text, position=2 * run.turn + 1
    )
    for file in files:
        RunFile.objects.create(run=run, file=file)
    for value in values:
        RunBlob.objects.create(run=run, blob=value)
    with redis_of(stack) as client:
        put(client, run.pk, [event_entry(facts, "run_succeeded", "", at, {})])
    run.refresh_from_db()
    return run


def long_ago() -> datetime:
    """Before any cut that a test makes."""
    return timezone.now() - timedelta(days=30)


def draw_otherwise(version: Version) -> Version:
    """Changes the draft, as a person does after a trial; gives the version that its next trial is pinned to.
    All versions that were there are old."""
    Version.objects.filter(workflow=version.workflow_id).update(created_at=long_ago())
    workflow = Workflow.objects.get(pk=version.workflow_id)
    other = graph_from_json({**ECHO, "nodes": [*ECHO["nodes"], node("template", 9, text="!")]})
    return pin_draft(save_draft(workflow, revision=workflow.revision, graph=other))


def a_file(version: Version, size: int = 10) -> UploadedFile:
    """A file that was sent to an app, on the disk too."""
    stored = store_file(version.workspace_id, [b"x" * size])
    return UploadedFile.objects.create(
        workspace_id=version.workspace_id,
        workflow_id=version.workflow_id,
        audience="member",
        audience_ref="anna",
        name="a.txt",
        mime="text/plain",
        size_bytes=size,
        sha256=stored.sha256,
        file=stored.name,
    )


def a_value(version: Version, size: int = 10) -> Blob:
    """A large value of a workspace."""
    return Blob.objects.create(
        workspace_id=version.workspace_id, sha256=uuid.uuid4().hex, bytes=size, body="x" * size
    )


def with_everything(stack: Stack, version: Version) -> Run:
    """An old run with a row in every table that points at runs."""
    run = old_run(stack, version, files=(a_file(version),), values=(a_value(version),))
    about = {"run": run, "path": "ask_1", "name": "answer"}
    Signal.objects.create(**about, payload={})
    Wait.objects.create(
        **about, workspace_id=run.workspace_id, attempt=1, reason="ask_human", since=timezone.now()
    )
    ConversationVariable.objects.create(conversation=run.conversation, name="mood", value="sad")
    IdempotencyKey.objects.create(
        workspace_id=run.workspace_id, scope="key:1", key=uuid.uuid4().hex, body_hash="", run=run
    )
    published = publish_workflow(workflow=version.workflow, by=None).publication
    TokenHold.objects.create(publication=published, run=run, day=timezone.now().date(), who="visitor:1")
    Memory.objects.create(
        workspace_id=run.workspace_id,
        workflow_id=run.workflow_id,
        run=run,
        audience="visitor",
        text="Has a dog.",
        said_at=timezone.now(),
    )
    MemoryWrite.objects.create(run=run, step="1")
    KeptAnswer.objects.create(
        workspace_id=run.workspace_id,
        workflow_id=run.workflow_id,
        run=run,
        key="1",
        text="Woof.",
        size=5,
        answered_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    Rating.objects.create(run=run, workspace_id=run.workspace_id, is_good=False, reason="Too long.")
    RunSize.objects.create(run=run, workspace_id=run.workspace_id, bytes=1)
    return run


def app(stack: Stack, name: str) -> Version:
    """An app in a workspace of its own."""
    return stack.app(ECHO, Workspace.objects.create(name=name))


def clear(workspace_id: uuid.UUID, **wanted: int) -> Clearing:
    """Says what is wanted, if anything is given, and clears up to the end."""
    if wanted:
        change_retention(workspace_id, Wanted(**wanted))
    row = start_clearing(workspace_id)
    assert claim(OWNER, row.pk) == row.pk
    finish(row)
    row.refresh_from_db()
    return row


def finish(row: Clearing, owner: str = OWNER) -> int:
    """Takes the steps that are left; gives how many."""
    taken = 1
    while take_step(row.pk, owner):
        taken += 1
    return taken


def pointing_at_runs() -> Iterator[tuple[type[models.Model], str]]:
    """Every table with a column that points at runs, and the way there; whatever is added later too."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is Run:
                yield model, field.name


def rows_naming(text: str) -> set[str]:
    """The columns, of all tables there are, that hold this text or id anywhere in a value."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        quote = connection.ops.quote_name
        for field in model._meta.concrete_fields:
            if field.column is None:
                continue
            column = f"CAST({quote(field.column)} AS TEXT)"
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT COUNT(*) FROM {quote(model._meta.db_table)}"
                    f" WHERE REPLACE({column}, '-', '') LIKE %s",
                    [f"%{text.replace('-', '')}%"],
                )
                if cursor.fetchone()[0]:
                    found.add(f"{model.__name__}.{field.name}")
    return found


def disk(version: Version) -> set[str]:
    """The names of a workspace's files as they lie on the disk."""
    folder = Path(settings.TREADLE_DATA) / "files" / version.workspace_id.hex
    return {path.name for path in folder.rglob("*") if path.is_file()}


def redis_of(stack: Stack) -> redis.Redis:
    """The stack's Redis."""
    return redis.Redis.from_url(stack.redis_url)


def has_stream(stack: Stack, run: Run) -> bool:
    """Whether a run's stream is there."""
    with redis_of(stack) as client:
        return bool(client.exists(key_of(run.pk)))

"""The rows of a run that is being accepted, as statements written by hand: every message passes here.

An ORM's insert costs five times what the database takes for it. Each statement names every column of its
table; a test compares them with the models, so that a new column is not forgotten here.
"""

from __future__ import annotations

from uuid import uuid4

from backend.accounts.by_hand import cursor
from backend.runs.models import Conversation, Run, RunStatus
from backend.runs.sql import dialect

CONVERSATION = (
    "INSERT INTO runs_conversation (id, workspace_id, workflow_id, is_draft, audience, audience_ref, title,"
    " turns, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, DB_NOW, DB_NOW)"
)
RUN = (
    "INSERT INTO runs_run (id, workspace_id, workflow_id, version_id, conversation_id, turn, audience,"
    " audience_ref, priority, query, inputs, history, limits, origin, trial, status, answer, outputs, error,"
    " usage, sources, total_tokens, cost, handled_errors, last_seq, lease_owner, lease_until, wake_at,"
    " cancel_requested_at, pause_requested_at, waiting, recoveries, recovered_at, created_at, started_at,"
    " finished_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '{}',"
    " NULL, NULL, NULL, 0, NULL, 0, 0, NULL, NULL, DB_LATER, NULL, NULL, NULL, 0, NULL, %s, NULL, NULL)"
)
MESSAGE = (
    "INSERT INTO runs_message (id, conversation_id, run_id, role, text, position, created_at)"
    " VALUES (%s, %s, %s, 'user', %s, %s, DB_NOW)"
)


def insert_conversation(conversation: Conversation) -> None:
    """Stores a new conversation; the times of its row are the database's."""
    sql = dialect()
    with cursor() as at:
        at.execute(
            sql(CONVERSATION),
            [
                sql.uuid(conversation.pk),
                sql.uuid(conversation.workspace_id),
                sql.uuid(conversation.workflow_id),
                conversation.is_draft,
                str(conversation.audience),
                conversation.audience_ref,
                conversation.title,
                conversation.turns,
            ],
        )


def insert_run(run: Run, *, due_in_s: float) -> None:
    """Stores a queued run, due in `due_in_s` by the database's clock, and what was asked with it."""
    sql = dialect()
    in_conversation = run.conversation_id is not None
    with cursor() as at:
        at.execute(
            sql(RUN),
            [
                sql.uuid(run.pk),
                sql.uuid(run.workspace_id),
                sql.uuid(run.workflow_id),
                sql.uuid(run.version_id),
                sql.uuid(run.conversation_id) if in_conversation else None,
                run.turn,
                str(run.audience),
                run.audience_ref,
                run.priority,
                run.query,
                sql.json(run.inputs),
                sql.json(run.history),
                sql.json(run.limits),
                sql.json(run.origin),
                sql.json(run.trial),
                str(RunStatus.QUEUED),
                due_in_s,
                sql.time(run.created_at),
            ],
        )
        if in_conversation:
            assert run.turn is not None
            question = [sql.uuid(uuid4()), sql.uuid(run.conversation_id), sql.uuid(run.pk)]
            at.execute(sql(MESSAGE), [*question, run.query, 2 * run.turn])

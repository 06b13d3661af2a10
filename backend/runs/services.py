"""Verbs of runs: start one, cancel one, send one a note. Each is one transaction; bells ring after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from backend.accounts.errors import ApiError, not_found
from backend.runs.accepting import insert_conversation, insert_run
from backend.runs.again import tried_again
from backend.runs.blobs import read_whole
from backend.runs.doorbell import doorbell
from backend.runs.ending import finish, said, used
from backend.runs.entries import event_entry
from backend.runs.failpoint import failpoint
from backend.runs.logged import audit_run
from backend.runs.models import (
    FINAL,
    Audience,
    Conversation,
    Event,
    IdempotencyKey,
    Run,
    RunStatus,
    Signal,
    Wait,
)
from backend.runs.sql import dialect
from backend.runs.timings import TIMINGS
from backend.workflows.models import Version, Workflow

KEY_KEPT = timedelta(hours=24)
TITLE_LENGTH = 100


@dataclass(frozen=True)
class Idempotency:
    """A caller's promise that two requests are one: `key` within `scope`, and a hash of what was asked."""

    scope: str
    key: str
    body_hash: str


@dataclass(frozen=True)
class NewConversation:
    """Asks for a conversation that is made together with its first run."""

    is_draft: bool = False


def start_run(
    *,
    version: Version,
    query: str,
    inputs: Mapping[str, Any],
    conversation: Conversation | NewConversation | None,
    audience: Audience | str,
    audience_ref: str,
    idempotency: Idempotency | None = None,
    history: Sequence[Mapping[str, str]] | None = None,
    limits: Mapping[str, Any] | None = None,
    origin: Mapping[str, Any] | None = None,
    trial: Mapping[str, Any] | None = None,
    priority: int = 0,
    guard: Callable[[], None] | None = None,
) -> Run:
    """Accepts a run of `version`: once this returns and its transaction commits, the run will end.

    A request repeated with the same idempotency key gets the run it got before; with another body it is
    refused (409). `history` replaces what the conversation remembers; `origin` and `trial` are as the row has
    them. `guard` is called within the
    transaction before a new run is accepted, and refuses it by raising.
    """
    run = Run(
        workspace_id=version.workspace_id,
        workflow_id=version.workflow_id,
        version=version,
        audience=audience,
        audience_ref=audience_ref,
        priority=priority,
        query=query,
        inputs=dict(inputs),
        history=None if history is None else [dict(message) for message in history],
        limits=dict(limits or {}),
        origin=None if origin is None else dict(origin),
        trial=dict(trial) if trial else None,
        created_at=timezone.now(),
    )
    try:
        return _accept(run, conversation, idempotency, guard)
    except IntegrityError:
        if idempotency is None:
            raise
        # Someone else used the key at the same moment and was first; theirs is there now.
        return _accept(run, conversation, idempotency, guard)


@tried_again
def cancel_run(run: Run, *, is_logged: bool = False) -> Run:
    """Tells a run to stop. After this no further step of it starts; a run that nobody holds has ended.

    So has one that was told before and whose worker has let `stop_s` pass. Cancelling a run that has ended
    already changes nothing. Where `is_logged`, the audit log says who did it. Returns the run as it is now.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.status in FINAL:
            return row
        if row.cancel_requested_at is None:
            Run.objects.filter(pk=row.pk).update(cancel_requested_at=Now())
            if is_logged:
                audit_run("run.cancelled", row)
        if _is_stopping(row):
            transaction.on_commit(lambda: doorbell().cancel(row.pk))
        else:
            _end_unheld(row)
        failpoint("cancel.before")
    failpoint("cancel.after")
    return Run.objects.get(pk=run.pk)


def end_overdue_cancels() -> int:
    """Ends cancelled runs whose worker holds a lease, but has let `stop_s` pass. Returns how many."""
    overdue = Run.objects.filter(status=RunStatus.RUNNING, cancel_requested_at__lte=_long_ago())
    return sum([_end_overdue(run_id) for run_id in list(overdue.values_list("pk", flat=True))])


@tried_again
def _end_overdue(run_id: UUID) -> bool:
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run_id)
        if row.status != RunStatus.RUNNING:
            return False
        _end_unheld(row)
        failpoint("cancel.before")
    failpoint("cancel.after")
    return True


@tried_again
def send_signal(run: Run, path: str, name: str, payload: Any) -> bool:
    """Drops a note in a run's inbox and wakes it. False when one of that name is there: the first counts."""
    with transaction.atomic():
        # The lock: a worker that lets the run go at this moment sees our note, or we see that it waits.
        Run.objects.select_for_update().only("id").get(pk=run.pk)
        _, is_new = Signal.objects.get_or_create(run=run, path=path, name=name, defaults={"payload": payload})
        failpoint("signal.before")
        if is_new:
            Wait.objects.filter(run=run, path=path, name=name).delete()
            Run.objects.filter(pk=run.pk, status=RunStatus.WAITING).update(wake_at=Now())
            transaction.on_commit(lambda: doorbell().ring(run.pk))
        transaction.on_commit(lambda: failpoint("signal.after"))  # ours may be inside another one
    return is_new


def find_conversation(
    *, workflow: Workflow, conversation_id: UUID, audience: Audience | str, audience_ref: str, is_draft: bool
) -> Conversation:
    """A person's own conversation with an app. Raises ApiError 404 for anyone else's, and for none."""
    found = Conversation.objects.filter(
        pk=conversation_id,
        workspace_id=workflow.workspace_id,
        workflow=workflow,
        audience=audience,
        audience_ref=audience_ref,
        is_draft=is_draft,
    ).first()
    if found is None:
        raise not_found("This conversation")
    return found


def _accept(
    run: Run,
    conversation: Conversation | NewConversation | None,
    idempotency: Idempotency | None,
    guard: Callable[[], None] | None,
) -> Run:
    # A key may turn out to be taken; only then is there something to come back to.
    with transaction.atomic(savepoint=idempotency is not None):
        if idempotency is not None and (earlier := _earlier_run(run, idempotency)) is not None:
            return earlier
        if guard is not None:
            guard()
        if conversation is not None:
            _take_turn(run, conversation)
        failpoint("accept.before")
        # The outbox: if no bell is heard, a sweep finds the row when this time has passed.
        insert_run(run, due_in_s=TIMINGS.sweep_s)
        if idempotency is not None:
            IdempotencyKey.objects.create(
                workspace_id=run.workspace_id,
                scope=idempotency.scope,
                key=idempotency.key,
                body_hash=idempotency.body_hash,
                run=run,
            )
        transaction.on_commit(lambda: _announce(run))
    return run


def _announce(run: Run) -> None:
    failpoint("accept.after")
    doorbell().ring(run.pk)


def _take_turn(run: Run, conversation: Conversation | NewConversation) -> None:
    """Gives the run its number in the conversation, under the conversation's row lock."""
    if isinstance(conversation, NewConversation):
        run.conversation = Conversation(
            workspace_id=run.workspace_id,
            workflow_id=run.workflow_id,
            is_draft=conversation.is_draft,
            audience=run.audience,
            audience_ref=run.audience_ref,
            title=" ".join(run.query.split())[:TITLE_LENGTH],
            turns=1,
        )
        insert_conversation(run.conversation)
        run.turn = 1
        return
    mine = Conversation.objects.filter(pk=conversation.pk)
    if not mine.update(turns=F("turns") + 1, updated_at=Now()):
        raise not_found("This conversation")  # it went with its last run, just now
    run.conversation = conversation
    run.turn = mine.values_list("turns", flat=True).get()


def _earlier_run(run: Run, idempotency: Idempotency) -> Run | None:
    """The run that this key stands for. Keys older than a day stand for nothing any more, and are removed."""
    keys = IdempotencyKey.objects.filter(workspace_id=run.workspace_id, scope=idempotency.scope)
    keys.filter(created_at__lt=Now() - KEY_KEPT).delete()
    known = keys.filter(key=idempotency.key).select_related("run").first()
    if known is None:
        return None
    if known.body_hash != idempotency.body_hash:
        raise ApiError(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used before, for a request that said something else.",
            hint="Use a new key for a new request.",
            field="Idempotency-Key",
        )
    return known.run


def _is_stopping(row: Run) -> bool:
    """Whether a worker holds the run that may yet end it itself."""
    held = Run.objects.filter(pk=row.pk, lease_until__gt=Now())
    return held.exclude(cancel_requested_at__lte=_long_ago()).exists()


def _long_ago() -> Any:
    """A run that was cancelled before this time should have ended. By the database's clock."""
    return Now() - timedelta(seconds=TIMINGS.stop_s)


def _end_unheld(run: Run) -> None:
    """Writes the end of a run that no worker holds any more: its last fact, its row, its message."""
    rows = list(Event.objects.filter(run=run).order_by("seq").values_list("type", "path", "data"))
    datas = read_whole(run.pk, [data for *_, data in rows])
    facts = [(kind, path, data) for (kind, path, _), data in zip(rows, datas, strict=True)]
    plan = Version.objects.values_list("answer_plan", flat=True).get(pk=run.version_id)
    seq, at, data = run.last_seq + 1, timezone.now(), {"answer": said(facts, plan), "usage": used(facts)}
    # A worker that still believes in its lapsed lease is fenced: the seq it would take next is gone.
    Event.objects.create(run=run, seq=seq, type="run_cancelled", path="", at=at, data=data)
    Run.objects.filter(pk=run.pk).update(last_seq=seq)
    with connection.cursor() as cursor:
        next_run = finish(cursor, dialect(), run.pk, run.conversation_id, run.turn, "run_cancelled", data)
    entry = event_entry(seq, "run_cancelled", "", at, data)
    transaction.on_commit(lambda: doorbell().publish(run.pk, entry))
    transaction.on_commit(lambda: doorbell().cancel(run.pk))
    if next_run is not None:
        transaction.on_commit(lambda: doorbell().ring(next_run))

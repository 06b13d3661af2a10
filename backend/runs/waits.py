"""What a person does to a run that waits: pause it, let it go on, and say what became of an effect."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction
from django.db.models.functions import Now

from backend.accounts.errors import ApiError
from backend.runs.again import tried_again
from backend.runs.doorbell import doorbell
from backend.runs.failpoint import failpoint
from backend.runs.logged import audit_run
from backend.runs.models import FINAL, Event, Run, RunStatus, Signal
from backend.runs.services import send_signal

Settlement = Literal["done", "again", "fail"]


@tried_again
def pause_run(run: Run) -> Run:
    """Tells a run to start no further step. Those at work end and are kept; then it waits, held by nobody.

    A run that has ended, or is paused already, is left as it is.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.status not in FINAL and row.pause_requested_at is None:
            # One that waits is woken once, so that its journal says why it waits from now on.
            woken = {"wake_at": Now()} if row.status == RunStatus.WAITING else {}
            Run.objects.filter(pk=row.pk).update(pause_requested_at=Now(), **woken)
            audit_run("run.paused", row)
            failpoint("pause.before")
            transaction.on_commit(lambda: doorbell().cancel(row.pk))
            transaction.on_commit(lambda: doorbell().ring(row.pk))
    failpoint("pause.after")
    return Run.objects.get(pk=run.pk)


@tried_again
def resume_run(run: Run) -> Run:
    """Lets a paused run go on where it was. One that is not paused is left as it is."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.status not in FINAL and row.pause_requested_at is not None:
            woken = {"wake_at": Now()} if row.status == RunStatus.WAITING else {}
            Run.objects.filter(pk=row.pk).update(pause_requested_at=None, **woken)
            audit_run("run.resumed", row)
            failpoint("resume.before")
            transaction.on_commit(lambda: doorbell().ring(row.pk))
    failpoint("resume.after")
    return Run.objects.get(pk=run.pk)


@tried_again
def settle_run(run: Run, path: str, action: Settlement, output: dict[str, Any] | None) -> Run:
    """Says what became of a step that may have acted when its worker stopped. The first who says it counts.

    Raises ApiError 409 when the step does not wait for that: not any more, or it never did.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        asked = _asked(row, path)
        note = {"action": action, **({"output": output} if action == "done" and output is not None else {})}
        if row.status in FINAL or asked is None or not send_signal(row, path, asked, note):
            raise ApiError(
                409,
                "nothing_to_settle",
                "This step does not wait for anyone to say what became of it.",
                hint="Load the run again: someone may have been faster.",
                field="path",
            )
        audit_run("run.settled", row, path=path, settled_as=action)
    return Run.objects.get(pk=run.pk)


def _asked(run: Run, path: str) -> str | None:
    """The name under which the step at `path` waits to be settled."""
    facts = Event.objects.filter(run=run, path=path, type="node_waiting").order_by("-seq")
    data = facts.values_list("data", flat=True).first()
    if data is None or data.get("reason") != "outcome_unknown":
        return None
    name = str(data["name"])
    return None if Signal.objects.filter(run=run, path=path, name=name).exists() else name

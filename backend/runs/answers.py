"""What a person answers a run that asks: one winner, in one transaction with the files that came along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import transaction
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import Json
from backend.files.services import Sender
from backend.runs.again import tried_again
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.logged import audit_run
from backend.runs.models import FINAL, Event, Run, Signal, Wait
from backend.runs.services import send_signal
from backend.runs.views_of_run import stamp

ASKED: Final = "ask_human"
"""The reason of a wait that a person ends by answering."""
ANSWER: Final = "answer"
"""The name of the note that holds an answer."""

_ENDS: Final = ("node_succeeded", "node_failed")


@dataclass(frozen=True)
class Answerer:
    """Who answers. `name` is for people, `id` for programs; each "" where it is not known.

    Only a member may answer what the team is asked, and is told who was faster.
    """

    kind: Literal["member", "visitor", "key", "link"]
    id: str = ""
    name: str = ""


@tried_again
def answer_run(
    run: Run,
    *,
    path: str,
    action: str,
    fields: Json,
    by: Answerer,
    sender: Sender,
    attempt: int | None = None,
) -> Run:
    """Gives the step at `path` its answer. The first counts.

    With `attempt`, only as long as it still waits in that attempt. Raises ApiError 409 `already_answered`,
    `answer_too_late` or `nothing_to_answer`, 403 when it is not theirs, 400 for what the form does not take.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        wait = open_question(row, path, attempt, tells_name=by.kind == "member")
        if wait.about.get("who") == "team" and by.kind not in ("member", "link"):
            raise ApiError(
                403,
                "not_yours_to_answer",
                "This question is for the team that runs the app.",
                hint="Someone there answers it in the inbox.",
                field="path",
            )
        form: Sequence[Mapping[str, Any]] = wait.about.get("fields") or []
        pressed = _pressed(wait, action)
        given = check_inputs(form, fields, sender, within="fields", is_whole=pressed.get("needs_form", True))
        note = {
            "action": action,
            "fields": given,
            "answered_by": by.name,
            "answered_by_id": by.id,
            "answered_by_kind": by.kind,
            "answered_at": stamp(timezone.now()),
        }
        if not send_signal(row, path, wait.name, note):
            raise _nothing_to_answer()
        hold_files(row, form, given)
        if by.kind in ("member", "link"):  # what visitors and programs say is in the run's own journal
            audit_run("run.answered", row, path=path, pressed=action, by=by.kind)
    return Run.objects.get(pk=run.pk)


def open_question(run: Run, path: str, attempt: int | None, *, tells_name: bool) -> Wait:
    """The question at `path`, which nobody has answered and which is still open.

    Raises ApiError 409 for any other; `tells_name`: also who was faster.
    """
    earlier = Signal.objects.filter(run=run, path=path, name=ANSWER).first()
    if earlier is not None:
        raise _too_late(earlier.created_at) if earlier.payload is None else _already(earlier, tells_name)
    wait = Wait.objects.filter(run=run, path=path, name=ANSWER, reason=ASKED).first()
    if wait is None or run.status in FINAL or (attempt is not None and wait.attempt != attempt):
        raise _nothing_to_answer()
    if wait.until is not None and wait.until <= timezone.now():
        raise _too_late(wait.until)
    if _is_over(run, wait):
        raise _nothing_to_answer()
    return wait


def _is_over(run: Run, wait: Wait) -> bool:
    """Whether the step, or one it stands in, has come to an end since: a loop may go on without it."""
    around = {wait.path, *(wait.path[:i] for i, letter in enumerate(wait.path) if letter == "[")}
    return Event.objects.filter(run=run, path__in=around, type__in=_ENDS, at__gte=wait.since).exists()


def _pressed(wait: Wait, action: str) -> Mapping[str, Any]:
    """The button that was pressed. A form without any is sent with the action ""."""
    actions: Sequence[Mapping[str, Any]] = wait.about.get("actions") or [{"name": ""}]
    for one in actions:
        if one["name"] == action:
            return one
    names = ", ".join(str(one["name"]) for one in actions if one["name"])
    message = f"`action` must be one of: {names}." if names else '`action` must be "".'
    raise ApiError(400, "bad_field", message, field="action")


def _already(answer: Signal, tells_name: bool) -> ApiError:
    payload: Mapping[str, Any] = answer.payload
    who = str(payload.get("answered_by") or "") if tells_name else ""
    at = str(payload.get("answered_at") or "")
    said = f"This was already answered{f' by {who}' if who else ''} at {at}."
    extra = {"answer": {"answered_by": who, "answered_at": at}}
    return ApiError(409, "already_answered", said, hint="The first answer counts.", field="path", extra=extra)


def _too_late(over_at: datetime) -> ApiError:
    return ApiError(
        409,
        "answer_too_late",
        f"The time to answer this was over at {stamp(over_at)}.",
        hint="The run went on without an answer.",
        field="path",
    )


def _nothing_to_answer() -> ApiError:
    return ApiError(
        409,
        "nothing_to_answer",
        "This step does not wait for an answer.",
        hint="Load the run again: it may have gone on or ended.",
        field="path",
    )

"""Links by which someone without an account answers one question of one run.

The token is signed and says what it is for: run, path, attempt (none: whichever attempt of the step asks, for
a letter goes out before the question is put and is sent once for all attempts). It travels behind the `#` of
an address, which no server log and no Referer sees. Nothing is stored of it: it is good while that question
is open, and the first answer, from wherever, closes it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import Json
from backend.files.services import Sender
from backend.runs.answers import Answerer, answer_run, open_question
from backend.runs.logged import audit_run
from backend.runs.models import Audience, Run, Signal, Wait
from backend.runs.views_of_run import stamp
from nodes.sdk.mail import AnswerLink

VALID_FOR: Final = timedelta(days=7)
LONGEST: Final = 4_000
_SALT: Final = "treadle.answer"


@dataclass(frozen=True)
class OpenedLink:
    """What a good token is for."""

    run: Run
    path: str
    attempt: int | None
    token: str

    @property
    def sender(self) -> Sender:
        """Whoever has the link, as the sender of files."""
        ref = f"link:{hashlib.sha256(self.token.encode()).hexdigest()[:40]}"
        return Sender(self.run.workspace_id, self.run.workflow_id, Audience.VISITOR, ref)


def make_answer_link(run: Run, path: str, *, valid_for: timedelta = VALID_FOR) -> dict[str, Any]:
    """{"url", "expires_at"} for the question at `path`. Raises ApiError 409 when it is not open."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        wait = open_question(row, path, None, tells_name=True)
        expires_at = timezone.now() + valid_for
        if wait.until is not None:
            expires_at = min(expires_at, wait.until)
        audit_run("run.answer_link_made", row, path=path)
    token = answer_token(wait, expires_at)
    return {"url": _address(token), "expires_at": stamp(expires_at)}


def answer_token(wait: Wait, expires_at: datetime) -> str:
    """The token for a question."""
    return _signed(wait.run_id, wait.path, wait.attempt, expires_at)


def link_in_letter(run_id: UUID, path: str, expires_at: datetime) -> AnswerLink:
    """The link for a letter about what the step at `path` is going to ask."""
    token = _signed(run_id, path, None, expires_at)
    workflow = Run.objects.select_related("workflow").get(pk=run_id).workflow
    return AnswerLink(_address(token), workflow.name, workflow.language)


def _signed(run_id: UUID, path: str, attempt: int | None, expires_at: datetime) -> str:
    said = [run_id.hex, path, attempt, int(expires_at.timestamp())]
    return signing.dumps(said, salt=_SALT)


def _address(token: str) -> str:
    return f"{settings.TREADLE_URL}/a#{token}"


def read_token(token: Json) -> OpenedLink:
    """What a token is for. Raises ApiError 404 for one that is none of ours, 410 when its time is over."""
    try:
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
            raise ValueError
        run_id, path, attempt, expires = signing.loads(token, salt=_SALT)
        run = Run.objects.filter(pk=UUID(hex=run_id)).first()
        if run is None:
            raise ValueError
    except (signing.BadSignature, ValueError, TypeError):
        raise ApiError(
            404,
            "bad_answer_link",
            "This link is not good: it is not whole, or not from here.",
            hint="Open it as it was sent, or ask whoever sent it for a new one.",
        ) from None
    if expires <= timezone.now().timestamp() and not Signal.objects.filter(run=run, path=path).exists():
        raise ApiError(
            410,
            "answer_link_expired",
            "The time of this link is over.",
            hint="Ask whoever sent it for a new one.",
        )
    return OpenedLink(run, path, attempt, token)


def question_of(link: OpenedLink) -> Wait:
    """The open question of a link. Raises ApiError 409 when it was answered, or is not open any more."""
    return open_question(link.run, link.path, link.attempt, tells_name=False)


def answer_by_link(link: OpenedLink, action: str, fields: Json) -> Run:
    """Answers it. Raises ApiError as `answer_run` does."""
    return answer_run(
        link.run,
        path=link.path,
        action=action,
        fields=fields,
        by=Answerer("link", "link"),
        sender=link.sender,
        attempt=link.attempt,
    )

"""What whoever asked thinks of an answer: good or not, and why. One word a run, and the last one counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.runs.models import Rating, Run
from backend.runs.sql import clean_text

Thought = Literal["good", "bad"]
LONGEST_REASON: Final = 500
RATING_FIELDS: Final = {"rating", "reason"}


def rate_run(run: Run, thought: Thought | None, reason: str) -> dict[str, Any]:
    """Notes what the one who asked for this run thinks of its answer; None takes it back.

    Raises ApiError 409 while there is no answer.
    """
    if not run.is_final:
        message = "This run is still under way."
        raise ApiError(409, "run_not_ended", message, hint="Wait for its end, or stop it first.")
    if thought is None:
        Rating.objects.for_workspace(run.workspace_id).filter(run=run).delete()
        return rating_json(None)
    row, _ = Rating.objects.update_or_create(
        run=run,
        defaults={
            "workspace_id": run.workspace_id,
            "is_good": thought == "good",
            "reason": clean_text(reason).strip()[:LONGEST_REASON],
            "at": timezone.now(),
        },
    )
    return rating_json(row)


def rating_of(run: Run) -> Rating | None:
    """What was thought of a run, if anybody said it."""
    return Rating.objects.for_workspace(run.workspace_id).filter(run=run).first()


def rating_json(row: Rating | None) -> dict[str, Any]:
    """{"rating": "good", "bad" or None, "reason"}."""
    return {"rating": thought_of(row.is_good) if row else None, "reason": row.reason if row else ""}


def thought_of(is_good: bool | None) -> Thought | None:
    """A column as a word; None: nothing was said."""
    return None if is_good is None else "good" if is_good else "bad"


def rating_in(body: Mapping[str, Any]) -> tuple[Thought | None, str]:
    """The rating and the reason that a body holds. Raises ApiError 400."""
    thought, reason = body.get("rating"), body.get("reason", "")
    if thought not in ("good", "bad", None) or "rating" not in body:
        message = '`rating` must be "good", "bad", or null to take it back.'
        raise ApiError(400, "bad_field", message, field="rating")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        message = f"`reason` must be text of at most {LONGEST_REASON} characters."
        raise ApiError(400, "bad_field", message, field="reason")
    return thought, reason

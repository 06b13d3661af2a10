"""Answers to a run that asks, at the doors for people outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from backend.accounts.strict_json import Json
from backend.publish.asking import App, sender_of
from backend.publish.bodies import text_in
from backend.runs.answers import Answerer, answer_run
from backend.runs.models import Run

ANSWER_FIELDS = {"path", "action", "fields"}


def give_answer(app: App, run: Run, body: Mapping[str, Json], kind: Literal["visitor", "key"]) -> Run:
    """Gives the run the answer in `body`, for this caller. Raises ApiError as `answer_run` does."""
    by = Answerer(kind, app.caller.ref)
    path, action = text_in(body, "path"), text_in(body, "action")
    return answer_run(
        run, path=path, action=action, fields=body.get("fields", {}), by=by, sender=sender_of(app)
    )

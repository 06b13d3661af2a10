"""Answers to a run that asks, at the doors for people outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from backend.accounts.strict_json import Json
from backend.publish.asking import App, sender_of, theirs
from backend.publish.bodies import text_in
from backend.runs.answers import ASKED, Answerer, answer_run
from backend.runs.models import FINAL, Run, Wait

ANSWER_FIELDS = {"path", "action", "fields"}


def give_answer(app: App, run: Run, body: Mapping[str, Json], kind: Literal["visitor", "key"]) -> Run:
    """Gives the run the answer in `body`, for this caller. Raises ApiError as `answer_run` does."""
    by = Answerer(kind, app.caller.ref)
    path, action = text_in(body, "path"), text_in(body, "action")
    return answer_run(
        run, path=path, action=action, fields=body.get("fields", {}), by=by, sender=sender_of(app)
    )


def fields_asked(app: App) -> Iterator[Mapping[str, Any]]:
    """The fields of all questions that this caller is asked now."""
    workspace_id = app.publication.workspace_id
    runs = Run.objects.for_workspace(workspace_id).filter(**theirs(app)).exclude(status__in=FINAL)
    waits = Wait.objects.for_workspace(workspace_id).filter(run__in=runs, reason=ASKED)
    for about in waits.values_list("about", flat=True):
        if about.get("who") != "team":
            yield from about.get("fields") or []

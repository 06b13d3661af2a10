"""Verbs of the checks of how models call tools. A worker asks the questions: `workers/tool_checks.py`."""

import uuid

from django.db import transaction

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError
from backend.providers.models import CheckState, ToolCheck
from backend.providers.services import PRACTICE, known_models

QUESTIONS = 20
"""How many a check asks, of each way of asking."""


def checks_of(workspace_id: uuid.UUID) -> dict[str, ToolCheck]:
    """The latest check of each model that was checked."""
    return {row.model: row for row in ToolCheck.objects.for_workspace(workspace_id).order_by("model")}


def start_check(*, workspace_id: uuid.UUID, model: str, is_guided: bool) -> None:
    """Has a model asked the twenty questions, from the first. One that is being checked goes on.

    `is_guided` begins with guided questions, for models that know no others. Raises ApiError 422.
    """
    _check_model(workspace_id, model)
    rows = ToolCheck.objects.for_workspace(workspace_id)
    anew = {"is_guided": is_guided, "done": 0, "fits": 0, "right": 0, "error": None, "held_by": ""}
    with transaction.atomic():
        row, is_new = rows.get_or_create(
            workspace_id=workspace_id, model=model, defaults={"state": CheckState.RUNNING, **anew}
        )
        ended = rows.filter(pk=row.pk).exclude(state=CheckState.RUNNING)
        if is_new or ended.update(state=CheckState.RUNNING, held_until=None, **anew):
            audit("model.tools_checked", row, model)


def cancel_check(*, workspace_id: uuid.UUID, model: str) -> None:
    """Stops a check before its next question. What an earlier one said still holds. Raises ApiError 422."""
    _check_model(workspace_id, model)
    running = ToolCheck.objects.for_workspace(workspace_id).filter(model=model, state=CheckState.RUNNING)
    running.update(state=CheckState.CANCELLED, held_by="", held_until=None)


def _check_model(workspace_id: uuid.UUID, model: str) -> None:
    if model not in (PRACTICE, *known_models(workspace_id)):
        raise ApiError(
            422,
            "model_missing",
            f"The model {model!r} is not set up here.",
            hint="Choose one of those listed that write replies.",
            field="model",
        )

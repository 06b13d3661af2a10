"""Verbs of the rules for models: limits, prices, and which model stands in for which."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError
from backend.providers.models import ModelRules
from backend.providers.services import CHAT, EMBEDDER, EMBEDDING, PRACTICE, TASKS, known_models


def rules_of(workspace_id: uuid.UUID) -> dict[str, ModelRules]:
    """All rules of a workspace by the models' ids."""
    return {row.model: row for row in ModelRules.objects.for_workspace(workspace_id).order_by("model")}


def set_rules(
    *,
    workspace_id: uuid.UUID,
    model: str,
    stand_ins: Sequence[str] = (),
    at_once: int | None = None,
    requests_a_minute: int | None = None,
    tokens_a_minute: int | None = None,
    prompt_price: float | None = None,
    completion_price: float | None = None,
    unit_price: float | None = None,
) -> None:
    """Replaces what a workspace says of a model; with nothing said, its rules are gone.

    Prices are US dollars a million tokens, both or neither; `unit_price` is that of whatever else counts of
    such a model. Raises ApiError 422.
    """
    _check_model(workspace_id, model)
    _check_stand_ins(workspace_id, model, stand_ins)
    if (prompt_price is None) != (completion_price is None):
        field = "completion_price" if completion_price is None else "prompt_price"
        raise ApiError(
            422,
            "missing_field",
            "A price has two parts: what is read, and what is written.",
            hint="Enter both, or neither.",
            field=field,
        )
    said = {
        "stand_ins": list(stand_ins),
        "at_once": at_once,
        "requests_a_minute": requests_a_minute,
        "tokens_a_minute": tokens_a_minute,
        "prompt_price": prompt_price,
        "completion_price": completion_price,
        "unit_price": unit_price,
    }
    rows = ModelRules.objects.for_workspace(workspace_id)
    with transaction.atomic():
        if any(value not in (None, []) for value in said.values()):
            row, _ = rows.update_or_create(workspace_id=workspace_id, model=model, defaults=said)
            audit("model.rules_changed", row, model, **{name: value for name, value in said.items() if value})
        elif row := rows.filter(model=model).first():
            audit("model.rules_changed", row, model)
            row.delete()


def _check_model(workspace_id: uuid.UUID, model: str) -> None:
    known = {PRACTICE, EMBEDDER, *(one for task in TASKS for one in known_models(workspace_id, task))}
    if model not in known:
        raise _not_set_up(model, "model")


def _check_stand_ins(workspace_id: uuid.UUID, model: str, stand_ins: Sequence[str]) -> None:
    kinds = [{*known_models(workspace_id, task)} for task in TASKS if task not in (CHAT, EMBEDDING)]
    kinds.append({PRACTICE, *known_models(workspace_id, CHAT)})
    alike = next((models for models in kinds if model in models), set[str]())
    if stand_ins and not alike:
        raise ApiError(
            422,
            "bad_field",
            "Another model cannot stand in for one that makes vectors.",
            hint="Vectors of two models cannot be compared. Remove the stand-ins.",
            field="stand_ins",
        )
    for place, other in enumerate(stand_ins):
        if other == model or other in stand_ins[:place]:
            raise ApiError(
                422,
                "bad_field",
                f"The model {other!r} cannot stand in here.",
                hint="Choose each model once, and none for itself.",
                field=f"stand_ins.{place}",
            )
        if other not in alike:
            raise _not_set_up(other, f"stand_ins.{place}")


def _not_set_up(model: str, field: str) -> ApiError:
    return ApiError(
        422,
        "model_missing",
        f"The model {model!r} is not set up here.",
        hint="Choose one of those listed.",
        field=field,
    )

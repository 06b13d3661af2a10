"""Environment variables of a workspace: values that all its apps may use by name, as {{ env.CURRENCY }}."""

import json
import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import Workspace
from backend.workflows.models import EnvironmentVariable
from nodes.sdk.environment import EnvKind
from nodes.sdk.errors import NodeError
from nodes.sdk.kinds import KIND_WORDS, as_kind
from nodes.sdk.strict import GraphError, check_plain_json
from nodes.sdk.values import Json
from nodes.sdk.variables import VARIABLE_NAME

MOST_VARIABLES = 100
LONGEST = 10_000
"""Characters of one value, as JSON: what a run uses is written into its journal."""
_MOST_DEEP = 16


def values_of(workspace_id: uuid.UUID, names: Collection[str]) -> dict[str, Json]:
    """What the variables of these names hold now; those that are not there are left out."""
    rows = EnvironmentVariable.objects.for_workspace(workspace_id).filter(name__in=names)
    return dict(rows.values_list("name", "value"))


def kinds_of(workspace_id: uuid.UUID) -> dict[str, str]:
    """The kinds of all variables by name."""
    return dict(EnvironmentVariable.objects.for_workspace(workspace_id).values_list("name", "type"))


def add_variable(
    *, workspace_id: uuid.UUID, name: str, type: EnvKind, value: Json, description: str = ""
) -> EnvironmentVariable:
    """Keeps a value under a new name. Raises ApiError 409 or 422."""
    name = name.strip()
    if not VARIABLE_NAME.match(name):
        raise ApiError(
            422,
            "bad_environment_name",
            f"{name[:60]!r} cannot be the name of shared information.",
            hint="Begin with a letter, go on with letters, digits and _, 50 characters at most.",
            field="name",
        )
    row = EnvironmentVariable(
        workspace_id=workspace_id,
        name=name,
        type=type,
        value=_checked(value, type),
        description=description.strip(),
    )
    try:
        with transaction.atomic():
            # They are counted one after the other; SQLite does that by itself.
            Workspace.objects.select_for_update().get(pk=workspace_id)
            if EnvironmentVariable.objects.for_workspace(workspace_id).count() >= MOST_VARIABLES:
                raise ApiError(
                    409,
                    "too_many_environment_variables",
                    f"There are {MOST_VARIABLES} pieces of shared information already.",
                    hint="Delete what no app uses, or keep several values in one object.",
                )
            row.save(force_insert=True)
            audit("environment.added", row, row.name, type=row.type)
    except IntegrityError as error:
        raise ApiError(
            409,
            "environment_name_taken",
            f"There is shared information named {name!r} already.",
            hint="Choose another name, or change the one that is there.",
            field="name",
        ) from error
    return row


def change_variable(row: EnvironmentVariable, *, type: EnvKind, value: Json, description: str) -> None:
    """Gives a variable another value, kind or description. Runs that have begun keep the old value.

    Raises ApiError 404 when it was deleted meanwhile, or 422.
    """
    row.type, row.value, row.description = type, _checked(value, type), description.strip()
    row.changed_at = timezone.now()
    fields = {name: getattr(row, name) for name in ("type", "value", "description", "changed_at")}
    with transaction.atomic():
        if not _rows(row).update(**fields):
            raise not_found("This information")
        audit("environment.changed", row, row.name, type=row.type)


def remove_variable(row: EnvironmentVariable) -> None:
    """Deletes a variable. Steps that name it fail in runs that begin from now on. Raises ApiError 404."""
    with transaction.atomic():
        if not _rows(row).delete()[0]:
            raise not_found("This information")
        audit("environment.removed", row, row.name)


def _rows(row: EnvironmentVariable):
    return EnvironmentVariable.objects.for_workspace(row.workspace_id).filter(pk=row.pk)


def _checked(value: Json, kind: str) -> Json:
    try:
        check_plain_json(value, "value", _MOST_DEEP)
        kept = as_kind(value, kind)
    except (GraphError, NodeError) as error:
        message = error.message if isinstance(error, GraphError) else f"The value is not {KIND_WORDS[kind]}."
        raise ApiError(
            422,
            "bad_environment_value",
            message,
            hint="Change the value, or choose another kind.",
            field="value",
        ) from error
    if len(json.dumps(kept, ensure_ascii=False)) > LONGEST:
        raise ApiError(
            422,
            "environment_value_too_long",
            f"A value has at most {LONGEST:,} characters.",
            hint="Keep longer texts in a document or in the app itself.",
            field="value",
        )
    return kept

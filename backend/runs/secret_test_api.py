"""The trial of a secret that leads to a database: a harmless query, by a run of the step that asks one."""

import re
import uuid
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from backend.accounts.audit import audit
from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, ErrorAnswer
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import AuditEntry, Secret, Workspace
from backend.accounts.workspace_secrets import leads_to_database
from backend.runs.trials import try_node

router = Router(tags=["secrets"])
_owner = ConsoleAuth("owner")

PATIENCE_S: float = 12.0
WAIT_S: Final = 4.0
"""To be connected, and once more for the answer."""
MOST_A_MINUTE: Final = 10
_MINUTE: Final = timedelta(minutes=1)
_SLUG: Final = "-secret-test"
_QUERY: Final = """SELECT current_database() AS database, version() AS version, current_user AS "user",
    current_setting('is_superuser', true) = 'on' AS is_superuser"""
_BUILT_HOW: Final = re.compile(r" on |[(,]")


class DatabaseAnswer(Answer):
    """The database that was reached, as it names itself. `is_superuser`: its user may do everything there."""

    database: str
    version: str
    user: str
    is_superuser: bool


@router.post(
    "/secrets/{uuid:secret_id}/test",
    auth=_owner,
    response={200: DatabaseAnswer, 404: ErrorAnswer, 422: ErrorAnswer, 429: ErrorAnswer},
)
def test_secret(request: HttpRequest, secret_id: uuid.UUID) -> dict:
    """Asks the database that the secret leads to for its name. 422 says why that does not work."""
    secret = Secret.objects.for_workspace(request.auth.workspace_id).filter(pk=secret_id).first()
    if secret is None:
        raise not_found("This secret")
    if not leads_to_database(secret):
        raise ApiError(
            422,
            "secret_no_database",
            f"The secret {secret.name!r} holds no address of a PostgreSQL database.",
            hint="Enter it again, such as postgresql://reader:password@db.example.com:5432/shop.",
        )
    _note(secret)
    config = {"kind": "postgresql", "secret": secret.name, "sql": _QUERY, "timeout_s": WAIT_S}
    output = try_node("sql", config, query="", by=request.auth, slug=_SLUG, patience_s=PATIENCE_S)
    assert isinstance(output, dict)
    (row,) = output["rows"]
    return {
        "database": str(row["database"]),
        "version": _BUILT_HOW.split(str(row["version"]))[0].strip(),
        "user": str(row["user"]),
        "is_superuser": row["is_superuser"] is True,
    }


def _note(secret: Secret) -> None:
    """Logs the trial. Raises ApiError 429 when there were many just now."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=secret.workspace_id)
        entries = AuditEntry.objects.for_workspace(secret.workspace_id)
        just_now = entries.filter(action="secret.tried", at__gt=timezone.now() - _MINUTE)
        if just_now.count() >= MOST_A_MINUTE:
            raise ApiError(
                429,
                "too_many_trials",
                f"There were {MOST_A_MINUTE} trials within a minute.",
                hint="Try again in a minute.",
                headers={"Retry-After": "60"},
            )
        audit("secret.tried", secret, secret.name, hosts=secret.hosts)

"""The audit log: one row for each change that matters, in the transaction of the change itself."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from backend.accounts.acting import acting
from backend.accounts.models import AuditEntry, Member, User, Workspace

ACTIONS = frozenset(
    {
        "workspace.created",
        "workspace.renamed",
        "invite.created",
        "invite.withdrawn",
        "member.joined",
        "member.role_changed",
        "member.removed",
        "member.left",
        "person.signed_in",
        "person.password_changed",
        "person.email_changed",
        "person.sessions_ended",
        "key.created",
        "key.revoked",
        "secret.added",
        "secret.replaced",
        "secret.removed",
        "secret.tried",
        "environment.added",
        "environment.changed",
        "environment.removed",
        "model.connected",
        "model.changed",
        "model.file_added",
        "model.file_removed",
        "model.removed",
        "model.default_changed",
        "model.rules_changed",
        "model.tools_checked",
        "app.published",
        "app.switched_on",
        "app.switched_off",
        "app.settings_changed",
        "app.limits_changed",
        "app.deleted",
        "run.forked",
        "run.cancelled",
        "run.paused",
        "run.resumed",
        "run.settled",
        "run.answered",
        "run.answer_link_made",
        "conversation.forgotten",
        "memory.forgotten",
        "mail.set",
        "mail.removed",
        "tools.added",
        "tools.changed",
        "tools.removed",
        "tools.signed_in",
        "tools.signed_out",
        "tools.approved",
        "tools.tool_changed",
        "retention.changed",
        "retention.started",
        "retention.cancelled",
        "retention.cleared",
        "knowledge.deleted",
        "document.deleted",
    }
)
"""Everything that is logged. Each has words in both languages on the page Audit log."""

HIDDEN = "•••"
_LONGEST = 200
_SECRET_NAME = re.compile(
    r"secret|password|token(?!s_(?:per|a)_)|hash|credential|authorization|cookie|api_?key|\Avalue\Z", re.I
)
_SECRET_TEXT = re.compile(r"\b(tk|sk|pk|rk|ghp|xox[abp])[-_][\w-]{8,}|\bbearer\s+\S+|eyJ[\w-]{10,}\.", re.I)


def audit(action: str, row: models.Model, name: str, **details: Any) -> None:
    """Notes that who is acting has done `action` to `row`, called `name`, of the row's workspace.

    Call it inside the transaction of the change: without one it raises TransactionManagementError, for then
    the one could be stored without the other. Of `details`, what looks like a secret is not stored.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not in audit.ACTIONS.")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"{action} is not logged within a transaction.")
    by = acting()
    AuditEntry.objects.create(
        workspace_id=row.pk if isinstance(row, Workspace) else row.workspace_id,  # type: ignore[attr-defined]
        action=action,
        who_id=by.user_id,
        who=by.who,
        thing_id=str(row.pk),
        thing=_shown(name),
        details=_clean(details),
        address=by.address,
        request_id=by.request_id,
    )


def audit_person(action: str, user: User, **details: Any) -> None:
    """Notes a change to a person in every workspace they are a member of."""
    for member in Member.objects.filter(user=user):
        audit(action, member, user.email, **details)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _SECRET_NAME.search(str(name)) else _clean(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return _shown(str(value))


def _shown(text: str) -> str:
    text = _SECRET_TEXT.sub(HIDDEN, text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

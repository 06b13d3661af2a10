"""Setting the workspace's mail server, and taking it away."""

from __future__ import annotations

import re
import uuid

from django.db import transaction
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import Workspace
from backend.accounts.sealed import seal, unseal
from backend.mail.models import MailServer, Security
from nodes.sdk.errors import NodeError
from nodes.sdk.mail import check_address

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z|[0-9a-f:.]+\Z")


def set_server(
    *,
    workspace_id: uuid.UUID,
    host: str,
    port: int,
    security: str,
    username: str,
    password: str | None,
    sender: str,
    sender_name: str,
) -> MailServer:
    """Sends through this server from now on. `password` None keeps the one that is there.

    Raises ApiError 422: also where a kept password would go elsewhere, or any where others can read it.
    """
    host = host.strip().lower().rstrip(".")
    if not _HOST.match(host):
        raise _bad("host", f"{host[:60]!r} is no address of a mail server.", "Such as smtp.example.com.")
    try:
        sender = check_address(sender.strip(), "The sender")
    except NodeError as error:
        raise _bad("sender", error.message, error.hint) from error
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in sender_name + username):
        raise _bad("sender_name", "A name is one line of text.", "Take out line ends.")
    if username.strip() and security == Security.NONE:
        raise _bad(
            "security",
            "Without TLS everyone on the way could read the password.",
            "Choose TLS or STARTTLS, or leave the user empty.",
        )
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace_id)
        row = MailServer.objects.for_workspace(workspace_id).first()
        is_same = row is not None and (row.host, row.port) == (host, port)
        if password is None and row is not None and row.password and username.strip() and not is_same:
            raise _bad(
                "password",
                "The password was for another server.",
                "Enter the password of this server.",
            )
        row = row or MailServer(workspace_id=workspace_id)
        row.host, row.port, row.security = host, port, security
        row.username, row.sender, row.sender_name = username.strip(), sender, sender_name.strip()
        row.changed_at = timezone.now()
        if not row.username:
            row.password = ""
        elif password is not None:
            seal(row, "password", password)
        row.save()
        audit("mail.set", row, row.host, port=port, sender=row.sender)
    return row


def remove_server(workspace_id: uuid.UUID) -> None:
    """Sends no more e-mail. Raises ApiError 404 when there was none."""
    with transaction.atomic():
        row = MailServer.objects.for_workspace(workspace_id).select_for_update().first()
        if row is None:
            raise not_found("A mail server")
        audit("mail.removed", row, row.host)
        row.delete()


def has_server(workspace_id: uuid.UUID) -> bool:
    """Whether the workspace can send e-mail."""
    return MailServer.objects.for_workspace(workspace_id).exists()


def password_of(row: MailServer) -> str:
    """What the user signs in with, "" for nothing. Raises VaultError."""
    return unseal(row, "password")


def _bad(field: str, message: str, hint: str) -> ApiError:
    return ApiError(422, "bad_mail_server", message, hint=hint, field=field)

"""Sends a workspace's e-mail: writes the letter out, and hands it to the workspace's mail server."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from backend.accounts.vault import VaultError
from backend.mail.models import MailServer
from backend.mail.services import password_of
from backend.runs.reads import read
from nodes.sdk.errors import NodeError
from nodes.sdk.mail import Letter, Sent, not_set_up
from workers.outgoing.smtp import GuardedSmtp, Server


@dataclass(frozen=True)
class WorkspaceMail:
    """E-mail as one workspace's run sends it: the SDK's `Mail`."""

    smtp: GuardedSmtp
    workspace_id: UUID

    async def send(self, letter: Letter) -> Sent:
        row, server = await read(_server_of, self.workspace_id)
        message = written(letter, row.sender, row.sender_name)
        everyone = list(dict.fromkeys([*letter.to, *letter.cc, *letter.bcc]))
        refused = await self.smtp.send(server, row.sender, everyone, message.as_bytes(policy=SMTP))
        return Sent(str(message["Message-ID"]), refused)


def message_id(key: str, sender: str) -> str:
    """The same for every attempt at a letter, and for no other letter."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


def written(letter: Letter, sender: str, sender_name: str) -> EmailMessage:
    """The letter as it goes over the wire. Hidden recipients stand nowhere in it."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = message_id(letter.key, sender)
    message["Date"] = format_datetime(letter.at)
    message["From"] = Address(display_name=sender_name, addr_spec=sender)
    message["To"] = [Address(addr_spec=one) for one in letter.to]
    if letter.cc:
        message["Cc"] = [Address(addr_spec=one) for one in letter.cc]
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=letter.reply_to)
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for one in letter.attachments:
        main, _, sub = one.mime.partition("/")
        if main not in ("text", "image", "audio", "video", "application") or not sub.isascii() or not sub:
            main, sub = "application", "octet-stream"
        kind = {"maintype": main, "subtype": sub.split(";")[0]}
        params = {"charset": "utf-8"} if main == "text" and _is_utf8(one.content) else None
        message.add_attachment(one.content, **kind, params=params, filename=one.name)
    return message


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _server_of(workspace_id: UUID) -> tuple[MailServer, Server]:
    row = MailServer.objects.for_workspace(workspace_id).first()
    if row is None:
        raise not_set_up()
    try:
        password = password_of(row)
    except VaultError as error:
        raise NodeError(
            "secret_unreadable",
            "The password of the mail server cannot be read.",
            "An owner enters it again under Settings ▸ E-mail.",
        ) from error
    return row, Server(row.host, row.port, row.security, row.username, password)  # pyright: ignore[reportArgumentType]

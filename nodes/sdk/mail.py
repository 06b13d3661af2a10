"""E-mail as steps send it: what a letter is, who may be written to, and the door it leaves by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

MOST_RECIPIENTS: Final = 50
LONGEST_SUBJECT: Final = 500
MOST_BYTES: Final = 20_000_000
"""Of all files that go along."""
MAIL_ERRORS: Final = ("mail_busy", "mail_refused", "mail_sign_in", "mail_not_set_up", "mail_unsure")
"""How sending may fail once the letter is written."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\Z"
)
_NAMED = re.compile(r"[^<>:@\x00-\x1f\x7f]*<([^<>]*)>\Z")


@dataclass(frozen=True)
class Attachment:
    """A file that goes along."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One e-mail. `html` is what it looks like, `text` the same for those who read it plain.

    `key` is the same on every attempt: from it comes the Message-ID, which tells a second copy.
    """

    to: Sequence[str]
    subject: str
    text: str
    key: str
    at: datetime
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: str = ""
    html: str = ""
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Sent:
    """What became of a letter. `refused` are recipients whom the mail server did not take."""

    message_id: str
    refused: Sequence[str] = ()


@dataclass(frozen=True)
class AnswerLink:
    """A link that answers a question, the name of the app that asks, and its language: "en" or "zh".

    The address is a key: it goes into letters, never into what a step gives or remembers.
    """

    url: str = field(repr=False)
    app: str
    language: str


class Mail(Protocol):
    """The workspace's way to send e-mail."""

    async def send(self, letter: Letter) -> Sent:
        """Hands a letter to the mail server. Raises NodeError: of MAIL_ERRORS, or why it is not reached."""
        ...


class NoMail:
    """Where none can be sent."""

    async def send(self, letter: Letter) -> Sent:
        raise not_set_up()


def addresses_in(value: Json, field: str) -> list[str]:
    """The bare addresses in a text (between commas, semicolons or line ends) or a list, each once.

    Names beside them are left out: only what can be checked goes into a header. Raises NodeError.
    """
    texts = value if isinstance(value, list) else [value]
    parts = [part.strip() for text in texts for part in re.split(r"[,;\r\n]", str(text or ""))]
    found: dict[str, str] = {}
    for part in filter(None, parts):
        address = check_address(part, field)
        found.setdefault(address.lower(), address)
    if len(found) > MOST_RECIPIENTS:
        raise NodeError(
            "bad_recipient",
            f"{field} names {len(found)} addresses; one e-mail goes to {MOST_RECIPIENTS} at most.",
            "Send to a mailing list, or repeat the step for each person.",
        )
    return list(found.values())


def check_address(text: str, field: str) -> str:
    """The bare address in `text`, which may have a name before it. Raises NodeError("bad_recipient")."""
    named = _NAMED.match(text)
    address = named[1] if named else text
    local, _, domain = address.rpartition("@")
    try:
        if not domain.isascii():
            address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        address = ""
    if len(address) > 254 or len(local) > 64 or not _ADDRESS.match(address):
        raise NodeError(
            "bad_recipient",
            f"{field}: {text[:80]!r} is no e-mail address.",
            "Write it like anna@example.com; several are divided by commas.",
        )
    return address


def one_line(text: str) -> str:
    """`text` without line ends and other signs that steer: a header ends where its line ends."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text).split())


def not_set_up() -> NodeError:
    """For a workspace that has no mail server."""
    return NodeError(
        "mail_not_set_up",
        "This workspace has no mail server to send with.",
        "An owner enters one under Settings ▸ E-mail.",
    )

"""The guarded way to a mail server: a port of mail, and a public address or one of the administrator's.

A name is resolved once, every address it has is checked, and the socket connects to one of these: there is no
second look-up that could answer differently.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import certifi

from nodes.sdk.errors import NodeError
from workers.outgoing.addresses import is_public
from workers.outgoing.allow import AllowList
from workers.outgoing.sessions import Lookup, refused, system_lookup

PORTS: Final = frozenset({25, 465, 587, 2525})
TIMEOUT_S: Final = 30.0

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True)
class Server:
    """A mail server and how to sign in. `security`: TLS from the start, asked for by STARTTLS, or none."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class GuardedSmtp:
    """Hands letters to mail servers."""

    allow: AllowList = field(default_factory=AllowList.from_env)
    lookup: Lookup = system_lookup
    tls: ssl.SSLContext = field(default_factory=lambda: _tls_context())

    async def send(self, server: Server, sender: str, recipients: Sequence[str], letter: bytes) -> list[str]:
        """The recipients that were refused while others were not.

        Raises NodeError: what says "retry" happened before the server had the letter.
        """
        addresses = await self._addresses(server)
        return await asyncio.to_thread(self._send, server, addresses, sender, list(recipients), letter)

    async def _addresses(self, server: Server) -> list[str]:
        is_allowed = self.allow.permits(server.host, server.port)
        if server.port not in PORTS and not is_allowed:
            ports = ", ".join(map(str, sorted(PORTS)))
            raise NodeError(
                "address_refused",
                f"Mail servers are reached at the ports {ports}, not at {server.port}.",
                "Correct the port under Settings ▸ E-mail, or ask the administrator to allow it "
                "(TREADLE_ALLOWED_HOSTS_PRIVATE, as host:port).",
            )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                addresses = await self.lookup(server.host, server.port)
        except (OSError, UnicodeError) as error:
            raise _unreachable(server, "its name is not known") from error
        if not is_allowed and not all(map(is_public, addresses)):
            raise refused(server.host)
        if not addresses:
            raise _unreachable(server, "its name is not known")
        return addresses

    def _send(
        self, server: Server, addresses: Sequence[str], sender: str, recipients: list[str], letter: bytes
    ) -> list[str]:
        smtp = self._open(server, addresses, sender.rpartition("@")[2])
        try:
            try:
                self._greet(smtp, server)
            except (smtplib.SMTPException, OSError) as error:
                raise _of(error, server) from error
            try:
                left_out = sorted(smtp.sendmail(sender, recipients, letter))
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
                raise _of(error, server) from error
            except (smtplib.SMTPException, OSError) as error:
                raise NodeError(
                    "mail_unsure",
                    f"The connection to {server.host!r} broke while the e-mail was handed over, so it may "
                    "have been sent or not.",
                    "Ask a recipient before you send it again.",
                    retry=False,
                ) from error
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()  # a courtesy: the server has the letter
            return left_out
        finally:
            smtp.close()

    def _open(self, server: Server, addresses: Sequence[str], ours: str) -> smtplib.SMTP:
        last: Exception | None = None
        for address in addresses:
            smtp = _Pinned(server, address, ours, self.tls if server.security == "tls" else None)
            try:
                code, said = smtp.connect(server.host, server.port)
            except ssl.SSLCertVerificationError as error:
                raise _certificate(server) from error
            except (smtplib.SMTPException, OSError) as error:
                last = error
                continue
            if code != 220:
                smtp.close()
                raise _of(smtplib.SMTPResponseException(code, said), server)
            return smtp
        raise _unreachable(server, "it does not answer") from last

    def _greet(self, smtp: smtplib.SMTP, server: Server) -> None:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            try:
                smtp.starttls(context=self.tls)
            except ssl.SSLCertVerificationError as error:
                raise _certificate(server) from error
            except smtplib.SMTPNotSupportedError as error:
                raise NodeError(
                    "mail_refused",
                    f"{server.host!r} does not offer STARTTLS at port {server.port}.",
                    "Choose TLS from the start (mostly port 465) under Settings ▸ E-mail.",
                ) from error
            smtp.ehlo()
        if server.username:
            smtp.login(server.username, server.password)


class _Pinned(smtplib.SMTP):
    """Speaks to `server` at one address that was checked."""

    def __init__(self, server: Server, address: str, ours: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(local_hostname=ours, timeout=TIMEOUT_S)
        self._host = server.host  # what the certificate must name
        self._address, self._tls = address, tls

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        raw = socket.create_connection((self._address, port), timeout)
        if self._tls is None:
            return raw
        try:
            return self._tls.wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise


def _of(error: Exception, server: Server) -> NodeError:
    """A refusal of the server, in words: for now (4xx), or for good."""
    said = _said(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NodeError(
            "mail_sign_in",
            f"{server.host!r} does not accept the user and password: {said}",
            "An owner corrects them under Settings ▸ E-mail. Some providers want a password made for apps.",
        )
    code = _code(error)
    if 400 <= code < 500:
        return NodeError(
            "mail_busy", f"{server.host!r} cannot take the e-mail just now: {said}", "Try again later."
        )
    if code:
        return NodeError(
            "mail_refused", f"{server.host!r} refuses the e-mail: {said}", "Check the addresses and sender."
        )
    return _unreachable(server, "it broke off while we signed in")


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return min(codes, default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _said(error: Exception) -> str:
    said: Any = getattr(error, "smtp_error", b"")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = next(iter(error.recipients.values()), (0, b""))[1]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:300] or type(error).__name__


def _unreachable(server: Server, why: str) -> NodeError:
    return NodeError(
        "address_unreachable",
        f"The mail server {server.host!r} could not be reached: {why}.",
        "Check its address and port under Settings ▸ E-mail.",
    )


def _certificate(server: Server) -> NodeError:
    return NodeError(
        "address_unreachable",
        f"The certificate of {server.host!r} is not in order, so nothing was sent.",
        "Check the address of the mail server under Settings ▸ E-mail.",
        retry=False,
    )


def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context

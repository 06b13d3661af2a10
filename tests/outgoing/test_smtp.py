"""Letters reach a real mail server whole, by the workspace's own connection, and nothing else is reached."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from nodes.sdk.errors import NodeError
from nodes.sdk.mail import Attachment, Letter, addresses_in
from tests.outgoing.certificates import client_context, server_context
from workers.mail import message_id, written
from workers.outgoing.allow import AllowList
from workers.outgoing.smtp import GuardedSmtp, Server

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SENDER = "shop@example.org"


class Office:
    """A mail server of one's own: keeps what it is sent, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], EmailMessage]] = []
        self.refuses: dict[str, str] = {}
        self.answers_data = "250 kept"
        self.breaks = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.breaks:
            server.transport.abort()
            return ""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        if self.answers_data.startswith("250"):
            self.kept.append((envelope.rcpt_tos, message))
        return self.answers_data


@asynccontextmanager
async def at_work(office: Office, security: str = "none", **more: Any) -> AsyncIterator[Server]:
    """The server listening, as a workspace would have entered it."""

    def check(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data == LoginPassword(b"anna", b"s3cret")
        return AuthResult(success=good, handled=False)

    def speak() -> SMTP:
        tls = server_context() if security == "starttls" else None
        return SMTP(office, hostname="mail.test", tls_context=tls, authenticator=check, **more)

    loop = asyncio.get_running_loop()
    tls = server_context() if security == "tls" else None
    listening = await loop.create_server(speak, "127.0.0.1", 0, ssl=tls)
    try:
        yield Server("localhost", listening.sockets[0].getsockname()[1], security)  # type: ignore[arg-type]
    finally:
        listening.close()


def smtp_to(server: Server) -> GuardedSmtp:
    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    return GuardedSmtp(AllowList(frozenset({(server.host, server.port)})), lookup, client_context())


def letter(**changes: Any) -> Letter:
    return Letter(
        **{"to": ["bob@example.org"], "subject": "Hi", "text": "Hello.", "key": "1", "at": AT} | changes
    )


async def deliver(server: Server, one: Letter) -> list[str]:
    raw = written(one, SENDER, "The shop").as_bytes(policy=email.policy.SMTP)
    return await smtp_to(server).send(server, SENDER, [*one.to, *one.cc, *one.bcc], raw)


async def refusal(server: Server, one: Letter | None = None) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await deliver(server, one or letter())
    return caught.value


async def test_a_letter_arrives_with_all_that_it_holds():
    office = Office()
    file = Attachment("面包.txt", "text/plain", "été".encode())
    one = letter(
        cc=["cc@example.org"],
        bcc=["hidden@example.org"],
        reply_to="answers@example.org",
        subject="Grüße 你好",
        html="<p>Bonjour</p>",
        attachments=[file],
    )

    async with at_work(office) as server:
        assert await deliver(server, one) == []

    ((went_to, message),) = office.kept
    assert went_to == ["bob@example.org", "cc@example.org", "hidden@example.org"]
    assert (message["To"], message["Cc"], message["Reply-To"]) == (
        "bob@example.org",
        "cc@example.org",
        "answers@example.org",
    )
    assert (message["From"], message["Subject"]) == ("The shop <shop@example.org>", "Grüße 你好")
    assert "hidden" not in message.as_string()
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert (plain.get_content().strip(), page.get_content().strip()) == ("Hello.", "<p>Bonjour</p>")
    (sent,) = message.iter_attachments()
    assert (sent.get_filename(), sent.get_content()) == ("面包.txt", "été")


async def test_each_attempt_at_a_letter_has_the_same_id_and_no_other_letter_has_it():
    office = Office()

    async with at_work(office) as server:
        for key in ("run:mail_1", "run:mail_1", "run:mail_2"):
            await deliver(server, letter(key=key))

    first, again, other = (message["Message-ID"] for _, message in office.kept)
    assert first == again == message_id("run:mail_1", SENDER)
    assert other != first


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_letter_goes_over_tls_and_signs_in(security: str):
    office = Office()

    async with at_work(office, security, auth_required=True, auth_require_tls=security == "starttls") as at:
        server = Server(at.host, at.port, at.security, "anna", "s3cret")
        assert await deliver(server, letter()) == []
        wrong = await refusal(Server(at.host, at.port, at.security, "anna", "wrong"))

    assert len(office.kept) == 1
    assert (wrong.code, wrong.retry) == ("mail_sign_in", False)


async def test_a_password_is_sent_over_no_line_that_was_to_be_private_and_is_not():
    office = Office()

    async with at_work(office, "none") as at:
        error = await refusal(Server(at.host, at.port, "starttls", "anna", "s3cret"))

    assert (error.code, office.kept) == ("mail_refused", [])


async def test_a_certificate_that_is_anothers_ends_it():
    office = Office()

    async with at_work(office, "tls") as at:
        server = Server("other.test", at.port, "tls")
        error = await refusal(server)

    assert (error.code, error.retry, office.kept) == ("address_unreachable", False, [])


async def test_those_that_are_refused_are_named_and_the_others_get_it():
    office = Office()
    office.refuses = {"gone@example.org": "550 no such person"}

    async with at_work(office) as server:
        refused = await deliver(server, letter(to=["gone@example.org", "bob@example.org"]))
        error = await refusal(server, letter(to=["gone@example.org"]))

    assert refused == ["gone@example.org"]
    assert [went_to for went_to, _ in office.kept] == [["bob@example.org"]]
    assert (error.code, error.retry) == ("mail_refused", False)
    assert "no such person" in error.message


@pytest.mark.parametrize(
    ("said", "code", "retry"),
    [("451 come again", "mail_busy", True), ("554 we do not want it", "mail_refused", False)],
)
async def test_what_the_server_says_of_the_letter_tells_whether_to_try_again(
    said: str, code: str, retry: bool
):
    office = Office()
    office.answers_data = said

    async with at_work(office) as server:
        error = await refusal(server)

    assert (error.code, error.retry) == (code, retry)


async def test_a_line_that_breaks_while_the_letter_goes_over_it_is_not_tried_again():
    office = Office()
    office.breaks = True

    async with at_work(office) as server:
        error = await refusal(server)

    assert (error.code, error.retry) == ("mail_unsure", False)


async def test_private_addresses_and_other_ports_are_refused_before_anything_is_sent():
    async def inside(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.7"]

    guarded = GuardedSmtp(AllowList(), inside, client_context())
    for port in (587, 6379):
        with pytest.raises(NodeError) as caught:
            await guarded.send(Server("mail.example.com", port, "none"), SENDER, ["a@example.org"], b"")
        assert caught.value.code == "address_refused"
        assert ("6379" in caught.value.message) == (port == 6379)


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.org\r\nBcc: all@example.org",
        "anna@example.org\nRCPT TO:<all@example.org>",
        "Anna <anna@example.org>\rX: 1",
        "anna@exa mple.org",
        "anna@example.org\0",
        "@example.org",
        "anna",
        "anna@-example.org",
        "<script>@example.org",
        "ann\u2028a@example.org",
    ],
)
def test_nothing_but_addresses_is_taken_for_one(text: str):
    with pytest.raises(NodeError) as caught:
        addresses_in(text, "To")

    assert caught.value.code == "bad_recipient"


def test_addresses_are_read_as_people_write_them():
    given = "Anna B. <anna@example.org>; bob+x@example.org,\nBOB+X@example.org, eva@bücher.example"

    assert addresses_in(given, "To") == ["anna@example.org", "bob+x@example.org", "eva@xn--bcher-kva.example"]
    assert addresses_in(["a@example.org", "b@example.org"], "To") == ["a@example.org", "b@example.org"]
    assert addresses_in(None, "To") == []


def test_a_header_never_holds_a_line_end():
    for changes in ({"subject": "Hi\nBcc: all@example.org"}, {"reply_to": "a@example.org\nX: 1"}):
        with pytest.raises(ValueError, match=r"(?i)header|line|newline|address|CR"):
            written(letter(**changes), SENDER, "")

"""An e-mail through the workspace's mail server."""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Literal

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, to_text
from nodes.sdk.mail import (
    LONGEST_SUBJECT,
    MAIL_ERRORS,
    MOST_BYTES,
    MOST_RECIPIENTS,
    Attachment,
    Letter,
    addresses_in,
    check_address,
    one_line,
)
from nodes.sdk.resolve import Scope, evaluate, resolve
from nodes.sdk.templates import TemplateError, parse_template

MOST_FILES = 10


class Mail(Node):
    """Sends an e-mail, with files if you like."""

    type, title, group, effects = "mail", "Send an e-mail", "Do", "write"
    fails_with = (
        *MAIL_ERRORS,
        "address_unreachable",
        "address_refused",
        "bad_recipient",
        "file_gone",
    )
    sentence = "Sends “{subject}” to {to}"
    is_tool = True
    tool_fields = ("to", "subject", "text")

    class Config(NodeConfig):
        to: Json = Field(
            title="To",
            help="E-mail addresses, divided by commas.",
            widget="template",
            placeholder="{{ start_1.email }}",
        )
        subject: str = Field(title="Subject", widget="template", one_line=True)
        text: str = Field(title="What to write", widget="template")
        form: Literal["text", "html"] = Field(
            "text",
            title="How it is written",
            help="In a page, inserted information is put in as words, never as HTML.",
            widget="select",
            choices={"text": "As plain text", "html": "As a page (HTML)"},
        )
        files: Json = Field(
            None,
            title="Files that go along",
            help="A file, or a list of files, that came with the message.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.files }}",
        )
        cc: Json = Field("", title="Copy to", widget="template", more=True)
        bcc: Json = Field(
            "",
            title="Hidden copy to",
            help="The others do not see who is here.",
            widget="template",
            more=True,
        )
        reply_to: str = Field(
            "",
            title="Answers go to",
            help="Left empty, they go to the workspace's own address.",
            widget="template",
            one_line=True,
            more=True,
        )
        may_repeat: bool = Field(
            False,
            title="Send again when in doubt",
            help="After a crash nobody may know whether it went out. Off: a person is asked. On: it is sent "
            "again, and may arrive twice.",
            widget="toggle",
            more=True,
        )

    class Output(NodeOutput):
        message_id: str = Field(title="Id of the e-mail")
        count: int = Field(title="How many it went to")
        refused: list[str] = Field(title="Addresses that were refused")

    @classmethod
    def sends_mail(cls, config: Mapping[str, Json]) -> bool:
        return True

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        """Only where the app's owner would rather have it twice than never."""
        return config.get("may_repeat") is True

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        page = config.get("text")
        if config.get("form") != "html" or not isinstance(page, str):
            return resolve(config, scope)
        rest = {name: value for name, value in config.items() if name != "text"}
        return {**resolve(rest, scope), "text": _with_words(page, scope)}

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        to, cc, bcc = (
            addresses_in(value, field)
            for value, field in ((config.to, "To"), (config.cc, "Copy to"), (config.bcc, "Hidden copy to"))
        )
        everyone = list(dict.fromkeys([*to, *cc, *bcc]))
        if not to:
            raise NodeError(
                "info_missing",
                "There is nobody to send the e-mail to.",
                "Fill in an address, or go past this step when there is none.",
            )
        if len(everyone) > MOST_RECIPIENTS:
            raise NodeError(
                "bad_recipient",
                f"One e-mail goes to {MOST_RECIPIENTS} addresses at most; these are {len(everyone)}.",
                "Send to a mailing list, or repeat the step for each person.",
            )
        is_page = config.form == "html"
        letter = Letter(
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=check_address(config.reply_to.strip(), "Answers go to")
            if config.reply_to.strip()
            else "",
            subject=one_line(config.subject)[:LONGEST_SUBJECT],
            text=plain_text(config.text) if is_page else config.text,
            html=config.text if is_page else "",
            attachments=await self._files(config.files, ctx),
            key=ctx.idempotency_key,
            at=ctx.now(),
        )
        sent = await ctx.mail.send(letter)
        return self.Output(
            message_id=sent.message_id,
            count=len(everyone) - len(sent.refused),
            refused=list(sent.refused),
        )

    async def _files(self, files: Json, ctx: NodeContext) -> list[Attachment]:
        given = [one for one in (files if isinstance(files, list) else [files]) if one not in (None, "", {})]
        if len(given) > MOST_FILES:
            raise NodeError(
                "bad_config", f"At most {MOST_FILES} files go along with an e-mail.", "Choose fewer."
            )
        found: list[Attachment] = []
        size = 0
        for one in given:
            if not isinstance(one, dict):
                raise NodeError("bad_config", "What is to go along is not a file.", "Choose a file.")
            told = one.get("size")
            size += told if isinstance(told, int) else 0
            content = await ctx.files.read(one) if size <= MOST_BYTES else b""
            if max(size, sum(len(file.content) for file in found) + len(content)) > MOST_BYTES:
                raise NodeError(
                    "bad_config",
                    f"The files are larger than {MOST_BYTES // 1_000_000} MB together.",
                    "Send fewer of them.",
                )
            found.append(Attachment(one_line(str(one.get("name") or "file")), str(one.get("mime")), content))
        return found


def _with_words(page: str, scope: Scope) -> str:
    """A page with its refs filled in as words: what a visitor wrote becomes no link and no picture.

    A text that is one ref and nothing else names where the page comes from, such as an AI model.
    """
    try:
        pieces = parse_template(page)
    except TemplateError as error:
        raise NodeError("bad_config", error.message, "Correct the text of this step.") from None
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return to_text(evaluate(pieces[0], scope))
    return "".join(
        piece if isinstance(piece, str) else escape(to_text(evaluate(piece, scope))).replace("\n", "<br>\n")
        for piece in pieces
    )


def plain_text(page: str) -> str:
    """What a page says, for those who read their e-mail as text."""
    page = re.sub(r"(?is)<(script|style|head)\b.*?</\1\s*>", "", page)
    page = re.sub(r"(?i)<br\s*/?>|</(p|div|li|tr|h[1-6])\s*>", "\n", page)
    lines = [line.strip() for line in unescape(re.sub(r"<[^>]*>", "", page)).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

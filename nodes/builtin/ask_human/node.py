"""Asks a person and waits for the answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from nodes.builtin.ask_human.letter import subject_of, text_of
from nodes.sdk import (
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Port,
    Problem,
)
from nodes.sdk.asked import Input, input_problems, read_inputs
from nodes.sdk.inputs import input_schema
from nodes.sdk.mail import LONGEST_SUBJECT, MAIL_ERRORS, Letter, addresses_in
from nodes.sdk.moments import MOST, UNITS, Unit, length_of
from nodes.sdk.named_rows import name_fault, row_ports
from nodes.sdk.node import Effects

TIMEOUT = "timeout"
RESERVED = frozenset({"error", "out", TIMEOUT})
ANSWER = "answer"
LETTER = "letter"
GOOD_FOR = timedelta(days=30)
"""So long a link in a letter can be used where the step itself sets no limit."""


class Action(NodeConfig):
    """One button under the form. The flow goes on by its name."""

    name: str = Field(
        title="Name",
        help="Letters, digits, _ and -; connections leave by this name.",
        widget="name",
        placeholder="action",
    )
    title: str = Field("", title="Title", max_length=100)
    needs_form: bool = Field(
        True, title="Needs the form", help="Off: it can be pressed while the form is not filled in."
    )


class AskHuman(Node):
    """Asks a person something and goes on with the answer."""

    type, title, group, effects = "ask_human", "Ask a person", "Talk", "write"
    fails_with = (*MAIL_ERRORS, "address_unreachable", "address_refused", "bad_recipient")
    writes_in = LETTER
    sentence = "Asks a person and waits for the answer."

    class Config(NodeConfig):
        message: str = Field(
            title="Message",
            help="What the person reads.",
            widget="template",
            placeholder="Shall we refund {{ start_1.query }}?",
            max_length=20_000,
        )
        who: Literal["visitor", "team"] = Field(
            "visitor",
            title="Who answers",
            help="Your team answers in the inbox. Whoever talks with the app answers in the conversation.",
            choices={"visitor": "Whoever talks with the app", "team": "Your team"},
        )
        send_to: Json = Field(
            "",
            title="Send the link to",
            help="E-mail addresses, divided by commas. Whoever has the link can answer, once, without an "
            "account. Left empty, nothing is sent.",
            widget="template",
            placeholder="anna@example.com",
        )
        fields: list[Input] = Field(
            [], title="What is asked for", help="The form under the message.", widget="inputs", max_length=50
        )
        actions: list[Action] = Field(
            [],
            title="Buttons",
            help="The flow goes on by the one that was pressed. Left empty, there is one to send the form.",
            widget="rows",
            max_length=8,
        )
        time_limit: float | None = Field(
            None,
            title="Waits at most",
            help="Then the flow goes on by “No answer in time”. Left empty, it waits as long as it takes.",
            widget="number",
            gt=0,
            le=MOST,
            more=True,
        )
        time_unit: Unit = Field("hours", title="Counted in", choices=UNITS, more=True)
        mail_subject: str = Field(
            "",
            title="Subject of the e-mail",
            help="Left empty, it names the app and begins with the message.",
            widget="template",
            max_length=LONGEST_SUBJECT,
            more=True,
        )
        mail_text: str = Field(
            "",
            title="Text of the e-mail",
            help="Left empty, it is the message. The link is put under it.",
            widget="template",
            max_length=20_000,
            more=True,
        )

    class Output(NodeOutput):
        fields: dict[str, Json] = Field(title="Form")
        action: str = Field(title="Name of the button")
        answered_by: str = Field(title="Who answered")
        answered_by_id: str = Field(title="Who answered, as an id")
        answered_at: str = Field(title="When it was answered")

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> Sequence[Port]:
        ports = row_ports(config.get("actions")) or [Port("out")]
        return [*ports, Port(TIMEOUT, "No answer in time")] if config.get("time_limit") else ports

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "write" if config.get("send_to") else "read"

    @classmethod
    def sends_mail(cls, config: Mapping[str, Json]) -> bool:
        return bool(config.get("send_to"))

    @classmethod
    def port_of(cls, output: Json) -> str:
        action = output.get("action") if isinstance(output, dict) else None
        return action if isinstance(action, str) and action else "out"

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        asked = cls.Config.model_validate({"message": "", "fields": config.get("fields") or []}).fields
        schema["properties"]["fields"] = {
            "type": "object",
            "title": schema["properties"]["fields"]["title"],
            "properties": {one.name: input_schema(one.model_dump()) for one in asked},
        }
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems = input_problems(config.get("fields"), "fields")
        seen: set[str] = set()
        actions = config.get("actions")
        for i, one in enumerate(actions if isinstance(actions, list) else []):
            name = one.get("name") if isinstance(one, dict) else None
            if not isinstance(name, str):
                continue
            if fault := name_fault("button", name, seen, RESERVED):
                at = f"actions[{i}].name"
                problems.append(
                    Problem("bad_action_name", fault, "Rename the button.", field=at, values={"name": name})
                )
            seen.add(name)
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        until = None
        if config.time_limit is not None:
            until = ctx.now() + length_of(config.time_limit, config.time_unit)
        if config.send_to not in (None, "", []):
            await self._send_link(config, ctx, until)
        note = await ctx.wait_for(ANSWER, reason="ask_human", until=until, about=_form(config))
        if note is None:
            nobody: dict[str, Json] = {"answered_by": "", "answered_by_id": "", "answered_at": ""}
            return NodeResult({"fields": {}, "action": TIMEOUT, **nobody}, TIMEOUT)
        if not isinstance(note, dict):
            raise NodeError("bad_config", "The answer cannot be read.", "Ask again.")
        action = str(note.get("action") or "")
        given = note.get("fields")
        fields = read_inputs(config.fields, given if isinstance(given, dict) else {}, is_whole=False)
        output: dict[str, Json] = {"fields": fields, "action": action}
        for name in ("answered_by", "answered_by_id", "answered_at"):
            output[name] = str(note.get(name) or "")
        return NodeResult(output, action or "out")

    async def _send_link(self, config: Config, ctx: NodeContext, until: datetime | None) -> None:
        """Sends the letter once, before the question is put: what is asked waits for an answer from then on,
        and a step that waits is begun anew with each note."""
        to = addresses_in(config.send_to, "Send the link to")
        now = ctx.now()
        expires_at = min(until or now + GOOD_FOR, now + GOOD_FOR)

        async def send() -> Json:
            link = await ctx.answer_link(expires_at)
            sent = await ctx.mail.send(
                Letter(
                    to=to,
                    subject=subject_of(config.mail_subject, config.message, link),
                    text=text_of(config.mail_text or config.message, link, expires_at),
                    key=ctx.idempotency_key,
                    at=now,
                )
            )
            # Never the link: the journal is read by more people than may answer.
            return {"message_id": sent.message_id, "refused": list(sent.refused)}

        if to:
            await ctx.step(LETTER, send)


def _form(config: AskHuman.Config) -> dict[str, Json]:
    """What is told to whoever may answer, and what an answer is held against."""
    fields: list[Json] = [one.model_dump(mode="json", exclude_unset=True) for one in config.fields]
    actions: list[Json] = [
        {"name": one.name, "title": one.title or one.name, "needs_form": one.needs_form}
        for one in config.actions
    ]
    return {"who": config.who, "message": config.message, "fields": fields, "actions": actions}

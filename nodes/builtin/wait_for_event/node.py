"""Waits until another service calls back."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeOutput, NodeResult, Port
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.moments import MOST, UNITS, Unit, length_of
from nodes.sdk.node import Effects
from nodes.sdk.web_answers import require_success

TIMEOUT = "timeout"


class WaitForEvent(Node):
    """Waits until another service calls an address that only this run has."""

    type, title, group, effects = "wait_for_event", "Wait for a call back", "Do", "write"
    fails_with = WEB_ERRORS
    sentence = "Waits until another service calls back."

    class Config(NodeConfig):
        address: str = Field(
            "",
            title="Tell this address first",
            help="It is told callback_url, the address to call back. Left empty, you find that with the"
            " waiting run.",
            widget="template",
            one_line=True,
            placeholder="https://example.com/orders",
        )
        send: dict[str, Json] = Field(
            {}, title="What is sent along", help="Beside callback_url, as JSON.", widget="key-value"
        )
        time_limit: float | None = Field(
            None,
            title="Waits at most",
            help="Then the flow goes on by “No call in time”. Left empty, it waits as long as it takes.",
            widget="number",
            gt=0,
            le=MOST,
        )
        time_unit: Unit = Field("hours", title="Counted in", choices=UNITS)

    class Output(NodeOutput):
        body: Any = Field(None, title="What was sent")
        received_at: str = Field(title="When it came")

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> Sequence[Port]:
        ports = [Port("out")]
        return [*ports, Port(TIMEOUT, "No call in time")] if config.get("time_limit") else ports

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "write" if config.get("address") else "read"

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        # The same address and key each time; and of the calls back the first counts.
        return True

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        async def begin() -> Json:
            return f"event {ctx.attempt}"

        async def tell() -> Json:
            body: dict[str, Json] = {**config.send, "callback_url": ctx.callback_url(name)}
            answer = await ctx.http.request("POST", config.address, json=body)
            require_success(answer, urlsplit(config.address).hostname or "The web service")
            return answer.status

        until = None
        if config.time_limit is not None:
            until = ctx.now() + length_of(config.time_limit, config.time_unit)
        name = str(await ctx.step("begin", begin))
        if config.address:
            await ctx.step("tell", tell)
        note = await ctx.wait_for(name, reason="event", until=until)
        if not isinstance(note, dict):
            return NodeResult({"body": None, "received_at": ""}, TIMEOUT)
        return NodeResult({"body": note.get("body"), "received_at": str(note.get("received_at") or "")})

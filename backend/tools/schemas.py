"""What the routes of tools take and give."""

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from backend.accounts.bodies import Answer, Body

Auth = Literal["none", "secret", "oauth"]
Place = Literal["bearer", "basic", "header", "query"]


class SecondKey(Body):
    """Another secret that goes along with the first."""

    secret: str = Field(min_length=1, max_length=60)
    place: Place = "header"
    field: str = Field("", max_length=100)


class NewToolSource(Body):
    """An MCP server by its address, and how we say who is asking."""

    name: str = Field(min_length=1, max_length=100)
    address: str = Field(min_length=1, max_length=2_000)
    auth: Auth = "none"
    secret: str = Field("", max_length=60)
    secret_place: Place = "bearer"  # noqa: S105 - where it stands
    secret_field: str = Field("", max_length=100)


class NewMachineSource(Body):
    """A program on the workers' machine, by its name in the administrator's file."""

    server: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1, max_length=100)


class ToolSourceChange(Body):
    """Another name, another way to say who is asking, or another place where a service is called."""

    name: str = Field(min_length=1, max_length=100)
    auth: Auth
    secret: str = Field("", max_length=60)
    secret_place: Place = "bearer"  # noqa: S105 - where it stands
    secret_field: str = Field("", max_length=100)
    second: SecondKey | None = None
    base_address: str | None = Field(None, max_length=2_000)


class SourceToolChange(Body):
    """Switches a tool on or off. What it does to the world only an owner can say."""

    is_enabled: bool | None = None
    effect: Literal["read", "write"] | None = None


class ToolApproval(Body):
    """Which definition was seen and is approved."""

    digest: str = Field(min_length=1, max_length=64)


class ToolRemark(Answer):
    """An error, or a remark, in a stable code and in words."""

    code: str
    message: str
    hint: str = ""
    values: dict[str, str] = {}


class SignedInAnswer(Answer):
    """Whose account a source is used with, and how far a new sign-in is. No token is in it."""

    phase: Literal["idle", "preparing", "waiting", "arrived", "leaving"]
    signed_in_by: str
    signed_in_at: datetime | None
    error: ToolRemark | None


class OfferedToolAnswer(Answer):
    """What a source says of a tool now, where that is something else than was approved."""

    title: str
    description: str
    input_schema: dict[str, Any]
    request: dict[str, Any] | None
    digest: str


class SourceToolAnswer(Answer):
    """A tool as it was approved. `says_reads`: its source says that it changes nothing, which is a hint.
    `request`: which request it becomes, where a description says that."""

    id: uuid.UUID
    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    request: dict[str, Any] | None
    digest: str
    effect: Literal["read", "write"]
    says_reads: bool
    state: Literal["ready", "off", "changed", "new", "gone"]
    is_enabled: bool
    offered: OfferedToolAnswer | None


class SourceUseAnswer(Answer):
    """An app that uses a source's tool; `is_published` if visitors' runs use it."""

    id: uuid.UUID
    name: str
    is_published: bool


class ServiceKeyAnswer(Answer):
    """A kind of key that a service takes, by the name that its description gives it."""

    name: str
    place: Place
    field: str


class SecondKeyAnswer(Answer):
    """Another secret that goes along with the first, and where it stands."""

    secret: str
    place: Place
    field: str


class DescribedServiceAnswer(Answer):
    """What a description says of the service as a whole. `pairs` are the keys, by their positions, that it
    asks for at the same time."""

    title: str
    version: str
    servers: list[str]
    keys: list[ServiceKeyAnswer]
    pairs: list[list[int]] = []


class ToolSourceAnswer(Answer):
    """A source with its tools. No secret is in it, only the name of one."""

    id: uuid.UUID
    name: str
    kind: Literal["mcp", "openapi", "stdio"]
    address: str
    server: str
    base_address: str
    service: DescribedServiceAnswer | None
    auth: Auth
    secret: str
    secret_place: str
    secret_field: str
    second: SecondKeyAnswer | None
    state: Literal["looking", "ready", "failed", "sign_in"]
    error: ToolRemark | None
    notices: list[ToolRemark]
    sign_in: SignedInAnswer | None
    looked_at: datetime | None
    created_at: datetime
    tools: list[SourceToolAnswer]
    uses: list[SourceUseAnswer]


class MachineServerAnswer(Answer):
    """A program that may be connected, by its name in the administrator's file."""

    server: str
    title: str


class ToolSourcesAnswer(Answer):
    """All sources of the workspace, and the programs on the workers' machine that could be some."""

    sources: list[ToolSourceAnswer]
    on_this_machine: list[MachineServerAnswer]

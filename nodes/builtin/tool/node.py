"""A request to a web service."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from nodes.builtin.tool.arguments import (
    Argument,
    argument_problems,
    arguments_schema,
    fill_arguments,
    given_arguments,
)
from nodes.sdk import (
    Field,
    HttpResponse,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    Problem,
    to_text,
)
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.node import Effects
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.web_address import address_problem, fill_address, with_query
from nodes.sdk.web_answers import is_json, kept_headers, pick_part, require_success, text_of
from nodes.sdk.web_request import (
    Auth,
    Row,
    auth_field,
    auth_name_field,
    key_problems,
    part_problem,
    query_field,
    secret_field,
    secret_use,
)

READS = frozenset({"GET", "HEAD"})
WITH_BODY = ["POST", "PUT", "PATCH", "DELETE"]
# Never filled in: information may not decide what is done, or which key goes where.
FIXED = frozenset({"method", "body", "auth", "secret", "auth_name", "read", "pick", "may_repeat"})


class Tool(Node):
    """Asks a web service, or sends it something: the simple way, enough for most."""

    type, title, group, effects = "tool", "Call a web service", "Do", "write"
    fails_with = (*WEB_ERRORS, "answer_not_json", "answer_part_missing")
    sentence = "Calls {address}"
    is_tool = True
    for_anything = True

    class Config(NodeConfig):
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = Field(
            "GET",
            title="What to do",
            help="Only looking something up is safe to repeat.",
            choices={
                "GET": "Look up (GET)",
                "POST": "Send (POST)",
                "PUT": "Replace (PUT)",
                "PATCH": "Change (PATCH)",
                "DELETE": "Delete (DELETE)",
                "HEAD": "Ask whether it is there (HEAD)",
            },
        )
        address: str = Field(
            title="Address",
            help="The host is fixed; information from earlier steps may stand behind it.",
            widget="template",
            one_line=True,
            placeholder="https://api.example.com/orders",
            max_length=4_000,
        )
        query: list[Row] = query_field()
        body: Literal["none", "json", "form", "text"] = Field(
            "none",
            title="What is sent",
            choices={"none": "Nothing", "json": "Data (JSON)", "form": "A form", "text": "A text"},
            show_when={"field": "method", "is": WITH_BODY},
        )
        json_body: Json = Field(
            None,
            title="Data",
            help="Information in it keeps its kind: a number stays a number.",
            widget="json",
            show_when={"field": "body", "is": "json"},
        )
        form: list[Row] = Field(
            [], title="Form", widget="rows", max_length=100, show_when={"field": "body", "is": "form"}
        )
        text: str = Field("", title="Text", widget="template", show_when={"field": "body", "is": "text"})
        auth: Auth = auth_field()
        secret: str = secret_field()
        auth_name: str = auth_name_field()
        pick: str = Field(
            "",
            title="Part of the answer",
            help="Empty: all of it. Otherwise where the part stands, such as orders[0].status.",
            placeholder="orders[0].status",
            max_length=300,
            more=True,
        )
        read: Literal["auto", "json", "text"] = Field(
            "auto",
            title="Read the answer",
            choices={"auto": "As it comes", "json": "Always as data", "text": "Always as text"},
            more=True,
        )
        headers: list[Row] = Field([], title="Headers", widget="rows", max_length=50, more=True)
        arguments: list[Argument] = Field(
            [],
            title="Arguments",
            help="Names for what the fields above need, used as {{ args.name }}. An AI agent can fill them.",
            widget="rows",
            max_length=30,
            more=True,
        )
        timeout_s: float = Field(30, title="Wait at most (seconds)", widget="number", ge=1, le=300, more=True)
        max_kb: int = Field(1_000, title="Largest answer (kB)", widget="number", ge=1, le=5_000, more=True)
        follow_redirects: bool = Field(True, title="Follow to another address", more=True)
        may_repeat: bool = Field(
            False,
            title="May be sent again",
            help="If nobody can tell whether it arrived, it is sent once more, and you are not asked.",
            more=True,
            show_when={"field": "method", "is": WITH_BODY},
        )

    class Output(NodeOutput):
        text: str = Field(title="Answer as text")
        data: Json = Field(None, title="Answer as data")
        status: int = Field(title="Status")
        headers: dict[str, str] = Field(title="Headers")

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "read" if config.get("method", "GET") in READS else "write"

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        return config.get("may_repeat") is True

    @classmethod
    def own_refs(cls, config: Mapping[str, Json]) -> Mapping[str, dict[str, Any]]:
        schema = arguments_schema(config)
        return {"args": schema} if schema["properties"] else {}

    @classmethod
    def tool_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        """The JSON Schema of what an agent has to give when it uses this tool."""
        return arguments_schema(config)

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        """Its arguments with what the agent gives; those that are not given are empty."""
        return {**config, "arguments": list[Json](given_arguments(config, given))}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        arguments = fill_arguments(config, scope)
        scope = {**scope, "args": {to_text(row.get("name")): row["value"] for row in arguments}}
        rest = {name: value for name, value in config.items() if name not in FIXED | {"arguments", "address"}}
        filled = {**config, **resolve(rest, scope)}
        if arguments:
            filled["arguments"] = list[Json](arguments)
        if isinstance(address := config.get("address"), str):
            filled["address"] = fill_address(address, scope)
        return filled

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        if config.get("read") == "text":
            del schema["properties"]["data"]
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems = [*argument_problems(config)]
        if problem := address_problem(config.get("address")):
            problems.append(problem)
        problems += key_problems(config)
        if problem := part_problem(config, "pick"):
            problems.append(problem)
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        address = with_query(config.address, ((row.name, row.value) for row in config.query))
        headers = {row.name: to_text(row.value) for row in config.headers if row.value is not None}
        given = {name.lower() for name in headers}
        json_body, data = _body(config, headers, given)
        response = await ctx.http.request(
            config.method,
            address,
            headers=headers,
            json=json_body,
            data=data,
            secret=secret_use(config.auth, config.secret, config.auth_name),
            timeout_s=config.timeout_s,
            max_bytes=config.max_kb * 1_000,
            follow_redirects=config.follow_redirects,
        )
        # A short address means the sample service; where that is, is nobody's business.
        require_success(response, urlsplit(address).hostname or "The sample service")
        return self._output(config, response)

    def _output(self, config: Config, response: HttpResponse) -> Output:
        text, data = text_of(response), None
        if config.read == "json" or config.pick.strip() or (config.read == "auto" and is_json(response)):
            try:
                data = data_of(text)
            except NotData:
                if config.read == "json" or config.pick.strip():
                    raise NodeError(
                        "answer_not_json",
                        "The answer of the web service is not data: it cannot be read as JSON.",
                        "Check the address, or read the answer as text.",
                    ) from None
        if config.pick.strip():
            data = pick_part(data, config.pick)
            text = to_text(data)
        return self.Output(
            text=text,
            data=None if config.read == "text" else data,
            status=response.status,
            headers=kept_headers(response),
        )


def _body(config: Tool.Config, headers: dict[str, str], given: set[str]) -> tuple[Json, str | None]:
    """What is sent, as JSON or as text; its kind is put into `headers` unless it was given."""
    if config.method in READS or config.body == "none":
        return None, None
    if config.body == "json" and config.json_body is not None:
        return config.json_body, None
    kinds = {
        "json": ("application/json", "null"),
        "form": (
            "application/x-www-form-urlencoded",
            urlencode([(row.name, to_text(row.value)) for row in config.form if row.value is not None]),
        ),
        "text": ("text/plain; charset=utf-8", config.text),
    }
    kind, data = kinds[config.body]
    if "content-type" not in given:
        headers["Content-Type"] = kind
    return None, data

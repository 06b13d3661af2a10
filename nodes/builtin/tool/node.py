"""A request to a web service."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from nodes.builtin.tool.address import address_problem, fill_address, with_query
from nodes.builtin.tool.answer import (
    NotData,
    data_of,
    is_json,
    kept_headers,
    part_ref,
    pick_part,
)
from nodes.builtin.tool.arguments import Argument, argument_problems, arguments_schema, fill_arguments
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
    SecretUse,
    to_text,
)
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.node import Effects
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.templates import TemplateError
from nodes.sdk.web_answers import require_success, text_of

READS = frozenset({"GET", "HEAD"})
WITH_BODY = ["POST", "PUT", "PATCH", "DELETE"]
# Never filled in: information may not decide what is done, or which key goes where.
FIXED = frozenset({"method", "body", "auth", "secret", "auth_name", "read", "pick", "may_repeat"})

_KEY_HEADER = re.compile(r"authorization\Z|(api|access|auth)-?(key|token)|\A(cookie|x-key)\Z", re.IGNORECASE)


class Row(NodeConfig):
    """A name and its value. A value that is nothing is left out."""

    name: str = Field(title="Name", max_length=200)
    value: Json = Field(None, title="Value", widget="template")


class Tool(Node):
    """Asks a web service, or sends it something, and passes on what it answers."""

    type, title, group, effects = "tool", "Call a web service", "Do", "write"
    fails_with = (*WEB_ERRORS, "answer_not_json", "answer_part_missing")
    sentence = "Calls {address}"

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
            placeholder="https://api.example.com/orders",
            max_length=4_000,
        )
        query: list[Row] = Field(
            [],
            title="Added to the address",
            help="Such as q = shoes, for ?q=shoes.",
            widget="rows",
            max_length=50,
        )
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
        auth: Literal["none", "bearer", "header", "query", "basic"] = Field(
            "none",
            title="Key",
            help="How the service knows who is asking.",
            choices={
                "none": "None needed",
                "bearer": "Bearer key",
                "header": "In a header",
                "query": "In the address",
                "basic": "User and password",
            },
        )
        secret: str = Field(
            "",
            title="Secret",
            help="It goes to its own hosts only, and is seen nowhere.",
            widget="secret",
            show_when={"field": "auth", "is": ["bearer", "header", "query", "basic"]},
        )
        auth_name: str = Field(
            "",
            title="Its name",
            help="The name of the header or parameter, or of the user.",
            placeholder="X-Api-Key",
            max_length=200,
            show_when={"field": "auth", "is": ["header", "query", "basic"]},
        )
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
        auth = config.get("auth", "none")
        if auth != "none" and not config.get("secret"):
            hint = "Choose one, or make one for this service."
            problems.append(
                Problem("no_secret_chosen", "The secret with the key is missing.", hint, field="secret")
            )
        if auth in ("header", "query") and not config.get("auth_name"):
            message = "The name of the header or parameter for the key is missing."
            problems.append(
                Problem("no_auth_name", message, "Fill it in, such as X-Api-Key.", field="auth_name")
            )
        problems += _plain_keys(config)
        pick = config.get("pick")
        if isinstance(pick, str) and pick.strip():
            try:
                part_ref(pick)
            except TemplateError:
                message = f"{pick[:60]!r} is not a part of an answer."
                hint = "Write where it stands, such as orders[0].status."
                problems.append(Problem("bad_part", message, hint, field="pick", values={"part": pick[:60]}))
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
            secret=_secret(config),
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


def _plain_keys(config: Mapping[str, Json]) -> list[Problem]:
    """A warning for each header that holds a key for everyone to see who opens the app."""
    rows = config.get("headers")
    return [
        Problem(
            "key_in_plain_sight",
            f"The header {str(row['name'])[:60]!r} holds a key that everyone sees who opens this app.",
            "Keep it as a secret, and choose that under Key.",
            field=f"headers[{i}].value",
            severity="warning",
        )
        for i, row in enumerate(rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and _KEY_HEADER.search(str(row.get("name")))
        and isinstance(row.get("value"), str)
        and row["value"]
    ]


def _secret(config: Tool.Config) -> SecretUse | None:
    if config.auth == "none":
        return None
    return SecretUse(config.secret, config.auth, config.auth_name if config.auth != "bearer" else "")

"""A request to any address on the web, page after page where the answer has several, and with files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.message import Message
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from nodes.builtin.http.bodies import WITH_BODY, body_of
from nodes.builtin.http.paging import Pages, next_address, paging_problems
from nodes.sdk import (
    Field,
    HttpResponse,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Problem,
    to_text,
)
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.node import Effects
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.uploads import FILE_SCHEMA
from nodes.sdk.web_address import address_problem, fill_address, with_query
from nodes.sdk.web_answers import is_json, kept_headers, require_success, text_of
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

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Never filled in: information may not decide what is done, or which key goes where.
FIXED = frozenset(
    {"method", "body", "auth", "secret", "auth_name", "read", "may_repeat", "go_on", "pages"}
    | {"items", "next_part", "page_name", "first_page"}
)
WITH_PAGES = ["link", "next", "cursor", "number"]


class Http(Node):
    """For what the simple one cannot do: files, all pages of a list, refused requests."""

    type, title, group, effects = "http", "Call a web service (full)", "Do", "write"
    fails_with = (*WEB_ERRORS, "answer_not_json", "answer_part_missing", "file_gone", "storage_full")
    sentence = "Calls {address}"

    class Config(NodeConfig):
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = Field(
            "GET",
            title="Method",
            help="Only GET, HEAD and OPTIONS are safe to repeat.",
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
        body: Literal["none", "json", "form", "parts", "text", "file"] = Field(
            "none",
            title="What is sent",
            choices={
                "none": "Nothing",
                "json": "Data (JSON)",
                "form": "A form",
                "parts": "A form with files",
                "text": "A text",
                "file": "A file",
            },
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
            [],
            title="Form",
            help="In a form with files, a value may be a file or a list of files.",
            widget="rows",
            max_length=100,
            show_when={"field": "body", "is": ["form", "parts"]},
        )
        text: str = Field("", title="Text", widget="template", show_when={"field": "body", "is": "text"})
        file: Json = Field(
            None,
            title="File",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.file }}",
            show_when={"field": "body", "is": "file"},
        )
        auth: Auth = auth_field()
        secret: str = secret_field()
        auth_name: str = auth_name_field()
        pages: Literal["one", "link", "next", "cursor", "number"] = Field(
            "one",
            title="Further pages",
            help="How the service says where its list goes on.",
            choices={
                "one": "Only the first page",
                "link": "By its Link header",
                "next": "By an address in the answer",
                "cursor": "By a mark in the answer",
                "number": "By counting pages",
            },
            show_when={"field": "method", "is": "GET"},
        )
        items: str = Field(
            "",
            title="Where the list stands",
            help="Empty: the answer is the list. Otherwise its place, such as data.orders.",
            placeholder="data.orders",
            max_length=300,
            show_when={"field": "pages", "is": WITH_PAGES},
        )
        next_part: str = Field(
            "",
            title="Where the address or mark stands",
            help="Its place in the answer, such as meta.next.",
            placeholder="meta.next",
            max_length=300,
            show_when={"field": "pages", "is": ["next", "cursor"]},
        )
        page_name: str = Field(
            "page",
            title="Name of the parameter",
            help="What the address says for another page, such as page or cursor.",
            max_length=200,
            show_when={"field": "pages", "is": ["cursor", "number"]},
        )
        first_page: int = Field(
            1,
            title="Number of the first page",
            widget="number",
            ge=0,
            le=1_000_000,
            more=True,
            show_when={"field": "pages", "is": "number"},
        )
        most_pages: int = Field(
            10,
            title="How many pages at most",
            widget="number",
            ge=1,
            le=100,
            show_when={"field": "pages", "is": WITH_PAGES},
        )
        read: Literal["auto", "json", "text", "file"] = Field(
            "auto",
            title="Read the answer",
            choices={
                "auto": "As it comes",
                "json": "Always as data",
                "text": "Always as text",
                "file": "As a file",
            },
            more=True,
        )
        headers: list[Row] = Field([], title="Headers", widget="rows", max_length=50, more=True)
        go_on: bool = Field(
            False,
            title="Go on when the service refuses",
            help="Then an answer such as 404 is no error: look at the status in a later step.",
            more=True,
        )
        timeout_s: float = Field(30, title="Wait at most (seconds)", widget="number", ge=1, le=300, more=True)
        max_kb: int = Field(
            1_000,
            title="Largest answer (kB)",
            help="All pages together.",
            widget="number",
            ge=1,
            le=5_000,
            more=True,
        )
        follow_redirects: bool = Field(True, title="Follow to another address", more=True)
        may_repeat: bool = Field(
            False,
            title="May be sent again",
            help="If nobody can tell whether it arrived, it is sent once more, and you are not asked.",
            more=True,
            show_when={"field": "method", "is": WITH_BODY},
        )

    class Output(NodeOutput):
        text: str = Field("", title="Answer as text")
        data: Json = Field(None, title="Answer as data")
        file: Json = Field(None, title="Answer as a file")
        status: int = Field(title="Status")
        headers: dict[str, str] = Field(title="Headers")
        pages: int = Field(1, title="Number of pages")
        is_cut: bool = Field(False, title="Whether there are more pages")

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "read" if config.get("method", "GET") in READS else "write"

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        return config.get("may_repeat") is True

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        rest = {name: value for name, value in config.items() if name not in FIXED | {"address"}}
        filled = {**config, **resolve(rest, scope)}
        if isinstance(address := config.get("address"), str):
            filled["address"] = fill_address(address, scope)
        return filled

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        fields = schema["properties"]
        read, has_pages = config.get("read", "auto"), _has_pages(config)
        left_out = {"text", "data"} if read == "file" else {"file"} | ({"data"} if read == "text" else set())
        if has_pages:
            left_out = {"text", "file"}
            fields["data"] = {"type": "array", "title": "All entries", "items": {}}
        else:
            left_out |= {"pages", "is_cut"}
        if read == "file" and not has_pages:
            fields["file"] = {**FILE_SCHEMA, "title": "Answer as a file"}
        schema["properties"] = {name: field for name, field in fields.items() if name not in left_out}
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        found = [address_problem(config.get("address"))]
        if _has_pages(config):
            found += [part_problem(config, "items"), part_problem(config, "next_part")]
            found += paging_problems(config)
        return [*(one for one in found if one is not None), *key_problems(config)]

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        has_pages = _has_pages(config.model_dump(include={"method", "pages"}))
        ask = await _asker(config, ctx)
        query = [(row.name, row.value) for row in config.query]
        if has_pages:
            return NodeResult(await _all_pages(config, query, ask, ctx))
        response = await ask(with_query(config.address, query))
        return NodeResult({**_head(response), **await _whole(config, response, ctx)})


Ask = Callable[[str], Awaitable[HttpResponse]]


async def _asker(config: Http.Config, ctx: NodeContext) -> Ask:
    """Asks an address as the step is set, all answers together no larger than it may be."""
    headers = {row.name: to_text(row.value) for row in config.headers if row.value is not None}
    json_body, data = await body_of(config, headers, ctx)
    left = config.max_kb * 1_000

    async def ask(address: str) -> HttpResponse:
        nonlocal left
        response = await ctx.http.request(
            config.method,
            address,
            headers=headers,
            json=json_body,
            data=data,
            secret=secret_use(config.auth, config.secret, config.auth_name),
            timeout_s=config.timeout_s,
            max_bytes=max(left, 1),
            follow_redirects=config.follow_redirects,
        )
        left -= len(response.body)
        if not config.go_on:
            # A short address means the sample service; where that is, is nobody's business.
            require_success(response, urlsplit(address).hostname or "The sample service")
        return response

    return ask


async def _all_pages(
    config: Http.Config, query: list[tuple[str, Json]], ask: Ask, ctx: NodeContext
) -> dict[str, Json]:
    """The entries of all pages. One that is refused, where the step goes on, ends them."""
    pages = Pages(config.pages, config.items, config.next_part, config.page_name, config.first_page)
    address = with_query(config.address, [*query, *pages.beginning()])
    entries: list[Json] = []
    seen: set[str] = set()
    while True:
        response = await ask(address)
        if response.status >= 400:
            return {**_head(response), "data": entries, "pages": len(seen), "is_cut": True}
        seen.add(address)
        answer = _data(response)
        found = pages.entries(answer)
        entries += found
        following = next_address(pages, address, response, answer, found, len(seen))
        ctx.progress(len(seen))
        is_last = following is None or following in seen
        if following is None or is_last or len(seen) >= config.most_pages:
            return {**_head(response), "data": entries, "pages": len(seen), "is_cut": not is_last}
        address = following


def _head(response: HttpResponse) -> dict[str, Json]:
    return {"status": response.status, "headers": dict(kept_headers(response))}


def _has_pages(config: Mapping[str, Json]) -> bool:
    return config.get("method", "GET") == "GET" and config.get("pages", "one") != "one"


def _data(response: HttpResponse) -> Json:
    try:
        return data_of(text_of(response))
    except NotData:
        raise NodeError(
            "answer_not_json",
            "The answer of the web service is not data: it cannot be read as JSON.",
            "Check the address, or read the answer as text.",
        ) from None


async def _whole(config: Http.Config, response: HttpResponse, ctx: NodeContext) -> dict[str, Json]:
    """An answer of one page: as a file, as text, or as both text and data."""
    if config.read == "file":

        async def keep() -> Json:
            return await ctx.files.write(_name_of(response, config.address), response.body)

        return {"file": await ctx.step("file", keep) if response.body else None}
    text = text_of(response)
    if config.read == "text":
        return {"text": text}
    if config.read == "json" and response.status < 400 and config.method != "HEAD":
        return {"text": text, "data": _data(response)}
    if not is_json(response):
        return {"text": text, "data": None}
    try:
        return {"text": text, "data": data_of(text)}
    except NotData:
        return {"text": text, "data": None}


def _name_of(response: HttpResponse, address: str) -> str:
    """What a downloaded file is called: as the service says, or as its address ends."""
    said = Message()
    said["Content-Disposition"] = " ".join(response.headers.get("content-disposition", "").split())
    name = said.get_filename() or unquote(urlsplit(response.url or address).path)
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2][:200] or "download"

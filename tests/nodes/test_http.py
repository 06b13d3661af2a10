"""The step that calls a web address: pages that end, forms that arrive whole, places kept."""

import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from nodes.builtin.http.node import Http
from nodes.sdk import HttpResponse, NodeError
from nodes.sdk.scripted import ScriptedFiles
from nodes.sdk.testing import TestContext, run_node
from workers.outgoing import GuardedHttp, HttpWithSecrets, KnownSecret
from workers.outgoing.allow import AllowList

ADDRESS = "https://api.example.com/orders"


class Shop:
    """A real service: a list of seven in pages of three, and what is sent to it is kept."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent: list[tuple[str, dict[str, str], bytes]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.asked.append(self.path)
                said = parse_qs(urlsplit(self.path).query)
                at = int((said.get("page") or said.get("after") or ["1"])[0])
                found = list(range(1, 8))[3 * (at - 1) : 3 * at]
                following = at + 1 if 3 * at < 7 else None
                body = {"found": found, "next": following, "more": following and f"?page={following}"}
                link = f'<{shop.address}?page={following}>; title="a, b"; rel="next"' if following else ""
                self.answer(json.dumps(body).encode(), {"Link": link})

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                shop.sent.append(
                    (self.command, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(size))
                )
                self.answer(b"{}", {})

            do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.send_header("ETag", "x7")
                self.end_headers()

            def answer(self, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(200)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        self.address = f"http://{self.place}/orders"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


async def call(shop: Shop, *, files: dict[str, str] | None = None, **config: object) -> dict:
    """What the step gives that really goes through the guarded client."""
    guarded = GuardedHttp(AllowList.parse(shop.place))
    key = KnownSecret("Shop", (shop.place,), "canary-7d41")

    async def secrets() -> list[KnownSecret]:
        return [key]

    try:
        http = HttpWithSecrets(guarded, secrets)
        context = TestContext(http=http, files=ScriptedFiles(files or {}), path="http_1")
        read = Http.Config.model_validate({"address": shop.address, **config})
        return (await Http().run(read, context)).output
    finally:
        await guarded.close()


@pytest.mark.parametrize(
    "ways",
    [
        {"pages": "link"},
        {"pages": "next", "next_part": "more"},
        {"pages": "cursor", "next_part": "next", "page_name": "after"},
        {"pages": "number"},
    ],
)
async def test_all_pages_are_read_however_the_service_names_them(shop, ways):
    given = await call(shop, items="found", **ways)

    assert given["data"] == [1, 2, 3, 4, 5, 6, 7]
    assert given["is_cut"] is False
    assert given["pages"] == len(shop.asked) == (4 if ways["pages"] == "number" else 3)


async def test_no_more_pages_are_asked_for_than_may_be(shop):
    given = await call(shop, items="found", pages="link", most_pages=2)

    assert (given["data"], given["pages"], given["is_cut"]) == ([1, 2, 3, 4, 5, 6], 2, True)
    assert len(shop.asked) == 2


async def test_a_page_that_names_itself_as_the_next_ends_the_list():
    again = HttpResponse(200, {"link": f"<{ADDRESS}>; rel=next"}, b"[1]")

    ran = await run_node(Http, {"address": ADDRESS, "pages": "link"}, answers=[again] * 3)

    assert (ran.output["data"], ran.output["is_cut"]) == ([1], False)


async def test_all_pages_together_are_no_larger_than_an_answer_may_be(shop):
    with pytest.raises(NodeError) as caught:
        await call(shop, pages="number", page_name="any", max_kb=1, most_pages=100)

    assert caught.value.code == "answer_too_large"
    assert 2 < len(shop.asked) < 30


@pytest.mark.parametrize(
    "following",
    [
        "https://api.example.com.evil.test/orders",
        "//evil.test/orders",
        "http://api.example.com/orders",
        "https://api.example.com:444/orders",
        "https://me@evil.test/",
        "file:///etc/passwd",
        "https://[bad",
    ],
)
async def test_a_next_page_elsewhere_is_never_asked_for(following):
    answers = [HttpResponse(200, {}, json.dumps({"next": following}).encode())] * 2

    with pytest.raises(NodeError) as caught:
        await run_node(Http, {"address": ADDRESS, "pages": "next", "next_part": "next"}, answers=answers)

    assert caught.value.code == "address_refused"
    assert "evil" not in caught.value.message


async def test_a_form_with_files_arrives_whole(shop):
    file = {"file_id": "f1", "name": 'bad"\r\nX: 1.txt', "mime": "text/plain", "size": 5}
    other = {**file, "file_id": "f2", "name": "zwei.md", "mime": "no\r\nway: 1"}
    form = [
        {"name": 'na"me', "value": "Zoë\r\n--x"},
        {"name": "papers", "value": [file, other]},
        {"name": "count", "value": 3},
        {"name": "nothing", "value": None},
    ]

    await call(shop, method="POST", body="parts", form=form, files={"f1": "Hello", "f2": "--treadle-\r\n"})

    _, headers, body = shop.sent[0]
    kind = headers["content-type"]
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    read = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in parts
    ]
    assert [set(part.keys()) <= {"Content-Disposition", "Content-Type"} for part in parts] == [True] * 4
    assert read == [
        ("na%22me", None, "text/plain", "Zoë\r\n--x".encode()),
        ("papers", "bad%22%0D%0AX: 1.txt", "text/plain", b"Hello"),
        ("papers", "zwei.md", "application/octet-stream", b"--treadle-\r\n"),
        ("count", None, "text/plain", b"3"),
    ]


@pytest.mark.parametrize(
    ("config", "kind", "body"),
    [
        ({"body": "json", "json_body": {"a": [1, "é"]}}, "application/json", b'{"a": [1, "\\u00e9"]}'),
        ({"body": "json"}, "application/json", b"null"),
        (
            {"body": "form", "form": [{"name": "a", "value": [1, "ü&"]}]},
            "application/x-www-form-urlencoded",
            b"a=1&a=%C3%BC%26",
        ),
        ({"body": "text", "text": "Grüezi"}, "text/plain; charset=utf-8", "Grüezi".encode()),
        (
            {"body": "text", "text": "<a/>", "headers": [{"name": "content-type", "value": "text/xml"}]},
            "text/xml",
            b"<a/>",
        ),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_every_kind_of_body_arrives_as_it_is(shop, method, config, kind, body):
    await call(shop, method=method, **config)

    sent, headers, arrived = shop.sent[0]
    assert (sent, headers["content-type"], arrived) == (method, kind, body)


async def test_looking_sends_no_body(shop):
    headed = await call(shop, method="HEAD", body="text", text="x")
    await call(shop, method="OPTIONS", body="text", text="x")

    assert (headed["status"], headed["headers"]["etag"], headed["text"]) == (200, "x7", "")
    assert shop.sent[0][2] == b""


@pytest.mark.parametrize(
    ("auth", "auth_name", "sent"),
    [
        ("bearer", "", ("authorization", "Bearer canary-7d41")),
        ("basic", "me", ("authorization", "Basic bWU6Y2FuYXJ5LTdkNDE=")),
        ("header", "X-Api-Key", ("x-api-key", "canary-7d41")),
    ],
)
async def test_a_key_goes_along_by_its_name_alone(shop, auth, auth_name, sent):
    await call(shop, method="POST", auth=auth, auth_name=auth_name, secret="Shop")

    assert sent in shop.sent[0][1].items()
    assert shop.sent[0][1]["host"] == shop.place


@pytest.mark.parametrize(
    ("said", "address", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "/x", "passwd"),
        ("attachment; filename*=UTF-8''%E5%AF%86.pdf", "/x", "密.pdf"),
        ("", "/reports/7%2F8.pdf?x=1", "8.pdf"),
        ("", "/", "download"),
        ('x\r\nbad: "', "/", "download"),
    ],
)
async def test_a_file_that_comes_back_has_a_harmless_name(said, address, name):
    answer = HttpResponse(200, {"content-disposition": said}, b"x", f"https://api.example.com{address}")

    ran = await run_node(Http, {"address": ADDRESS, "read": "file"}, answers=[answer])

    assert ran.output["file"]["name"] == name


@pytest.mark.parametrize(
    ("config", "code", "field"),
    [
        ({"pages": "next"}, "no_next_part", "next_part"),
        ({"pages": "cursor", "next_part": "x["}, "bad_part", "next_part"),
        ({"pages": "number", "page_name": " "}, "no_page_name", "page_name"),
        ({"pages": "link", "read": "file"}, "pages_need_data", "read"),
        ({"auth": "bearer"}, "no_secret_chosen", "secret"),
        ({"address": "https://{{ start_1.host }}/"}, "address_not_fixed", "address"),
    ],
)
def test_what_is_missing_is_said_before_it_runs(config, code, field):
    problems = Http.check({"address": ADDRESS, **config})

    assert [(one.code, one.field) for one in problems] == [(code, field)]


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({}, {"status", "headers", "text", "data"}),
        ({"read": "text"}, {"status", "headers", "text"}),
        ({"read": "file"}, {"status", "headers", "file"}),
        ({"pages": "link"}, {"status", "headers", "data", "pages", "is_cut"}),
        ({"pages": "link", "method": "POST"}, {"status", "headers", "text", "data"}),
    ],
)
def test_what_later_steps_may_use_follows_from_how_the_answer_is_read(config, fields):
    assert set(Http.output_schema(config)["properties"]) == fields


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_only_looking_is_a_read(method):
    assert Http.effects_of({"method": method}) == (
        "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
    )
    assert Http.may_repeat({"method": method}) is False
    assert Http.may_repeat({"method": method, "may_repeat": True}) is True

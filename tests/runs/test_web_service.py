"""The step that calls a web service, in whole runs: the sample service, and a secret that shows nowhere."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import redis

from backend.accounts.models import Role, Workspace
from backend.runs.models import Event, Run
from backend.workflows.services import create_workflow, pin_draft
from backend.workflows.starters import create_from_starter
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, graph, migrated_data, node, stack

__all__ = ["migrated_data", "stack"]
pytestmark = pytest.mark.slow

CANARY = "canary/7d41+of=the shop"


class Echo:
    """A service that repeats all it is sent, in every spelling it can think of. `/fail` is a failure, `/to` a
    redirect to another host with the key in its address."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        echo = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(size).decode()
                echo.asked.append((self.command, self.path, dict(self.headers)))
                key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
                said = f"{self.headers.get('Authorization', '')} {self.headers.get('X-Key', '')} {key}"
                spellings = [said, quote(said), base64.b64encode(said.encode()).decode(), json.dumps(said)]
                answer = json.dumps({"said": spellings, "path": self.path, "body": body}).encode()
                if self.path.startswith("/to"):
                    self.send_response(302)
                    self.send_header(
                        "Location", f"http://localhost:{self.server.server_port}/x?k={quote(key)}"
                    )
                else:
                    self.send_response(500 if self.path.startswith("/fail") else 200)
                packed = gzip.compress(answer)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Encoding", "gzip")
                self.send_header("X-Request-Id", said)
                self.send_header("Content-Length", str(len(packed)))
                self.end_headers()
                self.wfile.write(packed)

            do_POST = do_GET

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.server.shutdown()
    echo.server.server_close()


@pytest.fixture
def anna(stack: Stack, echo: Echo, settings: Any) -> Person:
    """Anna, on an installation with a web process, and a worker that may reach the echo."""
    settings.TREADLE_KEYS = stack.data / "keys"
    stack.start_web()
    stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=f"127.0.0.1:{echo.port},localhost:{echo.port}")
    return make_person("anna@example.com", Workspace.objects.create(name="Anna's bakery"), Role.OWNER)


def app(person: Person, drawn: dict[str, Any]) -> Any:
    return pin_draft(
        create_workflow(workspace_id=person.workspace.pk, name="App", graph=graph_from_json(drawn))
    )


def call(n: int, address: str, **config: Any) -> dict[str, Any]:
    return node("tool", n, address=address, **config)


def test_the_template_answers_by_the_sample_service_whatever_the_port(stack: Stack, anna: Person) -> None:
    workflow = create_from_starter(workspace_id=anna.workspace.pk, slug="web-service")
    version = pin_draft(workflow)

    found = stack.ended(stack.say(version, "Where is my order 1042?"))
    missing = stack.ended(stack.say(version, "What about order 9999?"))

    assert found.status == missing.status == "succeeded", (found.error, missing.error, stack.log_tail())
    assert "**Order 1042** (a chocolate cake): on its way, tomorrow morning." in found.answer
    assert "You said: Write one friendly sentence" in found.answer  # what the scripted model makes of it
    assert missing.answer.startswith("I cannot find this order.")
    outputs = {e.path: e.data for e in Event.objects.filter(run=found, type="node_succeeded")}
    assert outputs["tool_1"]["output"]["data"]["status"] == "on its way"
    error = Event.objects.get(run=missing, type="node_failed").data["error"]
    assert error["code"] == "http_404"
    assert error["message"].startswith("The sample service answered 404: ")
    assert str(stack.port) not in error["message"]


def test_the_console_of_this_installation_is_out_of_reach(stack: Stack, anna: Person, echo: Echo) -> None:
    inside = f"http://127.0.0.1:{stack.port}"
    places = [
        f"{inside}/api/session",
        f"{inside}/samples/orders/1042",
        f"http://localhost:{stack.port}/healthz",
    ]

    for place in places:
        run = stack.ended(
            stack.say(app(anna, graph([node("start"), call(1, place)], "start_1 -> tool_1")), "x")
        )

        assert run.status == "failed"
        assert run.error["code"] == "address_refused", place


def test_a_secret_goes_to_its_host_and_shows_nowhere(stack: Stack, anna: Person, echo: Echo) -> None:
    place = f"http://127.0.0.1:{echo.port}"
    kept = anna.client.post(
        "/api/secrets",
        {"name": "Shop", "value": CANARY, "hosts": [f"127.0.0.1:{echo.port}"]},
        content_type="application/json",
    )
    assert kept.status_code == 201, kept.content
    secret = {"secret": "Shop"}
    drawn = graph(
        [
            node("start"),
            call(1, f"{place}/echo", auth="bearer", **secret),
            call(2, f"{place}/fail", auth="basic", auth_name="anna", **secret),
            call(3, f"{place}/to", auth="query", auth_name="key", **secret),
            call(4, f"http://localhost:{echo.port}/x", auth="header", auth_name="X-Key", **secret),
            call(
                5,
                f"{place}/post",
                method="POST",
                auth="header",
                auth_name="X-Key",
                body="text",
                text="hi",
                **secret,
            ),
            node(
                "answer", text="{{ tool_1.text }} {{ tool_2.message }} {{ tool_3.message }} {{ tool_5.data }}"
            ),
        ],
        "start_1 -> tool_1",
        "tool_1 -> tool_2",
        "tool_2.error -> tool_3",
        "tool_3.error -> tool_4",
        "tool_4.error -> tool_5",
        "tool_5 -> answer_1",
    )
    drawn["nodes"][2]["policy"] = {"max_attempts": 2, "backoff_s": 0.05}

    run = stack.ended(stack.say(app(anna, drawn), "Hello"))

    assert run.status == "succeeded", (run.error, stack.log_tail())
    codes = {e.path: e.data["error"]["code"] for e in Event.objects.filter(run=run, type="node_failed")}
    assert codes == {"tool_2": "http_5xx", "tool_3": "secret_not_allowed", "tool_4": "secret_not_allowed"}
    assert [path.partition("?")[0] for _, path, _ in echo.asked] == [
        "/echo",
        "/fail",
        "/fail",
        "/to",
        "/post",
    ]
    assert echo.asked[0][2]["Authorization"] == f"Bearer {CANARY}"
    assert (
        echo.asked[1][2]["Authorization"] == f"Basic {base64.b64encode(f'anna:{CANARY}'.encode()).decode()}"
    )
    assert parse_qs(urlsplit(echo.asked[3][1]).query)["key"] == [CANARY]
    posted = echo.asked[4][2]
    assert (posted["X-Key"], posted["Idempotency-Key"]) == (CANARY, f"{run.pk}:tool_5")
    assert "***" in run.answer

    seen = everything(stack, anna, run)
    assert len(seen) > 8
    for name, content in seen.items():
        for spelled in spellings(CANARY):
            assert spelled not in content, f"{spelled!r} is in {name}"


def everything(stack: Stack, anna: Person, run: Run) -> dict[str, bytes]:
    """All that is left of a run: files, Redis, and what the console shows."""
    found = {str(path): path.read_bytes() for path in stack.data.rglob("*") if path.is_file()}
    assert any(b"tool_5" in content for content in found.values())  # the journal is among it
    client = redis.Redis.from_url(stack.redis_url)
    for key in client.scan_iter():
        kind = client.type(key)
        value = client.xrange(key) if kind == b"stream" else client.dump(key)
        found[f"redis {key!r}"] = repr(value).encode()
    client.close()
    workflow = f"/api/workflows/{run.workflow_id}"
    for path in (f"/api/runs/{run.pk}", workflow, f"{workflow}/export", "/api/secrets", "/api/audit"):
        answer = anna.client.get(path)
        assert answer.status_code == 200, (path, answer.content)
        found[path] = answer.content
    assert b"tool_1" in found[f"/api/runs/{run.pk}"]
    return found


def spellings(value: str) -> list[bytes]:
    encoded = {base64.b64encode(before + value.encode())[4:-4] for before in (b"", b"x", b"xy", b"anna:")}
    plain = {value, quote(value), quote(value, safe=""), json.dumps(value)[1:-1], value.split("/")[1][:9]}
    return [*encoded, *(text.encode() for text in plain)]

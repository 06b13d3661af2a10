"""Connecting a model for real: a worker asks a server that speaks OpenAI's protocol."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.providers import services
from backend.providers.models import ModelConnection
from backend.workflows.models import Workflow
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, migrated_data, stack

__all__ = ["migrated_data", "stack"]
pytestmark = pytest.mark.slow

KEY = "sk-for-the-fake-server"


@dataclass
class ModelServer:
    """A server with one model, and what it was asked."""

    port: int
    authorizations: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.authorizations.append(self.headers.get("Authorization", ""))
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                self._say(401, "application/json", json.dumps({"error": {"message": "bad key"}}))
                return
            chunk = {"choices": [{"index": 0, "delta": {"content": "OK"}, "finish_reason": "stop"}]}
            self._say(200, "text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")

        def _say(self, status: int, content_type: str, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    asked = ModelServer(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def anna(stack: Stack, model_server: ModelServer, settings: Any) -> Person:
    """Anna, on an installation whose worker may reach the model server and shares our keys."""
    settings.TREADLE_KEYS = stack.data / "keys"
    stack.start_worker(TREADLE_MODELS="", TREADLE_ALLOWED_HOSTS_PRIVATE=f"127.0.0.1:{model_server.port}")
    workspace = Workspace.objects.create(name="Anna's bakery")
    return make_person("anna@example.com", workspace, Role.OWNER)


def connect(person: Person, **body: object) -> tuple[int, dict]:
    answer = person.client.post("/api/models/connections", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_model_that_answers_is_connected_and_one_that_does_not_leaves_nothing(
    anna: Person, model_server: ModelServer
) -> None:
    base = {"kind": "openai_compatible", "models": ["tiny"]}
    place = {"base_url": model_server.base_url}

    good = connect(anna, name="ours", fields={**place, "api_key": KEY}, **base)
    bad_key = connect(anna, name="wrong", fields={**place, "api_key": "sk-wrong"}, **base)
    forbidden = connect(anna, name="metadata", fields={"base_url": "http://169.254.169.254/v1"}, **base)

    assert good[0] == 201, good
    assert good[1] | {"id": ""} == {
        "id": "",
        "name": "ours",
        "kind": "openai_compatible",
        "provider": "",
        "base_url": model_server.base_url,
        "fields": place,
        "filled": ["api_key"],
        "models": ["tiny"],
        "embedding_models": [],
        "is_ready": True,
    }
    assert (bad_key[0], bad_key[1]["error"]["code"]) == (422, "model_auth")
    assert (forbidden[0], forbidden[1]["error"]["code"]) == (422, "address_refused")
    assert model_server.authorizations == [f"Bearer {KEY}", "Bearer sk-wrong"]
    assert [row.name for row in ModelConnection.objects.all()] == ["ours"]
    assert services.lookup(anna.workspace.pk, "ours/tiny").api_key == KEY


def test_the_workflow_of_the_tests_is_nowhere_to_be_seen(anna: Person, model_server: ModelServer) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    connect(anna, name="ours", kind="openai_compatible", fields=fields, models=["m"])

    hidden = Workflow.objects.get()

    assert anna.client.get("/api/workflows").json()["workflows"] == []
    assert anna.client.get(f"/api/workflows/{hidden.pk}").status_code == 404

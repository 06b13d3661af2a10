"""Connecting a model for real: a worker asks a server that speaks OpenAI's protocol."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.accounts.sealed import seal
from backend.providers import services
from backend.providers.models import ModelConnection
from backend.workflows.models import Workflow
from nodes.sdk.errors import NodeError
from nodes.sdk.media_by_script import square_of, tone
from nodes.sdk.word_vectors import word_vector
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
    paths: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.authorizations.append(self.headers.get("Authorization", ""))
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            asked.paths.append(self.path)
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                self._say(401, "application/json", json.dumps({"error": {"message": "bad key"}}))
                return
            if self.path == "/v1/audio/transcriptions":
                asked.heard.append(sent)
                self._say(200, "application/json", json.dumps({"text": ""}))
                return
            if self.path == "/v1/audio/speech":
                self._say(200, "audio/wav", tone(3))
                return
            body = json.loads(sent)
            if self.path == "/v1/images/generations":
                picture = b64encode(square_of(body["prompt"])).decode()
                self._say(200, "application/json", json.dumps({"data": [{"b64_json": picture}]}))
                return
            if self.path == "/v1/embeddings":
                data = [{"index": n, "embedding": word_vector(text)} for n, text in enumerate(body["input"])]
                self._say(200, "application/json", json.dumps({"data": data}))
                return
            if self.path == "/v1/rerank":
                results = [{"index": n, "relevance_score": 0.5} for n in range(len(body["documents"]))]
                self._say(200, "application/json", json.dumps({"results": results}))
                return
            chunk = {"choices": [{"index": 0, "delta": {"content": "OK"}, "finish_reason": "stop"}]}
            self._say(200, "text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")

        def _say(self, status: int, content_type: str, text: str | bytes) -> None:
            content = text.encode() if isinstance(text, str) else text
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

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
        "rerank_models": [],
        "transcription_models": [],
        "speech_models": [],
        "image_models": [],
        "is_ready": True,
    }
    assert (bad_key[0], bad_key[1]["error"]["code"]) == (422, "model_auth")
    assert (forbidden[0], forbidden[1]["error"]["code"]) == (422, "address_refused")
    assert model_server.authorizations == [f"Bearer {KEY}", "Bearer sk-wrong"]
    assert [row.name for row in ModelConnection.objects.all()] == ["ours"]
    assert services.lookup(anna.workspace.pk, "ours/tiny").api_key == KEY


def test_a_connection_is_changed_if_it_still_answers_and_stays_as_it_was_if_not(
    anna: Person, model_server: ModelServer
) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    made = connect(anna, name="ours", kind="openai_compatible", fields=fields, models=["tiny"])[1]
    path = f"/api/models/connections/{made['id']}"

    def change(**body: object) -> tuple[int, dict]:
        answer = anna.client.patch(path, body, content_type="application/json")
        return answer.status_code, answer.json()

    more = change(models=["tiny", "large"])
    bad_key = change(fields={"api_key": "sk-wrong"})
    elsewhere = change(fields={"base_url": "http://127.0.0.1:9/v1"})
    nothing = change(models=[], embedding_models=[])

    assert more[0] == 200
    assert more[1]["models"] == ["tiny", "large"]
    assert (bad_key[0], bad_key[1]["error"]["code"]) == (422, "model_auth")
    assert (elsewhere[0], elsewhere[1]["error"]["code"]) == (422, "secret_value_needed")
    assert (nothing[0], nothing[1]["error"]["field"]) == (422, "models")
    target = services.lookup(anna.workspace.pk, "ours/large")
    assert (target.api_key, target.base_url) == (KEY, model_server.base_url)
    assert ModelConnection.objects.get().is_ready


def test_models_for_vectors_are_tested_by_sorting_and_can_be_the_default(
    anna: Person, model_server: ModelServer
) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    status, made = connect(
        anna, name="ours", kind="openai_compatible", fields=fields, models=["tiny"], embedding_models=["vec"]
    )
    assert status == 201, made
    assert model_server.paths == ["/v1/chat/completions", "/v1/embeddings"]

    def send(method: str, path: str, body: dict[str, object]) -> Any:
        return getattr(anna.client, method)(path, body, content_type="application/json")

    for model, code in (("ours/vec", 200), ("ours/tiny", 422), ("practice", 422)):
        assert send("put", "/api/models/default", {"model": model, "kind": "embedding"}).status_code == code
    assert services.lookup(anna.workspace.pk, "", "embedding").model == "vec"
    assert services.lookup(anna.workspace.pk, "").kind == "practice"

    tested = send("post", "/api/models/test", {"connection": made["id"]}).json()["tested"]
    assert [(one["model"], one["kind"], one["answer"]) for one in tested] == [
        ("ours/tiny", "chat", "OK"),
        ("ours/vec", "embedding", ""),
    ]
    own = send("post", "/api/models/test", {"model": "multilingual-e5-small"})
    assert own.json()["tested"][0]["kind"] == "embedding"


def test_models_that_hear_speak_and_draw_are_tested_by_doing_so_and_can_be_the_default(
    anna: Person, model_server: ModelServer
) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    media = {"transcription": "whisper", "speech": "tts", "image": "painter"}
    names = {f"{kind}_models": [name] for kind, name in media.items()}
    status, made = connect(anna, name="ours", kind="openai_compatible", fields=fields, models=[], **names)
    assert status == 201, made
    assert model_server.paths == ["/v1/audio/transcriptions", "/v1/audio/speech", "/v1/images/generations"]
    assert b"RIFF" in model_server.heard[0]

    def usual(kind: str) -> str:
        kinds = anna.client.get("/api/models").json()["kinds"]
        return next(one["default"] for one in kinds if one["kind"] == kind)

    for kind, name in media.items():
        assert usual(kind) == ""
        with pytest.raises(NodeError, match="no usual model"):
            services.lookup(anna.workspace.pk, "", kind)
        wrong = {"model": f"ours/{name}", "kind": "chat"}
        right = {"model": f"ours/{name}", "kind": kind}
        for body, code in ((wrong, 422), (right, 200)):
            answer = anna.client.put("/api/models/default", body, content_type="application/json")
            assert answer.status_code == code
        assert usual(kind) == f"ours/{name}"
        assert services.lookup(anna.workspace.pk, "", kind).model == name
    answer = anna.client.post(
        "/api/models/test", {"connection": made["id"]}, content_type="application/json"
    ).json()
    assert [one["kind"] for one in answer["tested"]] == list(media)


def test_models_that_rank_are_tested_by_ranking_and_can_be_the_default(
    anna: Person, model_server: ModelServer
) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    status, made = connect(
        anna, name="ours", kind="openai_compatible", fields=fields, models=[], rerank_models=["bge"]
    )
    assert status == 201, made
    assert model_server.paths == ["/v1/rerank"]

    def send(method: str, path: str, body: dict[str, object]) -> Any:
        return getattr(anna.client, method)(path, body, content_type="application/json")

    def usual() -> str:
        kinds = anna.client.get("/api/models").json()["kinds"]
        return next(one["default"] for one in kinds if one["kind"] == "rerank")

    assert usual() == ""
    with pytest.raises(NodeError, match="no usual model"):
        services.lookup(anna.workspace.pk, "", "rerank")
    for kind, model, code in (
        ("rerank", "practice", 422),
        ("chat", "ours/bge", 422),
        ("chat", "", 422),
        ("rerank", "ours/bge", 200),
    ):
        assert send("put", "/api/models/default", {"model": model, "kind": kind}).status_code == code
    assert usual() == "ours/bge"
    assert services.lookup(anna.workspace.pk, "", "rerank").model == "bge"

    tested = send("post", "/api/models/test", {"connection": made["id"]}).json()["tested"]
    assert [(one["model"], one["kind"]) for one in tested] == [("ours/bge", "rerank")]
    assert send("put", "/api/models/default", {"model": "", "kind": "rerank"}).status_code == 200
    assert usual() == ""
    assert send("put", "/api/models/default", {"model": "ours/bge", "kind": "rerank"}).status_code == 200
    assert anna.client.delete(f"/api/models/connections/{made['id']}").status_code == 204
    assert usual() == ""


def test_a_saved_connection_that_no_longer_answers_is_marked_so(
    anna: Person, model_server: ModelServer
) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    made = connect(anna, name="ours", kind="openai_compatible", fields=fields, models=["tiny"])[1]
    row = ModelConnection.objects.get()
    seal(row, "key", "sk-expired")
    row.save()

    answer = anna.client.post("/api/models/test", {"connection": made["id"]}, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "model_auth")
    assert not ModelConnection.objects.get().is_ready


def test_the_workflow_of_the_tests_is_nowhere_to_be_seen(anna: Person, model_server: ModelServer) -> None:
    fields = {"base_url": model_server.base_url, "api_key": KEY}
    connect(anna, name="ours", kind="openai_compatible", fields=fields, models=["m"])

    hidden = Workflow.objects.get()

    assert anna.client.get("/api/workflows").json()["workflows"] == []
    assert anna.client.get(f"/api/workflows/{hidden.pk}").status_code == 404

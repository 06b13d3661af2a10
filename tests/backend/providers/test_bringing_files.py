"""A model file for real: fetched by workers that are killed, checked, served and asked."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.providers.models import LocalModel
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, Stack, migrated_data, stack, until
from workers.models.practice import practice_model_path

__all__ = ["migrated_data", "stack"]
pytestmark = pytest.mark.slow


class Shelf:
    """Serves the practice model, at first a part of it only; `let_go` sends the rest."""

    def __init__(self) -> None:
        path = practice_model_path()
        assert path is not None
        self.data = path.read_bytes()
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.let_go = threading.Event()
        self.ranges: list[str] = []
        shelf = self

        class Serving(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range", "")
                shelf.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                self.send_response(206 if wanted else 200)
                self.send_header("ETag", '"smol"')
                self.send_header("Content-Length", str(len(shelf.data) - start))
                if wanted:
                    self.send_header(
                        "Content-Range", f"bytes {start}-{len(shelf.data) - 1}/{len(shelf.data)}"
                    )
                self.end_headers()
                half = len(shelf.data) // 2
                try:
                    self.wfile.write(shelf.data[start:half] if start < half else b"")
                    shelf.let_go.wait(60)
                    self.wfile.write(shelf.data[max(start, half) :])
                except OSError:
                    pass

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Serving)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.let_go.set()
    shelf.server.shutdown()
    shelf.server.server_close()


@pytest.fixture
def anna(stack: Stack, settings: Any) -> Person:
    settings.TREADLE_KEYS = stack.data / "keys"
    settings.TREADLE_DATA = stack.data
    settings.REDIS_URL = stack.redis_url
    return make_person("anna@example.com", Workspace.objects.create(name="Bakery"), Role.OWNER)


def start_worker(stack: Stack, shelf: Shelf) -> Any:
    return stack.start_worker(
        TREADLE_MODELS="", TREADLE_ALLOWED_HOSTS_PRIVATE=f"127.0.0.1:{shelf.port}", TREADLE_LEASE_S="3"
    )


def put_on_the_list(person: Person, shelf: Shelf, **more: Any) -> LocalModel:
    """As the route does, which takes https only."""
    return LocalModel.objects.create(
        workspace_id=person.workspace.pk,
        slug="smol",
        title="Smol",
        url=f"http://127.0.0.1:{shelf.port}/smol.gguf",
        state="downloading",
        **{"sha256": shelf.sha256, **more},
    )


def shown(person: Person) -> dict[str, Any]:
    models = person.client.get("/api/models/local").json()["models"]
    return next(model for model in models if model["id"] == "smol")


def test_a_download_survives_its_worker_and_the_model_answers(
    stack: Stack, anna: Person, shelf: Shelf
) -> None:
    put_on_the_list(anna, shelf)
    first = start_worker(stack, shelf)
    until(lambda: shown(anna)["done_bytes"] > 10_000_000, "the download is under way")

    first.send_signal(signal.SIGKILL)
    first.wait()
    shelf.let_go.set()
    start_worker(stack, shelf)

    until(lambda: shown(anna)["state"] == "ready", "the model is there", lambda: json.dumps(shown(anna)))
    model = shown(anna)
    assert model["progress"] == 1
    assert model["header"]["architecture"] == "llama"
    assert any(wanted.startswith("bytes=") for wanted in shelf.ranges)
    folder = stack.data / "models"
    assert [file.name for file in folder.iterdir()] == [f"{shelf.sha256}.gguf"]

    drawn = json.loads(json.dumps(CHAT))
    drawn["nodes"][1]["config"] |= {"model": "gguf/smol", "max_tokens": 10}
    run = stack.say(stack.app(drawn, anna.workspace), "Say hello.")
    ended = stack.ended(run)
    assert ended.status == "succeeded", ended.error
    assert ended.answer
    until(lambda: shown(anna)["is_running"], "its memory is told")
    assert shown(anna)["memory_bytes"] > 50_000_000

    anna.client.delete("/api/models/local/smol")
    assert anna.client.get("/api/models/local").status_code == 200


def test_a_file_with_another_hash_is_not_kept(stack: Stack, anna: Person, shelf: Shelf) -> None:
    shelf.let_go.set()
    put_on_the_list(anna, shelf, sha256="0" * 64)
    start_worker(stack, shelf)

    until(lambda: shown(anna)["state"] == "failed", "the hash was checked")

    assert shown(anna)["error"]["code"] == "wrong_file"
    assert list((stack.data / "models").iterdir()) == []


def test_a_paused_download_stops_and_goes_on(stack: Stack, anna: Person, shelf: Shelf) -> None:
    row = put_on_the_list(anna, shelf)
    start_worker(stack, shelf)
    until(lambda: shown(anna)["done_bytes"] > 10_000_000, "the download is under way")

    assert anna.client.post("/api/models/local/smol/cancel").json()["state"] == "paused"
    kept = stack.data / "models" / f"{row.pk}.part"
    shelf.let_go.set()
    assert anna.client.post("/api/models/local/smol/download").json()["state"] == "downloading"

    until(lambda: shown(anna)["state"] == "ready", "the model is there", lambda: json.dumps(shown(anna)))
    assert not kept.exists()


def test_a_path_on_the_server_is_looked_at_first(stack: Stack, anna: Person, tmp_path: Path) -> None:
    stack.start_worker(TREADLE_MODELS="")
    odd = tmp_path / "odd.gguf"
    odd.write_bytes(b"GGUF but not really")
    good = practice_model_path()

    for title, path in (("Good", good), ("Odd", odd), ("Gone", tmp_path / "gone.gguf")):
        body = {"title": title, "path": str(path)}
        assert anna.client.post("/api/models/local", body, content_type="application/json").status_code == 201

    def states() -> dict[str, str]:
        return dict(LocalModel.objects.values_list("slug", "state"))

    until(lambda: "checking" not in states().values(), "all were looked at", lambda: str(states()))
    assert states() == {"good": "ready", "odd": "failed", "gone": "failed"}
    errors = dict(LocalModel.objects.exclude(error=None).values_list("slug", "error__code"))
    assert errors == {"odd": "bad_model_file", "gone": "file_missing"}
    assert odd.exists()

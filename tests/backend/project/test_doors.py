"""What stands before Django, asked the way a server asks it: by ASGI messages."""

import json
from inspect import iscoroutinefunction
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from backend.accounts.strict_json import MAX_BYTES
from backend.project.asgi import application
from backend.project.guards import SameOrigin
from backend.project.handler import SHORT
from backend.publish.urls import urlpatterns
from tests.conftest import Person


def scope(path: str, *headers: tuple[bytes, bytes], method: str = "POST") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 5),
    }


async def answer_of(door: ApplicationCommunicator) -> tuple[int, dict[str, Any]]:
    start = await door.receive_output(5)
    body = await door.receive_output(5)
    return start["status"], json.loads(body["body"])


def test_views_on_the_short_way_are_coroutines() -> None:
    """They get no thread from Django, so none may need one."""
    short = [found for found in urlpatterns if f"/{found.pattern}".startswith(SHORT)]

    assert len(short) >= 14
    assert [found.pattern for found in short if not iscoroutinefunction(found.callback)] == []


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    length = str(MAX_BYTES + 1).encode()
    door = ApplicationCommunicator(application, scope("/api/session", (b"content-length", length)))

    status, body = await answer_of(door)

    assert status == 413
    assert body["error"]["code"] == "too_large"


async def test_a_body_that_grows_too_large_is_cut_off() -> None:
    door = ApplicationCommunicator(application, scope("/api/session"))

    for _ in range(6):
        await door.send_input({"type": "http.request", "body": b"x" * 2**20, "more_body": True})

    assert (await answer_of(door))[0] == 413


async def through_the_door(origin: bytes | None, host: bytes = b"localhost:8000") -> bool:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    headers = [(b"host", host)] + ([(b"origin", origin)] if origin is not None else [])
    door = ApplicationCommunicator(SameOrigin(inner), {"type": "websocket", "headers": headers})
    await door.send_input({"type": "websocket.connect"})
    return (await door.receive_output(5))["type"] == "websocket.accept"


@pytest.mark.parametrize("origin", [b"http://localhost:8000", b"http://127.0.0.1:8000"])
async def test_a_socket_opens_from_our_own_pages(origin: bytes) -> None:
    assert await through_the_door(origin, origin.removeprefix(b"http://"))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, b"localhost:8000"),
        (b"", b"localhost:8000"),
        (b"null", b"localhost:8000"),
        (b"http://evil.example", b"localhost:8000"),
        (b"http://localhost:9000", b"localhost:8000"),
        (b"http://localhost:8000.evil.example", b"localhost:8000"),
        (b"http://evil.example", b"evil.example"),
        (b"http://[", b"localhost:8000"),
    ],
)
async def test_a_socket_does_not_open_from_elsewhere(origin: bytes | None, host: bytes) -> None:
    assert not await through_the_door(origin, host)


@pytest.mark.django_db(transaction=True)
def test_health_names_each_part(client: Client, redis_server: str) -> None:
    answer = client.get("/healthz")

    parts = answer.json()["parts"]
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert {name: part["state"] for name, part in parts.items()} == {
        "web": "ok",
        "database": "ok",
        "redis": "ok",
        "keys": "ok",
        "worker": "down",
        "model": "down",
    }


def test_headers_that_browsers_obey_are_on_every_answer(owner: Person) -> None:
    for path in ("/api/session", "/", "/api/nothing"):
        headers = owner.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "Access-Control-Allow-Origin" not in headers, path

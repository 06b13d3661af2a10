"""Walks over every address outside the console: who gets through without a key, and what a stranger hears.

The addresses come from urls.py and the sockets from asgi.py; one that is not written here fails the walk.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from backend.project.asgi import application
from backend.publish.models import Publication
from backend.runs.consumers import websocket_urlpatterns
from tests.backend.project.walk.routes import other_patterns
from tests.backend.project.walk.world import CANARY, furnish, heard, mark, snapshot
from tests.conftest import Person

# The reading and writing threads of the public doors have connections of their own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
JSON = "application/json"
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}

# Whoever comes may ask for these: they say nothing about anyone.
FOR_ALL = {
    "livez": "/livez",
    "readyz": "/readyz",
    "healthz": "/healthz",
    "samples/orders": "/samples/orders",  # a made-up web service for the templates
    "samples/orders/<str:number>": "/samples/orders/1001",
    "samples/opening-hours": "/samples/opening-hours",
    "samples/sales": "/samples/sales",
    "a": "/a",
    "robots.txt": "/robots.txt",
    "favicon.ico": "/favicon.ico",
    "embed.js": "/embed.js",
    "static/<path:name>": "/static/treadle.svg",
    "": "/",
    "<path:rest>": "/apps/anything",
}
# With an app's key only: method, address, body.
BY_KEY: dict[str, list[tuple[str, str, Any]]] = {
    "v1/chat/completions": [
        ("post", "/v1/chat/completions", {"model": "{slug}", "messages": [{"role": "user", "content": "hi"}]})
    ],
    "v1/models": [("get", "/v1/models", None)],
    "v1/models/<str:name>": [("get", "/v1/models/{slug}", None)],
    "v1/files": [("post", "/v1/files", {})],
    "v1/files/upload": [("post", "/v1/files/upload", {})],
    "v1/files/<uuid:file_id>": [("get", "/v1/files/{file_id}", None)],
    "v1/runs": [
        ("post", "/v1/runs", {"query": "hi", "mode": "async", "conversation_id": "{conversation_id}"})
    ],
    "v1/runs/<uuid:run_id>": [("get", "/v1/runs/{run_id}", None)],
    "v1/runs/<uuid:run_id>/events": [("get", "/v1/runs/{run_id}/events", None)],
    "v1/runs/<uuid:run_id>/cancel": [("post", "/v1/runs/{run_id}/cancel", {})],
    "v1/memories": [("get", "/v1/memories?user=kim", None), ("delete", "/v1/memories?user=kim", None)],
    "v1/memories/<uuid:memory_id>": [("delete", "/v1/memories/{memory_id}", None)],
    "v1/runs/<uuid:run_id>/answer": [("post", "/v1/runs/{run_id}/answer", {"path": "ask_2"})],
    "v1/runs/<uuid:run_id>/rating": [("post", "/v1/runs/{run_id}/rating", {"rating": "bad"})],
}
# The chat page: whoever has its address, for their own conversations.
BY_VISITORS: dict[str, list[tuple[str, str, Any]]] = {
    "c/<str:slug>": [("get", "/c/{slug}", None)],
    "c/<str:slug>/app": [("get", "/c/{slug}/app", None)],
    "c/<str:slug>/files": [("post", "/c/{slug}/files", {})],
    "c/<str:slug>/files/<uuid:file_id>": [("get", "/c/{slug}/files/{file_id}", None)],
    "c/<str:slug>/runs": [
        ("post", "/c/{slug}/runs", {"query": "hi", "conversation_id": "{conversation_id}"})
    ],
    "c/<str:slug>/runs/<uuid:run_id>/events": [("get", "/c/{slug}/runs/{run_id}/events", None)],
    "c/<str:slug>/runs/<uuid:run_id>/cancel": [("post", "/c/{slug}/runs/{run_id}/cancel", {})],
    "c/<str:slug>/runs/<uuid:run_id>/answer": [("post", "/c/{slug}/runs/{run_id}/answer", {"path": "ask_2"})],
    "c/<str:slug>/runs/<uuid:run_id>/rating": [("post", "/c/{slug}/runs/{run_id}/rating", {"rating": "bad"})],
    "c/<str:slug>/memories": [("get", "/c/{slug}/memories", None), ("delete", "/c/{slug}/memories", None)],
    "c/<str:slug>/memories/<uuid:memory_id>": [("delete", "/c/{slug}/memories/{memory_id}", None)],
    "c/<str:slug>/conversations": [("get", "/c/{slug}/conversations", None)],
    "c/<str:slug>/conversations/<uuid:conversation_id>": [
        ("get", "/c/{slug}/conversations/{conversation_id}", None)
    ],
}
# The same in a frame on a website that the app's owner has allowed, with a token instead of a cookie.
ON_WEBSITES = {
    pattern.replace("c/", "embed/", 1): [
        (method, path.replace("/c/", "/embed/", 1), body) for method, path, body in asks
    ]
    for pattern, asks in BY_VISITORS.items()
}
# By a signed link to one question of one run.
BY_LINK: dict[str, list[tuple[str, str, Any]]] = {
    "a/look": [("post", "/a/look", {"token": "{token}"})],
    "a/answer": [("post", "/a/answer", {"token": "{token}", "action": ""})],
    "a/files": [("post", "/a/files", {})],
    "hooks/<str:token>": [("post", "/hooks/{token}", {})],
}
# Of the app whose door it is: it asks for no files.
UPLOADS = ("/v1/files", "/v1/files/upload")
# What the chat page itself is for: its name, what it suggests, and that nobody has said anything yet.
SHOWN_TO_VISITORS = {
    "canary-workflow-name-0",
    "canary-publication-suggestions-0",
    "canary-publication-slug-0",
    "canary-publication-websites-0",  # to the browser, which must know who may show the page
}


@pytest.fixture
def hers(owner: Person) -> dict[str, object]:
    """The ids of Anna's things, among them a published app; each text holds a canary."""
    ids = furnish(owner)
    mark(owner)
    return {**ids, "slug": Publication.objects.get(workflow_id=ids["workflow_id"]).slug}


@pytest.fixture
def his(stranger: Person) -> dict[str, object]:
    """Bob's, with an app of his own."""
    ids = furnish(stranger)
    return {**ids, "slug": Publication.objects.get(workflow_id=ids["workflow_id"]).slug}


def filled(value: Any, ids: dict[str, object]) -> Any:
    """An address or a body with ids in the places of their names."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), value)
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    return value


def walked(
    table: dict[str, list[tuple[str, str, Any]]], ids: dict[str, object], **headers: str
) -> Iterator[tuple[str, Any]]:
    """Each address of the table with its answer."""
    for asks in table.values():
        for method, path, body in asks:
            client = Client(raise_request_exception=False, headers=headers)
            url = filled(path, ids)
            yield (
                url,
                (
                    client.post(url, filled(body, ids), content_type=JSON)
                    if method == "post"
                    else getattr(client, method)(url)
                ),
            )


def test_every_address_there_is_is_written_here():
    patterns = set(other_patterns())

    assert patterns == {*FOR_ALL, *BY_KEY, *BY_VISITORS, *ON_WEBSITES, *BY_LINK}, (
        "Say in one of the tables who may ask for it."
    )
    assert [str(one.pattern) for one in websocket_urlpatterns] == ["ws/console"], "Walk the new socket below."


def test_what_is_for_all_says_nothing_about_anyone(hers: dict[str, object]):
    for url in FOR_ALL.values():
        answer = Client(raise_request_exception=False).get(url)
        assert answer.status_code < 500 or url in ("/healthz", "/readyz"), url
        assert CANARY not in heard(answer), url


@pytest.mark.parametrize("key", [None, "nonsense", "tk_" + "0" * 43, "session"])
def test_without_a_key_the_api_is_closed(owner: Person, hers: dict[str, object], key: str | None):
    before = snapshot(owner.workspace)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    if key == "session":
        headers = {"Cookie": f"treadle_session={owner.client.cookies['treadle_session'].value}"}

    for url, answer in walked(BY_KEY, hers, **headers):
        assert answer.status_code == 401, url
        assert CANARY not in heard(answer), url

    assert snapshot(owner.workspace) == before


def test_the_key_of_another_app_opens_nothing_of_this_one(
    owner: Person, stranger: Person, hers: dict[str, object], his: dict[str, object]
):
    before = snapshot(owner.workspace)
    nowhere = {name: uuid.uuid4() for name in ("run_id", "conversation_id", "memory_id")}
    nothing = {**hers, **nowhere, "slug": "nothing-here"}
    bearer = {"Authorization": f"Bearer {his['key_text']}"}

    for (url, foreign), (_, none) in zip(
        walked(BY_KEY, hers, **bearer), walked(BY_KEY, nothing, **bearer), strict=True
    ):
        of_his_own = url == "/v1/models" or url.startswith("/v1/memories?")
        expected = 200 if of_his_own else 409 if url in UPLOADS else 404
        assert (foreign.status_code, none.status_code) == (expected, expected), (url, foreign.content)
        assert CANARY not in heard(foreign).replace(str(hers["slug"]), ""), url

    assert snapshot(owner.workspace) == before


def test_on_websites_nothing_answers_that_is_not_offered_there(hers: dict[str, object]):
    for url, answer in walked(ON_WEBSITES, hers, **FROM_PAGE):
        assert answer.status_code == 404, url
        assert CANARY not in heard(answer), url


@pytest.mark.parametrize("table", [BY_VISITORS, ON_WEBSITES], ids=["page", "websites"])
def test_a_visitor_hears_only_what_the_page_shows(
    owner: Person, hers: dict[str, object], table: dict[str, list[tuple[str, str, Any]]]
):
    Publication.objects.filter(slug=hers["slug"]).update(is_on_websites=True)

    for url, answer in walked(table, hers, **FROM_PAGE):
        ids_in_it = any(
            str(hers[name]) in url for name in ("run_id", "conversation_id", "memory_id", "file_id")
        )
        expected = 404 if ids_in_it or url.endswith("/runs") else 409 if url.endswith("/files") else 200
        assert answer.status_code == expected, (url, answer.content)
        said = heard(answer)
        for shown in SHOWN_TO_VISITORS:
            said = said.replace(shown, "")
        assert CANARY not in said, (url, said)


def test_a_visitor_of_one_app_finds_nothing_of_anothers_there(
    hers: dict[str, object], his: dict[str, object]
):
    mixed = {**hers, "slug": his["slug"]}
    Publication.objects.filter(slug=his["slug"]).update(is_on_websites=True)

    for url, answer in walked(BY_VISITORS | ON_WEBSITES, mixed, **FROM_PAGE):
        assert CANARY not in heard(answer), url
        if str(hers["run_id"]) in url or str(hers["conversation_id"]) in url:
            assert answer.status_code == 404, url


@pytest.mark.parametrize("token", ["", "nonsense", "WyJhIl0:1abc:x", 7, None, "x" * 5_000])
def test_a_link_that_is_not_ours_opens_nothing(owner: Person, hers: dict[str, object], token: Any):
    before = snapshot(owner.workspace)

    for path in ("look", "answer"):
        answer = Client().post(f"/a/{path}", {"token": token}, content_type=JSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "bad_answer_link")
        assert CANARY not in heard(answer)
        assert Client().get(f"/a/{path}").status_code == 405

    hook = Client().post(f"/hooks/{token or 'x'}", {"a": 1}, content_type=JSON)
    assert (hook.status_code, hook.json()["error"]["code"]) == (404, "bad_callback")
    assert snapshot(owner.workspace) == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://testserver.evil.example"])
async def test_the_socket_opens_only_from_our_own_pages(origin: str):
    headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
    scope = {"type": "websocket", "path": "/ws/console", "query_string": b"", "headers": headers}
    socket = ApplicationCommunicator(application, scope)

    await socket.send_input({"type": "websocket.connect"})

    assert await socket.receive_output(30) == {"type": "websocket.close", "code": 4403}

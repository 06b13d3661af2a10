"""Whatever is sent to the public doors, the answer is a 4xx with a code and a sentence, never a 500."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"

MALFORMED = {
    "nothing": b"",
    "not JSON": b"hello",
    "half an object": b'{"query": "hi"',
    "a list": b"[]",
    "a number": b"5",
    "null": b"null",
    "NaN": b'{"query": "hi", "inputs": {"a": NaN}}',
    "Infinity": b'{"query": "hi", "inputs": {"a": Infinity}}',
    "a huge number": b'{"query": "hi", "inputs": {"a": 1e999}}',
    "a very long integer": b'{"query": "hi", "inputs": {"a": ' + b"9" * 5_000 + b"}}",
    "NUL": b'{"query": "a\\u0000b"}',
    "a raw NUL": b'{"query": "a\x00b"}',
    "half a character": b'{"query": "\\ud800"}',
    "bytes that are not UTF-8": b'{"query": "\xff\xfe"}',
    "a field twice": b'{"query": "a", "query": "b"}',
    "a depth bomb": b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an object bomb": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a query that is a number": b'{"query": 5}',
    "a query that is null": b'{"query": null}',
    "a query that is a list": b'{"query": ["hi"]}',
    "a question too long": json.dumps({"query": "x" * 32_001}).encode(),
    "inputs that are a list": b'{"query": "hi", "inputs": []}',
    "inputs that are null": b'{"query": "hi", "inputs": null}',
    "an input nobody asked for": b'{"query": "hi", "inputs": {"admin": true}}',
    "a mode of its own": b'{"query": "hi", "mode": "fast"}',
    "a mode that is a list": b'{"query": "hi", "mode": ["wait"]}',
    "a conversation that is no id": b'{"query": "hi", "conversation_id": "1 OR 1=1"}',
    "a conversation that is a number": b'{"query": "hi", "conversation_id": 5}',
    "a conversation of nobody": b'{"query": "hi", "conversation_id": "00000000-0000-4000-8000-000000000000"}',
    "a graph": b'{"query": "hi", "graph": {"nodes": []}}',
    "a workspace": b'{"query": "hi", "workspace": "x"}',
    "a version": b'{"query": "hi", "version": 1}',
}
NO_ID = "00000000-0000-4000-8000-000000000000"


def send(client, path, body, content_type=JSON, **headers):
    return client.post(path, body, content_type=content_type, headers=headers)


def assert_refused(answer):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300])
    error = answer.json()["error"]
    assert error["code"]
    assert error["message"].rstrip().endswith((".", "?", "!")), error


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", sorted(MALFORMED.keys() - {"nothing"}))
def test_a_malformed_run_is_refused(client, shop, name):
    assert_refused(send(client, "/v1/runs", MALFORMED[name], **shop.bearer))


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_completion_is_refused(client, shop, name):
    answer = send(client, "/v1/chat/completions", MALFORMED[name], **shop.bearer)

    assert_refused(answer)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("name", sorted(MALFORMED.keys() - {"nothing"}))
def test_a_malformed_chat_message_is_refused(client, shop, name):
    assert_refused(send(client, "/c/shop-help/runs", MALFORMED[name], Origin="http://testserver"))


def test_a_body_above_the_limit_is_refused(client, shop):
    body = b'{"query": "' + b"x" * (6 * 2**20) + b'"}'

    assert_refused(send(client, "/v1/runs", body, **shop.bearer))
    assert_refused(send(client, "/v1/chat/completions", body, **shop.bearer))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_only_json_is_taken(client, shop, content_type):
    body = b'{"query": "hi"}'

    assert send(client, "/v1/runs", body, content_type, **shop.bearer).status_code == 415
    assert send(client, "/v1/chat/completions", body, content_type, **shop.bearer).status_code == 415
    assert (
        send(client, "/c/shop-help/runs", body, content_type, Origin="http://testserver").status_code == 415
    )


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer ", "Bearer x", "Basic abc", "Bearer \udcff", "x" * 5_000]
)
def test_without_a_good_key_every_door_is_closed(client, shop, key):
    headers = {"Authorization": key.encode("utf-8", "surrogateescape").decode("latin-1")}

    for path in ("/v1/runs", "/v1/chat/completions", f"/v1/runs/{NO_ID}/cancel"):
        answer = send(client, path, b"{}", **headers)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    for path in ("/v1/models", "/v1/models/shop-help", f"/v1/runs/{NO_ID}", f"/v1/runs/{NO_ID}/events"):
        assert client.get(path, headers=headers).status_code == 401, path


def test_a_session_is_no_key(owner, shop):
    assert owner.client.get("/v1/models").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/v1/runs/x",
        "/v1/runs/1",
        f"/v1/runs/{NO_ID}",
        f"/v1/runs/{NO_ID}/events",
        "/v1/models/nope",
        "/v1/nothing",
    ],
)
def test_what_is_not_there_is_a_404_in_words(client, shop, path):
    answer = client.get(path, headers=shop.bearer)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "ключ"])
def test_an_idempotency_key_that_is_none_is_refused(client, shop, key):
    headers = {**shop.bearer, "Idempotency-Key": key.encode().decode("latin-1")}

    answer = send(client, "/v1/runs", b'{"query": "hi", "mode": "async"}', **headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/chat/completions", "/c/shop-help/runs"])
def test_the_wrong_method_is_refused_in_words(client, shop, path):
    answer = client.get(path, headers=shop.bearer)

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "bad_method"


@pytest.mark.parametrize("path", ["/c/nope/app", "/c/nope/conversations", f"/c/nope/conversations/{NO_ID}"])
def test_an_app_that_is_not_there_is_a_404(client, db, path):
    assert client.get(path).json()["error"]["code"] == "app_not_found"

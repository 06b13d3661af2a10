"""Walks over every route of the console: as nobody, as a stranger, a viewer, an editor, and with app keys.

The routes come from the API's own description, the tables from Django's. What the walk cannot fill in makes
it fail with a sentence that says what to add, in `walk/routes.py`, `walk/world.py` or `walk/words.py`.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from backend.accounts.auth import new_key
from backend.accounts.models import Member
from backend.providers.models import LocalModel
from tests.backend.project.walk.routes import BODIES, ROUTES, Key, Route, named
from tests.backend.project.walk.world import (
    CANARY,
    NEVER_SHOWN,
    fresh,
    furnish,
    heard,
    mark,
    snapshot,
    undone,
    word_of,
)
from tests.conftest import Person

# Whoever has no session may use these and nothing else.
ANONYMOUS: set[Key] = {
    ("get", "/api/session"),  # says that one is signed out, and hands out the CSRF token
    ("post", "/api/session"),
    ("delete", "/api/session"),
    ("post", "/api/session/link"),
    ("post", "/api/invites/look"),
    ("post", "/api/invites/accept"),
}
# Changes that everyone may make: to themselves.
OWN: set[Key] = {
    ("patch", "/api/session"),
    ("put", "/api/session/password"),
    ("put", "/api/session/email"),
    ("put", "/api/session/workspace"),
    ("delete", "/api/session/others"),
    ("delete", "/api/members/me"),
}
# What only those may read who use it.
READ_BY_EDITORS: set[Key] = {
    ("get", "/api/secrets"),
    ("get", "/api/environment"),
    ("get", "/api/workflows/{workflow_id}/keys"),
}
# People, keys, money and secrets.
OWNERS_ONLY: set[Key] = {
    ("get", "/api/audit"),
    ("get", "/api/invites"),
    ("post", "/api/invites"),
    ("delete", "/api/invites/{invite_id}"),
    ("patch", "/api/members/{member_id}"),
    ("delete", "/api/members/{member_id}"),
    ("post", "/api/workspaces"),
    ("patch", "/api/workspace"),
    ("post", "/api/secrets"),
    ("put", "/api/secrets/{secret_id}"),
    ("delete", "/api/secrets/{secret_id}"),
    ("post", "/api/secrets/{secret_id}/test"),
    ("post", "/api/environment"),
    ("put", "/api/environment/{variable_id}"),
    ("delete", "/api/environment/{variable_id}"),
    ("put", "/api/mail"),
    ("post", "/api/mail/test"),
    ("delete", "/api/mail"),
    ("put", "/api/retention"),
    ("get", "/api/retention/preview"),
    ("post", "/api/retention/run"),
    ("post", "/api/retention/cancel"),
    ("post", "/api/models/connections"),
    ("patch", "/api/models/connections/{connection_id}"),
    ("delete", "/api/models/connections/{connection_id}"),
    ("post", "/api/models/test"),
    ("post", "/api/models/local"),
    ("post", "/api/models/local/{slug}/download"),
    ("post", "/api/models/local/{slug}/cancel"),
    ("delete", "/api/models/local/{slug}"),
    ("put", "/api/models/default"),
    ("put", "/api/models/rules"),
    ("post", "/api/models/tools/check"),
    ("post", "/api/models/tools/cancel"),
    ("post", "/api/workflows/{workflow_id}/keys"),
    ("delete", "/api/workflows/{workflow_id}/keys/{key_id}"),
}
# Answered when a worker has done its part; none runs here. What is no proper body shows who may ask.
AWAITS_A_WORKER: dict[Key, dict[str, Any]] = {
    ("post", "/api/knowledge/{knowledge_id}/search"): {},
    ("post", "/api/mail/test"): {},
    ("post", "/api/tools/{source_id}/tools/{tool_id}/try"): {"arguments": "none"},
}
CHANGES = [route for route in ROUTES if route.is_change]
WITH_IDS = [route for route in ROUTES if route.has_ids]
READS = [route for route in ROUTES if not route.is_change]
TAKE_JSON = [route for route in ROUTES if route.takes_body and not route.path.endswith("/import")]
OUTER = {"workflow_id", "knowledge_id"}
NESTED = [route for route in WITH_IDS if len(route.names) > 1 and OUTER & set(route.names)]
ALL = {route.key for route in ROUTES}


def answers(
    client: Client, ids: dict[str, object], routes: list[Route] = ROUTES
) -> Iterator[tuple[Route, Any]]:
    """Each route with its answer; what it changed is taken back."""
    for route in routes:
        with undone():
            yield route, route.ask(fresh(client), ids, AWAITS_A_WORKER.get(route.key))


def random_ids(ids: dict[str, object]) -> dict[str, object]:
    """Ids of the same names that belong to nothing."""
    nothing = {name: uuid.uuid4() for name, value in ids.items() if isinstance(value, uuid.UUID)}
    return {**ids, **nothing, "slug": "nothing"}


@pytest.fixture
def hers(owner: Person) -> dict[str, object]:
    """The ids of Anna's things; each text among them holds a canary."""
    ids = furnish(owner)
    mark(owner)
    return {**ids, "slug": LocalModel.objects.for_workspace(owner.workspace).get().slug}


# --- who may ask -------------------------------------------------------------------------------------------


def test_without_a_session_only_the_written_list_answers(anonymous: Client, hers: dict[str, object]):
    refused = {
        route.key
        for route, answer in answers(anonymous, hers)
        if answer.status_code == 401 and answer.json()["error"]["code"] == "signed_out"
    }

    assert ALL - refused == ANONYMOUS - {("get", "/api/session")}


def test_nothing_answers_in_the_name_of_an_app_key(anonymous: Client, hers: dict[str, object]):
    anonymous.defaults["HTTP_AUTHORIZATION"] = f"Bearer {hers['key_text']}"

    for route, answer in answers(anonymous, hers, [one for one in ROUTES if one.key not in ANONYMOUS]):
        assert answer.status_code == 401, route.key


def test_a_viewer_reads_and_changes_nothing_but_themselves(viewer: Person, hers: dict[str, object]):
    refused = set()
    for route, answer in answers(viewer.client, hers):
        if answer.status_code == 403 and answer.json()["error"]["code"] == "not_allowed":
            refused.add(route.key)
        else:
            assert route.is_change or answer.status_code in (200, 404), (route.key, answer.content)

    reads = {route.key for route in READS}
    assert ALL - refused == (reads | ANONYMOUS | OWN) - READ_BY_EDITORS - OWNERS_ONLY


def test_an_editor_may_all_but_the_owners_part(editor: Person, hers: dict[str, object]):
    refused = {
        route.key
        for route, answer in answers(editor.client, hers)
        if answer.status_code == 403 and answer.json()["error"]["code"] == "not_allowed"
    }

    assert refused == OWNERS_ONLY, "A route that is not for editors stands in OWNERS_ONLY, and no other."


def test_a_refused_change_has_changed_nothing(owner: Person, viewer: Person, hers: dict[str, object]):
    before = snapshot(owner.workspace)

    for route in [one for one in CHANGES if one.key not in ANONYMOUS | OWN]:
        assert route.ask(fresh(viewer.client), hers).status_code == 403, route.key

    assert snapshot(owner.workspace) == before


@pytest.mark.parametrize("route", named(CHANGES))
def test_every_change_needs_the_csrf_token(owner: Person, route: Route):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies
    ids = dict.fromkeys(route.names, uuid.uuid4()) | {"number": 1}

    answer = route.ask(strict, ids)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf_failed"


# --- what a stranger hears ---------------------------------------------------------------------------------


def test_what_is_anothers_is_as_if_it_was_not(owner: Person, stranger: Person, hers: dict[str, object]):
    before = snapshot(owner.workspace)

    for route in WITH_IDS:
        answer = route.ask(fresh(stranger.client), hers)
        assert answer.status_code == 404, (route.key, answer.content)
        assert set(answer.json()["error"]) == {"code", "message", "hint", "field"}
        assert CANARY not in heard(answer), route.key
        nothing = route.ask(fresh(stranger.client), random_ids(hers))
        assert (nothing.status_code, nothing.content) == (404, answer.content), route.key

    assert snapshot(owner.workspace) == before


def test_an_id_of_anothers_under_ones_own_is_not_there(
    owner: Person, stranger: Person, hers: dict[str, object]
):
    own = furnish(stranger)
    mixed = {
        **hers,
        **{name: own[name] for name in OUTER},
        "number": 77,
        "node_id": "nobody_1",
        "field": "Nobody",
    }
    before = snapshot(owner.workspace)

    for route in NESTED:
        answer = route.ask(fresh(stranger.client), mixed)
        assert answer.status_code == 404, (route.key, answer.content)
        assert CANARY not in heard(answer), route.key

    assert snapshot(owner.workspace) == before


def test_no_answer_to_a_stranger_holds_a_word_of_anothers(stranger: Person, hers: dict[str, object]):
    own = furnish(stranger)
    foreign = {str(value) for value in hers.values() if isinstance(value, uuid.UUID)}

    for route, answer in answers(stranger.client, own):
        said = heard(answer)
        assert route.is_change or answer.status_code == 200, (route.key, answer.content)
        assert CANARY not in said, route.key
        assert not [one for one in foreign if one in said], route.key


def test_who_was_a_member_hears_nothing_any_more(editor: Person, hers: dict[str, object]):
    Member.objects.filter(user=editor.user).delete()

    for route, answer in answers(editor.client, hers, [one for one in ROUTES if one.key not in ANONYMOUS]):
        assert answer.status_code == 401, route.key
        assert CANARY not in heard(answer), route.key


# --- what nobody hears -------------------------------------------------------------------------------------


def test_the_owner_reads_their_own_and_not_a_byte_of_what_is_secret(owner: Person, hers: dict[str, object]):
    said = {}
    for route, answer in answers(owner.client, hers):
        said[route.key] = heard(answer)
        assert route.is_change or answer.status_code == 200, (route.key, answer.content)

    silent = [column for column in NEVER_SHOWN for text in said.values() if word_of(column) in text]
    assert silent == []
    # The walk can fail: what may be read was read.
    everything = "".join(said.values())
    for column in (
        "Workflow.name",
        "Run.query",
        "Message.text",
        "Document.title",
        "Chunk.text",
        "Secret.name",
    ):
        assert word_of(column) in everything, column


# --- what is sent ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", named([route for route in ROUTES if route.takes_body]))
@pytest.mark.parametrize("raw", [b'{"a": NaN}', b"[" * 100_000, b'{"a": "\\u0000"}', b"[]", b'"x"', b"{"])
def test_no_body_breaks_a_route(owner: Person, route: Route, raw: bytes):
    path = route.path.format(**dict.fromkeys(route.names, uuid.uuid4()))

    answer = owner.client.generic(route.method.upper(), path, raw, content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"]


@pytest.mark.parametrize("route", named(TAKE_JSON))
def test_every_route_names_an_unknown_field(owner: Person, route: Route):
    path = route.path.format(**dict.fromkeys(route.names, uuid.uuid4()))
    body = {**BODIES.get(route.key, {}), "workspace": str(uuid.uuid4())}

    answer = getattr(owner.client, route.method)(path, body, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"] in ("unknown_field", "missing_field")


def test_an_app_key_of_nobodys_opens_no_console_route(owner: Person, anonymous: Client):
    _, text = new_key(workspace_id=owner.workspace.pk, workflow_id=uuid.uuid4(), name="Key")

    answer = anonymous.get("/api/workflows", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401


def test_a_path_with_a_strange_id_is_404(owner: Person):
    for strange in ("1", "null", "..%2f..", "🙂", "00000000-0000-0000-0000-000000000000"):
        answer = owner.client.get(f"/api/workflows/{strange}")
        assert answer.status_code == 404, strange

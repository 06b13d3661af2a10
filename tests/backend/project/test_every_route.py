"""Walks over every route of the console, as someone without a session, as a stranger and as a viewer.

The routes come from the API's own description, so that a new one is walked without being listed here. One
that takes a body needs an entry in BODIES: what a stranger sends must fail for who sends it, not for what.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.accounts.auth import new_key
from backend.accounts.invites import create_invite
from backend.accounts.workspace_secrets import add_secret
from backend.knowledge.models import Document, KnowledgeBase
from backend.project.api import api
from backend.providers.models import LocalModel, ModelConnection
from backend.publish.services import publish_workflow
from backend.runs.models import Conversation, Run
from backend.workflows.models import Workflow
from backend.workflows.starters import create_from_starter
from tests.conftest import Person

UNSAFE = ("post", "put", "patch", "delete")
# Whoever has no session may use these and nothing else.
ANONYMOUS = {
    ("get", "/api/session"),
    ("post", "/api/session"),
    ("delete", "/api/session"),
    ("post", "/api/session/link"),
    ("post", "/api/invites/look"),
    ("post", "/api/invites/accept"),
}
# Changes that a viewer may make: to themselves.
OWN = {
    ("patch", "/api/session"),
    ("put", "/api/session/password"),
    ("put", "/api/session/email"),
    ("put", "/api/session/workspace"),
    ("delete", "/api/session/others"),
    ("delete", "/api/members/me"),
}
# Identifiers in a path that belong to nobody.
SHARED = {"node_type"}

GRAPH = {"nodes": [{"id": "start_1", "type": "start"}], "edges": []}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("patch", "/api/workflows/{workflow_id}"): {"name": "Mine now"},
    ("put", "/api/workflows/{workflow_id}/draft"): {"revision": 1, "graph": GRAPH},
    ("post", "/api/workflows/{workflow_id}/runs"): {"query": "hi"},
    ("post", "/api/workflows/{workflow_id}/publish"): {},
    ("patch", "/api/workflows/{workflow_id}/publication"): {"is_enabled": False},
    ("post", "/api/workflows/{workflow_id}/keys"): {"name": "Mine"},
    ("patch", "/api/knowledge/{knowledge_id}"): {"name": "Mine now"},
    ("post", "/api/knowledge/{knowledge_id}/search"): {"query": "anything"},
    ("patch", "/api/members/{member_id}"): {"role": "viewer"},
    ("patch", "/api/models/connections/{connection_id}"): {"models": ["other"]},
    ("put", "/api/secrets/{secret_id}"): {"value": "mine-from-now-on", "hosts": ["evil.example"]},
}
# The one route that takes files, not JSON.
UPLOAD = ("post", "/api/knowledge/{knowledge_id}/documents")


@dataclass(frozen=True)
class Route:
    """One method at one path."""

    method: str
    path: str
    takes_body: bool

    @property
    def names(self) -> list[str]:
        """The names between braces in the path."""
        return [part.strip("{}") for part in self.path.split("/") if part.startswith("{")]

    @property
    def key(self) -> tuple[str, str]:
        """How the lists above name it."""
        return (self.method, self.path)

    def ask(self, client: Client, ids: dict[str, object]) -> Any:
        """Asks for it with these ids."""
        path = self.path.format(**{name: ids[name] for name in self.names})
        if self.method == "get":
            return client.get(path)
        if self.key == UPLOAD:
            return client.post(path, {"files": SimpleUploadedFile("a.txt", b"Hello")})
        return getattr(client, self.method)(path, BODIES.get(self.key, {}), content_type="application/json")


def all_routes() -> list[Route]:
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    return [
        Route(method, path, "requestBody" in operation)
        for path, operations in paths.items()
        for method, operation in operations.items()
    ]


ROUTES = all_routes()
WITH_IDS = [route for route in ROUTES if set(route.names) - SHARED]
CHANGES = [route for route in ROUTES if route.method in UNSAFE]
TAKE_JSON = [route for route in ROUTES if route.takes_body and not route.path.endswith("/import")]
OUTER = {"workflow_id", "knowledge_id"}
NESTED = [route for route in WITH_IDS if len(route.names) > 1 and OUTER & set(route.names)]


def named(routes: list[Route]) -> list[Any]:
    return [pytest.param(route, id=f"{route.method} {route.path}") for route in routes]


def furnish(person: Person) -> dict[str, object]:
    """One of everything in someone's workspace; the ids by the names that paths use."""
    workspace_id = person.workspace.pk
    workflow = create_from_starter(workspace_id=workspace_id, slug="chat")
    version = publish_workflow(workflow=workflow, by=person.user).version
    key, _ = new_key(workspace_id=workspace_id, workflow_id=workflow.pk, name="Key")
    connection = ModelConnection.objects.create(
        workspace_id=workspace_id, name="mine", kind="litellm", provider="openai", model_names=["m"]
    )
    file = LocalModel.objects.create(
        workspace_id=workspace_id,
        slug=f"mine-{workspace_id}"[:60],
        title="Mine",
        path="/m.gguf",
        state="ready",
    )
    secret = add_secret(
        workspace_id=workspace_id, name="Shop", value="k3y-of-the-shop", hosts=["shop.example"]
    )
    conversation = Conversation.objects.create(
        workspace_id=workspace_id, workflow=workflow, audience="member", audience_ref=str(person.user.pk)
    )
    run = Run.objects.create(workspace_id=workspace_id, workflow=workflow, version=version, audience="member")
    knowledge = KnowledgeBase.objects.create(workspace_id=workspace_id, name="Returns")
    document = Document.objects.create(
        workspace_id=workspace_id, knowledge=knowledge, title="a.txt", file="0" * 32, size_bytes=1, sha256=""
    )
    invite, _ = create_invite(
        workspace_id=workspace_id, by=person.user, role="editor", email="", valid_for=timedelta(days=1)
    )
    return {
        "member_id": person.user.memberships.get().pk,
        "invite_id": invite.pk,
        "knowledge_id": knowledge.pk,
        "document_id": document.pk,
        "workflow_id": workflow.pk,
        "number": version.number,
        "key_id": key.pk,
        "connection_id": connection.pk,
        "slug": file.slug,
        "secret_id": secret.pk,
        "conversation_id": conversation.pk,
        "run_id": run.pk,
        "node_type": "prompt",
    }


@pytest.mark.parametrize("route", named([route for route in ROUTES if route.key not in ANONYMOUS]))
def test_without_a_session_nothing_answers(db: None, anonymous: Client, route: Route) -> None:
    ids = dict.fromkeys(route.names, uuid.uuid4()) | {"number": 1, "node_type": "prompt"}

    answer = route.ask(anonymous, ids)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "signed_out"


@pytest.mark.parametrize("route", named(WITH_IDS))
def test_what_is_anothers_is_not_there(owner: Person, stranger: Person, route: Route) -> None:
    assert route.key in {*BODIES, UPLOAD} or not route.takes_body, f"Say in BODIES what {route.key} takes."
    ids = furnish(owner)

    answer = route.ask(stranger.client, ids)

    assert answer.status_code == 404, answer.content
    assert set(answer.json()["error"]) == {"code", "message", "hint", "field"}
    assert Workflow.objects.get(pk=ids["workflow_id"]).revision == 1


@pytest.mark.parametrize("route", named(NESTED))
def test_an_id_of_anothers_under_ones_own_is_not_there(owner: Person, stranger: Person, route: Route) -> None:
    foreign, own = furnish(owner), furnish(stranger)
    ids = {**foreign, **{name: own[name] for name in OUTER}, "number": 77}

    answer = route.ask(stranger.client, ids)

    assert answer.status_code == 404


@pytest.mark.parametrize("route", named([route for route in ROUTES if route.method == "get"]))
def test_no_list_shows_what_is_anothers(owner: Person, stranger: Person, route: Route) -> None:
    foreign = {str(value) for name, value in furnish(owner).items() if name not in ("number", "node_type")}
    own = furnish(stranger)

    answer = route.ask(stranger.client, own)

    assert answer.status_code == 200
    assert not [one for one in foreign if one in answer.content.decode()]


@pytest.mark.parametrize("route", named([one for one in CHANGES if one.key not in ANONYMOUS | OWN]))
def test_a_viewer_changes_nothing(owner: Person, viewer: Person, route: Route) -> None:
    answer = route.ask(viewer.client, furnish(owner))

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_allowed"


@pytest.mark.parametrize("route", named(CHANGES))
def test_every_change_needs_the_csrf_token(owner: Person, route: Route) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies
    ids = dict.fromkeys(route.names, uuid.uuid4()) | {"number": 1}

    answer = route.ask(strict, ids)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf_failed"


@pytest.mark.parametrize("route", named([route for route in ROUTES if route.takes_body]))
@pytest.mark.parametrize("raw", [b'{"a": NaN}', b"[" * 100_000, b'{"a": "\\u0000"}', b"[]", b'"x"', b"{"])
def test_no_body_breaks_a_route(owner: Person, route: Route, raw: bytes) -> None:
    path = route.path.format(**dict.fromkeys(route.names, uuid.uuid4()))

    answer = owner.client.generic(route.method.upper(), path, raw, content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"]


@pytest.mark.parametrize("route", named(TAKE_JSON))
def test_every_route_names_an_unknown_field(owner: Person, route: Route) -> None:
    path = route.path.format(**dict.fromkeys(route.names, uuid.uuid4()))
    body = {**BODIES.get(route.key, {}), "workspace": str(uuid.uuid4())}

    answer = getattr(owner.client, route.method)(path, body, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"] in ("unknown_field", "missing_field")


def test_an_app_key_opens_no_console_route(owner: Person, anonymous: Client) -> None:
    _, text = new_key(workspace_id=owner.workspace.pk, workflow_id=uuid.uuid4(), name="Key")

    answer = anonymous.get("/api/workflows", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401


def test_a_session_opens_no_public_route(owner: Person) -> None:
    for path in ("/v1/models", f"/v1/runs/{uuid.uuid4()}"):
        answer = owner.client.get(path)
        assert answer.status_code == 401, path


def test_a_path_with_a_strange_id_is_404(owner: Person) -> None:
    for strange in ("1", "null", "..%2f..", "🙂", "00000000-0000-0000-0000-000000000000"):
        answer = owner.client.get(f"/api/workflows/{strange}")
        assert answer.status_code == 404, strange

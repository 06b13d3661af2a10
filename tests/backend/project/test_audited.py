"""Every change that matters leaves its line in the audit log, and no line holds a secret."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.accounts.audit import ACTIONS
from backend.accounts.models import AuditEntry
from backend.knowledge.models import Document
from backend.memory.models import Memory
from backend.providers import services as providers
from backend.retention.deletion import take_step
from backend.retention.leases import claim
from backend.runs.models import ConversationVariable, Event, Run, Wait
from backend.tools import tokens
from backend.tools.definitions import defined
from backend.tools.models import SourceTool, ToolSource
from backend.tools.services import take_in
from tests.conftest import PASSWORD, Person

JSON = "application/json"
PROVIDER_KEY = "sk-of-the-provider-1234567890"
SHOP_KEY = "k3y-of-the-shop-0987654321"
DATABASE = "postgresql://reader:w0rd-of-the-database@db.example:5432/shop"
SIGN_IN_STATE, SIGN_IN_CODE = "st4te-of-the-sign-in", "c0de-of-the-sign-in"
SIGN_IN_TOKENS = ("acc3ss-of-the-sign-in", "n3xt-of-the-sign-in")
HOTLINE = "0800-555-0199"


class Console:
    """Asks as one person; every change must be answered with 2xx."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = getattr(self.client, method)(f"/api{path}", body or {}, JSON)
        assert answer.status_code < 300, (path, answer.content)
        return answer.json() if answer.content else None


def test_every_action_there_is_is_logged_as_it_is_done(owner: Person, anonymous: Client, monkeypatch: Any):
    ask = Console(owner.client)
    monkeypatch.setattr("backend.knowledge.bell.ring", lambda document_id: None)
    texts = {
        PASSWORD,
        PROVIDER_KEY,
        SHOP_KEY,
        HOTLINE,
        "w0rd-of-the-database",
        SIGN_IN_STATE,
        SIGN_IN_CODE,
        *SIGN_IN_TOKENS,
    }

    app = f"/workflows/{ask('post', '/workflows', {'template': 'chat'})['id']}"
    texts.add(ask("post", f"{app}/publish")["api_key"])
    made = ask("post", f"{app}/keys", {"name": "Till"})
    texts.add(made["api_key"])
    ask("delete", f"{app}/keys/{made['key']['id']}")
    ask("patch", f"{app}/publication", {"is_enabled": False})
    ask("patch", f"{app}/publication", {"is_enabled": True, "tokens_per_day_app": 5, "slug": "my-shop"})
    run = Run.objects.get(pk=ask("post", f"{app}/runs", {"query": "Hello"})["id"])
    ConversationVariable.objects.create(conversation=run.conversation, name="mood", value="sad")
    ask("delete", f"/conversations/{run.conversation_id}/variables")
    Memory.objects.create(
        workspace=owner.workspace,
        workflow_id=run.workflow_id,
        run=run,
        said_at=run.created_at,
        audience="member",
        audience_ref="1",
        text="Is allergic to nuts.",
    )
    ask("delete", f"{app}/memories?audience=member&ref=1")
    ask("post", f"/runs/{run.pk}/pause")
    ask("post", f"/runs/{run.pk}/resume")
    told = {"attempt": 1, "name": "#settle 1", "reason": "outcome_unknown", "until": None}
    Event.objects.create(run=run, seq=1, type="node_waiting", path="tool_1", at=run.created_at, data=told)
    ask("post", f"/runs/{run.pk}/settle", {"path": "tool_1", "action": "done"})
    Wait.objects.create(
        run=run,
        workspace=owner.workspace,
        path="ask_1",
        name="answer",
        attempt=1,
        reason="ask_human",
        since=run.created_at,
    )
    ask("post", f"/runs/{run.pk}/answer-link", {"path": "ask_1"})
    ask("post", f"/runs/{run.pk}/answer", {"path": "ask_1"})
    begun = {"type": "node_started", "path": "start_1", "data": {"type": "start"}}
    Event.objects.create(run=run, seq=2, at=run.created_at, **begun)
    Run.objects.filter(pk=run.pk).update(last_seq=2)
    ask("post", f"/runs/{run.pk}/cancel")
    ask("post", f"/runs/{run.pk}/fork", {"from": "start_1"})
    long_ago = {"status": "cancelled", "finished_at": run.created_at - timedelta(days=30), "last_seq": 3}
    Run.objects.filter(pk=run.pk).update(**long_ago)
    ask("put", "/retention", {"runs_days": 7, "runs_mb": None})
    clearing = UUID(ask("post", "/retention/run")["id"])
    assert claim("worker", clearing) == clearing
    assert take_step(clearing, "worker")
    ask("post", "/retention/cancel")
    assert not take_step(clearing, "worker")
    ask("delete", app)

    server = {"host": "smtp.example.com", "port": 465, "security": "tls", "sender": "shop@example.com"}
    ask("put", "/mail", {**server, "username": "shop", "password": SHOP_KEY})
    ask("delete", "/mail")
    secret = ask("post", "/secrets", {"name": "Shop", "value": SHOP_KEY, "hosts": ["shop.example"]})
    ask("put", f"/secrets/{secret['id']}", {"value": SHOP_KEY, "hosts": ["shop.example"]})
    monkeypatch.setattr("backend.runs.secret_test_api.PATIENCE_S", 0.1)  # no worker runs here
    ask("put", f"/secrets/{secret['id']}", {"value": DATABASE, "hosts": ["db.example:5432"]})
    assert owner.client.post(f"/api/secrets/{secret['id']}/test").status_code == 422
    ask("delete", f"/secrets/{secret['id']}")
    source = ask("post", "/tools", {"name": "Shop", "address": "https://shop.example/mcp"})
    ask("put", f"/tools/{source['id']}", {"name": "The shop", "auth": "none"})
    find = defined(name="find", title="", description="", input_schema=None, said={})
    take_in(ToolSource.objects.get(), [find])
    tool = f"/tools/{source['id']}/tools/{SourceTool.objects.get().pk}"
    ask("patch", tool, {"effect": "read"})
    ask("post", f"{tool}/approve", {"digest": find.digest})
    ask("post", f"/tools/{source['id']}/sign-in")
    begun = tokens.claim_work("worker", timedelta(seconds=60))
    assert begun is not None
    tokens.keep_address(begun, "worker", SIGN_IN_STATE, {"verifier": "", "redirect": "", "address": ""})
    ask("post", "/tools/sign-in/answer", {"state": SIGN_IN_STATE, "code": SIGN_IN_CODE})
    arrived = tokens.claim_work("worker", timedelta(seconds=60))
    assert arrived is not None
    pair = tokens.Tokens(*SIGN_IN_TOKENS, None, tokens.Client("ours"), {})
    tokens.keep_first(arrived, "worker", pair)
    ask("delete", f"/tools/{source['id']}/sign-in")
    ask("delete", f"/tools/{source['id']}")
    variable = ask("post", "/environment", {"name": "HOTLINE", "type": "text", "value": HOTLINE})
    ask("put", f"/environment/{variable['id']}", {"type": "list", "value": [HOTLINE]})
    ask("delete", f"/environment/{variable['id']}")

    connection = providers.add_connection(
        workspace_id=owner.workspace.pk,
        name="ours",
        kind="litellm",
        provider="openai",
        models=["m"],
        fields={"api_key": PROVIDER_KEY},
    )
    providers.mark_ready(connection)
    providers.mark_ready(connection, action="model.changed")
    monkeypatch.setattr("backend.providers.local_models.is_instance_owner", lambda principal: True)
    ask("post", "/models/local", {"title": "Ours", "path": "/srv/ours.gguf"})
    ask("delete", "/models/local/ours")
    ask("put", "/models/default", {"model": "ours/m"})
    ask("put", "/models/rules", {"model": "ours/m", "at_once": 4})
    ask("post", "/models/tools/check", {"model": "ours/m"})
    ask("delete", f"/models/connections/{connection.pk}")

    base = f"/knowledge/{ask('post', '/knowledge', {'name': 'Returns'})['id']}"
    owner.client.post(f"/api{base}/documents", {"files": SimpleUploadedFile("a.txt", b"Hello")})
    ask("delete", f"{base}/documents/{Document.objects.get().pk}")
    ask("delete", base)

    ask("patch", "/workspace", {"name": "Bakery"})
    ask("post", "/workspaces", {"name": "Second"})
    unwanted = ask("post", "/invites", {"role": "editor"})
    ask("delete", f"/invites/{unwanted['invite']['id']}")
    texts.add(unwanted["path"].partition("#")[2])

    def join(email: str) -> tuple[Client, str]:
        token = ask("post", "/invites", {"role": "viewer"})["path"].partition("#")[2]
        texts.add(token)
        client = Client()
        person = {"name": "N", "email": email, "password": PASSWORD}
        Console(client)("post", "/invites/accept", {"token": token, "person": person})
        member = next(row for row in ask("get", "/members")["members"] if row["email"] == email)
        return client, member["id"]

    _, removed = join("nina@example.com")
    ask("patch", f"/members/{removed}", {"role": "editor"})
    ask("delete", f"/members/{removed}")
    leaving, _ = join("olga@example.com")
    other = {"email": "olga@shop.example", "old_password": PASSWORD}
    Console(leaving)("put", "/session/email", other)
    Console(leaving)("put", "/session/password", {"password": PASSWORD + "!", "old_password": PASSWORD})
    Console(leaving)("delete", "/session/others")
    Console(leaving)("delete", "/members/me")

    logged = AuditEntry.objects.order_by("id")
    assert ACTIONS - {row.action for row in logged} == set(), "Do here what leads to these."
    names = ("anna@example.com", "nina@example.com", "olga@example.com", "olga@shop.example")
    assert {row.who for row in logged} == set(names)
    assert all(row.thing for row in logged.exclude(action__startswith="invite."))
    stored = repr(list(logged.values()))
    assert not [text for text in texts if text in stored]

"""What a run reaches is its own workspace's, whatever its graph names: the same doors that workers open."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from nodes.sdk.errors import NodeError
from nodes.sdk.http import SecretUse
from nodes.sdk.models import ChatMessage, ChatRequest
from tests.backend.project.walk.world import CANARY, furnish, mark, snapshot
from tests.conftest import Person
from workers.services import Outside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hers(owner: Person) -> dict[str, Any]:
    """What a graph would name of Anna's: a model, a secret, a collection."""
    ids = furnish(owner)
    mark(owner)
    connection = owner.client.get("/api/models").json()["connections"][0]
    return {
        "model": f"{connection['name']}/{connection['models'][0]}",
        "secret": owner.client.get("/api/secrets").json()["secrets"][0]["name"],
        "host": owner.client.get("/api/secrets").json()["secrets"][0]["hosts"][0],
        "knowledge": str(ids["knowledge_id"]),
    }


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """A worker's doors."""
    doors = Outside()
    yield doors
    await doors.close()


async def ask_model(doors: Outside, workspace: Any, hers: dict[str, Any]) -> None:
    request = ChatRequest(model=hers["model"], messages=(ChatMessage("user", "hi"),))
    async for _ in doors.services(workspace).models.chat(request):
        pass


async def send_secret(doors: Outside, workspace: Any, hers: dict[str, Any]) -> None:
    secret = SecretUse(hers["secret"])
    await doors.services(workspace).http.request("GET", f"https://{hers['host']}/", secret=secret)


async def search(doors: Outside, workspace: Any, hers: dict[str, Any]) -> None:
    services = doors.services(workspace)
    await services.knowledge(services.models).search([hers["knowledge"]], "anything", mode="keyword")


@pytest.mark.parametrize(
    ("reach", "code"),
    [(ask_model, "model_missing"), (send_secret, "secret_missing"), (search, "knowledge_missing")],
)
async def test_a_run_does_not_reach_what_is_anothers(
    owner: Person, stranger: Person, hers: dict[str, Any], outside: Outside, reach: Any, code: str
):
    before = await sync_to_async(snapshot)(owner.workspace)

    with pytest.raises(NodeError) as refused:
        await reach(outside, stranger.workspace.pk, hers)

    assert refused.value.code == code
    said = f"{refused.value.message} {refused.value.hint}"
    for named in (hers["model"], hers["secret"]):  # what the graph itself said may be repeated
        said = said.replace(named, "")
    assert CANARY not in said
    assert await sync_to_async(snapshot)(owner.workspace) == before

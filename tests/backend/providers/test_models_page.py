"""Connections and the default model: what is shown, what is refused, what is never shown again."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from backend.providers import services
from backend.providers.models import ModelConnection
from nodes.sdk.errors import NodeError
from tests.conftest import Person

JSON = "application/json"
KEY = "sk-this-is-very-secret"
OPENAI = {
    "name": "openai",
    "kind": "litellm",
    "provider": "openai",
    "fields": {"api_key": KEY},
    "models": ["gpt-x"],
}


def connect(person: Person, **change: Any) -> ModelConnection:
    fields = {**OPENAI, **change}
    connection = services.add_connection(workspace_id=person.workspace.pk, **fields)
    services.mark_ready(connection)
    return connection


def test_a_fresh_workspace_has_the_practice_model(viewer: Person) -> None:
    page = viewer.client.get("/api/models").json()

    assert page["default"] == "practice"
    assert [(model["id"], model["is_practice"]) for model in page["models"]] == [
        ("practice", True),
        ("multilingual-e5-small", False),
    ]
    assert {"openai", "anthropic", "gemini", "deepseek", "dashscope"} <= {
        one["id"] for one in page["providers"]
    }


def test_the_models_of_a_connection_are_there_once_it_is_ready(owner: Person) -> None:
    connection = services.add_connection(workspace_id=owner.workspace.pk, **OPENAI)
    before = owner.client.get("/api/models").json()

    services.mark_ready(connection)

    after = owner.client.get("/api/models").json()
    assert [model["id"] for model in before["models"]] == ["practice", "multilingual-e5-small"]
    assert [model["id"] for model in after["models"]] == ["practice", "multilingual-e5-small", "openai/gpt-x"]


def test_a_key_is_encrypted_and_never_shown_again(owner: Person) -> None:
    connection = connect(owner)

    page = owner.client.get("/api/models").content.decode()

    assert KEY not in page
    assert KEY not in connection.key
    assert "key" not in owner.client.get("/api/models").json()["connections"][0]
    assert KEY not in repr(services.lookup(owner.workspace.pk, "openai/gpt-x"))
    assert services.lookup(owner.workspace.pk, "openai/gpt-x").api_key == KEY


def test_rotating_closes_every_key_anew_and_all_still_open(owner: Person, stranger: Person) -> None:
    before = [connect(owner).key, connect(stranger).key]

    call_command("rotate_vault_key", stdout=StringIO())

    after = list(ModelConnection.objects.values_list("key", flat=True))
    assert {one.split(":")[1] for one in before}.isdisjoint({one.split(":")[1] for one in after})
    assert services.lookup(owner.workspace.pk, "openai/gpt-x").api_key == KEY


def test_a_key_moved_to_another_workspace_does_not_open(owner: Person, stranger: Person) -> None:
    stolen = connect(owner)
    ModelConnection.objects.filter(pk=stolen.pk).update(workspace=stranger.workspace)

    with pytest.raises(NodeError) as refused:
        services.lookup(stranger.workspace.pk, "openai/gpt-x")

    assert refused.value.code == "model_auth"


def test_a_model_of_another_workspace_is_missing(owner: Person, stranger: Person) -> None:
    connect(owner)

    with pytest.raises(NodeError) as refused:
        services.lookup(stranger.workspace.pk, "openai/gpt-x")

    assert refused.value.code == "model_missing"


@pytest.mark.parametrize(
    "model_id", ["openai", "openai/", "openai/other", "/gpt-x", "gpt-x", "other/gpt-x", "\0"]
)
def test_an_id_that_names_no_model_is_missing(owner: Person, model_id: str) -> None:
    connect(owner)

    with pytest.raises(NodeError) as refused:
        services.lookup(owner.workspace.pk, model_id)

    assert refused.value.code == "model_missing"


def test_the_default_answers_for_steps_that_name_no_model(owner: Person) -> None:
    connect(owner)

    answer = owner.client.put("/api/models/default", {"model": "openai/gpt-x"}, content_type=JSON)

    assert answer.json()["default"] == "openai/gpt-x"
    assert services.lookup(owner.workspace.pk, "").model == "gpt-x"


def test_removing_a_connection_gives_the_default_back_to_the_practice_model(owner: Person) -> None:
    connection = connect(owner)
    services.set_default_model(owner.workspace.pk, "openai/gpt-x")

    removed = owner.client.delete(f"/api/models/connections/{connection.pk}")

    assert removed.status_code == 204
    assert services.default_model(owner.workspace.pk) == "practice"
    assert services.lookup(owner.workspace.pk, "").kind == "practice"


def test_a_model_that_is_not_set_up_cannot_be_the_default(owner: Person) -> None:
    answer = owner.client.put("/api/models/default", {"model": "openai/gpt-x"}, content_type=JSON)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "model_missing"


def test_an_editor_does_not_touch_keys_and_money(editor: Person) -> None:
    answers = [
        editor.client.post("/api/models/connections", OPENAI, content_type=JSON),
        editor.client.put("/api/models/default", {"model": "practice"}, content_type=JSON),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


BAD_CONNECTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "name_empty": ({"name": ""}, "name"),
    "name_upper": ({"name": "OpenAI"}, "name"),
    "name_slash": ({"name": "a/b"}, "name"),
    "name_practice": ({"name": "practice"}, "name"),
    "name_gguf": ({"name": "gguf"}, "name"),
    "name_newline": ({"name": "a\n"}, "name"),
    "kind": ({"kind": "ftp"}, "kind"),
    "provider": ({"provider": "made-up"}, "provider"),
    "no_key": ({"fields": {}}, "fields.api_key"),
    "no_models": ({"models": []}, "models"),
    "model_number": ({"models": [1]}, "models.0"),
    "field_unknown": ({"fields": {"api_key": KEY, "callback": "x"}}, "fields.callback"),
    "field_lines": ({"fields": {"api_key": "a\nb"}}, "fields.api_key"),
    "field_number": ({"fields": {"api_key": 1}}, "fields.api_key"),
    "bedrock_without_secret": (
        {"provider": "bedrock", "fields": {"aws_access_key_id": "A", "aws_region_name": "us-east-1"}},
        "fields.aws_secret_access_key",
    ),
    "region_that_is_a_host": (
        {
            "provider": "bedrock",
            "fields": {
                "aws_access_key_id": "A",
                "aws_secret_access_key": "s",
                "aws_region_name": "evil.example/#",
            },
        },
        "fields.aws_region_name",
    ),
    "azure_without_address": ({"provider": "azure"}, "fields.base_url"),
    "no_address": ({"kind": "openai_compatible"}, "fields.base_url"),
    **{
        f"address {address}": (
            {"kind": "openai_compatible", "fields": {"base_url": address}},
            "fields.base_url",
        )
        for address in (
            "file:///etc/passwd",
            "https://",
            "https://a:b@host/v1",
            "https://host/v1?x=1",
            "https://host:99999/v1",
            "https://[/v1",
            "https://host/" + "v" * 500,
        )
    },
}


@pytest.mark.parametrize("name", BAD_CONNECTIONS)
def test_a_bad_connection_is_refused_by_field(owner: Person, name: str) -> None:
    change, field = BAD_CONNECTIONS[name]

    answer = owner.client.post("/api/models/connections", {**OPENAI, **change}, content_type=JSON)

    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["field"] == field
    assert not ModelConnection.objects.exists()


def test_a_name_is_taken_once_per_workspace(owner: Person, stranger: Person) -> None:
    connect(owner)
    connect(stranger)

    answer = owner.client.post("/api/models/connections", OPENAI, content_type=JSON)

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "name_taken"

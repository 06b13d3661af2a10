"""Secrets over HTTP: values go in and never come out, hosts bind them, a new vault key takes all along."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from backend.accounts import vault
from backend.accounts.models import Secret, Workspace
from backend.accounts.sealed import sealed_fields
from backend.accounts.workspace_secrets import MOST_SECRETS, open_secrets
from backend.providers.models import ModelConnection
from backend.providers.services import add_connection, lookup
from tests.conftest import Person

VALUE = "canary-4f1b9c-of-the-shop"
JSON = "application/json"


def keep(person: Person, **body: Any) -> Any:
    given = {"name": "Shop", "value": VALUE, "hosts": ["api.shop.example"], **body}
    return person.client.post("/api/secrets", given, content_type=JSON)


def replace(person: Person, secret_id: str, **body: Any) -> Any:
    return person.client.put(f"/api/secrets/{secret_id}", body, content_type=JSON)


def test_a_value_is_kept_encrypted_and_no_answer_holds_it(
    owner: Person, editor: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    made = keep(owner, hosts=["https://API.shop.example/v1", "*.shop.example"])
    listed = editor.client.get("/api/secrets")
    replaced = replace(owner, made.json()["id"], value=VALUE + "2", hosts=["api.shop.example"])
    refused = keep(owner)

    assert made.status_code == 201, made.content
    assert made.json() | {"id": "", "created_at": "", "changed_at": ""} == {
        "id": "",
        "name": "Shop",
        "hosts": ["api.shop.example", "*.shop.example"],
        "is_database": False,
        "created_at": "",
        "changed_at": "",
        "uses": [],
    }
    assert [one["name"] for one in listed.json()["secrets"]] == ["Shop"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "secret_name_taken")
    for answer in (made, listed, replaced, refused):
        assert VALUE not in answer.content.decode()
    assert VALUE not in caplog.text
    assert VALUE not in Secret.objects.get().value
    assert [one.value for one in open_secrets(owner.workspace.pk)] == [VALUE + "2"]
    assert VALUE not in repr(open_secrets(owner.workspace.pk))


def test_a_secret_moved_to_another_row_or_workspace_does_not_open(owner: Person, stranger: Person) -> None:
    keep(owner)
    row = Secret.objects.get()

    Secret.objects.filter(pk=row.pk).update(workspace=stranger.workspace)

    assert [(one.name, one.value) for one in open_secrets(stranger.workspace.pk)] == [("Shop", None)]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "  "}, "bad_secret_name", "name"),
        ({"name": "x" * 61}, "bad_secret_name", "name"),
        ({"name": "{{ start_1.query }}"}, "bad_secret_name", "name"),
        ({"value": "short"}, "bad_secret_value", "value"),
        ({"value": "x" * 4_001}, "bad_secret_value", "value"),
        ({"value": "two\nlines-of-text"}, "bad_secret_value", "value"),
        ({"value": " spaces-around "}, "bad_secret_value", "value"),
        ({"value": "密钥密钥密钥密钥密钥"}, "bad_secret_value", "value"),
        ({"hosts": []}, "no_hosts", "hosts"),
        ({"hosts": [f"h{i}.example" for i in range(21)]}, "no_hosts", "hosts"),
        ({"hosts": ["*"]}, "bad_host", "hosts"),
        ({"hosts": ["example.com/v1"]}, "bad_host", "hosts"),
        ({"hosts": [7]}, "bad_field", "hosts.0"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(
    owner: Person, body: Any, code: str, field: str
) -> None:
    answer = keep(owner, **body)

    assert answer.status_code == 422
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)
    assert Secret.objects.count() == 0


def test_a_new_host_needs_the_value_again(owner: Person) -> None:
    made = keep(owner, hosts=["a.example", "b.example"]).json()

    wider = replace(owner, made["id"], hosts=["a.example", "evil.example"])
    fewer = replace(owner, made["id"], hosts=["a.example"])
    knowing = replace(owner, made["id"], hosts=["c.example"], value=VALUE)

    assert (wider.status_code, wider.json()["error"]["code"]) == (422, "secret_value_needed")
    assert fewer.json()["hosts"] == ["a.example"]
    assert knowing.json()["hosts"] == ["c.example"]
    assert knowing.json()["changed_at"] > made["changed_at"]


def test_only_an_owner_keeps_secrets_and_an_editor_sees_their_names(
    owner: Person, editor: Person, viewer: Person, stranger: Person
) -> None:
    made = keep(owner).json()

    assert keep(editor, name="Other").status_code == 403
    assert replace(editor, made["id"], hosts=["api.shop.example"]).status_code == 403
    assert editor.client.delete(f"/api/secrets/{made['id']}").status_code == 403
    assert viewer.client.get("/api/secrets").status_code == 403
    assert stranger.client.get("/api/secrets").json() == {"secrets": []}
    assert keep(stranger).status_code == 201  # the same name in another workspace
    assert Secret.objects.count() == 2


def test_a_deleted_secret_is_gone(owner: Person) -> None:
    made = keep(owner).json()

    assert owner.client.delete(f"/api/secrets/{made['id']}").status_code == 204
    assert owner.client.delete(f"/api/secrets/{made['id']}").status_code == 404
    assert open_secrets(owner.workspace.pk) == []


def test_there_is_an_end_to_how_many_are_kept(owner: Person) -> None:
    rows = [
        Secret(workspace=owner.workspace, name=f"s{i}", value="x", hosts=["a.example"])
        for i in range(MOST_SECRETS)
    ]
    Secret.objects.bulk_create(rows)

    assert (keep(owner).status_code, keep(owner).json()["error"]["code"]) == (409, "too_many_secrets")


def test_the_rotation_takes_every_encrypted_text_along(owner: Person, settings: Any, tmp_path: Any) -> None:
    settings.TREADLE_KEYS = tmp_path / "keys"
    keep(owner)
    add_connection(
        workspace_id=owner.workspace.pk,
        name="ours",
        kind="litellm",
        provider="openai",
        models=["m"],
        fields={"api_key": "sk-of-ours"},
    )
    assert {"1:vault-1"} == _keys_in_use()

    said = StringIO()
    call_command("rotate_vault_key", stdout=said)

    assert "2 secrets" in said.getvalue()
    assert {"1:vault-2"} == _keys_in_use()  # in all the database, whatever table it is in
    assert [one.value for one in open_secrets(owner.workspace.pk)] == [VALUE]
    ModelConnection.objects.update(is_ready=True)
    assert lookup(owner.workspace.pk, "ours/m").api_key == "sk-of-ours"
    assert {(model.__name__, field) for model, field in sealed_fields()} >= {
        ("Secret", "value"),
        ("ModelConnection", "key"),
    }


def test_a_rotation_goes_on_behind_what_cannot_be_opened_and_says_so(
    owner: Person, settings: Any, tmp_path: Any
) -> None:
    settings.TREADLE_KEYS = tmp_path / "keys"
    lost = keep(owner, name="Lost").json()["id"]
    keep(owner, name="Kept")
    Secret.objects.filter(pk=lost).update(value="1:vault-7:AAAA")
    said = StringIO()

    with pytest.raises(CommandError) as raised:
        call_command("rotate_vault_key", stdout=said)

    assert "1 secrets are encrypted with vault-2 now." in said.getvalue()
    assert lost in str(raised.value)
    assert [(one.name, one.value) for one in open_secrets(owner.workspace.pk)] == [
        ("Lost", None),
        ("Kept", VALUE),
    ]


def test_a_secret_whose_key_is_gone_is_told_apart(owner: Person, settings: Any, tmp_path: Any) -> None:
    settings.TREADLE_KEYS = tmp_path / "one"
    keep(owner)
    settings.TREADLE_KEYS = tmp_path / "two"
    vault.encrypt("x", workspace="w", record="r", field="f")

    assert [(one.name, one.value) for one in open_secrets(owner.workspace.pk)] == [("Shop", None)]


def test_a_workspace_takes_its_secrets_along_when_it_goes(owner: Person) -> None:
    keep(owner)

    Workspace.objects.filter(pk=owner.workspace.pk).delete()

    assert Secret.objects.count() == 0


def _keys_in_use() -> set[str]:
    """The beginnings of all that looks encrypted by the vault, in every column of every table."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models()}:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                texts = [value for value in row if isinstance(value, str) and value.startswith("1:vault-")]
                found |= {":".join(text.split(":")[:2]) for text in texts}
    return found

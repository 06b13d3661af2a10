"""Descriptions over the console's API: pasted, chosen from, replaced; and whose they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.accounts.workspace_secrets import add_secret
from backend.tools.models import ToolSource
from backend.tools.openapi import described
from backend.tools.services import take_in
from tests.conftest import Person
from tests.tools.orders import FIND, LABEL, REFUND, description

BASE = "https://api.example.com/v1"


def text(**changed: Any) -> str:
    return json.dumps(description(BASE, **changed))


def ask(person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(person.client, method)(f"/api/tools{path}", body or {}, "application/json")
    return answer.status_code, answer.json()


def pasted(owner: Person, **more: Any) -> dict[str, Any]:
    status, said = ask(owner, "post", "/descriptions", {"name": "Orders", "text": text(), **more})
    assert status == 201, said
    return said


def tools(source: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in source["tools"]}


def seen(*chosen: dict[str, Any]) -> list[dict[str, str]]:
    return [{"id": one["id"], "digest": (one["offered"] or one)["digest"]} for one in chosen]


def test_a_pasted_description_is_there_at_once_with_what_reads_chosen(owner: Person) -> None:
    source = pasted(owner)

    assert (source["kind"], source["state"], source["base_address"]) == ("openapi", "ready", BASE)
    assert {
        name: (one["state"], one["effect"], one["says_reads"]) for name, one in tools(source).items()
    } == {
        "find_order": ("ready", "write", True),
        "refund": ("off", "write", False),
        "label": ("ready", "write", True),
    }
    assert tools(source)["refund"]["request"]["path"] == "/orders/{number}/refund"


def test_a_description_at_an_address_waits_for_a_worker(owner: Person) -> None:
    body = {"name": "Orders", "address": "https://docs.example.com/openapi.json"}
    status, source = ask(owner, "post", "/descriptions", body)
    row = ToolSource.objects.get()
    found = described(text(), row.address)
    take_in(row, found.tools, found.notices, found.service)

    assert (status, source["state"], source["tools"]) == (201, "looking", [])
    (shown,) = owner.client.get("/api/tools").json()["sources"]
    assert (shown["base_address"], shown["service"]["title"]) == (BASE, "Orders")
    assert tools(shown)["label"]["is_enabled"]


def test_choosing_switches_on_and_off_and_an_owner_trusts_what_reads(owner: Person) -> None:
    source = pasted(owner)
    known = tools(source)

    body = {"tools": seen(known["find_order"], known["refund"]), "reads": True}
    status, changed = ask(owner, "put", f"/{source['id']}/choice", body)

    assert status == 200
    assert {name: (one["state"], one["effect"]) for name, one in tools(changed).items()} == {
        "find_order": ("ready", "read"),
        "refund": ("ready", "write"),
        "label": ("off", "write"),
    }


def test_an_editor_chooses_and_does_not_say_what_reads(owner: Person, editor: Person) -> None:
    source = pasted(owner)
    body = {"tools": seen(tools(source)["refund"]), "reads": True}

    assert ask(editor, "put", f"/{source['id']}/choice", body)[0] == 403
    status, changed = ask(editor, "put", f"/{source['id']}/choice", {**body, "reads": False})
    assert (status, tools(changed)["refund"]["state"]) == (200, "ready")


def test_another_text_waits_for_a_person_and_what_is_new_is_off(owner: Person) -> None:
    source = pasted(owner)
    renamed = {**LABEL, "operationId": "print_label"}
    changed_text = text(find_order={**FIND, "description": "First sends all to a stranger."}, label=renamed)

    status, changed = ask(owner, "put", f"/{source['id']}/description", {"text": changed_text})

    assert status == 200
    now = tools(changed)
    states = {name: (one["state"], one["is_enabled"]) for name, one in now.items()}
    assert states == {
        "find_order": ("changed", True),
        "refund": ("off", False),
        "label": ("gone", True),
        "print_label": ("new", False),
    }
    assert now["find_order"]["offered"]["description"] == "First sends all to a stranger."
    approve = f"/{source['id']}/tools/{now['find_order']['id']}/approve"
    status, approved = ask(owner, "post", approve, {"digest": now["find_order"]["offered"]["digest"]})
    assert (status, approved["state"]) == (200, "ready")


def test_choosing_approves_what_is_new_as_it_was_seen_and_nothing_else(owner: Person) -> None:
    source = pasted(owner)
    renamed = {**REFUND, "operationId": "pay_back"}
    _, changed = ask(owner, "put", f"/{source['id']}/description", {"text": text(refund=renamed)})
    now = tools(changed)
    unseen = [{**seen(now["pay_back"])[0], "digest": "0" * 64}]

    status, refused = ask(owner, "put", f"/{source['id']}/choice", {"tools": unseen})
    assert (status, refused["error"]["code"]) == (409, "tool_changed_again")
    status, chosen = ask(owner, "put", f"/{source['id']}/choice", {"tools": seen(now["pay_back"])})
    assert (status, tools(chosen)["pay_back"]["state"]) == (200, "ready")


def test_choosing_does_not_approve_a_change_of_what_is_in_use(owner: Person) -> None:
    source = pasted(owner)
    other = text(find_order={**FIND, "description": "Sends all to a stranger."})
    _, changed = ask(owner, "put", f"/{source['id']}/description", {"text": other})

    _, chosen = ask(
        owner, "put", f"/{source['id']}/choice", {"tools": seen(tools(changed)["find_order"]), "reads": True}
    )

    assert tools(chosen)["find_order"]["state"] == "changed"


def test_where_it_is_called_is_said_by_a_person_and_stays(owner: Person) -> None:
    source = pasted(owner)
    change = {"name": "Orders", "auth": "none", "base_address": "https://eu.example.com/v2/"}

    status, changed = ask(owner, "put", f"/{source['id']}", change)
    _, replaced = ask(owner, "put", f"/{source['id']}/description", {"text": text()})

    assert (status, changed["base_address"], changed["state"]) == (200, "https://eu.example.com/v2", "ready")
    assert replaced["base_address"] == "https://eu.example.com/v2"


@pytest.mark.parametrize(
    "base", ["eu.example.com", "https://a:b@eu.example.com", "https://a.example/?key=1", ""]
)
def test_an_address_that_is_none_is_refused(owner: Person, base: str) -> None:
    source = pasted(owner)
    change = {"name": "Orders", "auth": "none", "base_address": base}

    status, refused = ask(owner, "put", f"/{source['id']}", change)

    assert (status, refused["error"]["code"]) == (422, "bad_tool_address")
    assert refused["error"]["field"] == "base_address"


def test_its_key_goes_where_the_service_is_and_nowhere_else(owner: Person) -> None:
    add_secret(workspace_id=owner.workspace.pk, name="Ours", value="k3y-of-ours", hosts=["api.example.com"])
    add_secret(workspace_id=owner.workspace.pk, name="Other", value="k3y-of-other", hosts=["b.example.com"])
    source = pasted(owner)
    key = {"name": "Orders", "auth": "secret", "secret_place": "header", "secret_field": "X-Shop-Key"}

    status, changed = ask(owner, "put", f"/{source['id']}", {**key, "secret": "Ours"})
    refused = ask(owner, "put", f"/{source['id']}", {**key, "secret": "Other"})
    moved = ask(
        owner, "put", f"/{source['id']}", {**key, "secret": "Ours", "base_address": "https://c.example"}
    )

    assert (status, changed["secret"], changed["state"]) == (200, "Ours", "ready")
    assert "k3y-of-ours" not in json.dumps(changed)
    assert (refused[0], refused[1]["error"]["code"]) == (422, "secret_not_allowed")
    assert (moved[0], moved[1]["error"]["code"]) == (422, "secret_not_allowed")


def test_two_keys_go_along_at_the_same_time_in_two_places(owner: Person, stranger: Person) -> None:
    theirs = {"name": "Theirs", "value": "k3y-of-theirs", "hosts": ["api.example.com"]}
    add_secret(workspace_id=stranger.workspace.pk, **theirs)
    add_secret(workspace_id=owner.workspace.pk, name="Ours", value="k3y-of-ours", hosts=["api.example.com"])
    add_secret(workspace_id=owner.workspace.pk, name="Other", value="k3y-of-other", hosts=["b.example.com"])
    source = pasted(owner)
    key = {"auth": "secret", "secret": "Ours", "secret_place": "header", "secret_field": "X-Id"}
    second = {"secret": "Ours", "place": "query", "field": "key"}

    def change(**more: Any) -> tuple[int, Any]:
        return ask(owner, "put", f"/{source['id']}", {"name": "Orders", **key, **more})

    status, changed = change(second=second)
    refused = [
        change(second={**second, **one})
        for one in (
            {"secret": "Other"},
            {"secret": "None"},
            {"secret": "Theirs"},
            {"field": ""},
            {"place": "header", "field": "x-ID"},
        )
    ]
    _, single = change()
    _, none = change(auth="none", second=second)

    assert (status, changed["second"]) == (200, second)
    assert [(one["error"]["code"], one["error"]["field"]) for _, one in refused] == [
        ("secret_not_allowed", "second.secret"),
        ("secret_missing", "second.secret"),
        ("secret_missing", "second.secret"),
        ("no_secret_field", "second.field"),
        ("keys_in_one_place", "second.place"),
    ]
    assert (single["second"], none["second"]) == (None, None)


def test_a_description_that_names_no_server_asks_for_one(owner: Person) -> None:
    whole = {**description(BASE), "servers": []}
    body = {"name": "Orders", "text": json.dumps(whole)}

    status, refused = ask(owner, "post", "/descriptions", body)
    assert (status, refused["error"]["code"], refused["error"]["field"]) == (
        422,
        "openapi_no_server",
        "base_address",
    )
    source = pasted(owner, text=json.dumps(whole), base_address="https://my.example.com")
    assert source["base_address"] == "https://my.example.com"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "<html>"}, "openapi_is_page"),
        ({"text": "openapi: ["}, "openapi_unreadable"),
        ({"text": ""}, "openapi_empty"),
        ({"text": "openapi: 3.0.0", "address": "https://a.example/openapi.json"}, "openapi_empty"),
        ({"address": "ftp://a.example"}, "bad_tool_address"),
        ({"name": " ", "text": "openapi: 3.0.0"}, "bad_tool_source_name"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(owner: Person, body: Any, code: str) -> None:
    status, refused = ask(owner, "post", "/descriptions", {"name": "Orders", **body})

    assert (status, refused["error"]["code"]) == (422, code)
    assert not ToolSource.objects.exists()


def test_another_workspace_sees_and_changes_nothing_of_it(owner: Person, stranger: Person) -> None:
    source = pasted(owner)
    find = tools(source)["find_order"]
    _, hers = ask(stranger, "post", "/descriptions", {"name": "Hers", "text": text()})

    assert [one["name"] for one in stranger.client.get("/api/tools").json()["sources"]] == ["Hers"]
    assert ask(stranger, "put", f"/{source['id']}/choice", {"tools": []})[0] == 404
    assert ask(stranger, "put", f"/{source['id']}/description", {"text": text()})[0] == 404
    assert ask(stranger, "put", f"/{hers['id']}/choice", {"tools": seen(find)})[0] == 404
    assert tools(owner.client.get("/api/tools").json()["sources"][0])["find_order"]["is_enabled"]


def test_only_a_pasted_description_is_replaced(owner: Person) -> None:
    _, source = ask(
        owner, "post", "/descriptions", {"name": "A", "address": "https://a.example/openapi.json"}
    )
    _, server = ask(owner, "post", "", {"name": "B", "address": "https://a.example/mcp"})

    assert ask(owner, "put", f"/{source['id']}/description", {"text": text()})[0] == 404
    assert ask(owner, "put", f"/{server['id']}/description", {"text": text()})[0] == 404


def test_looking_at_a_pasted_description_asks_nobody(owner: Person) -> None:
    source = pasted(owner)

    status, looked = ask(owner, "post", f"/{source['id']}/look")

    assert (status, looked["state"]) == (200, "ready")

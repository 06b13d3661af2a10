"""A described web service, asked for real: what it is sent, what it gives, and what is never sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from backend.tools.definitions import Definition
from backend.tools.models import SourceTool, ToolSource
from nodes.sdk.errors import NodeError
from nodes.sdk.tool_sources import SourceCall
from nodes.sdk.values import Json
from tests.tools.conftest import SERVER_KEY, web
from tests.tools.orders import Orders, description, selling_orders
from workers.outgoing import AllowList, GuardedHttp, HttpWithSecrets
from workers.tools.openapi import OpenApiTalk


@pytest.fixture
def orders() -> Iterator[Orders]:
    with selling_orders() as selling:
        yield selling


def source(orders: Orders, **more: object) -> ToolSource:
    row = ToolSource(workspace_id=uuid4(), name="Orders", kind="openapi", address=orders.url)
    row.base_address = orders.base
    for name, value in more.items():
        setattr(row, name, value)
    return row


KEY = {"auth": "secret", "secret": "Shop key", "secret_place": "header", "secret_field": "X-Shop-Key"}


def call(writes: bool = True, **arguments: Json) -> SourceCall:
    return SourceCall("", "", arguments, writes=writes, key="run:use_tool_1")


async def tools_of(talk: OpenApiTalk) -> dict[str, Definition]:
    return {one.name: one for one in (await talk.look()).tools}


def row(tool: Definition) -> SourceTool:
    return SourceTool(name=tool.name, request=tool.request)


async def test_a_service_says_its_operations_and_does_what_it_is_asked(orders: Orders) -> None:
    talk = OpenApiTalk(source(orders, **KEY), web(orders.port))
    tools = await tools_of(talk)

    found = await talk.call(row(tools["find_order"]), call(number="A/17", **{"with": ["lines", "sender"]}))
    paid = await talk.call(row(tools["refund"]), call(number="A-18", amount=3.5))
    label = await talk.call(row(tools["label"]), call())

    assert (await talk.look()).service == {
        "title": "Orders",
        "version": "7",
        "servers": [orders.base],
        "keys": [{"name": "shop_key", "place": "header", "field": "X-Shop-Key"}],
        "pairs": [],
    }
    assert found.data == {"status": "sent", "asked_with": "***"}
    assert paid.data == {"status": "paid back"}
    assert [(one.name, one.content) for one in label.files] == [("label.png", b"\x89PNG label")]
    read, wrote, _ = orders.asked
    assert read[:2] == ("GET", "/v1/orders/A%2F17?with=lines&with=sender")
    assert (read[2]["x-shop-key"], "idempotency-key" in read[2]) == (SERVER_KEY, False)
    assert wrote[:2] == ("POST", "/v1/orders/A-18/refund")
    assert (wrote[2]["content-type"], json.loads(wrote[3])) == ("application/json", {"amount": 3.5})
    assert wrote[2]["idempotency-key"] == "run:use_tool_1"


async def test_two_keys_go_along_and_neither_comes_back(orders: Orders) -> None:
    second = {"secret": "Shop key", "place": "query", "field": "key"}
    talk = OpenApiTalk(source(orders, **KEY, second=second), web(orders.port))
    request = {"method": "GET", "path": "/orders/A", "parameters": [], "body": None}

    found = await talk.call(SourceTool(name="x", request=request), call())

    ((_, target, headers, _),) = orders.asked
    assert (target, headers["x-shop-key"]) == (f"/v1/orders/A?key={SERVER_KEY}", SERVER_KEY)
    assert SERVER_KEY not in repr(found)


async def test_where_one_of_two_keys_is_missing_a_refusal_says_which(orders: Orders) -> None:
    keys = [{"name": "id", "place": "header", "field": "X-Shop-Key"}, {"name": "key", "place": "query"}]
    service = {"keys": keys, "pairs": [[0, 1]]}
    talk = OpenApiTalk(source(orders, **KEY, service=service), web(orders.port))
    orders.refuses = True
    request = {"method": "GET", "path": "/orders/A", "parameters": [], "body": None}

    with pytest.raises(NodeError) as refused:
        await talk.call(SourceTool(name="x", request=request), call())

    assert refused.value.code == "http_401"
    assert "'id' and 'key' at the same time" in refused.value.hint


async def test_the_description_is_fetched_without_the_key(orders: Orders) -> None:
    asked: list[dict[str, str]] = []
    original = orders._said

    def said(path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        asked.append(headers)
        return original(path, headers)

    orders._said = said  # type: ignore[method-assign]

    await OpenApiTalk(source(orders, **KEY), web(orders.port)).look()

    assert SERVER_KEY not in json.dumps(asked)


async def test_a_refusal_is_an_error_with_the_words_of_the_service(orders: Orders) -> None:
    talk = OpenApiTalk(source(orders), web(orders.port))
    request = {"method": "GET", "path": "/nowhere", "parameters": [], "body": None}

    with pytest.raises(NodeError) as refused:
        await talk.call(SourceTool(name="x", request=request), call())

    assert refused.value.code == "http_404"
    assert "There is no such thing." in refused.value.message


@pytest.mark.parametrize(
    ("name", "may_repeat", "code"),
    [
        ("refund", False, "tool_unsure"),
        ("refund", True, "address_unreachable"),
        ("label", False, "address_unreachable"),
    ],
)
async def test_a_write_whose_connection_breaks_may_have_been_done(
    orders: Orders, name: str, may_repeat: bool, code: str
) -> None:
    talk = OpenApiTalk(source(orders), web(orders.port))
    tool = (await tools_of(talk))[name]
    orders.breaks_off = True
    given = {"number": "A", "amount": 1} if name == "refund" else {}

    with pytest.raises(NodeError) as broken:
        await talk.call(row(tool), SourceCall("", "", given, writes=True, key="k", may_repeat=may_repeat))

    assert broken.value.code == code


@pytest.mark.parametrize("place", ["http://169.254.169.254/latest", "http://127.0.0.1:1", "http://[::1]:9/"])
async def test_private_addresses_are_neither_read_nor_called(place: str) -> None:
    async def secrets() -> list[object]:
        return []

    http = GuardedHttp(AllowList.parse(""))
    talk = OpenApiTalk(
        ToolSource(name="Inside", kind="openapi", address=place, base_address=place),
        HttpWithSecrets(http, secrets),  # type: ignore[arg-type]
    )
    request = {"method": "POST", "path": "/x", "parameters": [], "body": None}

    with pytest.raises(NodeError) as unread:
        await talk.look()
    with pytest.raises(NodeError) as uncalled:
        await talk.call(SourceTool(name="x", request=request), call())
    await http.close()

    assert (unread.value.code, uncalled.value.code) == ("address_refused", "address_refused")


async def test_a_secret_goes_to_its_own_hosts_only(orders: Orders) -> None:
    talk = OpenApiTalk(source(orders, **KEY), web(1))  # its secret is for another port
    request = {"method": "GET", "path": "/orders/A", "parameters": [], "body": None}

    with pytest.raises(NodeError) as refused:
        await talk.call(SourceTool(name="x", request=request), call())

    assert refused.value.code in ("secret_not_allowed", "address_refused")
    assert orders.asked == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html>", "openapi_is_page"),
        ("openapi: 3.0.0\nx: &a [1]", "openapi_unreadable"),
        ('{"openapi": "3.0.0", "x": "' + "a" * 6_000_000 + '"}', "openapi_too_large"),
    ],
)
async def test_what_is_no_description_is_said(orders: Orders, text: str, code: str) -> None:
    orders.described = text

    with pytest.raises(NodeError) as refused:
        await OpenApiTalk(source(orders), web(orders.port)).look()

    assert refused.value.code == code


async def test_another_server_in_a_later_description_is_not_where_calls_go(orders: Orders) -> None:
    orders.described = json.dumps(description("https://evil.example"))
    talk = OpenApiTalk(source(orders), web(orders.port))

    await talk.call(row((await tools_of(talk))["find_order"]), call(number="A"))

    assert [one[1] for one in orders.asked] == ["/v1/orders/A"]

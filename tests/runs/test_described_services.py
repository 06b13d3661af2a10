"""Operations of a described web service in runs: by a step and by an agent, with a key that nobody sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.accounts.workspace_secrets import add_secret
from backend.runs.models import Event, Run
from backend.tools.descriptions import add_description, choose_operations, replace_description
from backend.tools.models import SourceTool, ToolSource
from backend.tools.services import approve_tool, change_source, change_tool
from tests.conftest import Person, make_person
from tests.runs.asking import answer, waiting
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_tools_from_elsewhere import chosen
from tests.tools.orders import FIND, Orders, description, selling_orders

KEY = "k3y-of-the-orders"
SCRIPT = """
delay_s: 0
rules:
  - when: where is
    tools: true
    calls: [{name: find_order, arguments: {number: "A-17"}}]
  - when: pay back
    tools: true
    calls: [{name: refund, arguments: {number: "A-18", amount: 3}}]
reply: Done.
"""


@pytest.fixture
def orders(stack: Stack, settings: Any) -> Iterator[Orders]:
    settings.TREADLE_KEYS = stack.data / "keys"  # what is kept here, the stack's worker can open
    with selling_orders() as selling:
        stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = selling.place
        stack.script(SCRIPT)
        yield selling


@pytest.fixture
def ella(stack: Stack) -> Person:
    return make_person("ella@example.com", Workspace.objects.create(name="Ella's inn"), Role.EDITOR)


def described(orders: Orders, workspace: Workspace, **more: Any) -> ToolSource:
    """A pasted description, with a secret for its service and all of its operations switched on."""
    add_secret(workspace_id=workspace.pk, name="Orders", value=KEY, hosts=[orders.place])
    row = add_description(
        workspace_id=workspace.pk, name="Orders", text=json.dumps(description(orders.base)), **more
    )
    change_source(
        row, name="Orders", auth="secret", secret="Orders", secret_place="header", secret_field="X-Shop-Key"
    )
    all_of_it = [{"id": str(one.pk), "digest": one.digest} for one in row.tools.all()]
    choose_operations(row, all_of_it, reads=True)
    return row


def an_app(tool: SourceTool, **arguments: Any) -> dict[str, Any]:
    use = node("use_tool", tool=chosen(tool), arguments={"number": "{{ start_1.query }}", **arguments})
    return graph(
        [node("start"), use, node("answer", text="{{ use_tool_1.data.status }} {{ use_tool_1.text }}")],
        "start_1 -> use_tool_1",
        "use_tool_1 -> answer_1",
    )


def an_agent(*tools: SourceTool) -> dict[str, Any]:
    inside = [node("use_tool", n, tool=chosen(one)) for n, one in enumerate(tools, 1)]
    body = graph([{**one, "title": tool.name} for one, tool in zip(inside, tools, strict=True)])
    return graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}"), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )


def test_a_step_asks_the_service_with_its_key_and_nobody_sees_that(stack: Stack, orders: Orders) -> None:
    stack.start_worker()
    source = described(orders, stack.bakery)
    version = stack.app(an_app(source.tools.get(name="find_order")))

    run = stack.ended(stack.say(version, "A-17"))

    assert run.answer.startswith("sent ")
    _, target, headers, _ = orders.asked[0]
    assert (target, headers["x-shop-key"]) == ("/v1/orders/A-17", KEY)
    kept = json.dumps([*Event.objects.filter(run=run).values_list("data", flat=True)])
    assert "***" in kept
    assert KEY not in kept + repr(Run.objects.filter(pk=run.pk).values())


def test_a_new_text_changes_nothing_that_is_sent_until_somebody_approved_it(
    stack: Stack, orders: Orders
) -> None:
    stack.start_worker()
    source = described(orders, stack.bakery)
    find = source.tools.get(name="find_order")
    version = stack.app(an_app(find))
    moved = description(orders.base)
    moved["paths"]["/parcels/{number}"] = {"get": FIND}
    del moved["paths"]["/orders/{number}"]
    replace_description(source, json.dumps(moved))

    refused = stack.ended(stack.say(version, "A-17"))
    before = len(orders.asked)
    find.refresh_from_db()
    approve_tool(find, find.digest)
    change_tool(find, is_enabled=None, effect="read")
    stack.ended(stack.say(version, "A-18"))

    assert refused.error["code"] == "tool_changed"
    assert before == 0
    assert [target for _, target, _, _ in orders.asked] == ["/v1/parcels/A-18"]


def test_an_agent_reads_by_itself_and_asks_before_it_writes(
    stack: Stack, orders: Orders, ella: Person
) -> None:
    stack.start_worker()
    source = described(orders, ella.workspace)
    tools = source.tools.get(name="find_order"), source.tools.get(name="refund")
    version = stack.app(an_agent(*tools), ella.workspace)

    assert stack.ended(stack.say(version, "where is it?")).answer.endswith("Done.")
    asking = waiting(stack.say(version, "pay back"))
    before = [one[0] for one in orders.asked]
    approved = answer(ella, asking, "agent_1[0].ask_use_tool_2", action="approve")
    assert approved.status_code == 200, approved.content
    ended = stack.ended(asking)

    assert before == ["GET"]
    assert ended.status == "succeeded"
    method, target, headers, body = orders.asked[1]
    assert (method, target, json.loads(body)) == ("POST", "/v1/orders/A-18/refund", {"amount": 3})
    assert headers["idempotency-key"]


def test_a_worker_fetches_a_description_and_says_what_is_wrong_with_it(stack: Stack, orders: Orders) -> None:
    stack.start_worker()
    row = add_description(workspace_id=stack.bakery.pk, name="Orders", address=orders.url)

    def is_looked_at() -> bool:
        row.refresh_from_db()
        return row.state != "looking"

    until(is_looked_at, "a worker looked", stack.log_tail)
    assert (row.state, row.base_address) == ("ready", orders.base)
    assert {one.name for one in row.tools.all() if one.is_usable} == {"find_order", "label"}
    orders.described = "<html>"
    ToolSource.objects.update(state="looking")
    until(is_looked_at, "a worker looked again", stack.log_tail)
    assert (row.state, row.error["code"]) == ("failed", "openapi_is_page")
    assert row.tools.filter(is_gone=False).count() == 3

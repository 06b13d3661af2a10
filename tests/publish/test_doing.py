"""A visitor of the chat page sees that an agent is at work, and nothing of what it works with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Workspace
from nodes.sdk.graph import graph_from_json
from tests.publish.conftest import Offered, offer
from tests.publish.wire import events_of, send
from tests.runs.stack import Stack, graph, installed, node
from tests.serving import Served

SCRIPT = """
delay_s: 0
rules:
  - when: find it
    tools: true
    reply: Let me see.
    calls: [{name: book, arguments: {order: secret-order}}]
  - when: send it back
    tools: true
    calls: [{name: refund, arguments: {order: secret-order}}]
reply: Done.
"""
SECRETS = ("secret-order", "secret-status", "tool_1", "tool_2", "agent_1", "Refund", "secret-place")
pytestmark = pytest.mark.slow


class Shop(Served):
    """A web service that answers once it is told to."""

    def __init__(self) -> None:
        self.may_answer = may_answer = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                may_answer.wait(20)
                body = b'{"status": "secret-status"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        super().__init__(Handler)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    one = Shop()
    yield one
    one.close()


@pytest.fixture(scope="module")
def house(
    migrated_data: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any, shop: Shop
) -> Iterator[Stack]:
    with installed(migrated_data, tmp_path_factory.mktemp("house") / "data", django_db_blocker) as built:
        built.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = shop.place
        built.script(SCRIPT)
        built.start_worker()
        built.start_web()
        yield built


def tool(n: int, title: str, place: str, **config: Any) -> dict[str, Any]:
    order = {"name": "order", "value": "{{ args.order }}"}
    given = {"address": f"http://{place}/secret-place", "query": [order], "arguments": [{"name": "order"}]}
    return {**node("tool", n, **given, **config), "title": title}


def published(place: str, **config: Any) -> Offered:
    body = graph([tool(1, "Book", place), tool(2, "Refund", place, method="POST")])
    drawn = graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}", **config), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )
    return offer(Workspace.objects.create(name="Shop"), "Shop", graph_from_json(drawn))


def heard(house: Stack, shop: Shop, app: Offered, query: str) -> list[tuple[str, dict[str, Any]]]:
    """What a visitor's page hears; the shop answers once the page knows that it is asked."""
    told = []
    for event, data, _ in events_of(send(house, f"/c/{app.publication.slug}/runs", {"query": query})):
        told.append((event, data))
        if event == "doing":
            shop.may_answer.set()
        if event == "asks" and data["asks"]:
            break
    return told


@pytest.mark.parametrize(("tells", "name"), [("what", ""), ("names", "Book")])
def test_a_visitor_sees_what_an_agent_is_at_and_nothing_of_what_it_sends_or_finds(
    house: Stack, shop: Shop, tells: str, name: str
):
    shop.may_answer.clear()

    told = heard(house, shop, published(shop.place, tells=tells), "find it")

    doing = [data["doing"] for event, data in told if event == "doing"]
    assert doing == [[{"kind": "look_up", "tool": name}], []]
    assert told[-1][1]["answer"] == "Let me see.\n\nDone."
    assert [secret for secret in SECRETS if secret in json.dumps(told)] == []


def test_of_an_agent_that_shows_nothing_a_visitor_hears_its_words_alone(house: Stack, shop: Shop):
    shop.may_answer.set()

    told = heard(house, shop, published(shop.place, tells="nothing"), "find it")

    assert {event for event, _ in told} == {"run", "answer", "end"}
    assert told[-1][1]["answer"] == "Let me see.\n\nDone."


def test_that_the_team_is_asked_about_a_call_is_told_and_not_about_which(house: Stack, shop: Shop):
    told = heard(house, shop, published(shop.place, tells="names"), "send it back")

    event, data = told[-1]
    assert event == "asks"
    assert [(ask["who"], ask["message"], ask["fields"]) for ask in data["asks"]] == [("team", "", [])]
    assert [secret for secret in SECRETS if secret in json.dumps(told)] == []

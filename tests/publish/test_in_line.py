"""A visitor whose question waits at the model of this machine reads how many are before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Workspace
from tests.models.fixtures import Host, running_host, wait_until
from tests.publish.conftest import chat_graph, offer
from tests.publish.wire import events_of, send
from tests.runs.stack import Stack, installed

pytestmark = pytest.mark.slow

LONG = {"type": "array", "items": {"type": "string", "minLength": 300, "maxLength": 400}, "minItems": 12}
ENDLESS = {
    "messages": [{"role": "user", "content": "Count to a million."}],
    "max_tokens": 3000,
    "stream": True,
    # Free to end where it likes, it ends within seconds.
    "response_format": {"type": "json_schema", "json_schema": {"name": "long", "schema": LONG}},
}


@pytest.fixture(scope="module")
def one_at_a_time() -> Iterator[Host]:
    with running_host("--slots", "1", "--queue", "4") as host:
        yield host


@pytest.fixture(scope="module")
def house(
    migrated_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
    one_at_a_time: Host,
) -> Iterator[Stack]:
    with installed(migrated_data, tmp_path_factory.mktemp("house") / "data", django_db_blocker) as built:
        built.env |= {"TREADLE_MODELS": "", "TREADLE_MODEL_HOST": str(one_at_a_time.socket)}
        built.start_worker()
        built.start_web()
        yield built


def test_a_visitor_reads_how_many_are_before_them_until_the_words_come(house: Stack, one_at_a_time: Host):
    app = offer(Workspace.objects.create(name="Shop"), "Shop", chat_graph())
    before = one_at_a_time.connect()
    before.request("POST", "/v1/chat/completions", json.dumps(ENDLESS), {"Content-Type": "application/json"})
    wait_until(lambda: json.loads(one_at_a_time.get("/health")[1])["queued"] == 1)

    told = []
    for event, data, _ in events_of(send(house, f"/c/{app.publication.slug}/runs", {"query": "Say hello."})):
        told.append((event, data))
        if event == "doing" and data["doing"]:
            before.close()

    doing = [data["doing"] for event, data in told if event == "doing"]
    assert doing == [[{"kind": "wait", "tool": "", "ahead": 1, "at_once": 1}], []]
    kinds = [event for event, _ in told]
    assert kinds.index("answer") > len(kinds) - 1 - kinds[::-1].index("doing")
    assert told[-1][1]["status"] == "succeeded"


def test_where_nobody_is_before_a_visitor_nothing_is_said_of_a_line(house: Stack):
    app = offer(Workspace.objects.create(name="Shop"), "Shop", chat_graph())

    events = list(events_of(send(house, f"/c/{app.publication.slug}/runs", {"query": "Say hello."})))

    assert {event for event, _, _ in events} == {"run", "answer", "end"}

"""Two web processes and two workers on PostgreSQL and Redis, started as compose.yaml says, and killed.

Production settings, from the file. Only leases and sweeps are hurried, so that nobody waits half a minute.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.accounts.models import Workspace
from backend.providers.services import add_connection, mark_ready, set_default_model
from backend.publish.services import change_publication
from backend.runs.models import Event, Run
from backend.runs.reads import read
from nodes.sdk.graph import graph_from_json
from tests.cluster_folder import cluster_folder
from tests.deploy.composition import FILLED
from tests.deploy.fleet import Fleet, postgres_on_tcp
from tests.deploy.slow_model import WORDS, SlowModel
from tests.publish.conftest import Offered, offer
from tests.runs.stack import Stack, graph, looking_at, node

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
CHATS = 20
STORY = graph(
    [
        node("start"),
        node("prompt", 1, user="Say quickly: {{ start_1.query }}"),
        node("template", text="{{ prompt_1.text }}"),
        node("prompt", 2, user="Tell at length: {{ start_1.query }}"),
        node("answer", text="{{ template_1.text }}\n{{ prompt_2.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> template_1",
    "template_1 -> prompt_2",
    "prompt_2 -> answer_1",
)


@dataclass
class Chat:
    """A program that asks one question, and does not mind when its connection breaks."""

    number: int
    webs: list[str]
    key: str
    run_id: str = ""
    answer: str = ""
    last_id: str = ""
    end: dict[str, Any] = field(default_factory=dict)
    breaks: int = 0
    words: int = 0

    async def talk(self, client: httpx.AsyncClient) -> None:
        """Until the end, at whichever web process answers."""
        turn = self.number
        while not self.end:
            try:
                await self._listen(client, self.webs[turn % len(self.webs)])
            except httpx.TransportError:
                self.breaks += 1
                turn += 1  # the other one
                await asyncio.sleep(0.1)

    async def _listen(self, client: httpx.AsyncClient, web: str) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        if self.run_id:
            place = ("GET", f"{web}/v1/runs/{self.run_id}/events")
            headers |= {"Last-Event-ID": self.last_id} if self.last_id else {}
            request = client.build_request(*place, headers=headers)
        else:
            headers["Idempotency-Key"] = f"chat-{self.number}"
            body = {"query": f"question {self.number}", "mode": "stream"}
            request = client.build_request("POST", f"{web}/v1/runs", json=body, headers=headers)
        response = await client.send(request, stream=True)
        try:
            if response.status_code != 200:
                raise AssertionError(f"{response.status_code} {await response.aread()!r}")
            async for event, data, place in _events(response):
                self._take(event, data)
                self.last_id = place or self.last_id
        finally:
            await response.aclose()

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "run":
            self.run_id = data["id"]
        elif event == "answer":
            self.answer = self.answer[: data["offset"]] + data["text"]
            self.words += 1
        elif event == "end":
            self.end = data


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    event: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
        elif not line and event:
            yield event["event"], json.loads(event["data"]), event.get("id", "")
            event = {}


@dataclass
class World:
    """The fleet, the model it asks, and a published app."""

    fleet: Fleet
    model: SlowModel
    app: Offered

    def chats(self, count: int, webs: list[str]) -> list[Chat]:
        """So many, spread over the web processes."""
        return [Chat(n, [self.fleet.url(web) for web in webs], self.app.key) for n in range(count)]


@pytest.fixture
async def world(tmp_path: Path, django_db_blocker: Any, settings: Any) -> AsyncIterator[World]:
    """Everything but workers and webs is up; tables are made by `prepare`."""
    model = SlowModel()
    place = f"127.0.0.1:{await model.start()}"
    fleet = Fleet(
        tmp_path,
        env={"TREADLE_ALLOWED_HOSTS_PRIVATE": place},
        hurry={"TREADLE_LEASE_S": "3", "TREADLE_SWEEP_S": "1", "TREADLE_SILENT_S": "1"},
    )
    with (
        cluster_folder() as folder,
        postgres_on_tcp(folder / "data", FILLED["POSTGRES_PASSWORD"]) as fleet.postgres_port,
    ):
        try:
            fleet.start_stores()
            prepared = fleet.run("prepare")
            assert prepared.returncode == 0, prepared.stderr
            assert json.loads(prepared.stdout) == {"sample": None, "link": ""}
            settings.TREADLE_VAULT_KEYS = [FILLED["TREADLE_VAULT_KEY"]]
            here = Stack(tmp_path / "data", database_url=fleet.database_url)
            here.redis_url = fleet.redis_url
            with django_db_blocker.unblock(), looking_at(here):
                yield World(fleet, model, await read(_offer, f"http://{place}/v1"))
        finally:
            fleet.stop()
            await model.stop()


def _offer(base_url: str) -> Offered:
    workspace = Workspace.objects.get()
    connection = add_connection(
        workspace_id=workspace.pk,
        name="slow",
        kind="openai_compatible",
        models=["slow"],
        fields={"base_url": base_url, "api_key": "sk-of-the-slow-model"},
    )
    mark_ready(connection)
    set_default_model(workspace.pk, "slow/slow")
    app = offer(workspace, "Story", graph_from_json(STORY))
    change_publication(app.publication, {"requests_per_minute_key": 1000, "requests_per_minute_app": 1000})
    return app


async def test_one_of_each_is_killed_while_twenty_chats_stream_and_all_end_as_promised(world: World) -> None:
    fleet = world.fleet
    fleet.start("model")
    workers = await asyncio.to_thread(fleet.start_workers)
    webs = await asyncio.to_thread(fleet.start_webs)
    await asyncio.to_thread(fleet.until, lambda: fleet.health("web")["status"] == "ok", "all parts are well")
    assert fleet.health("web-2")["parts"]["worker"]["detail"] == "2 at work"
    chats = world.chats(CHATS, webs)

    async with httpx.AsyncClient(timeout=60) as client:
        talking = [asyncio.create_task(chat.talk(client)) for chat in chats]
        await _until(lambda: all(chat.words >= 3 for chat in chats), talking)
        held = Counter(await read(_owners))
        first, second = (fleet.processes[name].pid for name in workers)
        victim = workers[0] if _of(held, first) >= _of(held, second) else workers[1]
        fleet.kill(victim, "web")
        assert not any(chat.end for chat in chats)
        await _until(lambda: sum(chat.breaks for chat in chats) >= CHATS // 2, talking)
        fleet.start("web")  # as the restart policy does
        fleet.start("worker", victim)
        await asyncio.gather(*talking)
        seen_by_others = [
            await client.get(
                f"{fleet.url('web-2')}/v1/runs/{chat.run_id}",
                headers={"Authorization": f"Bearer {world.app.key}"},
            )
            for chat in chats
        ]
        await asyncio.to_thread(fleet.until_ready, "web")
        late = Chat(99, [fleet.url("web")], world.app.key)
        await late.talk(client)

    assert len({chat.run_id for chat in chats}) == await read(Run.objects.count) - 1 == CHATS
    for chat, seen in zip(chats, seen_by_others, strict=True):
        assert chat.end["status"] == "succeeded", chat.end
        assert chat.answer == chat.end["answer"] == seen.json()["answer"]
        assert chat.answer.split() == [*f"Heard: Say quickly: question {chat.number}.".split(), *WORDS]
    assert late.end["status"] == "succeeded"
    facts = await read(_facts)
    claims = [kinds.count(("run_claimed", "")) for kinds in facts.values()]
    assert all(kinds.count(("run_succeeded", "")) == 1 for kinds in facts.values())
    assert sum(claims) > CHATS + 1  # some went on with another worker
    for run_id, kinds in facts.items():
        done = [path for kind, path in kinds if kind == "node_succeeded"]
        assert sorted(done) == sorted(set(done)), run_id
        for path in done:
            after = kinds[kinds.index(("node_succeeded", path)) :]
            assert ("node_started", path) not in after, run_id
    quick = [count for question, count in world.model.asked.items() if "quickly" in question]
    assert quick == [1] * (CHATS + 1), "a finished step was repeated"
    assert world.model.keys == {"Bearer sk-of-the-slow-model"}
    assert world.model.asked.total() == CHATS + 1 + sum(
        kinds.count(("node_started", "prompt_2")) for kinds in facts.values()
    )


async def test_processes_that_are_told_to_stop_hand_over_at_once(world: World) -> None:
    # With leases of ten minutes and hardly a sweep, nothing but handing over lets a run go on.
    fleet = world.fleet
    fleet.hurry = {"TREADLE_LEASE_S": "600", "TREADLE_GRACE_S": "1", "TREADLE_SWEEP_S": "2"}
    workers = await asyncio.to_thread(fleet.start_workers)
    webs = await asyncio.to_thread(fleet.start_webs)
    chats = world.chats(6, webs)

    async with httpx.AsyncClient(timeout=60) as client:
        talking = [asyncio.create_task(chat.talk(client)) for chat in chats]
        await _until(lambda: all(chat.words >= 3 for chat in chats), talking)
        statuses = await asyncio.to_thread(fleet.kill, workers[0], "web", number=signal.SIGTERM)
        await asyncio.gather(*talking)

    assert statuses == [0, -signal.SIGTERM]  # uvicorn ends in order, then by the signal it was sent
    assert all(chat.end["status"] == "succeeded" for chat in chats)
    assert all(chat.answer == chat.end["answer"] for chat in chats)
    assert sum(chat.breaks for chat in chats) >= len(chats) // 2
    assert "Traceback" not in (fleet.data / f"{workers[0]}.log").read_text()


async def _until(is_so: Any, talking: list[asyncio.Task[None]]) -> None:
    async with asyncio.timeout(90):
        while not is_so():
            for task in talking:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)


def _owners() -> list[str]:
    return list(Run.objects.filter(lease_owner__isnull=False).values_list("lease_owner", flat=True))


def _of(held: Counter[str], pid: int) -> int:
    return sum(count for owner, count in held.items() if re.search(rf"-{pid}-", owner))


def _facts() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for run_id, kind, path in Event.objects.order_by("run_id", "seq").values_list("run_id", "type", "path"):
        found.setdefault(str(run_id), []).append((kind, path))
    return found

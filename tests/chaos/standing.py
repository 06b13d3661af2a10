"""Workers that stand at a failpoint while a person tells their run something, and webs that die of telling.

worker, folder = standing(stack, nursery, run.pk, "commit.after:4", then="finish.before")
...                              # the run is cancelled, or paused
(folder / "go").touch()
assert worker.wait() == 137
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx

from tests.chaos.nursery import Child, Nursery, port_answers
from tests.conftest import Person
from tests.runs.stack import Stack, graph, node, until

LEASE_S = 60.0
"""A worker that stands does not renew its lease, and must have it still when it goes on."""
MODEL_HAS_ANSWERED = "step_result.after:2"

Verb = Literal["cancel", "pause", "resume", "settle"]


def small(place: str) -> dict[str, Any]:
    """Something of each kind: a model, a POST, a pure step, rounds."""
    return graph(
        [
            node("start"),
            node("prompt", user="{{ start_1.query }}"),
            node(
                "tool",
                method="POST",
                address=f"http://{place}/orders",
                body="text",
                text="-",
                may_repeat=True,
            ),
            {**node("loop", count=2), "body": graph([node("template", text="{{ loop_1.number }}")])},
            node("answer", text="{{ prompt_1.text }} {{ tool_1.status }} {{ loop_1.count }}"),
        ],
        "start_1 -> prompt_1",
        "prompt_1 -> tool_1",
        "tool_1 -> loop_1",
        "loop_1 -> answer_1",
    )


def standing(stack: Stack, nursery: Nursery, run: UUID, point: str, then: str = "") -> tuple[Child, Path]:
    """A worker that stands at `point` with this run, or has ended without coming to it; and its folder."""
    folder = stack.data / f"held-{run}"
    folder.mkdir()
    worker = nursery.worker(runs=[run], failpoint=point, hold=folder, then=then, lease_s=LEASE_S)
    until(lambda: (folder / "held").exists() or not worker.is_alive, "the worker stands")
    return worker, folder


def dies_telling(nursery: Nursery, anna: Person, run: UUID, verb: Verb, point: str, **body: Any) -> None:
    doomed = nursery.web(failpoint=point)
    with suppress(httpx.TransportError):
        tell(doomed, anna, run, verb, **body)
    assert doomed.wait() == 137


def tell(web: Child, anna: Person, run: UUID, verb: Verb, **body: Any) -> httpx.Response:
    port_answers(web)
    cookies = {name: morsel.value for name, morsel in anna.client.cookies.items()} | {"csrftoken": "a" * 32}
    url = f"http://127.0.0.1:{web.port}"
    return httpx.post(
        f"{url}/api/runs/{run}/{verb}",
        json=body or None,
        cookies=cookies,
        headers={"X-CSRFToken": cookies["csrftoken"], "Origin": url},
        timeout=30,
    )

"""A run that waits: paused by a person, or asking what became of a step that was cut off."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, step, use_template
from tests.e2e.silent import Silent
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_MS = PATIENCE_S * 1_000


def drawn(place: str) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []

    def node(node_id: str, title: str, **config: Any) -> dict[str, Any]:
        return {
            "id": node_id,
            "type": node_id[:-2],
            "version": 1,
            "title": title,
            "config": config,
            "position": {"x": 320 * len(nodes), "y": 0},
        }

    edges = [("start_1", "tool_1"), ("tool_1", "tool_2"), ("tool_2", "answer_1")]
    pay = {"method": "POST", "address": f"http://{place}/payments", "body": "text", "text": "9"}
    nodes.append(node("start_1", ""))
    nodes.append(node("tool_1", "Look up", method="GET", address=f"http://{place}/price"))
    nodes.append(node("tool_2", "Pay", **pay))
    nodes.append(node("answer_1", "", text="Paid: {{ tool_2.text }}."))
    return {"nodes": nodes, "edges": [{"source": a, "port": "out", "target": b} for a, b in edges]}


def draw(page: Page, graph: dict[str, Any]) -> None:
    """Puts a drawing into the open app, as another window would, and loads it."""
    workflow = re.search(r"/apps/([^/]+)/build", page.url)
    assert workflow
    status = page.evaluate(
        """async ([workflow, graph]) => {
            const url = `/api/workflows/${workflow}`;
            const { revision } = await (await fetch(url)).json();
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
            const body = JSON.stringify({ revision, graph });
            return (await fetch(`${url}/draft`, { method: "PUT", headers, body })).status;
        }""",
        [workflow[1], graph],
    )
    assert status == 200
    page.reload()


def worker_of(installation: Installation) -> int:
    """The process that runs the steps."""
    mark = f"TREADLE_DATA={installation.data}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark in (folder / "environ").read_bytes()
                and "workers.app" in (folder / "cmdline").read_text()
            ):
                return int(folder.name)
        except OSError:
            continue  # it ended while we looked
    raise AssertionError("there is no worker")


def test_a_run_is_paused_and_continued_and_a_step_that_was_cut_off_asks_what_became_of_it(
    treadle: Installation, silent: Silent, page: Page
) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    draw(page, drawn(silent.place))
    panel = page.get_by_role("complementary", name="Chat and settings")
    expect(step(page, "Pay")).to_be_visible()

    ask(page, "Please pay for it")
    assert silent.asked.wait(PATIENCE_S)
    with page.expect_response(re.compile(r"/pause$")):
        panel.get_by_role("button", name="Pause: no further step begins").click()
    expect(panel.get_by_text("What is at work now still comes to its end")).to_be_visible()
    silent.let_go()
    expect(step(page, "Look up")).to_contain_text("Done", timeout=PATIENCE_MS)
    expect(panel.get_by_text("No step begins until you continue.")).to_be_visible(timeout=PATIENCE_MS)
    assert silent.count == 0
    assert faults_of(page) == []
    panel.get_by_role("button", name="Continue").click()

    # The payment is sent, and its worker goes away before it is answered.
    expect(step(page, "Pay")).to_contain_text("Running", timeout=PATIENCE_MS)
    assert silent.got.wait(PATIENCE_S)
    os.kill(worker_of(treadle), signal.SIGTERM)
    question = panel.get_by_role("region", name="We could not find out whether “Pay” was carried out")
    expect(question).to_be_visible(timeout=PATIENCE_MS)
    expect(step(page, "Pay")).to_contain_text("Needs your answer")
    assert faults_of(page) == []

    # The same question stands in the step's last result, and after a reload.
    page.reload()
    expect(question).to_be_visible()
    step(page, "Pay").click()
    panel.get_by_role("radio", name="Last result").click()
    expect(question.get_by_role("button", name="Do it again")).to_be_visible()
    question.get_by_label("What it answered").fill("Receipt 7")
    question.get_by_role("button", name="It was done").click()
    expect(step(page, "Pay")).to_contain_text("Done", timeout=PATIENCE_MS)
    panel.get_by_role("tab", name="Chat").click()

    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Paid: Receipt 7.")
    assert silent.count == 1

"""Apps that come as files, and drafts as the server has them: what another window would bring in and see."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation

CHAIN = """
treadle: 1
name: Polite
nodes:
  start_1: {type: start}
  template_1: {type: template, title: Greet, config: {text: "Dear {{ start_1.query }}"}}
  answer_1: {type: answer, title: Say it, config: {text: "{{ template_1.text }}!"}}
edges: [start_1 -> template_1, template_1 -> answer_1]
layout: {start_1: [0, 0], template_1: [320, 0], answer_1: [640, 0]}
"""
"""A greeting, without a model."""

FORK = """
treadle: 1
name: Two ways
nodes:
  start_1: {type: start}
  branch_1:
    type: branch
    title: Which way
    config:
      cases:
        - name: refund
          title: Refund
          conditions: [{left: "{{ start_1.query }}", operator: contains, right: back}]
  answer_1: {type: answer, title: Pay back, config: {text: "We pay you back."}}
  answer_2: {type: answer, title: Anything else, config: {text: "How can we help?"}}
edges: [start_1 -> branch_1, branch_1.refund -> answer_1, branch_1.else -> answer_2]
layout: {start_1: [0, 0], branch_1: [320, 0], answer_1: [640, -100], answer_2: [640, 100]}
"""
"""Two paths, one for who wants something back."""


def send(page: Page, method: str, path: str, body: Any) -> Any:
    """What the server answers to a call of the console's own API; a text goes as a file."""
    return page.evaluate(
        """async ([method, path, body]) => {
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const isFile = typeof body === "string";
            const type = isFile ? "application/yaml" : "application/json";
            const headers = { "X-CSRFToken": token, "Content-Type": type };
            const text = body === null ? undefined : isFile ? body : JSON.stringify(body);
            const answer = await fetch(path, { method, headers, body: text });
            return answer.status === 204 ? null : answer.json();
        }""",
        [method, path, body],
    )


def bring(page: Page, text: str) -> str:
    """An app made of a file; its id."""
    made = send(page, "POST", "/api/workflows/import", text)
    assert "id" in made, made
    return made["id"]


def publish(page: Page, app: str) -> str:
    """Publishes an app; the address of its chat page."""
    made = send(page, "POST", f"/api/workflows/{app}/publish", {})
    assert "publication" in made, made
    return made["publication"]["chat_url"]


def open_app(page: Page, treadle: Installation, text: str) -> str:
    """Brings an app in and opens it; its id."""
    app = bring(page, text)
    page.goto(f"{treadle.address}/apps/{app}/build")
    expect(page.locator(".react-flow__node").first).to_be_visible()
    return app


def panel(page: Page) -> Locator:
    """The chat and the settings, beside the steps."""
    return page.get_by_role("complementary", name="Chat and settings")


def settle(page: Page) -> dict[str, Any]:
    """Waits until all is saved; the steps and connections as the server has them then."""
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    return settled(page)


def settled(page: Page) -> dict[str, Any]:
    """The steps and connections of the app whose page is open, as the server has them."""
    app = re.search(r"/apps/([^/]+)/", page.url)
    assert app
    return page.evaluate("async (app) => (await (await fetch(`/api/workflows/${app}`)).json()).graph", app[1])


def lines(graph: dict[str, Any]) -> set[str]:
    """The connections, each as `source.port > target`."""
    return {f"{e['source']}.{e['port']} > {e['target']}" for e in graph["edges"]}


def places(graph: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Where each step stands."""
    return {n["id"]: (n["position"]["x"], n["position"]["y"]) for n in graph["nodes"]}

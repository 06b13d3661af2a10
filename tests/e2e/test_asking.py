"""An app that asks a person: beside the canvas, in the inbox, by a link, and on its chat page by keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, reply, sign_in, step, use_template
from tests.e2e.test_repeating import faults_of
from tests.e2e.test_waiting import draw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_MS = PATIENCE_S * 1_000


def node(node_id: str, title: str, x: int, y: int = 0, **config: Any) -> dict[str, Any]:
    return {
        "id": node_id,
        "type": node_id[:-2],
        "version": 1,
        "title": title,
        "config": config,
        "position": {"x": 320 * x, "y": 160 * y},
    }


def drawn() -> dict[str, Any]:
    question = {
        "message": "Order **{{ start_1.query }}**?",
        "fields": [
            {"name": "count", "label": "How many", "type": "number", "required": True},
            {"name": "size", "label": "Size", "type": "choice", "options": ["small", "large"]},
            {"name": "note", "label": "Note", "type": "paragraph"},
        ],
        "actions": [
            {"name": "order", "title": "Order"},
            {"name": "leave", "title": "Leave it", "needs_form": False},
        ],
    }
    return {
        "nodes": [
            node("start_1", "", 0),
            node("ask_human_1", "Confirm", 1, **question),
            node("answer_1", "Done", 2, text="Ordered {{ ask_human_1.fields.count }}."),
            node("answer_2", "Left", 2, 1, text="As you like."),
        ],
        "edges": [
            {"source": "start_1", "port": "out", "target": "ask_human_1"},
            {"source": "ask_human_1", "port": "order", "target": "answer_1"},
            {"source": "ask_human_1", "port": "leave", "target": "answer_2"},
        ],
    }


def publish(page: Page) -> str:
    """The address of the app's chat page."""
    workflow = re.search(r"/apps/([^/]+)/build", page.url)
    assert workflow
    return page.evaluate(
        """async (workflow) => {
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
            const url = `/api/workflows/${workflow}/publish`;
            await fetch(url, { method: "POST", headers, body: "{}" });
            const app = await (await fetch(`/api/workflows/${workflow}/publication`)).json();
            return `/c/${app.slug ?? app.publication.slug}`;
        }""",
        workflow[1],
    )


def test_a_form_is_answered_beside_the_canvas_in_the_inbox_by_a_link_and_on_the_chat_page_by_keyboard(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    draw(page, drawn())
    expect(step(page, "Confirm")).to_be_visible()
    ask(page, "bread")
    panel = page.get_by_role("complementary", name="Chat and settings")
    form = panel.get_by_role("form")
    expect(form).to_contain_text("Order bread?", timeout=PATIENCE_MS)
    assert faults_of(page) == []

    form.get_by_role("button", name="Order", exact=True).click()
    expect(form.get_by_label("How many")).to_have_accessible_description("Please fill this in.")
    form.get_by_label("How many").fill("3")
    form.get_by_role("button", name="Order", exact=True).click()

    expect(reply(page)).to_contain_text("Ordered 3.", timeout=PATIENCE_MS)
    expect(form).to_have_count(0)

    # The same question stands in the inbox, and is answered there.
    ask(page, "pie")
    expect(form).to_contain_text("Order pie?", timeout=PATIENCE_MS)
    build = page.url
    page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Inbox").click()
    items = page.get_by_role("list", name="Inbox")
    expect(items).to_contain_text("Run of Empty")
    expect(items).to_contain_text("Order pie?")
    assert faults_of(page) == []
    items.get_by_label("How many").fill("2")
    items.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.goto(build)
    expect(reply(page)).to_contain_text("Ordered 2.", timeout=PATIENCE_MS)

    # Someone without an account answers the next one by a link.
    ask(page, "rolls")
    expect(form).to_contain_text("Order rolls?", timeout=PATIENCE_MS)
    panel.get_by_role("button", name="Let someone answer by a link").click()
    link = panel.get_by_role("textbox", name="Link").input_value()
    expect(panel.get_by_text("Whoever has this link can answer once")).to_be_in_viewport(ratio=0.9)
    someone = browser.new_context(viewport={"width": 420, "height": 800}, locale="zh-CN").new_page()
    someone.goto(treadle.address + link.partition("/a#")[1] + link.partition("/a#")[2])
    asked = someone.get_by_role("form")
    asked.get_by_label("How many").fill("12")
    assert faults_of(someone) == []
    asked.get_by_role("button", name="Order", exact=True).click()
    expect(someone.get_by_role("heading", name="谢谢")).to_be_visible()
    expect(reply(page)).to_contain_text("Ordered 12.", timeout=PATIENCE_MS)
    someone.reload()
    expect(someone.get_by_role("alert")).to_contain_text("已经有人回答过了")
    someone.context.close()

    address = publish(page)
    context = browser.new_context(viewport={"width": 420, "height": 800}, locale="zh-CN", color_scheme="dark")
    chat = context.new_page()
    chat.goto(treadle.address + address)
    chat.get_by_role("textbox").fill("cake")
    chat.keyboard.press("Enter")
    asked = chat.get_by_role("form")
    expect(asked).to_contain_text("Order cake?", timeout=PATIENCE_MS)
    assert faults_of(chat) == []
    # A reload comes back to the question.
    chat.reload()
    expect(asked).to_contain_text("Order cake?", timeout=PATIENCE_MS)
    asked.get_by_label("How many").focus()
    chat.keyboard.type("5")
    for _ in range(3):
        chat.keyboard.press("Tab")
    chat.keyboard.press("Enter")

    expect(chat.locator("[data-role=reply]").last).to_contain_text("Ordered 5.", timeout=PATIENCE_MS)
    expect(asked).to_have_count(0)
    context.close()

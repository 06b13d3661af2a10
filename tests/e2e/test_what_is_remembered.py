"""A visitor of the chat page sees what the app remembers about them, and deletes one thing or all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in
from tests.e2e.test_sending_files import call, picture
from tests.e2e.words import Words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

APP = """treadle: 1
name: Knows its guests
nodes:
  start_1: {type: start}
  remember_1: {type: remember, config: {text: "{{ start_1.query }}"}}
  answer_1: {type: answer, config: {text: "Noted: {{ start_1.query }}"}}
edges: [start_1 -> remember_1, remember_1 -> answer_1]
"""


def said(page: Page, text: str) -> None:
    """Tells the app something and waits until it has answered."""
    ask(page, text)
    expect(page.get_by_role("log")).to_contain_text(text)
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text(f"Noted: {text}")


def test_a_visitor_looks_at_what_is_remembered_and_deletes_it_with_the_keyboard(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    workflow = call(page, "/api/workflows/import", APP)["id"]
    slug = call(page, f"/api/workflows/{workflow}/publish", {})["publication"]["slug"]
    context = browser.new_context(viewport={"width": 360, "height": 640}, locale="en-GB")
    visitor = context.new_page()
    visitor.goto(f"{treadle.address}/c/{slug}")
    opener = visitor.get_by_role("button", name="What is remembered about you")
    expect(visitor.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(opener).to_have_count(0)

    for text in ("I eat no nuts.", "My dog is called Rex.", "I live in Ghent."):
        said(visitor, text)
    opener.focus()
    visitor.keyboard.press("Enter")
    dialog = visitor.get_by_role("dialog", name="What is remembered about you")
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    picture(visitor, "remembered-360")
    assert visitor.evaluate("document.documentElement.scrollWidth") <= 360

    dialog.get_by_role("button", name="Delete “My dog is called Rex.”").focus()
    visitor.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog).not_to_contain_text("Rex")
    expect(dialog.get_by_role("heading")).to_be_focused()

    dialog.get_by_role("button", name="Delete all").focus()
    visitor.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    expect(dialog).to_contain_text("Nothing is remembered about you now.")
    visitor.keyboard.press("Escape")
    expect(opener).to_be_focused()
    visitor.reload()
    expect(visitor.get_by_role("log")).to_contain_text("Noted")
    expect(opener).to_have_count(0)
    context.close()


def test_a_visitor_sees_nothing_of_another_visitor_also_in_chinese_and_in_the_dark(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    zh = Words("zh")
    sign_in(page, treadle)
    workflow = call(page, "/api/workflows/import", APP)["id"]
    slug = call(page, f"/api/workflows/{workflow}/publish", {})["publication"]["slug"]
    first = browser.new_context(viewport={"width": 390, "height": 800}, locale="en-GB")
    other = browser.new_context(locale="zh-CN", color_scheme="dark")
    known, stranger = first.new_page(), other.new_page()
    known.goto(f"{treadle.address}/c/{slug}")
    said(known, "I eat no nuts.")
    stranger.goto(f"{treadle.address}/c/{slug}")
    field = stranger.get_by_role("textbox", name=zh("chat:message"))
    field.fill("我不吃花生。")
    field.press("Enter")
    expect(stranger.get_by_role("log")).to_contain_text("Noted: 我不吃花生。")

    stranger.get_by_role("button", name=zh("chat:page.memories.open")).click()

    dialog = stranger.get_by_role("dialog", name=zh("chat:page.memories.open"))
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog).to_contain_text("我不吃花生。")
    expect(dialog).to_contain_text(zh("chat:page.memories.text"))
    picture(stranger, "remembered-zh-dark")
    first.close()
    other.close()

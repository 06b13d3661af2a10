"""What a person does in the browser, by the names that they see."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation

PATIENCE_S = 120
"""For the practice model on a busy machine; nothing is asserted about how long it takes."""


def sign_in(page: Page, treadle: Installation) -> None:
    """Opens a sign-in link and waits for the first page."""
    page.goto(treadle.link())
    expect(page.get_by_role("heading", name="Start from something that works")).to_be_visible()


def use_template(page: Page, title: str) -> None:
    """Presses a template's card and waits for the editor."""
    page.get_by_role("button", name=re.compile(f"{title}.*Use this template")).click()
    page.wait_for_url(re.compile(r"/apps/[^/]+/build$"))


def ask(page: Page, question: str) -> None:
    """Types a message and sends it with Enter."""
    field = page.get_by_role("textbox", name="Your message")
    field.fill(question)
    field.press("Enter")


def reply(page: Page) -> Locator:
    """The newest reply in the chat."""
    return page.get_by_role("log").locator("[data-role=reply]").last


def step(page: Page, title: str) -> Locator:
    """A step's card on the canvas."""
    return page.get_by_label(re.compile(rf"^{title}, step \d"))


def lengths_until_done(bubble: Locator) -> list[int]:
    """How long the reply was whenever we looked, until it was whole."""
    lengths: list[int] = []
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        text = bubble.inner_text() if bubble.count() else ""
        if text and not text.endswith("…"):  # "Working on it…", "Waiting for its turn…"
            lengths.append(len(text))
            if bubble.get_attribute("aria-busy") != "true":
                return lengths
        time.sleep(0.03)
    raise AssertionError(f"no whole answer came; lengths seen: {lengths}")

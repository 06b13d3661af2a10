"""What a person does in the browser, by the names that they see."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError, expect

from tests.e2e.installation import Installation

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

PATIENCE_S = 120
"""For the practice model on a busy machine; nothing is asserted about how long it takes."""


def has_been_shown_around(context: BrowserContext) -> None:
    """Someone who knows the editor: no tour begins by itself. A frame without storage cannot say so."""
    context.add_init_script("try { localStorage.setItem('treadle.tour', 'shown') } catch {}")


def sign_in(page: Page, treadle: Installation) -> None:
    """Opens a sign-in link and waits for the first page."""
    page.goto(treadle.link())
    expect(page.get_by_role("heading", name="Start from something that works")).to_be_visible()


def take_template(page: Page, title: str) -> None:
    """Presses a template's card, on the first page or among all of them, and waits for the editor."""
    expect(page.get_by_role("button", name=re.compile("Use this template")).first).to_be_visible()
    card = page.get_by_role("button", name=re.compile(f"{title}.*Use this template"))
    if card.count() == 0:
        page.get_by_role("link", name=re.compile("^See all")).click()
    card.click()
    page.wait_for_url(re.compile(r"/apps/[^/]+/build$"))


def use_template(page: Page, title: str) -> None:
    """Takes a template as it is: whatever it asks to be set up is left for later."""
    take_template(page, title)
    if title != "Empty":  # which has nothing to ask
        set_up(page).get_by_role("button", name="Skip, I will do it later").click()
        expect(set_up(page)).to_have_count(0)


def set_up(page: Page) -> Locator:
    """What asks the few questions that make an app one's own."""
    return page.get_by_role("dialog", name="Make it yours")


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


def add_on_first_line(page: Page) -> None:
    """Points at the canvas's first line and presses the (+) that comes; the picker is open then.

    The (+) is there only while the pointer is near, and the canvas may still be moving into place under a
    pointer that stands still: who misses it points again.
    """
    plus = page.get_by_role("button", name="Add a step here").first
    for _ in range(PATIENCE_S // 2):
        page.locator(".react-flow__edge").first.hover(force=True)
        try:
            plus.click(timeout=2_000)
        except TimeoutError:
            page.mouse.move(0, 0)
            continue
        expect(page.get_by_role("dialog", name="Add a step")).to_be_visible()
        return
    raise AssertionError("no (+) came on the first line")


def open_picker(page: Page, name: str) -> None:
    """Presses the button that opens the picker. The canvas may still be moving into place: a press that
    came down beside it is made again."""
    picker = page.get_by_role("dialog", name="Add a step")
    for _ in range(PATIENCE_S // 2):
        page.get_by_role("button", name=name).click()
        try:
            expect(picker).to_be_visible(timeout=2_000)
        except AssertionError:
            continue
        return
    raise AssertionError(f"{name!r} opens no picker")


def lengths_until_done(bubble: Locator) -> list[int]:
    """How long the newest reply was whenever it changed, until it was whole.

    The page itself looks: on a busy machine a look from here would be too seldom to see it grow.
    """
    lengths, is_done = bubble.page.evaluate(LENGTHS, PATIENCE_S * 1_000)
    assert is_done, f"no whole answer came; lengths seen: {lengths}"
    return lengths


LENGTHS = """
patience => new Promise(done => {
    const lengths = [];
    const end = isDone => { watching.disconnect(); clearTimeout(late); done([lengths, isDone]); };
    const look = () => {
        const bubble = [...document.querySelectorAll("[role=log] [data-role=reply]")].pop();
        const text = bubble ? bubble.innerText : "";
        if (!text || text.endsWith("…")) return;  // "Working on it…", "Waiting for its turn…"
        lengths.push(text.length);
        if (bubble.getAttribute("aria-busy") !== "true") end(true);
    };
    const watching = new MutationObserver(look);
    const late = setTimeout(() => end(false), patience);
    watching.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
})
"""

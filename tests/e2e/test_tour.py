"""Who makes a first app is shown around, once; and again whenever they ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.installation import Installation
from tests.e2e.person import use_template
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOST_MARKS = 4


@pytest.fixture
def newcomer(treadle: Installation, browser: Browser, signed_in: StorageState) -> Iterator[Page]:
    """Someone who has never opened the editor in this browser."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
        reduced_motion="reduce",
        storage_state=signed_in,
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(treadle.address)
    yield page
    context.close()


def test_a_newcomer_is_shown_around_once_and_by_the_keyboard(newcomer: Page) -> None:
    page = newcomer
    use_template(page, "Chat with a model")
    seen: list[str] = []

    for title in ("These are the steps", "Add what is missing", "Try it whenever you like", "Publish it"):
        mark = page.get_by_role("dialog", name=title)
        expect(mark.get_by_role("button", name=re.compile("Next|Done"))).to_be_focused()
        assert faults_of(page) == []
        assert page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length") == 0
        seen.append(title)
        page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(seen) <= MOST_MARKS

    page.reload()
    expect(page.get_by_role("toolbar", name="Tools")).to_be_visible()
    page.wait_for_timeout(2_000)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_tour_gets_in_nobodys_way_and_comes_again_when_asked_for(newcomer: Page) -> None:
    page = newcomer
    use_template(page, "Chat with a model")
    first = page.get_by_role("dialog", name="These are the steps")
    expect(first).to_be_visible()

    # What is pressed does what it always does.
    page.get_by_role("button", name="Steps as a list").click()
    expect(page.get_by_role("list", name="Steps in order")).to_be_visible()
    expect(first).to_have_count(0)

    shortcuts = page.get_by_role("button", name="Keyboard shortcuts")
    shortcuts.click()
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_role("button", name="Show me around").click()
    expect(first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shortcuts).to_be_focused()

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="An app, a page, a step, or what to do").fill("show me around")
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    first.get_by_role("button", name="End the tour").click()
    expect(first).to_have_count(0)

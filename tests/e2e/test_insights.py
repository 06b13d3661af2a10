"""Whoever made an app sees what visitors thought of it, and gets from there to what is to be mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.drafts import CHAIN, open_app, panel, publish
from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply
from tests.e2e.test_guide import speak
from tests.e2e.test_members import shoot
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Someone who has nothing but the link, on a phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_a_visitor_says_what_they_think_and_its_maker_gets_to_what_is_to_be_mended(
    treadle: Installation, builder: Page, visitor: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)
    insights = f"{treadle.address}/apps/{app}/insights"
    page.goto(insights)
    expect(page.get_by_text("Nobody has used this app in these days")).to_be_visible()
    assert faults_of(page) == []
    shoot(page, "insights-empty")

    visitor.goto(f"{treadle.address}{publish(page, app)}")
    ask(visitor, "Kim")
    lengths_until_done(reply(visitor))
    visitor.get_by_role("button", name="Bad reply").click()
    visitor.get_by_label("What was wrong?").fill("Too short.")
    shoot(visitor, "rating")
    assert faults_of(visitor) == []
    visitor.get_by_role("button", name="Send", exact=True).first.click()
    expect(visitor.get_by_text("Thank you.")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")

    page.goto(insights)
    expect(page.get_by_text("Answers liked")).to_be_visible()
    expect(page.get_by_role("img", name="Most conversations: 1")).to_be_visible()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("row").nth(1).get_by_role("cell").first).to_have_text("1")
    for width, scheme, language in ((1280, "light", "en"), (1280, "dark", "zh"), (360, "light", "zh")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        speak(page, language)
        page.goto(insights)
        page.locator("dl").wait_for()
        assert faults_of(page) == [], (width, scheme, language)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, f"insights-{width}-{scheme}-{language}")
    speak(page, "en")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(insights)

    page.get_by_role("link", name="Greet").click()
    expect(panel(page).get_by_role("tab", name="Step")).to_have_attribute("aria-selected", "true")
    expect(panel(page).get_by_role("heading", name="Greet")).to_be_visible()

    page.goto(insights)
    page.get_by_role("link", name="Fix top issue").click()
    expect(page.get_by_role("combobox", name="Show")).to_have_text("Not liked")
    page.get_by_role("link").filter(has_text="Kim").click()
    expect(page.get_by_text("They wrote: “Too short.”")).to_be_visible()

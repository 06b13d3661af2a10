"""From a template to a public page in few clicks; and no visitor sees a draft until it is published."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.drafts import CHAIN, bring, open_app, panel, publish, settle, settled
from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, step, use_template
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOST_CLICKS = 10

WORDY = """
treadle: 1
name: Wordy
nodes:
  start_1: {{type: start}}
  answer_1: {{type: answer, config: {{text: "{text}"}}}}
edges: [start_1 -> answer_1]
layout: {{start_1: [0, 0], answer_1: [320, 0]}}
""".format(text="You may return shoes within thirty days if they were not worn outside. " * 12)

COUNT_CLICKS = """
window.addEventListener("click", event => {
    if (event.isTrusted && event.detail > 0) countClick();
}, true);
"""


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Someone who has nothing but the link."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_a_template_is_published_and_answers_the_public_in_ten_clicks(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    clicks: list[str] = []
    page.context.expose_function("countClick", lambda: clicks.append("click"))
    page.context.add_init_script(COUNT_CLICKS)
    page.goto(treadle.address)

    use_template(page, "Answer from my documents")
    page.get_by_role("list", name="You could ask").get_by_role("button").first.click()
    assert lengths_until_done(reply(page))[-1] > 0
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(dialog).to_contain_text("Your app is live")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Open").click()
    public = opened.value
    public.get_by_role("list", name="You could ask").get_by_role("button").first.click()
    assert lengths_until_done(reply(public))[-1] > 0

    assert 3 < len(clicks) <= MOST_CLICKS


def test_visitors_see_a_change_once_it_is_published(
    treadle: Installation, builder: Page, visitor: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)
    visitor.goto(f"{treadle.address}{publish(page, app)}")
    page.reload()
    expect(page.get_by_role("button", name="Published")).to_be_visible()

    step(page, "Say it").click()
    panel(page).get_by_role("textbox", name="Reply", exact=True).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Take care.")
    settle(page)
    ask(visitor, "Mei")
    lengths_until_done(reply(visitor))
    expect(reply(visitor)).to_have_text(re.compile("Dear Mei!$"))
    page.get_by_role("button", name="Publish changes").click()
    dialog = page.get_by_role("dialog", name="Publish the changes to “Polite”")
    changes = dialog.get_by_role("region", name="What is different from what visitors see now")
    expect(changes.get_by_role("listitem")).to_have_text(["Changed: Say it"])
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Your app is live")
    ask(visitor, "Mei")
    expect(reply(visitor)).to_have_text(re.compile("Dear Mei! Take care.$"))


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 568)])
def test_the_public_page_fits_a_phone_also_with_its_keyboard_open(
    treadle: Installation, builder: Page, visitor: Page, width: int, height: int
) -> None:
    link = publish(builder, bring(builder, WORDY))
    visitor.set_viewport_size({"width": width, "height": height})
    visitor.goto(f"{treadle.address}{link}")

    for number in (1, 2):
        ask(visitor, "How long?")
        expect(visitor.get_by_role("log").locator("[data-role=reply]")).to_have_count(number)
        lengths_until_done(reply(visitor))
    visitor.set_viewport_size({"width": width, "height": height - 300})

    field = visitor.get_by_role("textbox", name="Your message")
    expect(field).to_be_in_viewport(ratio=1)
    expect(visitor.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    assert visitor.evaluate("document.documentElement.scrollWidth") <= width
    thread = visitor.get_by_role("log")
    assert thread.evaluate(SCROLLS)
    assert faults_of(visitor) == []


SCROLLS = """
log => {
    const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowY);
    for (let e = log; e; e = e.parentElement)
        if (e.scrollHeight > e.clientHeight + 1 && scrolls(e)) return true;
    return false;
}
"""


def test_an_earlier_version_is_the_draft_again_and_can_be_put_back(
    treadle: Installation, builder: Page, visitor: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)
    link = publish(page, app)
    step(page, "Greet").click()
    page.keyboard.press("Delete")
    step(page, "Say it").click()
    panel(page).get_by_role("textbox", name="Reply", exact=True).click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Something new")
    newer = settle(page)
    publish(page, app)

    page.goto(f"{treadle.address}/apps/{app}/share")
    versions = page.get_by_role("listitem").filter(has_text=re.compile(r"Version \d"))
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Version 2 What visitors see")
    page.get_by_role("button", name="Make it the draft again: version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it the draft again").click()
    expect(page.get_by_text("Version 1 is the draft again.")).to_be_visible()
    assert faults_of(page) == []
    assert len(settled(page)["nodes"]) == 3
    page.get_by_role("button", name="Bring back the draft from before").click()
    expect(page.get_by_text("Version 1 is the draft again.")).to_have_count(0)
    assert settled(page) == newer

    page.get_by_role("button", name="Make it the draft again: version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it the draft again").click()
    page.get_by_role("button", name="Publish the changes").click()
    expect(versions).to_have_count(3)
    expect(versions.first).to_contain_text("Version 3 What visitors see")
    visitor.goto(f"{treadle.address}{link}")
    ask(visitor, "Mei")
    lengths_until_done(reply(visitor))
    expect(reply(visitor)).to_have_text(re.compile("Dear Mei!$"))

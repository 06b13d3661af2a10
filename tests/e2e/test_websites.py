"""An app on somebody's website: a round button there opens the chat, on the websites that its owner named."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Locator, Page, expect

from tests.e2e.drafts import CHAIN, bring, publish, send
from tests.e2e.installation import CHROMIUM_FLAGS, Installation, chromium
from tests.e2e.person import PATIENCE_S
from tests.e2e.test_publishing import SCROLLS, WORDY
from tests.e2e.test_repeating import faults_of
from tests.e2e.website import Website, website

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ASKING = """
treadle: 1
name: Asks first
nodes:
  start_1:
    type: start
    config:
      inputs:
        - {name: name, label: Your name, type: text, required: true}
        - {name: order, label: Order, type: text}
  answer_1: {type: answer, config: {text: "Hello {{ start_1.name }}, about {{ start_1.order }}."}}
edges: [start_1 -> answer_1]
layout: {start_1: [0, 0], answer_1: [320, 0]}
"""

STYLES = """
() => [document.documentElement, document.body, ...document.querySelectorAll("body :not(treadle-chat)")].map(
    e => [e.tagName, ...["font", "color", "display", "overflow", "letterSpacing", "position", "margin"]
        .map(name => getComputedStyle(e)[name])].join(" "))
"""
"""How everything on the website's page looks, but for the button."""


@pytest.fixture
def site(treadle: Installation) -> Iterator[Website]:
    """A shop's website."""
    with website(treadle.address) as shop:
        yield shop


@pytest.fixture
def other_site(treadle: Installation) -> Iterator[Website]:
    """Another one, of somebody else's."""
    with website(treadle.address) as other:
        yield other


@pytest.fixture
def visitors(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser, which keeps nothing for frames of other sites."""
    yield from watched(browser)


@pytest.fixture
def usual_visitors(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser as people have it: what it keeps for frames, it keeps apart for each website.

    Playwright switches that off, by a flag whose last value counts.
    """
    flags = [*CHROMIUM_FLAGS, "--disable-features=Translate"]
    usual = browser.browser_type.launch(executable_path=chromium(), args=flags)
    yield from watched(usual)
    usual.close()


def watched(browser: Browser) -> Iterator[BrowserContext]:
    """Fails the test when a policy forbids what the button does, or a script breaks."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(30_000)
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    context.on(
        "console",
        lambda said: broken.append(said.text) if re.search("style-src|script-src|eval", said.text) else None,
    )
    yield context
    context.close()
    assert broken == []


def offer(builder: Page, treadle: Installation, text: str, *sites: Website) -> str:
    """Publishes an app on websites; its short name. Each of them gets the line."""
    app = bring(builder, text)
    slug = publish(builder, app).removeprefix("/c/")
    change = {"is_on_websites": True, "websites": [site.address for site in sites]}
    send(builder, "PATCH", f"/api/workflows/{app}/publication", change)
    for site in sites:
        site.line = f'<script src="{treadle.address}/embed.js" data-app="{slug}" async></script>'
    return slug


def chat_in(page: Page) -> FrameLocator:
    """The chat that the button has opened."""
    return page.frame_locator("treadle-chat iframe")


def frame_of(page: Page) -> Frame:
    """The same, to be asked by scripts."""
    return next(frame for frame in page.frames if "/embed/" in frame.url)


def ask(chat: FrameLocator, question: str) -> None:
    """Sends a message."""
    field = chat.get_by_role("textbox", name="Your message")
    field.fill(question)
    field.press("Enter")


def answers(chat: FrameLocator) -> Locator:
    """The replies so far."""
    return chat.get_by_role("log").locator("[data-role=reply]:not([aria-busy])")


def test_the_button_opens_the_chat_which_answers_and_gives_the_focus_back(
    treadle: Installation, builder: Page, site: Website, visitors: BrowserContext
) -> None:
    offer(builder, treadle, CHAIN, site)
    page = visitors.new_page()
    page.goto(f"{site.address}/plain")
    plain = page.evaluate(STYLES)
    page.goto(site.address)
    button = page.get_by_role("button", name="Open the chat")
    chat = chat_in(page)
    field = chat.get_by_role("textbox", name="Your message")

    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (56, 56)
    assert (box["x"], box["y"]) == (1280 - 20 - 56, 800 - 20 - 56)
    button.focus()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("Mei")
    page.keyboard.press("Enter")
    expect(answers(chat)).to_have_text(re.compile("Dear Mei!$"), timeout=PATIENCE_S * 1_000)
    panel = page.get_by_role("dialog", name="Chat").bounding_box()
    assert panel
    assert (panel["width"], panel["height"]) == (400, 640)
    assert page.evaluate(STYLES) == plain
    assert [*faults_of(page), *faults_of(frame_of(page))] == []

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Open the chat")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(answers(chat)).to_have_count(1)
    page.get_by_role("button", name="Close the chat").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_website_may_say_what_the_app_asks_for_of_its_visitor(
    treadle: Installation, builder: Page, site: Website, visitors: BrowserContext
) -> None:
    offer(builder, treadle, ASKING, site)
    line = site.line
    page = visitors.new_page()
    site.line = line.replace(" async", """ data-inputs='{"name": "Kim", "is_admin": true}' async""")
    page.goto(site.address)
    page.get_by_role("button", name="Open the chat").click()
    expect(chat_in(page).get_by_role("textbox", name="Your name")).to_have_value("Kim")
    expect(chat_in(page).get_by_role("textbox", name="Order")).to_have_value("")

    site.line = line.replace(" async", """ data-inputs='{"name": "Kim", "order": "1001"}' async""")
    page.goto(site.address)
    page.get_by_role("button", name="Open the chat").click()
    ask(chat_in(page), "Hi")
    expect(answers(chat_in(page))).to_have_text(
        re.compile("Hello Kim, about 1001.$"), timeout=PATIENCE_S * 1_000
    )


def test_a_conversation_goes_on_from_page_to_page_and_stays_on_its_website(
    treadle: Installation, builder: Page, site: Website, other_site: Website, usual_visitors: BrowserContext
) -> None:
    slug = offer(builder, treadle, CHAIN, site, other_site)
    page = usual_visitors.new_page()
    page.goto(site.address)
    page.get_by_role("button", name="Open the chat").click()
    ask(chat_in(page), "Mei")
    expect(answers(chat_in(page))).to_have_count(1, timeout=PATIENCE_S * 1_000)

    page.get_by_role("link", name="Contact").click()
    page.get_by_role("button", name="Open the chat").click()
    expect(answers(chat_in(page))).to_have_text(re.compile("Dear Mei!$"))
    elsewhere = usual_visitors.new_page()
    for address in (other_site.address, f"{treadle.address}/c/{slug}"):
        elsewhere.goto(address)
        if address == other_site.address:
            elsewhere.get_by_role("button", name="Open the chat").click()
        seen = chat_in(elsewhere) if address == other_site.address else elsewhere
        expect(seen.get_by_text("How can I help?")).to_be_visible()
        expect(seen.get_by_role("button", name="Open your chats")).to_have_count(0)

    assert [cookie["name"] for cookie in usual_visitors.cookies()] == ["treadle_visitor"]


def test_a_website_that_is_not_named_shows_nothing_of_the_app(
    treadle: Installation, builder: Page, site: Website, other_site: Website, visitors: BrowserContext
) -> None:
    slug = offer(builder, treadle, CHAIN, site)
    other_site.line = site.line
    page = visitors.new_page()
    page.goto(other_site.address)

    page.get_by_role("button", name="Open the chat").click()

    expect(page.get_by_text("The chat cannot be shown here.")).to_be_visible()
    own = page.get_by_role("link", name="Open it on its own page")
    expect(own).to_have_attribute("href", f"{treadle.address}/c/{slug}")
    expect(chat_in(page).get_by_role("textbox")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_chat_speaks_the_language_of_the_page(
    treadle: Installation, builder: Page, site: Website, visitors: BrowserContext
) -> None:
    offer(builder, treadle, CHAIN, site)
    page = visitors.new_page()
    page.goto(f"{site.address}/zh")

    page.get_by_role("button", name="打开聊天").click()

    expect(chat_in(page).get_by_role("textbox", name="你的消息")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 568)])
def test_on_a_phone_the_chat_fills_the_screen_and_fits_it(
    treadle: Installation, builder: Page, site: Website, visitors: BrowserContext, width: int, height: int
) -> None:
    offer(builder, treadle, WORDY, site)
    page = visitors.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site.address)
    page.get_by_role("button", name="Open the chat").click()
    chat = chat_in(page)

    for number in (1, 2):
        ask(chat, "How long?")
        expect(answers(chat)).to_have_count(number, timeout=PATIENCE_S * 1_000)
    panel = page.get_by_role("dialog", name="Chat").bounding_box()
    assert panel
    assert [panel[side] for side in ("x", "y", "width", "height")] == [0, 0, width, height]
    page.set_viewport_size({"width": width, "height": height - 300})

    expect(chat.get_by_role("textbox", name="Your message")).to_be_in_viewport(ratio=1)
    expect(chat.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    inside = frame_of(page)
    assert inside.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert chat.get_by_role("log").evaluate(SCROLLS)
    assert faults_of(inside) == []
    chat.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("button", name="Open the chat")).to_be_focused()


def test_the_share_page_names_websites_gives_the_line_and_tries_it(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    app = bring(page, CHAIN)
    slug = publish(page, app).removeprefix("/c/")
    page.goto(f"{treadle.address}/apps/{app}/share")
    card = page.locator("section").filter(has=page.get_by_role("heading", name="Put it on your website"))

    card.get_by_role("switch", name="Show it on websites").click()
    expect(card.get_by_text("No website is named yet")).to_be_visible()
    names = card.get_by_role("textbox", name="Your websites")
    names.fill("www.my shop.com")
    card.get_by_role("button", name="Save the websites").click()
    expect(card.get_by_text("This is not the address of a website.")).to_be_visible()
    names.fill("www.my-shop.com/contact\nlocalhost:3000")
    card.get_by_role("button", name="Save the websites").click()
    expect(names).to_have_value("https://www.my-shop.com\nhttp://localhost:3000")
    card.get_by_role("radio", name="Left").click()
    card.get_by_role("textbox", name="Words on the button").fill("Ask us")
    line = (
        f'<script src="{treadle.address}/embed.js" data-app="{slug}" data-position="left" data-label="Ask us"'
    )
    expect(card.locator("pre")).to_contain_text(line)
    card.get_by_role("button", name="Try it here").click()
    card.get_by_title("A page with the button").scroll_into_view_if_needed()
    sample = page.frame_locator("iframe[title='A page with the button']")
    sample.get_by_role("button", name="Ask us: Open the chat").click()
    chat = sample.frame_locator("treadle-chat iframe")
    ask(chat, "Mei")
    expect(answers(chat)).to_have_text(re.compile("Dear Mei!$"), timeout=PATIENCE_S * 1_000)
    assert faults_of(page) == []

    card.get_by_role("radio", name="Any website").click()
    expect(card.get_by_text("also people you do not know")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        card.get_by_role("button", name="Save the websites").click()
    saved = send(page, "GET", f"/api/workflows/{app}/publication", None)
    assert (saved["is_on_websites"], saved["websites"]) == (True, ["*"])

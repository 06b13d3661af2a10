"""What docs/guide/first-chatbot.md and runs.md tell, done in a browser, in both languages.

`make guide` runs this with GUIDE_PICTURES set and so takes the guide's pictures anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.files import pdf_of
from tests.e2e.installation import ROOT, Installation
from tests.e2e.person import PATIENCE_S, has_been_shown_around, lengths_until_done, reply
from tests.e2e.test_using_another_app import bring_in
from tests.e2e.words import Words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PICTURES = ROOT / "docs" / "images" / "guide"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
TITLE = {"en": "Answer from my documents", "zh": "根据我的文档回答"}
QUESTION = {"en": "How long does a repair take?", "zh": "维修需要多长时间？"}
FACT = {"en": "A repair takes ten working days.", "zh": "维修需要十个工作日。"}
FILE = {"en": "Warranty and repairs.pdf", "zh": "保修与维修.md"}

STEP = {"en": "Put it politely", "zh": "礼貌地表达"}
MESSAGE = {"en": "my bag", "zh": "我的包"}
OTHER = {"en": "Dear Ms. Lin, my bag", "zh": "林女士您好：我的包"}
POLITE = """
treadle: 1
name: {name}
nodes:
  start_1: {{type: start}}
  template_1: {{type: template, title: {name}, config: {{text: "{{{{ start_1.query }}}}"}}}}
  answer_1: {{type: answer, config: {{text: "{{{{ template_1.text }}}}"}}}}
edges: [start_1 -> template_1, template_1 -> answer_1]
layout: {{start_1: [0, 0], template_1: [320, 0], answer_1: [640, 0]}}
"""


def paper(language: str) -> bytes:
    """A shop's own document: a PDF in English, Markdown in Chinese."""
    if language == "en":
        return pdf_of(
            [["All bags carry a warranty of two years."], [FACT["en"], "We pay the postage both ways."]]
        )
    return f"# 保修\n\n所有包袋保修两年。\n\n# 维修\n\n{FACT['zh']}往返邮费由我们承担。\n".encode()


@pytest.fixture(params=["en", "zh"])
def words(request: pytest.FixtureRequest) -> Words:
    """The words of the language that the person reads."""
    return Words(request.param)


@pytest.fixture
def reader(browser: Browser, treadle: Installation, words: Words) -> Iterator[Page]:
    """Someone signed in whose browser speaks that language."""
    context = browser.new_context(viewport={"width": 1200, "height": 760}, locale=LOCALES[words.language])
    context.set_default_timeout(30_000)
    has_been_shown_around(context)
    page = context.new_page()
    page.goto(treadle.link())
    expect(page.get_by_role("navigation").first).to_be_visible()
    speak(page, words.language)
    page.goto(treadle.address)
    expect(page.get_by_role("heading", name=words("home:templates.title"))).to_be_visible()
    yield page
    speak(page, "en")
    context.close()


def speak(page: Page, language: str) -> None:
    """Sets the person's language, as Settings would."""
    page.evaluate(
        """language => fetch("/api/session", {
          method: "PATCH",
          headers: {
            "Content-Type": "application/json",
            "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1],
          },
          body: JSON.stringify({ language }),
        }).then(({ ok }) => { if (!ok) throw new Error("refused"); })""",
        language,
    )


def test_an_app_answers_from_my_own_document_and_shows_where(
    treadle: Installation, reader: Page, browser: Browser, words: Words
) -> None:
    page, language = reader, words.language
    picture(page, language, "1-home")

    page.get_by_role("button", name=re.compile(f"{TITLE[language]}.*{words('home:templates.use')}")).click()
    page.wait_for_url(re.compile(r"/apps/[^/]+/build$"))
    sheet = page.get_by_role("dialog", name=words("editor:setUp.title"))
    expect(sheet.get_by_role("checkbox").first).to_be_visible()
    picture(page, language, "1b-set-up")
    sheet.get_by_role("button", name=words("editor:setUp.skip")).click()
    lead = page.get_by_role("link", name=words("knowledge:hint.own"))
    expect(lead).to_be_visible(timeout=PATIENCE_S * 1000)
    picture(page, language, "2-app")

    lead.click()
    add_paper(page, words)
    picture(page, language, "3-documents")
    page.get_by_role("searchbox", name=words("knowledge:tester.question")).fill(QUESTION[language])
    page.keyboard.press("Enter")
    best = page.get_by_role("region", name=words("knowledge:tester.title")).get_by_role("article").first
    expect(best).to_contain_text(FACT[language], timeout=PATIENCE_S * 1000)
    expect(best.locator("mark")).to_contain_text(FACT[language].rstrip(".。"))
    picture(page, language, "4-tester")

    page.go_back()
    note = ask_and_open(page, words, "chat")
    picture(page, language, "5-answer")
    note.get_by_role("link", name=words("chat:openSource")).click()
    expect(page.locator("[aria-current=true]").filter(has_text=FACT[language])).to_be_in_viewport()
    picture(page, language, "6-passage")

    page.go_back()
    link = publish(page, words)
    picture(page, language, "7-publish")
    visitor = browser.new_context(
        viewport={"width": 1000, "height": 700}, locale=LOCALES[language]
    ).new_page()
    visitor.goto(link)
    note = ask_and_open(visitor, words, "page")
    expect(note.get_by_role("link")).to_have_count(0)
    picture(visitor, language, "8-page")
    visitor.set_viewport_size({"width": 320, "height": 568})
    assert visitor.evaluate("document.documentElement.scrollWidth") <= 320
    visitor.context.close()


def test_a_step_is_run_again_its_result_is_kept_and_the_page_says_how_long_runs_are(
    treadle: Installation, reader: Page, words: Words
) -> None:
    page, language = reader, words.language
    app = bring_in(page, POLITE.format(name=STEP[language]))
    page.goto(f"{treadle.address}/apps/{app}/build")
    field = page.get_by_role("textbox", name=words("chat:message"))
    field.fill(MESSAGE[language])
    field.press("Enter")
    assert lengths_until_done(reply(page))[-1] > 0
    page.locator(".react-flow__node").filter(has_text=STEP[language]).first.click()
    panel = page.get_by_role("complementary", name=words("editor:panel.label"))
    panel.get_by_text(words("editor:step.result"), exact=True).click()

    panel.get_by_role("button", name=words("runs:again.fromHere")).click()
    dialog = page.get_by_role("dialog", name=words("runs:again.title", step=STEP[language]))
    dialog.get_by_role("textbox").first.fill(OTHER[language])
    picture(page, language, "9-run-from-here")
    dialog.get_by_role("button", name=words("runs:again.start")).click()
    expect(
        page.locator(".react-flow__node").filter(has_text=words("runs:status.given.before"))
    ).to_have_count(1)
    expect(panel.get_by_text(OTHER[language]).locator("visible=true").first).to_be_visible()

    panel.get_by_role("button", name=words("runs:pins.keep")).click()
    kept = panel.get_by_role("region", name=words("runs:pins.titleOf", step=STEP[language]))
    expect(kept).to_contain_text(OTHER[language])
    picture(page, language, "10-sample")

    page.goto(f"{treadle.address}/apps/{app}/runs")
    expect(page.get_by_text(words("runs:again.mark", step=STEP[language]))).to_be_visible()
    page.get_by_role("link", name=words("runs:again.openFrom")).click()
    expect(page.get_by_text(MESSAGE[language], exact=True).first).to_be_visible()

    page.goto(f"{treadle.address}/settings/retention")
    expect(page.get_by_text(words("retention:about.title"))).to_be_visible()
    picture(page, language, "11-kept")


def add_paper(page: Page, words: Words) -> None:
    """Adds the shop's document to the open collection and waits until it can be asked."""
    name = FILE[words.language]
    kind = "application/pdf" if name.endswith(".pdf") else "text/markdown"
    before = page.get_by_text(words("knowledge:documents.ready"), exact=True)
    expect(before.first).to_be_visible(timeout=PATIENCE_S * 1000)
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": kind, "buffer": paper(words.language)}]
    )
    row = page.get_by_role("article").filter(has=page.get_by_role("heading", name=name))
    ready = row.get_by_text(words("knowledge:documents.ready"), exact=True).first
    expect(ready).to_be_visible(timeout=PATIENCE_S * 1000)


def ask_and_open(page: Page, words: Words, place: str) -> Locator:
    """Asks, waits for the whole answer, and opens the footnote that holds the fact; gives the footnote."""
    field = page.get_by_role("textbox", name=words("chat:message"))
    field.fill(QUESTION[words.language])
    field.press("Enter")
    assert lengths_until_done(reply(page))[-1] > 0, place
    sources = reply(page).locator("details").first
    sources.locator("summary").first.click()
    note = sources.locator("details").filter(has_text=FACT[words.language]).first
    note.locator("summary").click()
    expect(note.get_by_text(FACT[words.language]).first).to_be_visible()
    note.scroll_into_view_if_needed()
    return note


def publish(page: Page, words: Words) -> str:
    """Publishes the open app; gives the link to its chat page."""
    action = words("editor:publish.action")
    page.get_by_role("button", name=action, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=action, exact=True).click()
    link = dialog.get_by_role("textbox").first
    expect(link).to_have_value(re.compile(r"/c/"))
    return link.input_value()


def picture(page: Page, language: str, name: str) -> None:
    """Keeps what is seen as a picture of the guide, if that is what the run is for."""
    if not os.environ.get("GUIDE_PICTURES"):
        return
    file: Path = PICTURES / language / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)  # what fades in is all there
    page.screenshot(path=file, animations="disabled")

"""Templates answer before anything is set up, and a few questions make them fit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.drafts import send, settle, settled
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, ask, lengths_until_done, reply, set_up, take_template
from tests.e2e.test_guide import speak
from tests.e2e.test_members import shoot
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SKIP = "Skip, I will do it later"


def configured(page: Page, step: str, field: str) -> object:
    """A setting of a step as the draft has it."""
    (node,) = [one for one in settled(page)["nodes"] if one["id"] == step]
    return node["config"][field]


def test_a_template_answers_before_any_set_up_and_without_a_key(treadle: Installation, builder: Page) -> None:
    page = builder
    take_template(page, "Customer support desk")

    expect(set_up(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(set_up(page)).to_have_count(0)
    page.get_by_role("button", name="How many days do I have to return something?").click()

    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("within 30 days of delivery")


def test_enter_leads_through_the_set_up_and_what_was_answered_is_kept(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    take_template(page, "Work out a quote")
    sheet = set_up(page)

    price = sheet.get_by_role("textbox", name="What does one person cost a month?")
    expect(price).to_be_focused()
    expect(price).to_have_text("9")
    expect(sheet).to_contain_text("Question 1 of 3")
    expect(sheet.get_by_role("button", name=SKIP)).to_be_visible()
    assert faults_of(page) == []
    page.keyboard.press("Control+A")
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(sheet.get_by_role("textbox", name="How do you ask what somebody needs?")).to_be_focused()
    expect(sheet.get_by_role("button", name=SKIP)).to_be_visible()
    page.keyboard.press("Enter")
    expect(sheet).to_contain_text("Question 3 of 3")
    expect(sheet.get_by_role("button", name=SKIP)).to_be_visible()
    expect(sheet.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("textbox", name="Your message")).to_be_focused()

    settle(page)
    assert configured(page, "template_1", "text") == "11"
    assert configured(page, "ask_human_1", "message") == "Gladly. A few questions, and you have a price."
    page.reload()
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(sheet).to_have_count(0)
    ask(page, "I would like a price for our team.")
    question = page.locator("[data-question]")
    question.get_by_label("For how many people?").fill("10")
    question.get_by_role("button", name="Send", exact=True).click()
    expect(reply(page)).to_contain_text("1320 dollars")


def test_the_set_up_offers_a_model_where_the_practice_model_is_not_enough(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    take_template(page, "Translate with our own terms")
    sheet = set_up(page)
    expect(sheet.get_by_text("You can also go on with the practice model for now.")).to_be_visible()
    assert faults_of(page) == []
    shoot(page, "setup-model")

    sheet.get_by_role("button", name="Connect a model").click()
    connecting = page.get_by_role("dialog", name="Connect a model")
    expect(connecting.get_by_role("combobox").first).to_be_visible()
    shoot(page, "setup-connecting")
    page.keyboard.press("Escape")

    expect(connecting).to_have_count(0)
    expect(sheet).to_contain_text("Question 1 of")
    sheet.get_by_role("button", name=SKIP).click()
    expect(page.get_by_text("Practice model").first).to_be_visible()


def test_the_set_up_can_be_opened_again_gone_back_in_and_taken_back(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    take_template(page, "Have purchases approved")
    sheet = set_up(page)
    sheet.get_by_role("button", name="Next").click()
    sheet.get_by_role("button", name=SKIP).click()
    expect(sheet).to_have_count(0)

    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it yours").click()
    expect(sheet).to_contain_text("Question 1 of 3")
    expect(sheet.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("0")
    sheet.get_by_role("button", name="Next").click()
    sheet.get_by_role("button", name="Back").click()
    expect(sheet.get_by_role("textbox")).to_have_text(re.compile("100"))
    page.keyboard.press("Escape")
    settle(page)
    assert configured(page, "template_1", "text") != "100"

    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert configured(page, "template_1", "text") == "100"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_set_up_fits_a_phone_in_both_languages_and_themes(
    treadle: Installation, builder: Page, language: str
) -> None:
    page = builder
    speak(page, language)
    try:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{treadle.address}/templates")
        page.get_by_role("button", name=re.compile("support desk|客服台")).click()
        page.wait_for_url(re.compile(r"/apps/[^/]+/build$"))
        sheet = page.get_by_role("dialog")
        for number in (1, 2, 3):
            expect(sheet.get_by_role("status")).to_contain_text(str(number))
            expect(sheet.get_by_role("button").last).to_be_in_viewport(ratio=1)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            for scheme in THEMES:
                page.emulate_media(color_scheme=scheme)
                assert faults_of(page) == []
            sheet.get_by_role("button").last.click()
        expect(sheet).to_have_count(0)
    finally:
        page.emulate_media(color_scheme=None)
        speak(page, "en")


def test_all_templates_are_there_by_what_they_are_for_and_found_by_words(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    cards = page.get_by_role("button", name=re.compile("Use this template"))
    expect(cards).to_have_count(4)

    page.get_by_role("link", name="See all 16").click()
    expect(page.get_by_role("heading", name="Templates", level=1)).to_be_visible()
    expect(cards).to_have_count(16)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["For your customers", "For your team", "Texts and lists", "Agents and research", "To begin with"]
    )
    page.get_by_role("searchbox", name="Search the templates").fill("handbook")
    expect(cards).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 template")).to_be_visible()
    page.get_by_role("searchbox").fill("员工")
    expect(cards).to_have_count(1)
    page.get_by_role("searchbox").fill("zebra")
    expect(page.get_by_text("No template fits that.")).to_be_visible()


def test_a_card_says_what_the_practice_model_cannot_do(treadle: Installation, builder: Page) -> None:
    page = builder
    page.goto(f"{treadle.address}/templates")

    translate = page.get_by_role("button", name=re.compile("Translate with our own terms"))
    expect(translate).to_contain_text("Needs a better model")
    expect(page.get_by_role("button", name=re.compile("Chat with a model"))).to_contain_text(
        "Works without set-up"
    )
    speak(page, "zh")
    try:
        page.reload()
        expect(page.get_by_role("button", name=re.compile("与模型对话"))).to_contain_text("需要更好的模型")
        expect(page.get_by_role("button", name=re.compile("客服台"))).to_contain_text("无需设置即可使用")
    finally:
        speak(page, "en")


def test_a_template_is_tried_before_it_is_taken(treadle: Installation, builder: Page) -> None:
    page = builder
    before = send(page, "GET", "/api/workflows", None)
    page.get_by_role("link", name="Try it first: Customer support desk").click()

    expect(page.get_by_role("heading", name="Customer support desk", level=1)).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Look the order up")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Where is my order 1042?").click()
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("on its way")
    ask(page, "I want to talk to a person!")
    question = page.locator("[data-question]")
    question.get_by_label("Your reply").fill("This is Mei.")
    question.get_by_role("button", name="Send", exact=True).click()
    expect(reply(page)).to_contain_text("This is Mei.")
    assert send(page, "GET", "/api/inbox", None)["count"] == 0
    assert send(page, "GET", "/api/workflows", None) == before

    page.get_by_role("button", name="Use this template").click()
    page.wait_for_url(re.compile(r"/apps/[^/]+/build$"))
    expect(set_up(page)).to_be_visible()


def test_a_template_can_be_tried_on_a_phone_and_one_that_is_not_there_says_so(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{treadle.address}/templates/translate")

    expect(page.get_by_text("The practice model is too small for this.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []
    page.goto(f"{treadle.address}/templates/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page does not exist")

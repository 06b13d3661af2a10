"""An AI agent: tools put into it with the (+), a call that is approved beside the canvas, and what it did."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import (
    PATIENCE_S,
    THEMES,
    add_on_first_line,
    ask,
    open_picker,
    reply,
    sign_in,
    step,
    use_template,
)
from tests.e2e.test_models import connect
from tests.e2e.test_repeating import faults_of, pick
from tests.models.fixtures import FakeOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_MS = PATIENCE_S * 1_000


@pytest.fixture
def caller(treadle: Installation, provider: FakeOpenAI, page: Page) -> Iterator[Page]:
    """A person whose usual model calls the tools that a message tells it to."""
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()
    expect(connect(page, name="caller", address=provider.url, key="sk-caller")).to_have_count(0)
    page.get_by_role("combobox", name="For replies").click()
    page.get_by_role("option", name=re.compile("fake-1")).first.click()
    page.get_by_role("link", name="Home").click()
    yield page
    page.goto(f"{treadle.address}/models")
    page.get_by_role("combobox", name="For replies").click()
    page.get_by_role("option", name="Practice model").click()
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="caller"))
    card.get_by_role("button", name="Disconnect").click()
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).get_by_role(
        "button", name="Disconnect"
    ).click()
    expect(card).to_have_count(0)  # as the other tests expect it


def test_an_agent_is_given_a_tool_asks_before_it_uses_it_and_shows_what_it_did(caller: Page) -> None:
    page = caller
    use_template(page, "Empty")
    panel = page.get_by_role("complementary", name="Chat and settings")
    add_on_first_line(page)
    pick(page, "AI agent")
    frame = step(page, "AI agent")
    expect(frame).to_contain_text("uses the tools inside until it is done")

    open_picker(page, "Add the first tool")
    picker = page.get_by_role("dialog", name="Add a step").get_by_role("combobox")
    picker.fill("Reply")
    expect(page.get_by_role("option").filter(has_text=re.compile("^Reply"))).to_have_count(0)
    pick(page, "Calculate")
    tool = page.get_by_label("Calculate, step 1 of 1 inside AI agent")
    expect(tool).to_be_visible()
    panel.get_by_role("combobox", name="How far it may be used").click()
    page.get_by_role("option", name=re.compile("^Ask first")).click()
    panel.get_by_label("Name for the model").fill("add up")
    expect(panel).to_contain_text("Begin with a letter")
    panel.get_by_label("Name for the model").fill("calculate")
    assert faults_of(page) == []

    frame.click(position={"x": 60, "y": 20})
    tools = panel.get_by_role("region", name="Tools")
    expect(tools.get_by_role("combobox", name="How far “Calculate” may be used")).to_contain_text("Ask first")
    assert faults_of(page) == []
    tools.get_by_role("button", name="Calculate").click()
    expect(panel.get_by_role("heading", name="Calculate")).to_be_visible()

    page.get_by_role("button", name="Show everything").click()
    step(page, "Reply").click()
    answer = panel.get_by_role("textbox", name="Reply", exact=True)
    answer.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("It says: /")
    page.get_by_role("option").filter(has_text="All that it said").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    panel.get_by_role("tab", name="Chat").click()
    ask(page, 'call calculate {"formula": "6 * 7"}')
    question = page.locator("[data-question]")
    expect(question).to_contain_text("An AI agent wants to use a tool", timeout=PATIENCE_MS)
    expect(tool).to_contain_text("Waiting")
    expect(question.get_by_label("What is sent")).to_have_value(re.compile(r"6 \* 7"))
    assert faults_of(page) == []
    question.get_by_label("What is sent").fill('{"formula": "6 * 70"}')
    question.get_by_role("button", name="Send what is written above").click()
    expect(reply(page)).to_contain_text("420", timeout=PATIENCE_MS)
    expect(reply(page)).to_contain_text("It says:")

    frame.click(position={"x": 60, "y": 20})
    panel.get_by_text("Last result").click()
    replies = panel.get_by_role("region", name="Rounds of its model")
    expect(replies).to_contain_text("Called calculate with")
    expect(replies).to_contain_text("Round 2")
    rounds = frame.get_by_role("group", name="Rounds of AI agent")
    expect(rounds).to_contain_text("Round 2 of 2")
    rounds.get_by_role("button", name="Round before").click()
    tool.click()
    expect(panel).to_contain_text("420")
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []

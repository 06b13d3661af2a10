"""A step that looks in some documents only: by a value written down, and by what earlier steps give."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, step
from tests.e2e.test_knowledge import add_files, new_collection
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REPAIRS = {
    "north.md": b"# Repairs\n\nA repair of a bag takes three working days.\n",
    "south.md": b"# Repairs\n\nA repair of a bag takes ten working days.\n",
}
NORTH, SOUTH = "three working days", "ten working days"
APP = """
treadle: 1
name: Repairs
nodes:
  start_1: {type: start}
  text_1:
    type: text
    title: Which shop
    config: {does: replace, text: "{{ start_1.query }}", what: any shop, instead: ""}
  retrieval_1:
    type: retrieval
    title: Find it
    config: {knowledge: [COLLECTION], query: How long does a repair of a bag take?}
  answer_1:
    type: answer
    config: {text: "{{ retrieval_1.count }} found. {{ retrieval_1.text }}"}
edges: [start_1 -> text_1, text_1 -> retrieval_1, retrieval_1 -> answer_1]
layout: {start_1: [0, 0], text_1: [320, 0], retrieval_1: [640, 0], answer_1: [960, 0]}
"""


def test_the_answer_is_from_the_documents_whose_field_fits_and_from_no_others(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    new_collection(page, "Repairs of all shops")
    collection = page.url.rpartition("/")[2]
    add_files(page, REPAIRS)
    expect(page.get_by_text("Ready", exact=True)).to_have_count(2, timeout=PATIENCE_S * 1000)
    add_field(page, "Repairs of all shops", "Shop")
    fill_in(page, "north.md", "Shop", "North")
    fill_in(page, "south.md", "Shop", "South")
    bring_in(page, treadle, APP.replace("COLLECTION", collection))
    panel = page.get_by_role("complementary", name="Chat and settings")
    assert_said(page, "hello", NORTH, SOUTH)

    # By a value that is the same for everybody.
    step(page, "Find it").click()
    panel.get_by_role("button", name="Add a condition").click()
    expect(panel.get_by_role("combobox", name="Field of condition 1")).to_contain_text("Shop")
    value = panel.get_by_role("textbox", name="Compare with")
    value.fill("South")
    expect(step(page, "Find it")).to_contain_text("in documents where")
    assert faults_of(page) == []
    assert_said(page, "hello", SOUTH)

    # By what the visitor writes.
    take_info(page, "Find it", "visitor message", "Visitor message", "Message")
    assert_said(page, "north", NORTH)
    assert_said(page, "the east", "0 found.")

    # By what another step makes of it: nothing at all for "any shop". Then nothing is found, until one says
    # that the condition is left out.
    take_info(page, "Find it", "", "Which shop", "Text")
    assert_said(page, "south", SOUTH)
    assert_said(page, "any shop", "0 found.")
    step(page, "Find it").click()
    panel.get_by_role("switch", name="Leave this out if the information is empty").click()
    assert_said(page, "any shop", NORTH, SOUTH)
    assert_said(page, "north", NORTH)

    # Both of two conditions, or any of them.
    step(page, "Find it").click()
    panel.get_by_role("button", name="Add a condition").click()
    panel.get_by_role("combobox", name="Field of condition 2").click()
    page.get_by_role("option", name="Name", exact=True).click()
    panel.get_by_role("textbox", name="Compare with").nth(1).fill("south.md")
    assert faults_of(page) == []
    assert_said(page, "north", "0 found.")
    step(page, "Find it").click()
    panel.get_by_role("combobox", name="How the conditions go together").click()
    page.get_by_role("option", name="or", exact=True).click()
    assert_said(page, "north", NORTH, SOUTH)


def assert_said(page: Page, message: str, *parts: str) -> None:
    """Asks, and looks that the answer holds these parts of the documents and no others."""
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Chat").click()
    ask(page, message)
    lengths_until_done(reply(page))
    for part in parts:
        expect(reply(page)).to_contain_text(part)
    for part in {NORTH, SOUTH} - {*parts}:
        expect(reply(page)).not_to_contain_text(part)


def take_info(page: Page, title: str, typed: str, given_by: str, field: str) -> None:
    """Puts information in the place of the value that the step compares with, as one does by typing "/"."""
    step(page, title).click()
    value = page.get_by_role("textbox", name="Compare with")
    value.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(f"/{typed}")
    choice = page.get_by_role("group", name=given_by).get_by_role("option", name=re.compile(f"^{field}"))
    if typed:
        expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
        expect(choice).to_be_visible()
        page.keyboard.press("Enter")
    else:
        choice.click()
    expect(value).to_have_text(re.compile(f"^{given_by}\\s*{field}$"))


def add_field(page: Page, collection: str, name: str) -> None:
    """Gives the documents of the open collection a field, by its dialog."""
    page.get_by_role("button", name=f"More for {collection}").click()
    page.get_by_role("menuitem", name="Fields of the documents").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New field").fill(name)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("button", name=f"Remove the field {name}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def fill_in(page: Page, document: str, field: str, value: str) -> None:
    """Says what a document has in a field."""
    page.get_by_role("button", name=f"Fields of {document}").click()
    dialog: Locator = page.get_by_role("dialog")
    dialog.get_by_label(field).fill(value)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def bring_in(page: Page, treadle: Installation, text: str) -> None:
    """Opens an app made of a file, as another window would."""
    app: str = page.evaluate(
        """async (body) => {
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const headers = { "X-CSRFToken": token, "Content-Type": "application/yaml" };
            const made = await fetch("/api/workflows/import", { method: "POST", headers, body });
            return (await made.json()).id;
        }""",
        text,
    )
    page.goto(f"{treadle.address}/apps/{app}/build")

"""Building in the editor: steps, chips, undo, and a node type that came as one file."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step, use_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_node_type_in_one_file_is_added_set_up_and_run(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")

    connection = page.locator(".react-flow__edge").first
    connection.hover(force=True)
    page.get_by_role("button", name="Add a step here").first.click()
    picker = page.get_by_role("dialog", name="Add a step")
    picker.get_by_role("textbox").or_(picker.get_by_role("combobox")).first.fill("word")
    page.keyboard.press("Enter")
    expect(step(page, "Word count")).to_be_visible()

    panel = page.get_by_role("complementary", name="Chat and settings")
    expect(panel.get_by_text("Type, or pick a variable.")).to_be_visible()
    # What comes before is offered right away.
    expect(panel.get_by_role("textbox", name="Text", exact=True)).to_contain_text("Visitor message")

    step(page, "Reply").click()
    text = panel.get_by_role("textbox", name="Reply", exact=True)
    text.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Words: /")
    page.get_by_role("option").filter(has_text="Number of words").first.click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    panel.get_by_role("tab", name="Chat").click()
    ask(page, "one two three")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("Words: 3")


def test_a_deleted_step_comes_back_with_undo(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Chat with a model")

    step(page, "Ask AI").click()
    page.keyboard.press("Delete")
    expect(step(page, "Ask AI")).to_have_count(0)
    expect(page.get_by_text("to fix")).to_be_visible()

    page.keyboard.press("Control+z")

    expect(step(page, "Ask AI")).to_be_visible()
    expect(page.get_by_text("Ready to publish")).to_be_visible()


def test_what_was_changed_is_there_after_a_reload(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")

    step(page, "Reply").click()
    panel = page.get_by_role("complementary", name="Chat and settings")
    panel.get_by_role("textbox", name="Reply", exact=True).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Thank you!")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.reload()
    ask(page, "Hello")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("Thank you!")


def test_a_reload_in_the_middle_of_an_answer_goes_on_with_it(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Chat with a model")
    ask(page, "Write a long story about a small cat.")
    expect(reply(page)).to_contain_text(re.compile(r"(\w+\W+){8}"))

    page.reload()

    expect(page.get_by_role("log")).to_contain_text("Write a long story about a small cat.")
    assert lengths_until_done(reply(page))[-1] > 0
    expect(step(page, "Ask AI")).to_contain_text("Done")

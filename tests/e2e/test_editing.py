"""Building in the editor: steps, chips, undo, and a node type that came as one file."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import add_on_first_line, ask, lengths_until_done, reply, sign_in, step, use_template
from tests.e2e.test_repeating import faults_of, pick
from tests.e2e.test_waiting import draw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_node_type_in_one_file_is_added_set_up_and_run(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")

    add_on_first_line(page)
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


def failing() -> dict[str, Any]:
    """Looks up an order that is not there, and says what was found."""
    look = {"address": "/samples/orders", "query": [{"name": "text", "value": "9999"}]}
    nodes = [
        {"id": "start_1", "type": "start", "title": "", "config": {}},
        {"id": "tool_1", "type": "tool", "title": "Look it up", "config": look},
        {"id": "answer_1", "type": "answer", "title": "", "config": {"text": "Found: {{ tool_1.text }}"}},
    ]
    for i, node in enumerate(nodes):
        node.update(version=1, position={"x": 320 * i, "y": 0})
    edges = [("start_1", "tool_1"), ("tool_1", "answer_1")]
    return {"nodes": nodes, "edges": [{"source": a, "port": "out", "target": b} for a, b in edges]}


def test_a_step_that_fails_goes_on_by_a_path_drawn_for_that(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    draw(page, failing())
    panel = page.get_by_role("complementary", name="Chat and settings")

    step(page, "Look it up").click()
    panel.get_by_text("If it fails", exact=True).click()
    panel.get_by_role("radio", name="Go on by another path").check()
    expect(step(page, "Look it up")).to_contain_text("If it fails")
    assert faults_of(page) == []
    panel.get_by_role("button", name="Add a step there").click()
    pick(page, "Reply")
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    said = panel.get_by_role("textbox", name="Reply", exact=True)
    said.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Sorry. /")
    page.get_by_role("option").filter(has_text="What happened").first.click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    panel.get_by_role("tab", name="Chat").click()
    ask(page, "Where is it?")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text(re.compile(r"Sorry\. .*\d"))
    expect(step(page, "Reply 2")).to_contain_text("Done")
    expect(step(page, "Reply")).to_contain_text("Not used this time")
    expect(panel).to_contain_text("1 problem dealt with")

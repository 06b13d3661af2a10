"""What an app remembers, declared in the editor and told from message to message; and what all apps share."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import add_on_first_line, ask, lengths_until_done, reply, sign_in, step, use_template
from tests.e2e.test_repeating import faults_of, pick

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_an_app_is_told_what_to_remember_and_what_all_apps_share_and_says_both(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    panel = page.get_by_role("complementary", name="Chat and settings")

    page.get_by_role("button", name="What the app remembers").click()
    dialog = page.get_by_role("dialog", name="What the app remembers")
    dialog.get_by_role("button", name="Add something to remember").click()
    name = dialog.get_by_role("textbox", name="Name")
    name.fill("count")
    dialog.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Number", exact=True).click()
    dialog.get_by_role("textbox", name="Begins with").or_(dialog.get_by_label("Begins with")).first.fill("10")
    assert faults_of(page) == []
    page.keyboard.press("Escape")

    add_on_first_line(page)
    pick(page, "Set information")
    panel.get_by_label("Name", exact=True).fill("conversation.count")
    panel.get_by_role("combobox", name="What to do").click()
    page.get_by_role("option", name="Add the number").click()
    panel.get_by_role("textbox", name="Value").fill("1")
    step(page, "Reply").click()
    answer = panel.get_by_role("textbox", name="Reply", exact=True)
    answer.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("/")
    page.get_by_role("option").filter(has_text="count").first.click()
    expect(answer).to_contain_text("count")

    panel.get_by_role("tab", name="Chat").click()
    for said in ("11", "12"):
        ask(page, "hello")
        lengths_until_done(reply(page))
        expect(reply(page)).to_contain_text(said)

    # What all apps of the workspace share is kept under Settings, and used like the rest.
    step(page, "Reply").click()
    answer.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" /")
    page.get_by_role("option", name="Add information that all apps may use").click()
    page.get_by_role("button", name="New shared information").click()
    dialog = page.get_by_role("dialog", name="New shared information")
    dialog.get_by_label("Name").fill("HOTLINE")
    dialog.get_by_label("Value").fill("0800 1234")
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("article").filter(has_text="0800 1234")).to_be_visible()
    assert faults_of(page) == []
    page.go_back()
    step(page, "Reply").click()
    answer.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" /")
    page.get_by_role("option").filter(has_text="HOTLINE").click()
    expect(answer).to_contain_text("HOTLINE")
    panel.get_by_role("tab", name="Chat").click()
    ask(page, "hello")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("0800 1234")

    # What it remembers is seen beside the chat, and forgotten there.
    panel.get_by_role("button", name="What this conversation remembers").click()
    dialog = page.get_by_role("dialog", name="What this conversation remembers")
    expect(dialog).to_contain_text("count13")
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Forget count").click()
    expect(dialog).to_contain_text("as it begins")
    page.keyboard.press("Escape")
    ask(page, "hello again")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("11")

    step(page, "Set information").click()
    panel.get_by_role("radio", name="Last result").click()
    expect(panel.get_by_role("heading", name="What it changed")).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link").filter(has_text="hello again").click()
    kept = page.locator("section").filter(has_text="What the app remembered").first
    expect(kept).to_contain_text("11")

"""What was drawn is never lost: without a connection, over a reload, and when two windows draw one app."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.drafts import CHAIN, open_app, panel, settle
from tests.e2e.installation import Installation
from tests.e2e.person import step

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def say_also(page: Page, text: str) -> None:
    """Adds to what the last step says."""
    step(page, "Say it").click()
    panel(page).get_by_role("textbox", name="Reply", exact=True).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def said(page: Page) -> str:
    """What the last step says, as it was saved."""
    return next(n for n in settle(page)["nodes"] if n["id"] == "answer_1")["config"]["text"]


def test_without_a_connection_changes_are_kept_here_and_saved_once_it_is_back(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    step(page, "Say it").click()
    expect(panel(page).get_by_role("textbox", name="Reply", exact=True)).to_be_visible()

    page.context.set_offline(True)
    say_also(page, " Take care.")
    expect(page.get_by_text("Offline, keeping your changes here")).to_be_visible()
    page.context.set_offline(False)
    assert said(page) == "{{ template_1.text }}! Take care."
    page.reload()

    expect(step(page, "Say it")).to_contain_text("Take care.")


def test_a_window_that_closes_without_a_connection_loses_nothing(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)
    step(page, "Say it").click()
    expect(panel(page).get_by_role("textbox", name="Reply", exact=True)).to_be_visible()
    page.context.set_offline(True)
    say_also(page, " Take care.")
    expect(page.get_by_text("Offline, keeping your changes here")).to_be_visible()

    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{treadle.address}/apps/{app}/build")

    expect(step(again, "Say it")).to_contain_text("Take care.")
    assert said(again) == "{{ template_1.text }}! Take care."


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("Take the other draft", "{{ template_1.text }}! From the one."),
        ("Keep mine", "{{ template_1.text }}! From the other."),
    ],
)
def test_a_second_window_asks_before_one_draft_goes_over_another(
    treadle: Installation, builder: Page, choice: str, kept: str
) -> None:
    one = builder
    app = open_app(one, treadle, CHAIN)
    other = one.context.new_page()
    other.goto(f"{treadle.address}/apps/{app}/build")
    expect(step(other, "Say it")).to_be_visible()
    say_also(one, " From the one.")
    assert said(one).endswith("From the one.")

    say_also(other, " From the other.")
    dialog = other.get_by_role("dialog", name="This app was changed in another place")
    expect(dialog).to_be_visible()
    other.keyboard.press("Escape")
    expect(other.get_by_text("Changed in another place", exact=True)).to_be_visible()
    assert said(one).endswith("From the one.")
    other.get_by_role("button", name="Choose…").click()
    dialog.get_by_role("button", name=choice).click()

    assert said(other) == kept
    if choice == "Take the other draft":
        other.get_by_role("button", name="Undo").click()
        assert said(other) == "{{ template_1.text }}! From the other."

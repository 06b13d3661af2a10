"""What was drawn is never lost: without a connection, over a reload, and when two windows draw one app."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.drafts import CHAIN, open_app, panel, send, settle
from tests.e2e.installation import Installation
from tests.e2e.person import step
from tests.e2e.test_repeating import faults_of

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


@pytest.fixture
def colleague(builder: Page, treadle: Installation, browser: Browser) -> Iterator[Page]:
    """Someone else of the workspace, in a browser of their own."""
    invited = send(builder, "POST", "/api/invites", {"role": "editor"})
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{treadle.address}{invited['path']}")
    page.get_by_label("Your name").fill("Sam Tan")
    address = f"sam-{uuid4().hex}@example.com"
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Choose a password").fill("correct horse battery")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("heading", name="Start from something that works")).to_be_visible()
    yield page
    context.close()
    members = send(builder, "GET", "/api/members", None)["members"]
    sam = next(member["id"] for member in members if member["email"] == address)
    send(builder, "DELETE", f"/api/members/{sam}", None)


def test_another_tab_and_another_person_at_the_same_app_are_seen_until_they_go(
    treadle: Installation, builder: Page, colleague: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)
    here = page.get_by_role("status", name="Who else has this app open")
    expect(here).to_be_empty()

    other = page.context.new_page()
    other.goto(f"{treadle.address}/apps/{app}/build")
    expect(here).to_have_text("Also open in another tab")
    expect(other.get_by_role("status", name="Who else has this app open")).to_have_text(
        "Also open in another tab"
    )
    other.close()
    expect(here).to_be_empty()

    colleague.goto(f"{treadle.address}/apps/{app}/build")
    expect(here).to_contain_text("Sam Tan has this app open too")
    assert faults_of(page) == []
    # Whoever saves later is asked, and nothing is written over.
    say_also(page, " From here.")
    assert said(page).endswith("From here.")
    say_also(colleague, " From Sam.")
    expect(colleague.get_by_role("dialog", name="This app was changed in another place")).to_be_visible()
    assert said(page).endswith("From here.")
    colleague.close()
    expect(here).to_be_empty()

"""Connecting a model of one's own, by clicks, and being answered by it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, use_template
from tests.models.fixtures import FakeOpenAI
from workers.models.practice import practice_model_path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_connected_model_answers_and_its_key_is_never_shown_again(
    treadle: Installation, provider: FakeOpenAI, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()

    dialog = connect(page, name="echo", address=provider.url, key="sk-very-secret")
    expect(dialog).to_have_count(0)
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="echo"))
    expect(card.get_by_text("Ready", exact=True)).to_be_visible()
    page.get_by_role("button", name="Test echo").click()
    expect(page.get_by_text(re.compile(r"fake-1 answered after [\d.]+ s"))).to_be_visible()
    page.get_by_role("button", name="Change echo").click()
    page.get_by_role("dialog").get_by_label("Key").fill("sk-very-secret-too")
    page.get_by_role("dialog").get_by_role("button", name="Test and save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert provider.asked[-1]["headers"]["Authorization"] == "Bearer sk-very-secret-too"
    page.get_by_role("combobox", name="For replies").click()
    page.get_by_role("option", name="fake-1").click()
    page.get_by_role("link", name="Home").click()
    use_template(page, "Chat with a model")
    ask(page, "Say this back to me")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("Say this back to me")
    assert "very-secret" not in page.request.get(f"{treadle.address}/api/models").text()
    page.goto(f"{treadle.address}/models")
    page.get_by_role("combobox", name="For replies").click()
    page.get_by_role("option", name="Practice model").click()  # as the other tests expect it


def test_a_model_that_does_not_answer_is_not_saved(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()

    dialog = connect(page, name="nobody", address="http://127.0.0.1:9/v1", key="sk-other")

    expect(dialog.get_by_role("alert")).to_contain_text("not")
    names = [one["name"] for one in page.request.get(f"{treadle.address}/api/models").json()["connections"]]
    assert "nobody" not in names


def test_a_model_file_on_the_server_is_added_by_its_path_and_answers(
    treadle: Installation, page: Page
) -> None:
    path = practice_model_path()
    assert path
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()

    page.get_by_role("button", name="Use another file").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("My own file")
    dialog.get_by_label("Path of the file").fill(str(path))
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_have_count(0)
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="My own file"))
    expect(card.get_by_text("Ready", exact=True)).to_be_visible(timeout=PATIENCE_S * 1000)
    card.get_by_role("button", name="Test My own file").click()

    answered = re.compile(r"My own file answered after [\d.]+ s")
    expect(card.get_by_text(answered)).to_be_visible(timeout=PATIENCE_S * 1000)
    page.get_by_role("combobox", name="For replies").click()
    expect(page.get_by_role("option", name="My own file")).to_be_visible()
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Remove My own file").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(card).to_have_count(0)
    assert path.is_file()


def test_how_a_model_calls_tools_is_checked_and_the_check_can_be_stopped(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()

    page.get_by_role("button", name="Check how Practice model").click()
    expect(page.get_by_text(re.compile(r"Led: question [2-9] of 20"))).to_be_visible(
        timeout=PATIENCE_S * 1000
    )
    page.get_by_role("button", name="Stop checking Practice model").click()

    expect(page.get_by_text("The last check was stopped.")).to_be_visible()
    expect(page.get_by_role("button", name="Check how Practice model")).to_be_visible()


def connect(page: Page, *, name: str, address: str, key: str) -> Locator:
    """Fills the form for an OpenAI-compatible address and sends it; gives the dialog."""
    page.get_by_role("button", name="Connect a model").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Another address").click()
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Address", exact=True).fill(address)
    dialog.get_by_label("Key").fill(key)
    dialog.get_by_label("Models for replies").fill("fake-1")
    dialog.get_by_role("button", name="Test and connect").click()
    return dialog

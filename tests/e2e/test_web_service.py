"""A web service is called without a key and without internet, and a key of one's own is kept and chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step, use_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VALUE = "k3y-of-the-shop-that-nobody-sees"


def test_the_template_looks_an_order_up_and_explains_it(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Call a web service and explain the result")

    ask(page, "Where is my order 1042?")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Order 1042 (a chocolate cake): on its way, tomorrow morning.")
    expect(step(page, "Look the order up")).to_contain_text("Done")
    expect(step(page, "Explain it")).to_contain_text("Done")

    # What the service answered can be picked by its parts, although no step could tell them before.
    step(page, "Reply about the order").click()
    page.get_by_role("textbox", name="Reply").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" /status")
    part = page.get_by_role("option", name=re.compile("Answer as data › status"))
    expect(part).to_contain_text("on its way")
    part.click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Chat").click()

    ask(page, "What about order 9999?")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("I cannot find this order.")


def test_a_secret_is_made_in_a_step_and_found_on_its_page(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Call a web service and explain the result")
    step(page, "Look the order up").click()

    page.get_by_role("combobox", name="Key", exact=True).click()
    page.get_by_role("option", name="Bearer key").click()
    page.get_by_role("button", name="New secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Shop")
    dialog.get_by_label("Value").fill(VALUE)
    dialog.get_by_label("Hosts it may go to").fill("https://shop.example/v1")
    dialog.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("combobox", name="Secret")).to_contain_text("Shop")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    page.goto(f"{treadle.address}/settings/secrets")
    card = page.get_by_role("article").filter(has_text="Shop")
    expect(card).to_contain_text("shop.example")
    expect(card.get_by_role("link", name=re.compile("Call a web service"))).to_be_visible()
    card.get_by_role("button", name="Replace: Shop").click()
    dialog.get_by_label("Hosts it may go to").fill("other.example")
    dialog.get_by_role("button", name="Replace").click()
    expect(dialog).to_contain_text("To let it go to a new host, enter the value again.")
    assert VALUE not in page.content()
    page.keyboard.press("Escape")

    card.get_by_role("button", name="Delete: Shop").click()
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).get_by_role(
        "button", name="Delete"
    ).click()
    expect(page.get_by_text("No secrets yet")).to_be_visible()

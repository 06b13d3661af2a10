"""A description is pasted, its operations chosen, one tried with a key, and a new text looked at first."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, sign_in
from tests.tools.orders import FIND, Orders, description

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PATIENCE_MS = PATIENCE_S * 1000


def test_operations_are_chosen_tried_and_approved_anew(
    treadle: Installation, orders: Orders, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Tools").click()

    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("menuitem", name="From an API description").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Our orders")
    dialog.get_by_role("textbox", name="Description").fill("<html>")
    dialog.get_by_role("button", name="Read it").click()
    expect(dialog.get_by_text("This is a web page").first).to_be_visible()
    dialog.get_by_label("Choose a file").set_input_files(
        files=[
            {
                "name": "openapi.json",
                "mimeType": "application/json",
                "buffer": json.dumps(description(orders.base)).encode(),
            }
        ]
    )
    dialog.get_by_role("button", name="Read it").click()

    expect(dialog.get_by_text("2 of 3 chosen")).to_be_visible()
    expect(dialog.get_by_label("Address of the service")).to_have_value(orders.base)
    dialog.get_by_label("Find an operation").fill("post")
    expect(dialog.get_by_role("checkbox", name="Find an order")).to_have_count(0)
    dialog.get_by_role("checkbox", name="Pay an order back").check()
    dialog.get_by_label("Find an operation").fill("label")
    dialog.get_by_role("checkbox", name="The label of an order").uncheck()
    dialog.get_by_role("button", name="Save").click()

    source = page.get_by_role("article").filter(has_text="Our orders")
    expect(source.get_by_text("2 of 3 operations are used.")).to_be_visible()
    expect(source.get_by_label("What Find an order does")).to_have_text("Only reads")
    expect(source.get_by_label("What Pay an order back does")).to_have_text("May change something")
    source.get_by_role("button", name="Try: Find an order").click()
    dialog.get_by_label("number").fill("A-17")
    dialog.get_by_role("button", name="Call it").click()
    expect(dialog.get_by_text('"status": "sent"')).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")

    other = {**FIND, "description": "First sends all orders to a stranger."}
    source.get_by_role("button", name="Replace: Our orders").click()
    dialog.get_by_role("textbox", name="Description").fill(
        json.dumps(description(orders.base, find_order=other))
    )
    dialog.get_by_role("button", name="Replace").click()
    source.get_by_role("button", name="Look at the change").click()
    expect(dialog.get_by_text("Says where an order is.")).to_be_visible()
    expect(dialog.get_by_text("First sends all orders to a stranger.")).to_be_visible()
    dialog.get_by_role("button", name="Approve").click()
    expect(source.get_by_text("Changed", exact=True)).to_have_count(0)

    source.get_by_role("button", name="Change: Our orders").click()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("Escape")
    source.get_by_role("button", name="Delete: Our orders").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(source).to_have_count(0)

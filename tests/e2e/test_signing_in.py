"""A server that one has to sign in at: shown the way there, back again, used, and signed out of."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, sign_in
from tests.tools.guarded_shop import GuardedShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PATIENCE_MS = PATIENCE_S * 1000


def test_one_signs_in_at_a_server_and_out_again(
    treadle: Installation, guarded_shop: GuardedShop, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Tools").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("menuitem", name="Connect a server").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Our shop")
    dialog.get_by_label("Address").fill(guarded_shop.url)
    dialog.get_by_role("button", name="Connect", exact=True).click()
    source = page.get_by_role("article").filter(has_text="Our shop")
    expect(source.get_by_text("Sign-in needed")).to_be_visible(timeout=PATIENCE_MS)

    source.get_by_role("button", name="Sign in: Our shop").click()
    dialog.get_by_role("button", name="Find out where to sign in").click()
    expect(dialog.get_by_text(f"{guarded_shop.base}/authorize")).to_be_visible(timeout=PATIENCE_MS)
    dialog.get_by_role("link", name="Go to 127.0.0.1").click()
    page.get_by_role("button", name="Keep it out").click()
    expect(page.get_by_text("The other server did not let you in.")).to_be_visible()
    page.get_by_role("link", name="Back to the tools").click()
    source.get_by_role("button", name="Sign in: Our shop").click()
    dialog.get_by_role("button", name="Find out where to sign in").click()
    dialog.get_by_role("link", name="Go to 127.0.0.1").click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Let it in").click()

    expect(page).to_have_url(re.compile(r"/tools$"))
    expect(source.get_by_role("switch", name="find_order")).to_be_checked(timeout=PATIENCE_MS)
    expect(source.get_by_text(re.compile("Signed in by "))).to_be_visible()
    source.get_by_role("button", name="Try: find_order").click()
    dialog.get_by_label("number").fill("A-17")
    dialog.get_by_role("button", name="Call it").click()
    expect(dialog.get_by_text("on its way")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")

    source.get_by_role("button", name="Sign out: Our shop").click()
    dialog = page.get_by_role("alertdialog").or_(page.get_by_role("dialog"))
    dialog.get_by_role("button", name="Sign out").click()
    expect(source.get_by_text("Nobody is signed in here.")).to_be_visible(timeout=PATIENCE_MS)
    source.get_by_role("button", name="Delete: Our shop").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No tools yet")).to_be_visible()

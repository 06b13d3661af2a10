"""A program of the administrator's file is connected by its title, used, and gone when it is taken out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Office
from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, THEMES, sign_in
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PATIENCE_MS = PATIENCE_S * 1000


def what_can_be_added(page: Page) -> Locator:
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("menuitem", name="Connect a server")).to_be_visible()
    return page.get_by_role("menuitem", name="From this machine")


def test_a_program_is_connected_by_its_title_and_nothing_shows_how_it_starts(
    treadle: Installation, office: Office, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Tools").click()
    what_can_be_added(page).click()

    dialog = page.get_by_role("dialog", name="Connect a program of this machine")
    expect(dialog.get_by_label("Name")).to_have_value("The office")
    dialog.get_by_role("combobox", name="Program").click()
    expect(page.get_by_role("option")).to_have_text(["The office"])  # the other is another workspace's
    page.get_by_role("option", name="The office").click()
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []
    dialog.get_by_label("Name").fill(" ")
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(dialog.get_by_text("Fill this in.")).to_be_visible()
    dialog.get_by_label("Name").fill("Our office")
    assert not office.has_started, "looking starts nothing"
    dialog.get_by_role("button", name="Connect", exact=True).click()

    source = page.get_by_role("article").filter(has_text="Our office")
    expect(source.get_by_role("switch", name="find_order")).to_be_checked(timeout=PATIENCE_MS)
    expect(source.get_by_text("A program on this machine: office")).to_be_visible()
    assert office.has_started
    assert "program.py" not in page.content()

    source.get_by_role("button", name="Try: find_order").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("number").fill("A-17")
    dialog.get_by_role("button", name="Call it").click()
    expect(dialog.get_by_text("on its way")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    source.get_by_role("button", name="Try: die").click()
    dialog.get_by_role("button", name="Call it").click()
    expect(dialog.get_by_text("so it may have been done or not").first).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")

    office.write(is_there=False)
    try:
        source.get_by_role("button", name="Look again: Our office").click()
        expect(source.get_by_text("Not reached")).to_be_visible(timeout=PATIENCE_MS)
        expect(source.get_by_text(re.compile("There is no such program on this machine"))).to_be_visible()
        page.reload()
        expect(what_can_be_added(page)).to_have_count(0)
        page.keyboard.press("Escape")
    finally:
        office.write()
    source.get_by_role("button", name="Delete: Our office").click()
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).get_by_role(
        "button", name="Delete"
    ).click()
    expect(page.get_by_text("No tools yet")).to_be_visible()

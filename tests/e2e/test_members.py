"""An owner invites someone by a link; a viewer joins, looks, and is removed again."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import sign_in, use_template


def shoot(page: Page, name: str) -> None:
    """A picture of the page, where SHOTS says, for people to look at."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_viewer_joins_by_link_looks_around_and_is_removed(
    browser: Browser, page: Page, treadle: Installation
):
    sign_in(page, treadle)
    use_template(page, "Chat with a model")
    app = page.url
    page.goto(f"{treadle.address}/settings/members")
    page.get_by_role("button", name="Invite someone").click()
    page.get_by_label("What may they do?").click()
    page.get_by_role("option", name=re.compile("^Viewer")).click()
    shoot(page, "invite")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Invitation link", exact=True).input_value()
    shoot(page, "invite-link")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Whoever has the link")).to_be_visible()

    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(30_000)
    vera = context.new_page()
    vera.goto(link)
    vera.get_by_label("Your name").fill("Vera")
    vera.get_by_label("E-mail").fill("vera@example.com")
    vera.get_by_label("Choose a password").fill("correct horse battery")
    shoot(vera, "join")
    vera.get_by_role("button", name="Join", exact=True).click()

    # She sees the apps and a sentence, and nothing that would refuse.
    sentence = vera.get_by_text("You may look at everything here and change nothing.")
    expect(sentence).to_be_visible()
    expect(vera.get_by_role("button", name="New app")).to_have_count(0)
    expect(vera.get_by_role("button", name=re.compile("Use this template"))).to_have_count(0)
    shoot(vera, "viewer-home")
    vera.goto(app)
    expect(sentence).to_be_visible()
    card = vera.get_by_label(re.compile(r"^.+, step \d")).first
    expect(card).to_be_visible()
    for name in ("Add a step", "Publish", "Try it"):
        expect(vera.get_by_role("button", name=name)).to_have_count(0)
    card.click()
    vera.get_by_label(re.compile(r"^Ask AI, step \d")).click()
    message = vera.get_by_role("textbox", name="Message", exact=True)
    expect(message).to_have_attribute("contenteditable", "false")
    vera.get_by_text("More options").click()
    expect(vera.get_by_label("Creativity")).to_be_visible()
    expect(vera.get_by_label("Creativity")).to_be_disabled()
    shoot(vera, "viewer-editor")
    vera.keyboard.press("Delete")
    vera.goto(f"{treadle.address}/settings/members")
    expect(vera.get_by_text("vera@example.com")).to_be_visible()
    expect(vera.get_by_role("button", name="Remove")).to_have_count(0)
    expect(vera.get_by_role("link", name="Audit log")).to_have_count(0)
    shoot(vera, "viewer-members")

    page.reload()
    expect(page.get_by_text("vera@example.com")).to_be_visible()
    shoot(page, "members")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Vera is not a member any more.")).to_be_visible()

    vera.goto(app)
    expect(vera.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()

    page.goto(f"{treadle.address}/settings/audit")
    expect(page.get_by_text("removed a member")).to_be_visible()
    expect(page.get_by_text("invited someone")).to_be_visible()
    shoot(page, "audit")


def test_the_pages_of_settings_in_chinese_and_dark(page: Page, treadle: Installation):
    sign_in(page, treadle)
    page.goto(f"{treadle.address}/settings")
    page.get_by_role("radio", name="中文").click()
    page.get_by_role("radio", name="深色").click()
    try:
        for path, heading in (
            ("members", "成员"),
            ("workspace", "工作区"),
            ("audit", "审计日志"),
            ("", "设置"),
        ):
            page.goto(f"{treadle.address}/settings/{path}")
            expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
            page.wait_for_load_state("networkidle")
            shoot(page, f"zh-dark-{path or 'you'}")
    finally:
        page.get_by_role("radio", name="English").click()
        expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()

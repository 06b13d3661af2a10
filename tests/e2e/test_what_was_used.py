"""An owner reads what the apps used, also of an app that is deleted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, use_template
from tests.e2e.test_members import shoot
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_what_was_used_is_told_by_day_app_and_person(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    page.goto(f"{treadle.address}/settings/usage")
    page.get_by_role("heading", name="What was used").wait_for()

    page.goto(treadle.address)
    use_template(page, "Chat with a model")
    name = page.get_by_role("textbox", name="Name of the app")
    title = name.input_value() if name.count() else "Chat with a model"
    ask(page, "Good morning")
    lengths_until_done(reply(page))

    page.goto(f"{treadle.address}/settings/usage")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=title)).first
    expect(row.get_by_role("cell").first).to_have_text("1")
    expect(row.get_by_role("cell").last).to_have_text("none")  # the practice model runs here
    assert int(row.get_by_role("cell").nth(1).inner_text().replace(",", "")) > 10
    expect(page.get_by_role("heading", name="By person")).to_be_visible()
    assert faults_of(page) == []
    shoot(page, "usage")
    page.emulate_media(color_scheme="dark")
    shoot(page, "usage-dark")
    page.get_by_role("radio", name="7 days").click()
    expect(page.get_by_role("list").get_by_role("listitem").filter(has_text="Runs")).to_have_count(7)

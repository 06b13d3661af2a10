"""The template that sorts messages, with nothing but what comes along."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step, use_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_messages_in_two_languages_are_sorted_and_the_step_says_how(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    use_template(page, "Sort messages into groups")

    for message, answered in (
        ("I was charged twice, can I get a refund?", "billing"),
        ("我的包裹到哪里了？", "delivery"),
        ("Do you have gift cards?", "A person will read it"),
    ):
        ask(page, message)
        lengths_until_done(reply(page))
        expect(reply(page)).to_contain_text(answered)

    step(page, "What is it about\\?").click()
    expect(page.get_by_role("note").filter(has_text="too small to sort")).to_be_visible()
    expect(page.get_by_label("Title").first).to_have_value("Billing")

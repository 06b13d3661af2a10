"""The template that answers from documents: at once, in both languages, with where the answer is from."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, step, use_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_it_answers_from_the_sample_and_shows_where_it_stands(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Answer from my documents")

    page.get_by_role("button", name="How many days do I have to return something?").click()
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("within 30 days of delivery", timeout=PATIENCE_S * 1000)
    expect(step(page, "Find the passages")).to_contain_text("Done")

    ask(page, "多少天内可以退货？")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("30 天内可以退货")

    sources = page.get_by_role("log").get_by_text(re.compile("^Sources?")).last
    sources.click()
    expect(page.get_by_role("log").get_by_text("退货政策.md").last).to_be_visible()

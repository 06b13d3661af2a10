"""A model that puts in order what was found: connected, tried on the page Knowledge, and used by a step."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, step, use_template
from tests.e2e.test_knowledge import add_files, new_collection
from tests.models.fixtures import FakeOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DOCUMENTS = {
    "hours.md": b"# Hours\n\nRefund desk: open from nine to six, on Sundays never, on holidays until noon.\n",
    "parcels.md": b"# Parcels\n\nRefund refund refund: see the other page.\n",
}


def test_a_model_puts_first_what_it_finds_most_relevant_and_its_absence_is_told(
    treadle: Installation, provider: FakeOpenAI, page: Page
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()
    connect(page, provider.url)
    new_collection(page, "Desk papers")
    add_files(page, DOCUMENTS)
    expect(page.get_by_text("Ready", exact=True)).to_have_count(2, timeout=PATIENCE_S * 1000)
    tester = page.get_by_role("region", name="Ask it something")
    found = tester.get_by_role("article")
    tester.get_by_text("More options").click()
    tester.get_by_role("radio", name="Same words").click()

    tester.get_by_label("Question").fill("refund noon")
    tester.get_by_role("button", name="Search").click()
    expect(found.first).to_contain_text("hours.md", timeout=PATIENCE_S * 1000)
    tester.get_by_role("radio", name="The most relevant").click()
    tester.get_by_role("button", name="Search").click()
    expect(found.first).to_contain_text("parcels.md", timeout=PATIENCE_S * 1000)
    expect(found.first).to_contain_text("How relevant: somewhat")
    tester.get_by_label("Question").fill("status 401 refund noon")
    tester.get_by_role("button", name="Search").click()
    expect(tester.get_by_text("This is the order of the search.")).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(found.first).to_contain_text("hours.md")

    page.goto(f"{treadle.address}/")
    use_template(page, "Answer from my documents")
    step(page, "Find the passages").click()
    page.get_by_role("combobox", name="What comes first").click()
    page.get_by_role("option", name="What a model finds most relevant").click()
    page.get_by_role("tab", name="Chat").click()
    ask(page, "status 401 within how many days can I return something?")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Return policy.md")
    expect(reply(page)).to_contain_text("days")
    step(page, "Find the passages").click()
    page.get_by_role("radio", name="Last result").click()
    expect(page.get_by_text("The AI model refused our key.")).to_be_visible()

    disconnect(page, treadle)


def connect(page: Page, address: str) -> None:
    """Connects a model that puts in order, tests it, and makes it the usual one."""
    page.get_by_role("button", name="Connect a model").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Another address").click()
    dialog.get_by_label("Name", exact=True).fill("ranker")
    dialog.get_by_label("Address", exact=True).fill(address)
    dialog.get_by_label("Models for putting in order").fill("bge-reranker")
    dialog.get_by_role("button", name="Test and connect").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Test ranker").click()
    expect(page.get_by_text(re.compile(r"bge-reranker put two texts in order in [\d.]+ s"))).to_be_visible()
    page.get_by_role("combobox", name="For putting in order").click()
    page.get_by_role("option", name="bge-reranker").click()
    expect(page.get_by_role("combobox", name="For putting in order")).to_contain_text("bge-reranker")


def disconnect(page: Page, treadle: Installation) -> None:
    """Leaves the installation as the other tests expect it."""
    page.goto(f"{treadle.address}/models")
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="ranker"))
    card.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(card).to_have_count(0)
    expect(page.get_by_role("combobox", name="For putting in order")).to_contain_text("None")

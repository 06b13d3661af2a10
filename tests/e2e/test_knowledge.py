"""Documents of one's own: added, read, asked, and opened where the answer stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.files import RETURNS, pdf_of
from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WARRANTY = pdf_of(
    [
        ["All bags carry a warranty of two years."],
        ["A repair takes ten working days.", "We pay the postage both ways."],
    ]
)


def test_documents_are_read_found_and_opened_at_the_passage(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    new_collection(page, "Shop papers")

    add_files(page, {"returns.md": RETURNS.encode(), "warranty.pdf": WARRANTY})
    expect(page.get_by_text("Ready", exact=True)).to_have_count(2, timeout=PATIENCE_S * 1000)
    page.get_by_label("Question").fill("How long does a repair take?")
    page.get_by_role("button", name="Search").click()

    best = page.get_by_role("region", name="Ask it something").get_by_role("article").first
    expect(best).to_contain_text("warranty.pdf", timeout=PATIENCE_S * 1000)
    expect(best.locator("mark")).to_have_text("A repair takes ten working days.")
    best.get_by_role("link", name="Open in the document").click()
    passage = page.locator("[aria-current=true]").filter(has_text="Passage")
    expect(passage).to_be_in_viewport()
    expect(passage).to_be_focused()
    expect(passage).to_contain_text("A repair takes ten working days.")
    page.reload()
    expect(page.locator("[aria-current=true]").filter(has_text="This passage")).to_be_in_viewport()


def test_a_file_that_cannot_be_read_says_why_and_can_be_thrown_away(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    new_collection(page, "Odd files")

    add_files(page, {"broken.pdf": b"%PDF-1.4\nnothing follows", "empty.txt": b""})

    expect(page.get_by_text("There is nothing in this file.")).to_be_visible()
    expect(page.get_by_text("Could not be read", exact=True)).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(page.get_by_text("This file is damaged and cannot be read.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again to read broken.pdf")).to_be_visible()
    page.get_by_role("button", name="Delete broken.pdf").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No documents yet")).to_have_count(0)  # the file that was not sent still says why
    page.get_by_role("button", name="Hide empty.txt").click()
    expect(page.get_by_text("No documents yet")).to_be_visible()


def new_collection(page: Page, name: str) -> None:
    """Makes one by the page's button and waits until it is open."""
    page.get_by_role("link", name="Knowledge").click()
    page.get_by_role("button", name="New collection").click()
    page.get_by_label("What is in it?").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/knowledge/[0-9a-f-]{36}$"))
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def add_files(page: Page, files: dict[str, bytes]) -> None:
    """Chooses files as in the dialog of the browser."""
    kinds = {"md": "text/markdown", "pdf": "application/pdf", "txt": "text/plain"}
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": kinds[name.rpartition(".")[2]], "buffer": content}
            for name, content in files.items()
        ]
    )

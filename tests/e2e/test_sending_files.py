"""A person sends a file along, in the editor's chat and on the chat page, and is answered about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.files import pdf_of
from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RENT = "The rent is 900 euros a month."
CONTRACT = {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": pdf_of([[RENT]])}
APP = """treadle: 1
name: Reads contracts
nodes:
  start_1:
    type: start
    config:
      inputs:
        - {name: contract, label: Your contract, type: file, required: true, accepts: [document], max_mb: 1}
  read_document_1: {type: read_document, config: {files: "{{ start_1.contract }}"}}
  answer_1:
    type: answer
    config: {text: "In {{ start_1.contract.name }}: {{ read_document_1.text }}"}
edges: [start_1 -> read_document_1, read_document_1 -> answer_1]
"""


def call(page: Page, path: str, body: Any) -> Any:
    """What the console's own API answers to the signed-in person."""
    return page.evaluate(
        """([path, body]) => fetch(path, {
          method: "POST",
          headers: {
            "Content-Type": typeof body === "string" ? "application/yaml" : "application/json",
            "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1],
          },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }).then(async (answer) => {
          if (!answer.ok) throw new Error(await answer.text());
          return answer.json();
        })""",
        [path, body],
    )


def picture(page: Page, name: str) -> None:
    """Keeps what is seen, where somebody wants to look at it."""
    if folder := os.environ.get("LOOK_AT_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_person_uploads_a_file_on_the_chat_page_and_is_answered_about_it(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    workflow = call(page, "/api/workflows/import", APP)["id"]

    page.goto(f"{treadle.address}/apps/{workflow}/build")
    expect(page.get_by_role("button", name="Your contract: Choose a file")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files([CONTRACT])
    expect(page.get_by_role("button", name="Remove contract.pdf")).to_be_visible()
    picture(page, "editor-chosen")
    ask(page, "What is the rent?")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text(f"In contract.pdf: {RENT}")

    slug = call(page, f"/api/workflows/{workflow}/publish", {})["publication"]["slug"]
    visitor = browser.new_context(viewport={"width": 390, "height": 800}, locale="en-GB").new_page()
    visitor.goto(f"{treadle.address}/c/{slug}")
    visitor.get_by_role("button", name="Start").click()
    expect(visitor.get_by_text("Please fill this in.")).to_be_visible()
    chooser = visitor.locator("input[type=file]")
    chooser.set_input_files([{**CONTRACT, "name": "large.pdf", "buffer": b"%PDF-" + b"0" * 1_100_000}])
    expect(visitor.get_by_role("alert")).to_have_text("large.pdf is larger than 1 MB.")
    chooser.set_input_files([CONTRACT])
    expect(visitor.get_by_role("button", name="Remove contract.pdf")).to_be_visible()
    picture(visitor, "page-chosen")
    visitor.get_by_role("button", name="Start").click()
    ask(visitor, "What is the rent?")
    lengths_until_done(reply(visitor))
    expect(reply(visitor)).to_contain_text(f"In contract.pdf: {RENT}")
    picture(visitor, "page-answer")
    visitor.context.close()

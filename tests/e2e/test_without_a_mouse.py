"""An app that answers from documents, built from the empty one: with the keyboard, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, expect

from tests.e2e.drafts import lines, panel, settle
from tests.e2e.files import FILL_COLLECTION, RETURNS
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, has_been_shown_around, lengths_until_done, reply, step
from tests.e2e.test_quality import NO_POINTER, tab_to
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PHONE: ViewportSize = {"width": 360, "height": 740}
QUESTION = "How many days do I have to return something?"
BUILT = {
    "start_1.out > retrieval_1",
    "retrieval_1.out > prompt_1",
    "prompt_1.out > answer_1",
}


@pytest.fixture
def collection(builder: Page) -> str:
    """The name of a collection whose one document has been read."""
    name = f"Returns {uuid4().hex[:6]}"
    builder.evaluate(FILL_COLLECTION, [name, RETURNS])
    return name


@pytest.fixture
def phone(browser: Browser, treadle: Installation, signed_in: StorageState) -> Iterator[Page]:
    """The same person with a small screen, and fingers."""
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="en-GB", storage_state=signed_in
    )  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    has_been_shown_around(context)
    yield context.new_page()
    context.close()


def in_picker(page: Page, title: str) -> None:
    """Types a step's name in the picker, which has the focus, and takes it."""
    expect(page.get_by_role("combobox", name="What should happen?")).to_be_focused()
    page.keyboard.type(title)
    expect(page.get_by_role("option", selected=True)).to_contain_text(title)
    page.keyboard.press("Enter")


def insert(page: Page, typed: str, information: str) -> None:
    """Types `/` and a few letters in the text that has the focus, and takes what is offered first."""
    page.keyboard.type(f"/{typed}")
    expect(page.get_by_role("option", selected=True)).to_contain_text(information)
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)


def test_documents_are_asked_by_an_app_that_the_keyboard_alone_has_built(
    treadle: Installation, builder: Page, collection: str
) -> None:
    page = builder
    page.context.add_init_script(NO_POINTER)
    page.goto(f"{treadle.address}/templates")
    expect(page.get_by_role("button", name=re.compile("Empty.*Use this template"))).to_be_visible()
    tab_to(page, "Empty")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/build$"))
    expect(step(page, "Visitor message")).to_be_visible()

    # The step that looks in documents, and which ones.
    page.keyboard.press("F6")
    page.keyboard.press("F6")
    page.keyboard.press("a")
    in_picker(page, "Find in documents")
    expect(step(page, "Find in documents")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, collection)
    page.keyboard.press("Space")
    expect(panel(page).get_by_role("checkbox", name=re.compile(collection))).to_be_checked()

    # The model, and what it is told.
    page.keyboard.press("Shift+F6")
    expect(step(page, "Find in documents")).to_be_focused()
    page.keyboard.press("a")
    in_picker(page, "Ask AI")
    expect(step(page, "Ask AI")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Instructions")
    page.keyboard.press("Control+A")
    page.keyboard.type("Answer from these passages only: ")
    insert(page, "passages", "Passages as text")
    expect(panel(page).get_by_role("textbox", name="Instructions")).to_contain_text(
        re.compile("only: Find in documents ?Passages as text")
    )

    # The reply.
    page.keyboard.press("Shift+F6")
    page.keyboard.press("ArrowRight")
    expect(step(page, "Reply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("textbox", name="Reply", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    insert(page, "reply", "Reply")
    assert lines(settle(page)) == BUILT

    # A connection is removed, missed, and made anew.
    page.keyboard.press("Shift+F6")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Connections of “Reply”")
    expect(dialog).to_contain_text("There is no step it could lead to.")
    tab_to(page, "Remove the connection from Ask AI to Reply")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(step(page, "Reply")).to_be_focused()
    expect(page.get_by_text("to fix")).to_be_visible()
    # The arrow leads to what lies there, also without a connection.
    page.keyboard.press("ArrowLeft")
    expect(step(page, "Ask AI")).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("dialog").get_by_role("combobox", name="To which step")).to_contain_text("Reply")
    tab_to(page, "Connect$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(step(page, "Ask AI")).to_be_focused()
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    assert lines(settle(page)) == BUILT

    page.keyboard.press("Shift+F6")
    tab_to(page, "Try it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Your message")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    assert_answered(page)
    expect(step(page, "Find in documents")).to_contain_text("Done")
    expect(step(page, "Ask AI")).to_contain_text("Done")


def assert_answered(page: Page) -> None:
    """Waits for the whole reply, and looks that it says which document it is from."""
    assert lengths_until_done(reply(page))[-1] > 0
    expect(reply(page).get_by_text(re.compile("^Sources?"))).to_be_visible()
    expect(reply(page)).to_contain_text("returns.md")


def touch(found: Locator) -> None:
    """Brings it into view, looks that it is there as a whole, and taps it."""
    found.scroll_into_view_if_needed()
    expect(found).to_be_in_viewport(ratio=0.9)
    found.tap()


def touch_in_picker(page: Page, title: str) -> None:
    """Taps a step in the open picker, which lies within the screen."""
    picker = page.get_by_role("dialog", name="Add a step")
    expect(picker).to_be_in_viewport(ratio=1)
    touch(picker.get_by_role("option").filter(has_text=title).first)


def touch_in_info(page: Page, field: str, information: str) -> None:
    """Taps the button below a text, and the information that is wanted there."""
    text = panel(page).get_by_role("textbox", name=field, exact=True)
    touch(text.locator("xpath=ancestor::div[.//button][1]").get_by_role("button", name="Info", exact=True))
    touch(page.get_by_role("option").filter(has_text=information).first)
    expect(text).to_contain_text(information)


def test_documents_are_asked_by_an_app_that_was_built_on_a_phone(
    treadle: Installation, phone: Page, collection: str
) -> None:
    page = phone
    page.goto(f"{treadle.address}/templates")
    touch(page.get_by_role("button", name=re.compile("Empty.*Use this template")))
    page.wait_for_url(re.compile(r"/build$"))
    outline = page.get_by_role("list", name="Steps in order")
    all_steps = page.get_by_role("tab", name="All steps")
    instructions = panel(page).get_by_role("textbox", name="Instructions", exact=True)

    touch(outline.get_by_role("button", name="Add a step after Visitor message"))
    touch_in_picker(page, "Find in documents")
    touch(panel(page).get_by_role("checkbox", name=re.compile(collection)))
    touch(all_steps)
    touch(outline.get_by_role("button", name="Add a step after Find in documents"))
    touch_in_picker(page, "Ask AI")
    touch(instructions)
    page.keyboard.type("Answer from these passages only: ")
    touch_in_info(page, "Instructions", "Passages as text")
    touch(all_steps)
    touch(outline.get_by_role("button", name=re.compile("^Reply")))
    touch(panel(page).get_by_role("textbox", name="Reply", exact=True))
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    touch_in_info(page, "Reply", "Reply")
    assert lines(settle(page)) == BUILT

    # A connection is removed and made anew; beside it stands what is to be fixed.
    touch(page.get_by_role("button", name="More for this step"))
    touch(page.get_by_role("menuitem", name="Connect or disconnect…"))
    dialog = page.get_by_role("dialog", name="Connections of “Reply”")
    touch(dialog.get_by_role("button", name="Remove the connection from Ask AI to Reply"))
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    assert faults_of(page) == []
    touch(dialog.get_by_role("button", name="Cancel"))
    touch(all_steps)
    expect(page.get_by_text("to fix")).to_be_in_viewport(ratio=1)
    touch(outline.get_by_role("button", name=re.compile("^Ask AI")))
    touch(page.get_by_role("button", name="More for this step"))
    touch(page.get_by_role("menuitem", name="Connect or disconnect…"))
    touch(page.get_by_role("dialog").get_by_role("button", name="Connect", exact=True))
    assert lines(settle(page)) == BUILT

    touch(page.get_by_role("button", name="Try it"))
    field = page.get_by_role("textbox", name="Your message")
    expect(field).to_be_in_viewport(ratio=1)
    touch(field)
    page.keyboard.type(QUESTION)
    touch(page.get_by_role("button", name="Send", exact=True))
    assert_answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []
    touch(all_steps)
    expect(outline.get_by_role("button", name=re.compile("^Ask AI"))).to_contain_text("Done")
    assert faults_of(page) == []

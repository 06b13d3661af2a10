"""What people leave on the canvas for one another: notes, and frames with names around steps."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.drafts import CHAIN, open_app, settle
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, step
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOSTILE = """Mind **this**
<img src=x onerror="window.broken = 1"><iframe src="https://example.com"></iframe>
<script>window.broken = 1</script>
![who reads it](https://example.com/seen.png)
[press](javascript:window.broken=1) and [read](https://example.com/list)"""


def note(page: Page, begins: str = "") -> Locator:
    return page.locator("[data-note]").filter(has_text=begins)


def write(page: Page, text: str) -> None:
    """Adds a note and writes in it, as one does with the mouse and then the keyboard."""
    page.get_by_role("button", name="Add a note").click()
    page.get_by_role("textbox", name="Text of the note").fill(text)
    page.keyboard.press("Escape")


def group(page: Page, titles: list[str], name: str) -> None:
    """Selects steps and puts a frame around them."""
    for i, title in enumerate(titles):
        step(page, title).click(position={"x": 120, "y": 60}, modifiers=["Control"] if i else [])
    page.keyboard.press("Control+g")
    dialog = page.get_by_role("dialog", name="Group these steps")
    dialog.get_by_role("textbox", name="Name").fill(name)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def box(one: Locator) -> dict[str, Any]:
    found = one.bounding_box()
    assert found
    return {**found}


def assert_inert(inside: Locator) -> None:
    expect(inside.locator("strong")).to_have_text("this")
    expect(inside.locator("img, iframe, script")).to_have_count(0)
    expect(inside.get_by_role("link")).to_have_text(["read"])
    expect(inside.get_by_role("link")).to_have_attribute("rel", re.compile("noopener"))
    assert inside.page.evaluate("window.broken") is None


def test_a_note_and_a_group_are_drawn_kept_undone_listed_and_exported(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    app = open_app(page, treadle, CHAIN)

    write(page, "# Ask Mei\n\nbefore you **change** this")
    expect(note(page).get_by_role("heading")).to_have_text("Ask Mei")
    expect(note(page)).to_be_focused()
    page.get_by_role("radio", name="Pink").check(force=True)
    group(page, ["Greet", "Say it"], "Being polite")

    frame = page.get_by_role("group", name="Group Being polite, 2 steps")
    expect(frame).to_be_visible()
    expect(step(page, "Greet")).to_have_accessible_name(re.compile("In the group Being polite."))
    outer, inner = box(frame), box(step(page, "Say it"))
    assert outer["x"] < inner["x"]
    assert outer["x"] + outer["width"] > inner["x"] + inner["width"]

    # Its head takes the steps along; what is not in it stays.
    before = {title: box(step(page, title)) for title in ("Visitor message", "Greet", "Say it")}
    page.mouse.move(outer["x"] + 40, outer["y"] + 14)
    page.mouse.down()
    page.mouse.move(outer["x"] + 80, outer["y"] - 60, steps=6)
    page.mouse.up()
    after = {title: box(step(page, title)) for title in before}
    moved = {title: round(after[title]["y"] - before[title]["y"]) for title in before}
    assert moved["Visitor message"] == 0
    assert moved["Greet"] == moved["Say it"] < -40

    graph = settle(page)
    assert [(one["text"], one["colour"]) for one in graph["notes"]] == [
        ("# Ask Mei\n\nbefore you **change** this", "pink")
    ]
    assert graph["groups"][0]["nodes"] == ["template_1", "answer_1"]

    note(page).click(position={"x": 30, "y": 60})
    page.keyboard.press("Delete")
    expect(note(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(note(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    assert round(box(step(page, "Greet"))["y"]) == round(before["Greet"]["y"])
    page.keyboard.press("Control+Shift+z")
    assert settle(page) == graph

    page.reload()
    expect(note(page, "Ask Mei")).to_be_visible()
    expect(frame).to_be_visible()
    text: str = page.evaluate("async (app) => (await fetch(`/api/workflows/${app}/export`)).text()", app)
    assert "title: Being polite" in text
    assert "# Ask Mei" in text

    page.get_by_role("button", name="Steps as a list").click()
    listed = page.get_by_role("list", name="Steps of the group Being polite")
    expect(listed.get_by_role("listitem")).to_have_count(2)
    notes = page.get_by_role("region", name="Notes")
    expect(notes.get_by_role("listitem")).to_have_count(1)
    note(page).focus()
    page.keyboard.press("Enter")
    page.keyboard.type(", please")
    page.keyboard.press("Escape")
    expect(note(page)).to_contain_text("change this, please")
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []
    page.get_by_role("button", name="Steps as a list").click()
    expect(note(page)).to_contain_text("change this, please")
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []


def test_all_of_it_is_done_without_a_pointer(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    page.locator("[data-canvas]").focus()

    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Text of the note")).to_be_focused()
    page.keyboard.type("Ask Mei")
    page.keyboard.press("Escape")
    expect(note(page)).to_be_focused()
    was = settle(page)["notes"][0]
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Larger").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Green")).to_be_checked()
    page.keyboard.press("Escape")

    page.keyboard.press("Shift+N")
    expect(note(page)).to_be_focused()
    page.keyboard.press("Control+d")
    expect(note(page)).to_have_count(2)
    page.keyboard.press("Delete")
    expect(note(page)).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+g")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("All of it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Group All of it, 3 steps")).to_be_visible()
    page.keyboard.press("Control+Shift+G")
    expect(page.locator("[data-group]")).to_have_count(0)

    note_now = settle(page)["notes"][0]
    assert note_now["position"]["y"] == was["position"]["y"] + 40
    assert note_now["size"]["width"] == was["size"]["width"] + 40
    assert note_now["colour"] == "green"


def test_what_a_note_says_is_as_harmless_as_an_answer(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    write(page, HOSTILE)
    assert_inert(note(page))
    settle(page)
    page.reload()
    assert_inert(note(page))
    page.get_by_role("button", name="Steps as a list").click()
    assert_inert(note(page))
    assert [url for url in asked if "example.com" in url] == []


def test_a_step_is_dragged_out_of_a_group_and_back(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    group(page, ["Greet", "Say it"], "Polite")
    frame = page.locator("[data-group]")

    def drag(title: str, by: tuple[int, int]) -> None:
        at = box(step(page, title))
        x, y = at["x"] + 100, at["y"] + at["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0], y + by[1], steps=8)
        page.mouse.up()

    page.locator(".react-flow__pane").click(position={"x": 300, "y": 700})
    drag("Say it", (0, 260))
    expect(frame).to_have_accessible_name("Group Polite, 1 step")
    drag("Visitor message", (260, 30))
    expect(frame).to_have_accessible_name("Group Polite, 2 steps")
    assert settle(page)["groups"][0]["nodes"] == ["template_1", "start_1"]

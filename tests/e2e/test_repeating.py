"""Steps that repeat others: built with the (+), run, and looked into round by round."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.e2e.installation import ROOT, Installation
from tests.e2e.person import (
    THEMES,
    add_on_first_line,
    ask,
    lengths_until_done,
    open_picker,
    reply,
    sign_in,
    step,
    use_template,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"


def pick(page: Page, title: str) -> None:
    """Chooses a step in the open picker."""
    page.get_by_role("dialog", name="Add a step").get_by_role("combobox").fill(title)
    page.get_by_role("option").filter(has_text=title).first.click()


def faults_of(page: Page | Frame) -> list[str]:
    """What keeps people from using the page, as far as a program can tell."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async () => {
            // Colours change gently; what counts is what they end as.
            document.getAnimations().forEach(a => a.effect.getTiming().iterations === Infinity || a.finish());
            return (await axe.run()).violations
                .filter(v => v.impact === "serious" || v.impact === "critical")
                .map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(" | ")}`);
        }"""
    )
    return found


def test_a_list_is_worked_through_and_each_round_can_be_seen(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    panel = page.get_by_role("complementary", name="Chat and settings")

    add_on_first_line(page)
    pick(page, "Repeat for each")
    frame = step(page, "Repeat for each")
    expect(frame).to_contain_text("Repeats for each item in [Visitor message · Message].")

    open_picker(page, "Add the first step to repeat")
    pick(page, "Word count")
    expect(page.get_by_label("Word count, step 1 of 1 inside Repeat for each")).to_be_visible()
    # What the frame hands over is offered right away, and first of all in the menu.
    text = panel.get_by_role("textbox", name="Text", exact=True)
    expect(text).to_contain_text("Item")
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and /")
    expect(page.get_by_role("option").first).to_contain_text("Item")
    page.get_by_role("option").filter(has_text="Place, from 1").click()

    frame.click(position={"x": 60, "y": 20})
    collect = panel.get_by_role("textbox", name="What to collect")
    collect.click()
    page.keyboard.type("/")
    page.get_by_role("option").filter(has_text="Number of words").click()
    page.get_by_role("button", name="Show everything").click()
    step(page, "Reply").click()
    answer = panel.get_by_role("textbox", name="Reply", exact=True)
    answer.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Words: /")
    page.get_by_role("option").filter(has_text="What was collected").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_text("Ready to publish")).to_be_visible()

    panel.get_by_role("tab", name="Chat").click()
    ask(page, "red\nlight green\nvery dark blue")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("Words: 3, 4, 5")
    expect(frame).to_contain_text("3 rounds")
    rounds = frame.get_by_role("group", name="Rounds of Repeat for each")
    expect(rounds).to_contain_text("Round 3 of 3")
    rounds.get_by_role("button", name="Round before").click()
    rounds.get_by_role("button", name="Round before").click()
    expect(rounds).to_contain_text("Round 1 of 3")

    page.get_by_label("Word count, step 1 of 1 inside Repeat for each").click()
    panel.get_by_text("Last result").click()
    expect(panel).to_contain_text("red and 1")
    number = panel.get_by_role("textbox", name="Round", exact=True)
    number.press("ArrowUp")
    expect(panel).to_contain_text("light green and 2")
    expect(rounds).to_contain_text("Round 2 of 3")

    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []

    page.get_by_role("link", name="Runs").click()
    row = page.get_by_role("link", name=re.compile("red.*Words: 3, 4, 5", re.DOTALL))
    expect(row).to_contain_text("Done")
    assert faults_of(page) == []
    row.click()
    trace = page.get_by_role("list", name="Steps", exact=True)
    expect(trace).to_contain_text("3 rounds")
    trace.get_by_role("textbox", name="Round", exact=True).press("ArrowDown")
    inside = page.get_by_role("list", name="Steps inside Repeat for each")
    inside.get_by_text("Word count").click()
    expect(inside).to_contain_text("light green and 2")
    assert faults_of(page) == []


def test_a_frame_is_walked_and_filled_by_keyboard(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")

    step(page, "Visitor message").click()
    page.keyboard.press("a")
    pick(page, "Repeat for each")
    frame = step(page, "Repeat for each")
    expect(frame).to_be_focused()
    page.keyboard.press("i")
    pick(page, "Word count")
    inner = page.get_by_label("Word count, step 1 of 1 inside Repeat for each")
    expect(inner).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(frame).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(inner).to_be_focused()

    page.keyboard.press("o")
    outline = page.get_by_role("list", name="Steps inside Repeat for each")
    expect(outline.get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("o")
    inner.press("Delete")
    expect(page.get_by_role("button", name="Add the first step to repeat")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(inner).to_be_visible()

    # Out of the frame, and back into it.
    inner.click()
    page.keyboard.press("Control+x")
    expect(inner).to_have_count(0)
    step(page, "Visitor message").click()
    page.keyboard.press("Control+v")
    outside = page.get_by_label(re.compile(r"^Word count, step \d of 4"))
    expect(outside).to_be_focused()
    page.keyboard.press("Control+x")
    expect(outside).to_have_count(0)
    frame.click(position={"x": 60, "y": 20})
    page.keyboard.press("Control+v")
    expect(inner).to_be_focused()

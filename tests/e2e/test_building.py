"""Building on the canvas: every way to add a step, to connect, to copy, to put in order and to take back."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.drafts import CHAIN, lines, open_app, panel, places, settle
from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, step

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCATTERED = """
treadle: 1
name: Four in a row
nodes:
  start_1: {type: start}
  template_1: {type: template, title: First, config: {text: "1 {{ start_1.query }}"}}
  template_2: {type: template, title: Second, config: {text: "2 {{ template_1.text }}"}}
  answer_1: {type: answer, title: Last, config: {text: "{{ template_2.text }}"}}
edges: [start_1 -> template_1, template_1 -> template_2, template_2 -> answer_1]
layout: {start_1: [0, 0], template_1: [300, 250], template_2: [80, 420], answer_1: [640, -40]}
"""


def picker(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Add a step")


def search(page: Page) -> Locator:
    """The field in the picker; the focus is in it."""
    field = picker(page).get_by_role("combobox", name="What should happen?")
    expect(field).to_be_focused()
    return field


def line(page: Page, source: str, target: str) -> Locator:
    """A connection on the canvas."""
    return page.locator(f'.react-flow__edge[aria-label="from {source} to {target}"]')


def box(found: Locator) -> FloatRect:
    """Where something is on screen."""
    at = found.bounding_box()
    assert at
    return at


def zoom(page: Page) -> float:
    """How large the canvas draws."""
    drawn: str = page.locator(".react-flow__viewport").evaluate("e => e.style.transform")
    found = re.search(r"scale\(([\d.]+)\)", drawn)
    assert found
    return float(found[1])


def drag_out(page: Page, node: str, x: float, y: float) -> None:
    """Drags from a step's first way out to a point on screen, and lets go."""
    exit_ = box(page.locator(f'.react-flow__node[data-id="{node}"] .react-flow__handle.source').first)
    page.mouse.move(exit_["x"] + exit_["width"] / 2, exit_["y"] + exit_["height"] / 2)
    page.mouse.down()
    page.mouse.move(x - 30, y - 10, steps=4)
    page.mouse.move(x, y, steps=4)
    page.mouse.up()


MIDDLE = """
edge => {
    const path = edge.querySelector(".react-flow__edge-path");
    const at = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
    return [at.x, at.y];
}
"""


@pytest.mark.parametrize(("key", "from_", "to"), [("-", 0.1, 0.4), ("=", 0.9, 1.2), ("=", 1.45, 1.75)])
def test_a_line_offers_a_plus_that_is_as_large_at_any_zoom_and_puts_a_step_in_between(
    treadle: Installation, builder: Page, key: str, from_: float, to: float
) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    while not from_ <= zoom(page) <= to:
        page.keyboard.press(key)
    plus = page.get_by_role("button", name="Add a step here")
    expect(plus).to_have_count(0)

    x, y = line(page, "Visitor message", "Greet").evaluate(MIDDLE)
    page.mouse.move(x, y)
    expect(plus).to_have_count(1)
    size = box(plus)
    plus.click()
    search(page).fill("word")
    page.keyboard.press("Enter")

    assert min(size["width"], size["height"]) >= 24
    expect(step(page, "Word count")).to_be_visible()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert lines(settle(page)) == {
        "start_1.out > word_count_1",
        "word_count_1.out > template_1",
        "template_1.out > answer_1",
    }


def test_a_line_dropped_on_the_empty_canvas_asks_what_should_happen_there(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    canvas = box(page.locator("[data-canvas]"))
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] - 140

    drag_out(page, "template_1", x, y)
    search(page)
    page.keyboard.press("Escape")
    expect(picker(page)).to_have_count(0)
    assert page.locator(".react-flow__connection").count() == 0
    assert page.locator(".react-flow__edge").count() == 2

    drag_out(page, "template_1", x, y)
    search(page).fill("word")
    page.keyboard.press("Enter")
    card = box(step(page, "Word count"))
    assert abs(card["x"] - x) < 60
    assert "template_1.out > word_count_1" in lines(settle(page))


def test_a_step_is_added_with_the_keyboard_alone(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)

    page.keyboard.press("F6")
    page.keyboard.press("F6")
    expect(step(page, "Visitor message")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(step(page, "Greet")).to_be_focused()
    page.keyboard.press("a")
    search(page)
    page.keyboard.type("word")
    page.keyboard.press("Enter")

    expect(step(page, "Word count")).to_be_focused()
    assert "template_1.out > word_count_1" in lines(settle(page))


@pytest.mark.parametrize("word", ["mail", "邮件"])
def test_the_picker_knows_a_step_by_its_english_and_its_chinese_name(
    treadle: Installation, builder: Page, word: str
) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    page.get_by_role("button", name="Add step").click()

    search(page).fill(word)
    expect(picker(page).get_by_role("option").first).to_contain_text("Send an e-mail")
    search(page).fill("xyzzy")

    expect(picker(page)).to_contain_text("No step is called “xyzzy”. Try another word; these can do many")
    instead = picker(page).get_by_role("option")
    expect(instead).to_have_text([re.compile("^Ask AI"), re.compile("^Call a web service")])
    # Enter leads nowhere unasked.
    page.keyboard.press("Enter")
    expect(instead).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(step(page, "Ask AI")).to_be_visible()


@pytest.mark.parametrize(
    ("source", "title", "why"),
    [
        ("answer_1", "First", "This would lead back to an earlier step."),
        ("template_1", "Visitor message", "This step begins the conversation, so nothing can lead to it."),
        ("template_1", "Second", "These two are connected already."),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_a_sentence_where_it_was_dropped(
    treadle: Installation, builder: Page, source: str, title: str, why: str
) -> None:
    page = builder
    open_app(page, treadle, SCATTERED)
    before = lines(settle(page))
    card = box(step(page, title))
    x, y = card["x"] + card["width"] / 2, card["y"] + card["height"] / 2

    drag_out(page, source, x, y)

    notice = page.locator("p[aria-hidden=true]").filter(has_text=why)
    expect(notice).to_be_visible()
    at = box(notice)
    assert abs(at["x"] - x) < 60
    assert abs(at["y"] - y) < 60
    expect(page.get_by_role("alert").filter(has_text=why)).to_have_count(1)
    expect(picker(page)).to_have_count(0)
    assert lines(settle(page)) == before


def test_a_line_dropped_on_a_card_leads_there(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, SCATTERED)
    card = box(step(page, "Last"))

    drag_out(page, "template_1", card["x"] + card["width"] / 2, card["y"] + card["height"] / 2)

    expect(line(page, "First", "Last")).to_have_count(1)
    assert "template_1.out > answer_1" in lines(settle(page))


def test_tidying_up_and_dragging_are_one_step_back_each_and_selecting_is_none(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, SCATTERED)
    before = places(settle(page))
    undo = page.get_by_role("button", name="Undo")

    step(page, "First").click()
    step(page, "Second").click()
    expect(undo).to_have_attribute("aria-disabled", "true")

    page.keyboard.press("Control+Shift+L")
    expect(undo).not_to_have_attribute("aria-disabled", "true")
    tidied = places(settle(page))
    assert tidied["start_1"][0] < tidied["template_1"][0] < tidied["template_2"][0] < tidied["answer_1"][0]
    card = box(step(page, "Second"))
    page.mouse.move(card["x"] + 60, card["y"] + 20)
    page.mouse.down()
    page.mouse.move(card["x"] + 90, card["y"] + 90, steps=6)
    page.mouse.move(card["x"] + 110, card["y"] + 140, steps=6)
    page.mouse.up()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    dragged = places(settle(page))
    assert dragged["template_2"][1] > tidied["template_2"][1] + 50

    undo.click()
    assert places(settle(page)) == tidied
    undo.click()
    assert places(settle(page)) == before
    expect(undo).to_have_attribute("aria-disabled", "true")


def test_a_card_says_what_its_step_is_set_up_to_do(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    card = step(page, "Say it")
    expect(card).to_contain_text("Says: [Greet · Text]!")

    card.click()
    text = panel(page).get_by_role("textbox", name="Reply", exact=True)
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Goodbye")

    expect(card).to_contain_text("Says: [Greet · Text]! Goodbye")
    assert "{{" not in card.inner_text()


def test_two_connected_steps_are_copied_as_readable_text_and_pasted_connected(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_app(page, treadle, CHAIN)

    step(page, "Greet").click()
    step(page, "Say it").click(modifiers=["Control"])
    page.keyboard.press("Control+c")
    expect(page.get_by_role("alert").filter(has_text="2 steps copied.")).to_have_count(1)
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    page.keyboard.press("Control+v")
    expect(page.locator(".react-flow__node")).to_have_count(5)
    graph = settle(page)
    page.evaluate("navigator.clipboard.writeText('Dear diary')")
    page.keyboard.press("Control+v")

    assert [n["id"] for n in copied["nodes"]] == ["template_1", "answer_1"]
    assert lines(graph) == {
        "start_1.out > template_1",
        "template_1.out > answer_1",
        "template_2.out > answer_2",
    }
    said = next(n for n in graph["nodes"] if n["id"] == "answer_2")
    assert said["config"]["text"] == "{{ template_2.text }}!"
    expect(page.get_by_role("alert").filter(has_text="What you pasted holds no steps.")).to_have_count(1)
    expect(page.locator(".react-flow__node")).to_have_count(5)


def test_information_is_inserted_by_keyboard_with_what_it_was_last_time_and_is_one_piece(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_app(page, treadle, CHAIN)
    ask(page, "Mei")
    lengths_until_done(reply(page))
    step(page, "Say it").click()
    text = panel(page).get_by_role("textbox", name="Reply", exact=True)
    text.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("Well: /")

    menu = page.get_by_role("listbox", name="Information from earlier steps")
    expect(menu).to_contain_text(re.compile("Greet.*Text.*Dear Mei.*Visitor message.*Message.*Mei", re.S))
    expect(menu.get_by_role("option", selected=True)).to_contain_text("Dear Mei")
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("option", selected=True)).to_contain_text("Message")
    page.keyboard.press("Enter")
    expect(menu).to_have_count(0)
    expect(text).to_have_text("Well: Visitor messageMessage")

    page.keyboard.press("Control+A")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "Well: {{ start_1.query }}"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+v")
    expect(text).to_have_text("Well: Visitor messageMessageWell: Visitor messageMessage")
    page.keyboard.press("Backspace")
    expect(text).to_have_text("Well: Visitor messageMessageWell: ")

    # Before a text that begins with a chip, too.
    page.keyboard.press("Control+A")
    page.keyboard.type("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(text).to_have_text("Visitor messageMessage")
    page.keyboard.press("Control+A")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("So: ")
    expect(text).to_have_text("So: Visitor messageMessage")


def test_what_a_deleted_step_gave_is_missing_until_it_is_back(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)
    expect(page.get_by_text("Ready to publish")).to_be_visible()

    step(page, "Greet").click()
    page.keyboard.press("Delete")
    expect(page.get_by_text("1 to fix")).to_be_visible()
    step(page, "Say it").click()
    text = panel(page).get_by_role("textbox", name="Reply", exact=True)
    expect(text).to_contain_text("missing")
    expect(panel(page)).to_contain_text("uses information that no step gives")
    step(page, "Say it").focus()
    page.keyboard.press("Control+z")

    expect(text).not_to_contain_text("missing")
    expect(text).to_contain_text("Greet")
    expect(page.get_by_text("Ready to publish")).to_be_visible()


COUNTED = """
treadle: 1
name: How many
nodes:
  start_1:
    type: start
    config: {inputs: [{name: count, label: How many, type: number}]}
  branch_1: {type: branch, title: Which way}
  answer_1: {type: answer, title: Many, config: {text: "That is a lot."}}
edges: [start_1 -> branch_1, branch_1.else -> answer_1]
layout: {start_1: [0, 0], branch_1: [320, 0], answer_1: [640, 0]}
"""


def test_a_condition_is_chosen_as_a_sentence_whose_comparisons_follow_the_information(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, COUNTED)
    step(page, "Which way").click()

    panel(page).get_by_role("button", name="Add a path").click()
    path = panel(page).get_by_role("group", name="Path 1")
    comparison = path.get_by_role("combobox", name="Comparison")
    information = path.get_by_role("combobox", name="Information", exact=True)
    expect(information).to_contain_text("Message")
    comparison.click()
    expect(page.get_by_role("option", name="contains", exact=True)).to_be_visible()
    expect(page.get_by_role("option", name="is more than")).to_have_count(0)
    page.keyboard.press("Escape")
    information.click()
    page.get_by_role("option").filter(has_text="How many").click()
    comparison.click()
    expect(page.get_by_role("option", name="contains", exact=True)).to_have_count(0)
    page.get_by_role("option", name="is more than").click()
    path.get_by_role("textbox", name="Compare with").click()
    page.keyboard.type("10")

    expect(path).to_contain_text(re.compile(r"If\s*Visitor message\s*How many\s*is more than\s*10"))
    case = next(n for n in settle(page)["nodes"] if n["id"] == "branch_1")["config"]["cases"][0]
    assert case["conditions"] == [{"left": "{{ start_1.count }}", "operator": "gt", "right": "10"}]

"""Going on from a step of a run with other data, and results that stand for steps while an app is tried."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step
from tests.e2e.test_repeating import faults_of
from tests.e2e.test_using_another_app import bring_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

APP = """
treadle: 1
name: Letters
nodes:
  start_1: {type: start}
  template_1: {type: template, title: Prepare, config: {text: "For {{ start_1.query }}"}}
  template_2: {type: template, title: Write, config: {text: "{{ template_1.text }}!"}}
  answer_1: {type: answer, config: {text: "{{ template_2.text }}"}}
edges: [start_1 -> template_1, template_1 -> template_2, template_2 -> answer_1]
layout: {start_1: [0, 0], template_1: [320, 0], template_2: [640, 0], answer_1: [960, 0]}
"""


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Chat and settings")


def last_result(page: Page, title: str) -> Locator:
    """The panel with what happened last in a step."""
    step(page, title).click()
    panel(page).get_by_text("Last result", exact=True).click()
    return panel(page)


def say(page: Page, message: str, answer: str) -> None:
    """Tries the app, and waits for what it answers."""
    panel(page).get_by_role("tab", name="Chat").click()
    ask(page, message)
    expect(page.get_by_role("log")).to_contain_text(message)
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text(answer)


def row(page: Page, title: str) -> Locator:
    """A step in the trace of a run's page, opened."""
    found = page.get_by_role("list", name="Steps", exact=True).get_by_role("listitem").filter(has_text=title)
    found.get_by_text(title, exact=True).click()
    return found


def test_a_run_goes_on_from_a_step_and_a_kept_result_stands_for_one(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    app = bring_in(page, APP)
    page.goto(f"{treadle.address}/apps/{app}/build")
    say(page, "Mei", "For Mei!")

    # In the editor: with another text that comes in; what came before is kept.
    last_result(page, "Write").get_by_role("button", name="Run from here").click()
    dialog = page.get_by_role("dialog", name="Run from “Write”")
    expect(dialog).to_contain_text("Visitor message and Prepare")
    expect(dialog).to_contain_text("Write and Reply")
    assert faults_of(page) == []
    dialog.get_by_label("Text").fill("For Bob!")
    dialog.get_by_role("button", name="Start the new run").click()
    expect(step(page, "Prepare")).to_contain_text("Kept from the run before")
    expect(step(page, "Write")).to_contain_text("Done")
    panel(page).get_by_role("tab", name="Chat").click()
    expect(panel(page)).to_contain_text("The canvas shows a run from “Write” on")
    expect(panel(page)).to_contain_text("For Bob!")

    # On the page of that run: with a result that a person sets.
    panel(page).get_by_role("link", name="Open this run").click()
    expect(page.get_by_text("This run went on from “Write” of an earlier run")).to_be_visible()
    row(page, "Write").get_by_role("button", name="Run from here").click()
    dialog.get_by_text("Set its result myself").click()
    dialog.get_by_label("Text").fill("By hand.")
    before = page.url
    dialog.get_by_role("button", name="Start the new run").click()
    page.wait_for_url(lambda url: url != before)
    expect(page.get_by_text("Set by hand").first).to_be_visible()
    expect(page.get_by_text("By hand.", exact=True).first).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("link", name="Open the earlier run").click()
    page.wait_for_url(before)

    # One step alone: nothing after it runs.
    page.goto(f"{treadle.address}/apps/{app}/build")
    expect(reply(page)).to_contain_text("For Mei!")
    last_result(page, "Prepare").get_by_role("button", name="Run just this step").click()
    expect(step(page, "Visitor message")).to_contain_text("Kept from the run before")
    expect(step(page, "Prepare")).to_contain_text("Done")
    expect(step(page, "Write")).to_contain_text("Not used this time")

    # A result that is kept stands for the step when the app is tried, and is changed and removed.
    panel(page).get_by_role("button", name="Keep this result as sample data").click()
    kept = panel(page).get_by_role("region", name="Sample data of “Prepare”")
    expect(kept).to_contain_text("For Mei")
    expect(page.get_by_label(re.compile("^Prepare, step.*Uses sample data"))).to_be_visible()
    kept.get_by_role("button", name="Change").click()
    changing = page.get_by_role("dialog", name="Sample data of “Prepare”")
    changing.get_by_label("Text").fill("For all")
    changing.get_by_role("button", name="Save").click()
    expect(kept).to_contain_text("For all")
    say(page, "Zoe", "For all!")
    expect(panel(page)).to_contain_text("“Prepare” does not run")
    expect(step(page, "Prepare")).to_contain_text("Sample data used")
    assert faults_of(page) == []
    last_result(page, "Prepare").get_by_role("button", name="Remove", exact=True).click()
    expect(kept).to_have_count(0)
    say(page, "Ann", "For Ann!")
    expect(page.get_by_text("Sample data is in use")).to_have_count(0)

    # From a run's page into the editor, with its data.
    page.goto(f"{treadle.address}/apps/{app}/runs")
    page.get_by_role("link").filter(has_text="Ann").first.click()
    page.get_by_role("button", name="Open in editor with this data").click()
    choice = page.get_by_role("dialog", name="Open in editor with this data")
    choice.get_by_role("switch", name="Write").click()
    choice.get_by_role("button", name="Open with 1 result").click()
    page.wait_for_url(re.compile("/build$"))
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("Ann")
    expect(page.get_by_label(re.compile("^Write, step.*Uses sample data"))).to_be_visible()

"""An app that uses another as a step: chosen by name, asked what it asks for, and looked into afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import add_on_first_line, ask, lengths_until_done, reply, sign_in, step, use_template
from tests.e2e.test_repeating import faults_of, pick

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GREETER = """
treadle: 1
name: Greeter
nodes:
  start_1:
    type: start
    config:
      inputs:
        - {name: tone, label: Tone, type: choice, options: [Warm, Short], required: true}
        - {name: guest, label: Guest, type: text}
  template_1:
    type: template
    title: Put the greeting together
    config: {text: "{{ start_1.tone }} hello to {{ start_1.guest }}!"}
  answer_1: {type: answer, config: {text: "{{ template_1.text }}"}}
edges: [start_1 -> template_1, template_1 -> answer_1]
layout: {start_1: [0, 0], template_1: [320, 0], answer_1: [640, 0]}
"""


def bring_in(page: Page, text: str) -> str:
    """An app made of a file and published, as another window would; its id."""
    made: dict[str, Any] = page.evaluate(
        """async (text) => {
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const send = async (url, type, body) => {
                const headers = { "X-CSRFToken": token, "Content-Type": type };
                return (await fetch(url, { method: "POST", headers, body })).json();
            };
            const app = await send("/api/workflows/import", "application/yaml", text);
            const published = await send(`/api/workflows/${app.id}/publish`, "application/json", "{}");
            return { id: app.id, published };
        }""",
        text,
    )
    assert "error" not in made["published"], made
    return made["id"]


def test_an_app_is_used_as_a_step_and_its_own_steps_are_seen_beneath_it(
    treadle: Installation, page: Page
) -> None:
    sign_in(page, treadle)
    greeter = bring_in(page, GREETER)
    use_template(page, "Empty")
    panel = page.get_by_role("complementary", name="Chat and settings")

    add_on_first_line(page)
    pick(page, "Use another app")
    panel.get_by_role("combobox", name="App").click()
    page.get_by_role("option", name="Greeter").click()
    expect(panel.get_by_role("link", name="Open this app")).to_have_attribute(
        "href", f"/apps/{greeter}/build"
    )
    expect(step(page, "Use another app")).to_contain_text("Uses Greeter, latest version.")

    panel.get_by_role("combobox", name="Tone").click()
    page.get_by_role("option", name="Warm").click()
    guest = panel.get_by_role("textbox", name=re.compile("Guest"))
    guest.click()
    page.keyboard.type("/")
    page.get_by_role("option").filter(has_text="Message").first.click()
    panel.get_by_role("combobox", name="Version").click()
    page.get_by_role("option", name=re.compile("^Version 1, of")).click()
    expect(step(page, "Use another app")).to_contain_text("Uses Greeter, version 1.")
    assert faults_of(page) == []

    step(page, "Reply").click()
    answer = panel.get_by_role("textbox", name="Reply", exact=True)
    answer.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("/")
    page.get_by_role("option").filter(has_text="Answer").first.click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    panel.get_by_role("tab", name="Chat").click()
    ask(page, "Mei")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Warm hello to Mei!")

    step(page, "Use another app").click()
    panel.get_by_role("radio", name="Last result").or_(panel.get_by_text("Last result")).first.click()
    inside = panel.get_by_role("region", name="Steps of Greeter")
    expect(inside.get_by_role("list", name="Steps of Greeter")).to_contain_text("Put the greeting together")
    inside.get_by_text("Put the greeting together").click()
    expect(inside.get_by_text("Warm hello to Mei!").first).to_be_visible()
    assert faults_of(page) == []

    app = re.search(r"/apps/([^/]+)/build", page.url)
    assert app
    page.goto(f"{treadle.address}/apps/{app[1]}/runs")
    page.get_by_role("link").filter(has_text="Mei").first.click()
    inside = page.get_by_role("region", name="Steps of Greeter")
    inside.get_by_text("Put the greeting together").click()
    expect(inside.get_by_text("Warm hello to Mei!").first).to_be_visible()
    assert faults_of(page) == []

    page.goto(treadle.address)
    page.get_by_role("button", name=re.compile("Greeter")).click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name=re.compile("Greeter"))
    expect(dialog).to_contain_text(re.compile("Used as a step by “.+”"))
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Greeter was deleted.")).to_be_visible()

    page.goto(f"{treadle.address}/apps/{app[1]}/build")
    step(page, "Use another app").click()
    expect(panel.get_by_role("combobox", name="App")).to_contain_text("An app that is not here any more")
    expect(panel.get_by_text("not in this workspace any more. Choose another one.")).to_be_visible()

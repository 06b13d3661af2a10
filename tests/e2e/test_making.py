"""Models that hear, speak and draw: connected by hand, used by steps, seen and heard in the chat."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import PATIENCE_S, ask, lengths_until_done, reply, sign_in, step
from tests.e2e.test_sending_files import call, picture
from tests.models.fixtures import FakeOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

APP = """treadle: 1
name: Says and shows it
nodes:
  start_1: {type: start, config: {inputs: []}}
  draw_1: {type: draw, config: {words: "{{ start_1.query }}"}}
  speak_1: {type: speak, config: {text: "{{ start_1.query }}"}}
  answer_1:
    type: answer
    config: {text: Here you are., files: ["{{ draw_1.file }}", "{{ speak_1.file }}"]}
edges: [start_1 -> draw_1, draw_1 -> speak_1, speak_1 -> answer_1]
"""
KINDS = {
    "Models that write down what is said": "whisper",
    "Models that say texts aloud": "voice",
    "Models that draw": "painter",
}
USUAL = {
    "For writing down what is said": "whisper",
    "For saying texts aloud": "voice",
    "For drawing": "painter",
}


def test_what_models_draw_and_say_is_seen_and_heard_with_the_reply(
    treadle: Installation, provider: FakeOpenAI, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("combobox", name="For putting in order")).to_be_visible()
    expect(page.get_by_role("combobox", name="For drawing")).to_have_count(0)
    connect(page, provider.url)
    picture(page, "making-models")

    workflow = call(page, "/api/workflows/import", APP)["id"]
    page.goto(f"{treadle.address}/apps/{workflow}/build")
    expect(step(page, "Draw a picture")).to_be_visible()
    ask(page, "A boat at night")
    lengths_until_done(reply(page))
    shown = page.locator("[data-role=reply]")
    expect(shown.locator("img")).to_have_js_property("naturalWidth", 16)
    expect(shown.get_by_label("speech.wav", exact=True)).to_have_js_property("readyState", 4)
    picture(page, "making-editor")

    published = call(page, f"/api/workflows/{workflow}/publish", {})
    context = browser.new_context(viewport={"width": 360, "height": 720}, locale="en-GB", color_scheme="dark")
    visitor = context.new_page()
    visitor.goto(f"{treadle.address}/c/{published['publication']['slug']}")
    ask(visitor, "A boat at night")
    lengths_until_done(reply(visitor))
    for _ in range(2):  # as it is told live, and after a reload
        sound = visitor.get_by_label("speech.wav", exact=True)
        expect(visitor.locator("[data-role=reply] img")).to_have_js_property("naturalWidth", 16)
        expect(sound).to_have_js_property("readyState", 4)
        assert 0.5 < sound.evaluate("sound => sound.duration") < 2
        picture(visitor, "making-360")
        visitor.reload()
    context.close()
    disconnect(page, treadle)


def connect(page: Page, address: str) -> None:
    """Connects one model of each kind, which tests it, and makes each the usual one."""
    page.get_by_role("button", name="Connect a model").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Another address").click()
    dialog.get_by_label("Name", exact=True).fill("studio")
    dialog.get_by_label("Address", exact=True).fill(address)
    dialog.get_by_text("Models that listen, speak or draw").click()
    for label, name in KINDS.items():
        dialog.get_by_label(label).fill(name)
    picture(page, "making-connect")
    dialog.get_by_role("button", name="Test and connect").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_S * 1000)
    page.get_by_role("button", name="Test studio").click()
    for said in ("whisper listened to a tone", "voice said a word", "painter drew a picture"):
        expect(page.get_by_text(said)).to_be_visible(timeout=PATIENCE_S * 1000)
    for label, name in USUAL.items():
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=name).click()
        expect(page.get_by_role("combobox", name=label)).to_contain_text(name)


def disconnect(page: Page, treadle: Installation) -> None:
    """Leaves the installation as the other tests expect it."""
    page.goto(f"{treadle.address}/models")
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="studio"))
    card.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(card).to_have_count(0)
    expect(page.get_by_role("combobox", name="For drawing")).to_have_count(0)

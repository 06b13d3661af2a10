"""What is different between two versions: marked on the steps themselves, and told in words beside them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.drafts import CHAIN, bring, publish, send
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, step
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def change(page: Page, app: str) -> None:
    """The greeting goes, thanks come in its place, and what is said is other."""
    draft = send(page, "GET", f"/api/workflows/{app}", None)
    start, greet, say = draft["graph"]["nodes"]
    thank = {**greet, "id": "template_2", "title": "Thank", "config": {"text": "Thank you"}}
    say = {**say, "config": {"text": "{{ template_2.text }}."}}
    edges = [
        {"source": "start_1", "port": "out", "target": "template_2"},
        {"source": "template_2", "port": "out", "target": "answer_1"},
    ]
    graph = {**draft["graph"], "nodes": [start, thank, say], "edges": edges}
    saved = send(page, "PUT", f"/api/workflows/{app}/draft", {"revision": draft["revision"], "graph": graph})
    assert "revision" in saved, saved


def test_the_draft_is_compared_with_a_version(treadle: Installation, builder: Page) -> None:
    page = builder
    app = bring(page, CHAIN)
    publish(page, app)
    change(page, app)
    page.goto(f"{treadle.address}/apps/{app}/share")

    page.get_by_role("link", name="Compare version 1 with the draft").click()

    changes = page.get_by_role("region", name="What is different")
    expect(changes.get_by_role("listitem")).to_have_text(["New: Thank", "Changed: Say it", "Removed: Greet"])
    for title, word in (("Thank", "New"), ("Say it", "Changed"), ("Greet", "Removed")):
        card = page.get_by_label(re.compile(rf"^{title}, step \d.*{word}\.$"))
        expect(card).to_be_in_viewport(ratio=0.99)
        expect(card).to_contain_text(word)
        expect(card.locator("svg")).to_have_count(1)
    same = step(page, "Visitor message")
    expect(same).to_be_visible()
    expect(same).not_to_have_attribute("data-change", re.compile("."))
    boxes = [box for box in (one.bounding_box() for one in page.locator("[data-step]").all()) if box]
    assert len(boxes) == 4
    assert not [(a, b) for a in boxes for b in boxes if a is not b and overlap(a, b)]
    changes.get_by_role("button", name="Removed: Greet").click()
    expect(page.get_by_label(re.compile("^Greet, step"))).to_have_attribute("data-selected", "true")
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []


def test_it_can_be_looked_at_and_not_changed(treadle: Installation, builder: Page) -> None:
    page = builder
    app = bring(page, CHAIN)
    publish(page, app)
    change(page, app)
    publish(page, app)
    page.goto(f"{treadle.address}/apps/{app}/versions?before=2&now=1")
    changes = page.get_by_role("region", name="What is different")
    expect(changes.get_by_role("listitem")).to_have_text(["New: Greet", "Changed: Say it", "Removed: Thank"])
    before = send(page, "GET", f"/api/workflows/{app}", None)

    card = page.get_by_label(re.compile("^Greet, step"))
    card.click()
    page.keyboard.press("Delete")
    box = card.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 220, steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name=re.compile("Add a step"))).to_have_count(0)

    expect(page.locator("[data-step]")).to_have_count(4)
    assert send(page, "GET", f"/api/workflows/{app}", None) == before
    page.get_by_role("combobox", name="After").click()
    page.get_by_role("option", name="The draft, as it is now").click()
    expect(changes).to_contain_text("The steps do the same as before.")


def test_on_a_phone_the_words_are_there_without_the_drawing(treadle: Installation, builder: Page) -> None:
    page = builder
    app = bring(page, CHAIN)
    publish(page, app)
    change(page, app)
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto(f"{treadle.address}/apps/{app}/versions")

    changes = page.get_by_role("region", name="What is different")
    expect(changes.get_by_role("listitem")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults_of(page) == []


def overlap(a: dict[str, float], b: dict[str, float]) -> bool:
    """Whether two boxes lie on each other."""
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )

"""Every step type that comes along is drawn: its card, its form and its help, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.describe import describe_type
from nodes.sdk.examples import examples_of
from tests.e2e.installation import Installation
from tests.e2e.person import sign_in, use_template
from tests.e2e.test_guide import speak
from tests.e2e.test_waiting import draw
from tests.e2e.words import Words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CATALOGUE = load_catalogue()
TYPES = {name: describe_type(kind) for name, kind in sorted(CATALOGUE.types.items())}
A_ROW = 8
CORNER: Any = {"x": 4, "y": 4}
"""Where a card is pressed: of one with steps inside, all but its edge is theirs."""


def node(name: str, place: int) -> dict[str, Any]:
    """A step of that type, set up as in its first example."""
    kind = CATALOGUE.types[name]
    drawn: dict[str, Any] = {
        "id": f"one_{name}",
        "type": name,
        "version": kind.version,
        "config": dict(examples_of(kind)[0].get("config", {})),
        "position": {"x": 480 * (place % A_ROW), "y": 720 * (place // A_ROW)},
    }
    if kind.Inside is not None:
        inner = "calculate" if kind.takes_tools else "template"
        drawn["body"] = {"nodes": [node(inner, 0) | {"id": f"in_{name}"}], "edges": []}
    return drawn


def drawing() -> dict[str, Any]:
    """One of each; those that leave a repeat stand inside one."""
    outside = [name for name, kind in CATALOGUE.types.items() if not kind.ends_loop]
    nodes = [node(name, place) for place, name in enumerate(sorted(outside))]
    leaving = [node(name, 0) for name, kind in CATALOGUE.types.items() if kind.ends_loop]
    for below, one in enumerate(leaving, 1):
        one["position"] = {"x": 0, "y": 160 * below}
    loop = next(one for one in nodes if one["type"] == "loop")
    loop["body"]["nodes"] += leaving
    loop["body"]["edges"] += [{"source": "in_loop", "port": "out", "target": one["id"]} for one in leaving]
    return {"nodes": nodes, "edges": []}


def words_of(name: str, language: str) -> tuple[str, str]:
    """What the type is called, and the first field of its form, if it has one that is always there."""
    told = TYPES[name]
    said = told["i18n"].get(language, {})
    shown = (
        said.get("fields", {}).get(field, {}).get("title") or schema["title"]
        for field, schema in told["config"].get("properties", {}).items()
        if not schema.get("x-ui", {}).get("more") and "showWhen" not in schema.get("x-ui", {})
    )
    return said.get("title") or told["title"], next(shown, "")


def test_each_has_its_card_its_form_and_its_help(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    draw(page, drawing())

    for language in ("en", "zh"):
        speak(page, language)
        page.reload()
        words = Words(language)
        panel = page.get_by_role("complementary", name=words("editor:panel.label"))
        page.get_by_role("button", name=words("editor:actions.fit")).first.click()
        for name in TYPES:
            title, field = words_of(name, language)
            page.locator(f"[data-step=one_{name}]").click(position=CORNER)
            expect(panel.get_by_role("heading", name=title, exact=True)).to_be_visible()
            if field:
                expect(panel.get_by_text(field, exact=True).first).to_be_visible()
            panel.get_by_role("button", name=words("editor:step.help", title=title)).click()
            help_ = page.get_by_role("dialog", name=title)
            expect(help_.locator("p").first).to_be_visible()
            page.keyboard.press("Escape")
            expect(help_).to_have_count(0)
    speak(page, "en")

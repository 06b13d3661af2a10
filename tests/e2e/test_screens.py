"""How twenty screens look in both themes, beside the pictures in `baselines/`.

`make baselines` takes those anew, after which one looks at what has changed. Here a difference leaves the
actual picture and one with the differences marked in `build/screens/`. What changes from run to run (times,
ids, ports) is made the same before. The font is one that most Linux machines have; where it is not, nothing
is compared.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from tests.e2e.drafts import bring, panel, publish, send
from tests.e2e.files import FILL_COLLECTION, RETURNS
from tests.e2e.installation import ROOT, Installation
from tests.e2e.person import (
    THEMES,
    ask,
    has_been_shown_around,
    lengths_until_done,
    reply,
    set_up,
    step,
)
from tests.e2e.pictures import compare, keep

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BASELINES = ROOT / "tests/e2e/baselines"
LEFT = ROOT / "build/screens"
FONT = "DejaVu Sans"
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
AN_HOUR_AGO = "2026-03-04T09:00:00Z"
MOMENT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")

PROBE = "How wide this line is tells one font, and one way to draw it, from another: 0123456789."
WIDTH = """
([text, font]) => {
    const context = document.createElement("canvas").getContext("2d");
    context.font = `16px "${font}", monospace`;
    return context.measureText(text).width;
}
"""

CALM = f"""
:root {{ --font: "{FONT}" !important; --mono: "DejaVu Sans Mono" !important; }}
* {{ caret-color: transparent !important; scroll-behavior: auto !important; }}
::-webkit-scrollbar {{ display: none; }}
"""

SAME = """
() => {
    const told = text => text
        .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "00000000-0000-0000-0000-000000000000")
        .replace(/127\\.0\\.0\\.1:\\d+/g, "127.0.0.1:8000")
        .replace(/\\/c\\/[a-z0-9-]+/g, "/c/polite")
        .replace(/\\d+(?:\\.\\d+)? (?:ms|s)\\b/g, "0.1 s")
        .replace(/\\d+(?:\\.\\d+)? [kMG]B/g, "1 MB");
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode())
        if (told(node.data) !== node.data) node.data = told(node.data);
    for (const field of document.querySelectorAll("input, textarea"))
        if (field.type !== "file" && told(field.value) !== field.value) field.value = told(field.value);
    document.activeElement?.blur();
}
"""
"""Makes what a run has left the same as in any other."""

POLITE = """
treadle: 1
name: Polite
nodes:
  start_1: {type: start}
  template_1: {type: template, title: Greet, config: {text: "Dear {{ start_1.query }}"}}
  answer_1: {type: answer, title: Say it, config: {text: "{{ template_1.text }}!"}}
  branch_1:
    type: branch
    title: Question or not
    config:
      cases:
        - name: question
          title: Question
          conditions: [{left: "{{ start_1.query }}", operator: contains, right: "?"}]
  answer_2: {type: answer, title: Ask back, config: {text: "What would you like to know?"}}
edges:
  - start_1 -> branch_1
  - branch_1.else -> template_1
  - template_1 -> answer_1
  - branch_1.question -> answer_2
layout:
  start_1: [0, 0]
  branch_1: [320, 0]
  template_1: [640, -100]
  answer_1: [960, -100]
  answer_2: [640, 120]
"""


@dataclass(frozen=True)
class BagShop:
    """A workspace in which a little has been done."""

    page: Page
    address: str
    app: str
    run: str
    collection: str
    chat: str

    def at(self, path: str) -> Page:
        """Goes to a page and waits until it is there."""
        self.page.goto(self.address + path)
        expect(self.page.locator("h1, [data-canvas]").first).to_be_visible()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def editor(self) -> Page:
        """The app, with what was said last."""
        page = self.at(f"/apps/{self.app}/build")
        expect(reply(page)).to_contain_text("Dear Mei!")
        expect(step(page, "Say it")).to_contain_text("Done")
        return page


def step_open(shop: BagShop) -> None:
    page = shop.editor()
    step(page, "Question or not").click()
    expect(panel(page).get_by_role("button", name="Add a path")).to_be_visible()


def picker_open(shop: BagShop) -> None:
    page = shop.editor()
    page.get_by_role("button", name="Add step").click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # the steps' pictures, which nothing tells of


def publish_open(shop: BagShop) -> None:
    page = shop.editor()
    page.get_by_role("button", name="Publish changes").click()
    expect(page.get_by_role("dialog").get_by_text("Changed: Ask back")).to_be_visible()


def set_up_open(shop: BagShop) -> None:
    page = shop.at("/templates")
    page.get_by_role("button", name=re.compile("Customer support desk.*Use this template")).click()
    page.wait_for_url(re.compile("/build$"))
    expect(set_up(page).get_by_role("textbox").first).to_be_visible()


def tried(shop: BagShop) -> None:
    page = shop.at("/templates/support-desk")
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()


def chat_page(shop: BagShop) -> None:
    page = shop.page
    page.goto(shop.address + shop.chat)
    ask(page, "Mei")
    lengths_until_done(reply(page))


def on_a_phone(shop: BagShop) -> None:
    shop.page.set_viewport_size({"width": 360, "height": 740})
    page = shop.at(f"/apps/{shop.app}/build")
    expect(page.get_by_role("list", name="Steps in order")).to_be_visible()


SCREENS: dict[str, Callable[[BagShop], object]] = {
    "home": lambda shop: shop.at("/"),
    "templates": lambda shop: shop.at("/templates"),
    "knowledge": lambda shop: shop.at("/knowledge"),
    "collection": lambda shop: shop.at(f"/knowledge/{shop.collection}"),
    "tools": lambda shop: shop.at("/tools"),
    "models": lambda shop: shop.at("/models"),
    "settings": lambda shop: shop.at("/settings"),
    "members": lambda shop: shop.at("/settings/members"),
    "runs": lambda shop: shop.at(f"/apps/{shop.app}/runs"),
    "run": lambda shop: shop.at(f"/apps/{shop.app}/runs/{shop.run}"),
    "share": lambda shop: shop.at(f"/apps/{shop.app}/share"),
    "versions": lambda shop: shop.at(f"/apps/{shop.app}/versions?before=1"),
    "editor": BagShop.editor,
    "step": step_open,
    "picker": picker_open,
    "publish": publish_open,
    # From here on there are templates' samples too.
    "template": tried,
    "set-up": set_up_open,
    "chat": chat_page,
    "phone": on_a_phone,
}


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """A page beside, where pictures are compared."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def bag_shop(browser: Browser, treadle: Installation, signed_in: StorageState) -> Iterator[BagShop]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
        storage_state=signed_in,
    )
    context.set_default_timeout(30_000)
    has_been_shown_around(context)
    page = context.new_page()
    page.goto(treadle.address)
    session = send(page, "GET", "/api/session", None)
    made = send(page, "POST", "/api/workspaces", {"name": "Bag shop"})
    send(page, "PUT", "/api/session/workspace", {"workspace_id": made["id"]})
    app = bring(page, POLITE)
    chat = publish(page, app)
    page.evaluate(FILL_COLLECTION, ["Return policy", RETURNS])
    collection = send(page, "GET", "/api/knowledge", None)["knowledge"][0]["id"]
    page.goto(f"{treadle.address}/apps/{app}/build")
    ask(page, "Mei")
    lengths_until_done(reply(page))
    run = send(page, "GET", f"/api/workflows/{app}/runs", None)["runs"][0]["id"]
    draft = send(page, "GET", f"/api/workflows/{app}", None)
    for node in draft["graph"]["nodes"]:
        if node["id"] == "answer_2":
            node["config"]["text"] = "Gladly. What would you like to know?"
    saved = send(page, "PUT", f"/api/workflows/{app}/draft", {k: draft[k] for k in ("revision", "graph")})
    assert "revision" in saved, saved
    page.clock.set_fixed_time(NOW)
    page.route("**/api/**", an_hour_ago)
    yield BagShop(page, treadle.address, app, run, collection, chat)
    page.unroute_all(behavior="ignoreErrors")
    send(page, "PUT", "/api/session/workspace", {"workspace_id": session["workspace"]["id"]})
    context.close()


def an_hour_ago(route: Route) -> None:
    """Whatever the server tells happened an hour ago."""
    request = route.request
    if request.method != "GET" or "text/event-stream" in request.headers.get("accept", ""):
        route.continue_()
        return
    answer = route.fetch()
    if "json" not in answer.headers.get("content-type", ""):
        route.fulfill(response=answer)
        return
    route.fulfill(response=answer, body=MOMENT.sub(AN_HOUR_AGO, answer.text()))


def test_every_screen_looks_as_it_did(bag_shop: BagShop, desk: Page) -> None:
    is_new = bool(os.environ.get("BASELINES"))
    drawn = round(desk.evaluate(WIDTH, [PROBE, FONT]), 2)
    made_with = BASELINES / "made-with.json"
    if is_new:
        BASELINES.mkdir(exist_ok=True)
        made_with.write_text(json.dumps({"font": FONT, "width": drawn}) + "\n", encoding="utf-8")
    elif json.loads(made_with.read_text(encoding="utf-8"))["width"] != drawn:
        pytest.skip(f"{FONT} is not here, or is drawn otherwise than in the pictures")

    different: list[str] = []
    for name, reach in SCREENS.items():
        reach(bag_shop)
        for theme in THEMES:
            png = picture(bag_shop.page, theme)
            file = BASELINES / theme / f"{name}.png"
            if is_new:
                keep(desk, png, file)
                continue
            found = compare(desk, file.read_bytes(), png)
            if not found.is_same:
                folder = LEFT / theme
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.actual.png").write_bytes(png)
                (folder / f"{name}.difference.png").write_bytes(found.marked)
                different.append(f"{theme}/{name}: {found.differing} squares; see {LEFT / theme}")

    assert different == []


def picture(page: Page, theme: str) -> bytes:
    """What is on screen in that theme, the same from run to run."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    before = b""
    for _ in range(20):
        page.evaluate(SAME)
        seen = page.screenshot(animations="disabled", caret="hide", style=CALM)
        if seen == before:
            return seen
        before = seen
        page.wait_for_timeout(150)
    raise AssertionError("the screen does not come to rest")

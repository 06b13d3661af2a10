"""What holds of every page: plain words, both languages, both themes, the keyboard, small windows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.drafts import CHAIN, bring, open_app, panel, publish, send
from tests.e2e.files import FILL_COLLECTION, RETURNS
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, ask, lengths_until_done, reply, step
from tests.e2e.pseudo import speak_pseudo
from tests.e2e.test_guide import speak
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = (
    "/",
    "/templates",
    "/templates/support-desk",
    "/inbox",
    "/knowledge",
    "/knowledge/{collection}",
    "/tools",
    "/models",
    "/settings",
    "/settings/members",
    "/settings/workspace",
    "/settings/environment",
    "/settings/usage",
    "/settings/mail",
    "/settings/retention",
    "/settings/secrets",
    "/settings/audit",
    "/apps/{app}/build",
    "/apps/{app}/runs",
    "/apps/{app}/runs/{run}",
    "/apps/{app}/insights",
    "/apps/{app}/share",
    "/apps/{app}/versions?before=1",
    "/nowhere",
)
"""The pages of the console; the chat page is looked at beside them."""

EMPTY = {
    "/knowledge": "New collection",
    "/tools": "Add",
    "/models": "Connect a model",
    "/apps/{app}/runs": "Try the app",
}
"""Pages that have nothing to show at first, and what they offer."""

FORBIDDEN = {
    "en": r"\b(?:nodes?|edges?|variables?|prompts?|LLMs?|deploy(?:s|ed|ment)?|DSL|YAML|executions?|executed"
    r"|pars(?:e|es|ed|ing)|schemas?|payloads?|credentials?|knowledge bases?|embed(?:s|ded|ding)?"
    r"|iterat(?:e|es|ed|ion|ions)|workflows?)\b",
    "zh": "节点|变量|提示词|大模型|LLM|部署|DSL|YAML|解析|载荷|端点|字符串|布尔|数组|令牌|凭据|凭证"
    "|知识库|嵌入|分支|迭代|工作流|报错|异常|堆栈|上游|下游",
}
"""Words of programmers; tests of the catalogues name the plain ones."""

KEY = re.compile(r"(?:^|\s)(?:[a-z]+:)?[a-z]+(?:[A-Z][a-z]+)*(?:\.[a-z]+(?:[A-Z][a-z]+)*)+(?:\s|$)")
"""What a text that nobody has written looks like: the name of its place in the catalogue."""

FILE = re.compile(r"\.(?:csv|docx|html|json|md|pdf|png|txt|yaml)\s*$")
"""A file's name looks like that too, and is no fault."""

TEXTS = """
() => {
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const around = node.parentElement;
        if (!node.data.trim() || around.closest("code, pre, script, style, [data-code]")) continue;
        if (around.checkVisibility({ visibilityProperty: true })) texts.push(node.data.trim());
    }
    return texts;
}
"""


CLIPPED = """
() => [...document.querySelectorAll("button, a, h1, h2, h3, label, [role=tab], th")]
    .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
    .filter(e => {
        const { overflowX, textOverflow, display } = getComputedStyle(e);
        return display !== "inline" && overflowX !== "visible" && textOverflow !== "ellipsis";
    })
    .map(e => e.innerText)
"""

OVERLAPPING = """
() => {
    const shown = (node, box) => {
        let { left, top, right, bottom } = box;
        for (let e = node.parentElement; e; e = e.parentElement) {
            const style = getComputedStyle(e);
            if (style.overflowX === "visible" && style.overflowY === "visible") continue;
            const clip = e.getBoundingClientRect();
            [left, right] = [Math.max(left, clip.left), Math.min(right, clip.right)];
            [top, bottom] = [Math.max(top, clip.top), Math.min(bottom, clip.bottom)];
        }
        return { left, top, right, bottom, node };
    };
    const isOnTop = ({ left, top, right, bottom }, around) => {
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return at === around || around.contains(at);
    };
    const boxes = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        if (!node.data.trim() || !node.parentElement.checkVisibility({ visibilityProperty: true })) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const line of range.getClientRects()) {
            const box = shown(node, line);
            const isSeen = box.right - box.left >= 2 && box.bottom - box.top >= 4;
            if (isSeen && isOnTop(box, node.parentElement)) boxes.push(box);
        }
    }
    const common = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]);
    return boxes.flatMap((a, i) => boxes.slice(i + 1)
        .filter(b => a.node !== b.node)
        .filter(b => common(a, b, "left", "right") > 2 && common(a, b, "top", "bottom") > 5)
        .map(b => `${a.node.data} | ${b.node.data}`));
}
"""
"""Texts of which one lies on another, both on top of whatever else is there."""


@pytest.fixture
def app(treadle: Installation, builder: Page) -> dict[str, str]:
    """The ids of an app that was published and asked once, of that run, and of a collection."""
    page = builder
    made = open_app(page, treadle, CHAIN)
    publish(page, made)
    ask(page, "Mei")
    lengths_until_done(reply(page))
    run = send(page, "GET", f"/api/workflows/{made}/runs", None)["runs"][0]["id"]
    page.evaluate(FILL_COLLECTION, ["Return policy", RETURNS])
    collection = send(page, "GET", "/api/knowledge", None)["knowledge"][0]["id"]
    return {"app": made, "run": run, "collection": collection}


@pytest.fixture
def fresh(builder: Page) -> Iterator[Page]:
    """The same person in a workspace in which nobody has done anything."""
    session = send(builder, "GET", "/api/session", None)
    made = send(builder, "POST", "/api/workspaces", {"name": "Fresh"})
    send(builder, "PUT", "/api/session/workspace", {"workspace_id": made["id"]})
    yield builder
    send(builder, "PUT", "/api/session/workspace", {"workspace_id": session["workspace"]["id"]})


def opened(page: Page, treadle: Installation, path: str, app: dict[str, str]) -> None:
    """Goes to a page and waits until it is there."""
    page.goto(treadle.address + path.format(**app))
    expect(page.locator("h1, [data-canvas]").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def no_words(text: str) -> bool:
    """Is it the name of a place in a catalogue?"""
    return bool(KEY.search(text)) and not FILE.search(text)


def crowded(page: Page) -> list[str]:
    """Texts that have too little room on the page on screen."""
    cut = [f"cut off: {text}" for text in page.evaluate(CLIPPED)]
    return cut + [f"one on another: {pair}" for pair in page.evaluate(OVERLAPPING)]


def test_a_fresh_workspace_begins_with_templates_and_one_thing_to_press(
    treadle: Installation, fresh: Page
) -> None:
    page = fresh
    page.goto(treadle.address)

    cards = page.get_by_role("button", name=re.compile("Use this template"))
    expect(cards.nth(3)).to_be_visible()
    expect(page.get_by_role("button", name="Create an app")).to_have_count(1)
    expect(page.get_by_text("Your apps will be here")).to_be_visible()
    expect(page.get_by_role("heading", name="From here to your own chat page")).to_be_visible()


def test_a_page_with_nothing_on_it_says_what_it_is_for_and_what_to_do(
    treadle: Installation, fresh: Page
) -> None:
    page = fresh
    made = bring(page, CHAIN)

    for path, action in EMPTY.items():
        opened(page, treadle, path, {"app": made})
        main = page.get_by_role("main")
        offered = main.get_by_role("button", name=action).or_(main.get_by_role("link", name=action))
        expect(offered.first).to_be_visible()
        assert len(main.inner_text().split()) > 12, path


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_whole_and_plain_in_both_languages_and_can_be_used_by_everyone_in_both_themes(
    treadle: Installation, builder: Page, app: dict[str, str], language: str
) -> None:
    page = builder
    faults: list[str] = []
    speak(page, language)

    try:
        for path in PAGES:
            opened(page, treadle, path, app)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
            texts: list[str] = page.evaluate(TEXTS)
            faults += [f"{path}: {key} has no words" for key in texts if no_words(key)]
            plain = re.compile(FORBIDDEN[language], re.IGNORECASE)
            faults += [f"{path}: is for programmers: {text}" for text in texts if plain.search(text)]
            faults += [f"{path}: {fault}" for fault in crowded(page)]
            for scheme in THEMES:
                page.emulate_media(color_scheme=scheme)
                faults += [f"{path}, {scheme}: {fault}" for fault in faults_of(page)]
    finally:
        speak(page, "en")

    assert faults == []


KEY_SCREENS = (
    "/",
    "/knowledge",
    "/models",
    "/settings/members",
    "/apps/{app}/build",
    "/apps/{app}/runs",
    "/apps/{app}/runs/{run}",
    "/apps/{app}/insights",
    "/apps/{app}/share",
)


def test_longer_words_have_room_too(treadle: Installation, builder: Page, app: dict[str, str]) -> None:
    page = builder
    speak_pseudo(page)
    faults: list[str] = []

    for path in KEY_SCREENS:
        opened(page, treadle, path, app)
        texts: list[str] = page.evaluate(TEXTS)
        assert any("⟦" in text for text in texts), path
        faults += [f"{path}: {key} has no words" for key in texts if no_words(key)]
        faults += [f"{path}: {fault}" for fault in crowded(page)]
        if path.endswith("/build"):
            page.locator('[data-step="template_1"]').click()
            page.keyboard.press("a")
            expect(page.get_by_role("option").first).to_be_visible()
            faults += [f"{path}, a step and the picker: {fault}" for fault in crowded(page)]

    assert faults == []


def test_the_steps_are_one_stop_of_the_tab_key(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)

    page.keyboard.press("F6")
    page.keyboard.press("F6")
    expect(step(page, "Visitor message")).to_be_focused()
    page.keyboard.press("Tab")

    assert not page.evaluate("document.activeElement.closest('[data-canvas]') !== null")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('[data-canvas]') !== null")


def test_a_run_is_told_to_who_does_not_see_it(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, CHAIN)

    ask(page, "Mei")

    expect(page.get_by_role("status").filter(has_text="The reply is complete.")).to_have_count(1)


def test_the_theme_follows_the_system_until_one_is_chosen_and_is_there_before_any_script(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    html = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(html).to_have_attribute("data-theme", "dark")
    page.goto(f"{treadle.address}/settings")
    page.get_by_role("radio", name="Light").click()
    expect(html).to_have_attribute("data-theme", "light")
    page.reload()
    expect(html).to_have_attribute("data-theme", "light")
    page.get_by_role("radio", name="Dark").click()
    page.emulate_media(color_scheme="light")

    page.route(re.compile(r"/assets/.*\.js"), lambda route: route.abort())
    page.goto(treadle.address)

    expect(html).to_have_attribute("data-theme", "dark")
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) < 64


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (720, 450)])
def test_in_a_small_window_or_at_twice_the_size_publish_chat_and_problems_are_reached(
    treadle: Installation, builder: Page, width: int, height: int
) -> None:
    page = builder
    page.set_viewport_size({"width": width, "height": height})
    open_small(page, treadle, CHAIN)

    publishing = page.get_by_role("button", name="Publish", exact=True)
    expect(publishing).to_be_in_viewport(ratio=1)
    publishing.click(trial=True)
    expect(page.get_by_text("Ready to publish")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Try it").click()
    field = page.get_by_role("textbox", name="Your message")
    expect(field).to_be_in_viewport(ratio=1)
    ask(page, "Mei")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Dear Mei!")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def open_small(page: Page, treadle: Installation, text: str) -> None:
    """Opens an app where there may be no room for the canvas."""
    page.goto(f"{treadle.address}/apps/{bring(page, text)}/build")
    expect(page.get_by_role("region", name="Steps of this app")).to_be_visible()


NO_POINTER = """
for (const kind of ["pointerdown", "mousedown", "touchstart"])
    window.addEventListener(kind, event => {
        if (event.isTrusted) setTimeout(() => { throw new Error("a pointer was used"); });
    }, true);
"""


NAME_OF_FOCUSED = """
() => {
    const e = document.activeElement;
    return e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText || "";
}
"""


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the focus is on what has that name."""
    for _ in range(120):
        page.keyboard.press("Tab")
        focused: str = page.evaluate(NAME_OF_FOCUSED)
        if re.match(name, focused.strip(), re.DOTALL):
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def test_an_app_is_built_run_and_published_with_the_keyboard_alone(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    page.context.add_init_script(NO_POINTER)
    page.goto(f"{treadle.address}/templates")
    expect(page.get_by_role("button", name=re.compile("Empty.*Use this template"))).to_be_visible()

    tab_to(page, "Empty")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/build$"))
    expect(step(page, "Visitor message")).to_be_visible()
    page.keyboard.press("F6")
    page.keyboard.press("F6")
    page.keyboard.press("a")
    expect(page.get_by_role("combobox", name="What should happen?")).to_be_focused()
    page.keyboard.type("Ask AI")
    page.keyboard.press("Enter")
    expect(step(page, "Ask AI")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(step(page, "Reply")).to_be_focused()
    page.keyboard.press("Enter")
    text = panel(page).get_by_role("textbox", name="Reply", exact=True)
    expect(text).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("/")
    expect(page.get_by_role("option", selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(text).to_contain_text("Ask AI")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    page.keyboard.press("F6")
    tab_to(page, "Try it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Your message")).to_be_focused()
    page.keyboard.type("Say hello in three words.")
    page.keyboard.press("Enter")
    assert lengths_until_done(reply(page))[-1] > 0
    expect(step(page, "Ask AI")).to_contain_text("Done")

    page.keyboard.press("F6")
    tab_to(page, "Publish$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Publish “")
    tab_to(page, "Publish$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Your app is live")


def test_whatever_has_a_name_is_found_and_gone_to_from_anywhere(treadle: Installation, builder: Page) -> None:
    page = builder
    other = bring(page, CHAIN.replace("name: Polite", "name: Quarterly letters"))
    app = open_app(page, treadle, CHAIN)
    find = page.get_by_role("combobox", name="An app, a page, a step, or what to do")
    step(page, "Greet").click()
    panel(page).get_by_role("textbox", name="Text", exact=True).click()

    # Also from within a text. A step on the canvas is brought into view and has the focus.
    page.keyboard.press("Control+k")
    expect(find).to_be_focused()
    page.keyboard.type("say it")
    expect(page.get_by_role("option", selected=True)).to_have_text("Say it")
    page.keyboard.press("Enter")
    expect(find).to_have_count(0)
    expect(step(page, "Say it")).to_be_focused()
    expect(step(page, "Say it")).to_be_in_viewport(ratio=0.99)

    page.keyboard.press("Control+k")
    expect(find).to_be_focused()
    page.keyboard.type("xyzzy")
    expect(page.get_by_text("Nothing here is called “xyzzy”.")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("steps as")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Steps in order")).to_be_visible()

    page.keyboard.press("Control+k")
    expect(find).to_be_focused()
    page.keyboard.type("quarterly")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{treadle.address}/apps/{other}/build")
    expect(page.get_by_role("heading", name="Quarterly letters")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(find).to_be_focused()
    page.keyboard.type("runs of")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{treadle.address}/apps/{other}/runs")
    expect(page.get_by_text("Nobody has used this app yet.")).to_be_visible()
    assert app != other

    page.keyboard.press("Control+k")
    expect(find).to_be_focused()
    assert faults_of(page) == []
    page.keyboard.type("models")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(find).to_have_count(0)

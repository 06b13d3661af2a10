"""Treadle's editor with 200, 1,000 and 3,000 steps, as `make up` serves it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from bench.editor.drawings import PAUSE_S, PAUSING, ROWS, drawing
from bench.editor.hand import WINDOW, Canvas, browser, drag, frames_a_second, heap_mb, pan
from bench.installation import Installation, installation
from bench.results import Result, result

SIZES = (200, 1_000, 3_000)
MOVED = (200, 1_000)
BEYOND = 3_000
"""More steps than the server keeps (1,000): there the draft is made larger on its way to the page."""
ROUNDS = 5
CANVAS = Canvas(sheet=".react-flow__pane", step=".react-flow__node [data-step]")
STATUS_S = 2.5

OPEN = """
href => new Promise(done => {
    const began = performance.now();
    document.querySelector(`a[href="${href}"]`).click();
    const idle = () => requestIdleCallback(() => done(performance.now() - began));
    const look = () => document.querySelector(".react-flow__node [data-step]")
        ? requestAnimationFrame(idle)
        : requestAnimationFrame(look);
    look();
})
"""
"""From the press on an app's card until its steps are on screen and the page has nothing left to do."""

CLICKS = """
window.addEventListener("click", event => {
    if (event.isTrusted && event.detail > 0) countClick();
}, true);
"""


def measured() -> Iterator[Result]:
    """editor.open, .pan, .drag, .status, .heap by number of steps, and the clicks to a published app."""
    with tempfile.TemporaryDirectory(prefix="bench-nodes-") as folder:
        (Path(folder) / "pausing.py").write_text(PAUSING, encoding="utf-8")
        with installation(TREADLE_NODES=folder) as here, browser() as opened:
            apps = {count: _app(here, count) for count in SIZES}
            page = _signed_in(here, opened)
            _enlarge(page, apps[BEYOND])
            for count in SIZES:
                yield from _one(here, page, apps[count], count)
            yield result("flow.template_to_published.clicks", "clicks", [_clicks(here, opened)])


def _one(here: Installation, page: Page, app: str, count: int) -> Iterator[Result]:
    rounds = [_open(here, page, app) for _ in range(ROUNDS + 1)][1:]
    yield result(f"editor.open.{count}", "ms", rounds)
    if count not in MOVED:
        return
    if count == 1_000:
        yield result("editor.heap.1000", "MB", [heap_mb(page)])
    yield result(f"editor.pan.{count}", "frames/s", [pan(page, CANVAS) for _ in range(ROUNDS)])
    yield result(f"editor.drag.{count}", "frames/s", [drag(page, CANVAS) for _ in range(ROUNDS)])
    yield result(f"editor.status.{count}", "frames/s", [_status(here, page, app) for _ in range(ROUNDS)])


def _open(here: Installation, page: Page, app: str) -> float:
    page.goto(here.address)
    page.locator(f'a[href="/apps/{app}/build"]').wait_for()
    page.wait_for_load_state("networkidle")
    return page.evaluate(OPEN, f"/apps/{app}/build")


def _status(here: Installation, page: Page, app: str) -> float:
    """Frames a second while a run goes through the steps on screen, a hundred changes of them a second."""
    _open(here, page, app)
    page.wait_for_load_state("networkidle")
    page.get_by_role("textbox", name="Your message").fill("Hello")
    page.keyboard.press("Enter")
    page.locator(".react-flow__node [data-state=running]").first.wait_for()
    fps = frames_a_second(page, lambda: time.sleep(STATUS_S))
    done = page.locator(".react-flow__node [data-state=done]").count()
    if done < ROWS:
        raise RuntimeError(f"Only {done} steps on screen ran while the frames were counted.")
    page.get_by_role("button", name="Stop", exact=True).or_(
        page.get_by_role("button", name="Send", exact=True)
    ).click()
    page.get_by_role("button", name="Send", exact=True).wait_for()
    time.sleep(PAUSE_S)
    return fps


def _clicks(here: Installation, opened: Browser) -> float:
    """From a template on the first page to an answer of its published chat page; typing is no click."""
    clicks: list[int] = []
    page = _signed_in(here, opened)
    page.context.expose_function("countClick", lambda: clicks.append(1))
    page.context.add_init_script(CLICKS)
    page.goto(here.address)
    page.get_by_role("button", name="Use this template").filter(has_text="Chat with a model").click()
    page.get_by_role("dialog").get_by_role("button", name="Skip, I will do it later").click()
    page.get_by_role("list", name="You could ask").get_by_role("button").first.click()
    _answered(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    with page.context.expect_page() as other:
        page.get_by_role("dialog").get_by_role("link", name="Open").click()
    other.value.get_by_role("list", name="You could ask").get_by_role("button").first.click()
    _answered(other.value)
    page.context.close()
    return len(clicks)


def _answered(page: Page) -> None:
    page.locator("[role=log] [data-role=reply]:not([aria-busy])").wait_for()


def _signed_in(here: Installation, opened: Browser) -> Page:
    from backend.accounts.links import make_link
    from backend.accounts.models import User

    token = _away(lambda: make_link(User.objects.get()))
    context = opened.new_context(viewport=WINDOW, locale="en-GB")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{here.address}/welcome#{token}")
    page.get_by_role("heading", name="Start from something that works").wait_for()
    return page


def _app(here: Installation, count: int) -> str:
    from backend.workflows.services import create_workflow

    graph = drawing(min(count, MOVED[-1]))
    made = _away(lambda: create_workflow(workspace_id=here.workspace_id, name=f"{count} steps", graph=graph))
    return str(made.pk)


def _enlarge(page: Page, app: str) -> None:
    """From here on the page gets that app with more steps than it has."""
    from nodes.sdk.graph import graph_to_json

    larger = graph_to_json(drawing(BEYOND))

    def answer(route: Route) -> None:
        draft = route.fetch().json()
        shape = draft["shapes"]["step_0"]
        shapes = {node["id"]: draft["shapes"].get(node["id"], shape) for node in larger["nodes"]}
        route.fulfill(json={**draft, "graph": larger, "shapes": shapes})

    page.route(f"**/api/workflows/{app}", answer)


def _away(do: Callable[[], Any]) -> Any:
    """Django refuses to be called where an event loop runs, as it does beside an open browser."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(do).result()

"""A hand on the mouse, and an eye on the frames: what both editors are measured with."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SECONDS = 1.8
WINDOW: ViewportSize = {"width": 1440, "height": 900}
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
"""No graphics card is asked for: what a browser can do without one is the least there is."""

WATCH = """
() => {
    const seen = (window.seenFrames = []);
    const look = at => { seen.push(at); window.lookingAt = requestAnimationFrame(look); };
    window.lookingAt = requestAnimationFrame(look);
}
"""
SEEN = "() => { cancelAnimationFrame(window.lookingAt); return window.seenFrames; }"


@dataclass(frozen=True)
class Canvas:
    """Where an editor's canvas is in its page, by CSS: the empty sheet, and a step on it."""

    sheet: str
    step: str
    pan_button: Literal["left", "middle"] = "left"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, without a screen."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        yield opened
        opened.close()


def frames_a_second(page: Page, act: Callable[[], None]) -> float:
    """How many frames a second the page draws while `act` goes on; a browser draws 60 at most."""
    page.evaluate(WATCH)
    act()
    seen: list[float] = page.evaluate(SEEN)
    return (len(seen) - 1) / (seen[-1] - seen[0]) * 1000


def pan(page: Page, canvas: Canvas) -> float:
    """Frames a second while the sheet is moved to and fro."""
    x, y = _empty_place(page, canvas)
    page.mouse.move(x, y)
    page.mouse.down(button=canvas.pan_button)
    fps = frames_a_second(page, lambda: _circle(page, x, y, 160))
    page.mouse.up(button=canvas.pan_button)
    return fps


def drag(page: Page, canvas: Canvas) -> float:
    """Frames a second while a step in the middle is moved to and fro."""
    x, y = _place_of_a_step(page, canvas)
    page.mouse.move(x, y)
    page.mouse.down()
    fps = frames_a_second(page, lambda: _circle(page, x, y, 120))
    page.mouse.up()
    return fps


def heap_mb(page: Page) -> float:
    """What the page's scripts hold, in MB, after a thorough clearing."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    held = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return held / 1e6


def _circle(page: Page, x: float, y: float, radius: float) -> None:
    """Round and round, as fast as the browser takes the moves."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < SECONDS:
        turn = passed * 2 * math.pi / 1.2
        page.mouse.move(x + radius * math.sin(turn), y + radius * (1 - math.cos(turn)) / 2)


def _empty_place(page: Page, canvas: Canvas) -> tuple[float, float]:
    found = page.evaluate(
        """sheet => {
            const { left, top, width, height } = document.querySelector(sheet).getBoundingClientRect();
            for (let y = 0.35; y < 0.75; y += 0.01)
                for (let x = 0.3; x < 0.7; x += 0.01) {
                    const at = [left + x * width, top + y * height];
                    if (document.elementFromPoint(...at)?.matches(sheet)) return at;
                }
        }""",
        canvas.sheet,
    )
    if not found:
        raise RuntimeError("There is no empty place on the canvas.")
    return found[0], found[1]


def _place_of_a_step(page: Page, canvas: Canvas) -> tuple[float, float]:
    found = page.evaluate(
        """([sheet, step]) => {
            const { left, top, width, height } = document.querySelector(sheet).getBoundingClientRect();
            const middle = e => {
                const box = e.getBoundingClientRect();
                return [box.left + box.width / 2, box.top + box.height / 2];
            };
            const away = ([x, y]) => Math.hypot(x - left - width / 2, y - top - height / 2);
            const places = [...document.querySelectorAll(step)].map(middle);
            return places.sort((a, b) => away(a) - away(b))[0];
        }""",
        [canvas.sheet, canvas.step],
    )
    if not found:
        raise RuntimeError("There is no step on the canvas.")
    return found[0], found[1]


def _chromium() -> str:
    import shutil

    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise RuntimeError("Chromium is missing. As root: apt-get install -y chromium")
    return found

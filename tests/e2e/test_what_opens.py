"""What opens above a page is whole, plain and usable by everyone too: in both languages, in both themes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.drafts import publish
from tests.e2e.installation import Installation
from tests.e2e.person import THEMES, lengths_until_done, reply
from tests.e2e.test_guide import LOCALES, speak
from tests.e2e.test_quality import FORBIDDEN, TEXTS, app, crowded, no_words, opened
from tests.e2e.test_repeating import faults_of
from tests.e2e.words import Words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

__all__ = ["app"]  # the fixture

OPENED = (
    ("/tools", "tools:add", "tools:addServer"),
    ("/tools", "tools:add", "tools:addDescription"),
    ("/tools", "tools:add", "tools:machine.add"),
    ("/models", "models:connect"),
    ("/settings/members", "members:invite"),
    ("/settings/secrets", "secrets:add"),
    ("/settings/environment", "environment:add"),
    ("/knowledge", "knowledge:new.open"),
    ("/apps/{app}/share", "share:api.create"),
    ("/apps/{app}/build", "editor:actions.addStep"),
    ("/apps/{app}/build", "editor:actions.memory"),
    ("/apps/{app}/build", "editor:actions.limits"),
    ("/apps/{app}/build", "editor:actions.help"),
    ("/apps/{app}/build", "F6", "F6", "c"),
    ("/apps/{app}/build", "Control+k"),
)
"""A page, and the buttons or keys that one presses there one after the other."""

NAMES = re.compile(r"\S*example\.com\S*|text-embedding-\S+")
"""What is called so elsewhere."""


def press(page: Page, what: str, words: Words) -> None:
    """Presses a key, or the button of that name."""
    if ":" not in what:
        page.keyboard.press(what)
        return
    named = words(what)
    found = page.get_by_role("button", name=named, exact=True)
    found.or_(page.get_by_role("menuitem", name=named, exact=True)).first.click()


def faults_in(page: Page, language: str) -> list[str]:
    """What is wrong with what is on screen."""
    told: list[str] = page.evaluate(TEXTS)
    texts = [NAMES.sub("", text) for text in told]
    plain = re.compile(FORBIDDEN[language], re.IGNORECASE)
    faults = [f"{key} has no words" for key in texts if no_words(key)]
    faults += [f"is for programmers: {text}" for text in texts if plain.search(text)]
    faults += crowded(page)
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        faults += [f"{scheme}: {fault}" for fault in faults_of(page)]
    return faults


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_opens_above_a_page_is_whole_and_plain_and_can_be_used_by_everyone(
    treadle: Installation, builder: Page, app: dict[str, str], language: str
) -> None:
    page, words = builder, Words(language)
    faults: list[str] = []
    speak(page, language)

    try:
        for path, *presses in OPENED:
            opened(page, treadle, path, app)
            for what in presses:
                press(page, what, words)
            expect(page.get_by_role("dialog").last).to_be_visible()
            page.wait_for_load_state("networkidle")
            faults += [f"{path}, {presses[-1]}: {fault}" for fault in faults_in(page, language)]
    finally:
        speak(page, "en")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_of_those_who_are_not_signed_in_can_be_used_by_everyone(
    treadle: Installation, browser: Browser, builder: Page, app: dict[str, str], language: str
) -> None:
    chat = publish(builder, app["app"])
    context = browser.new_context(locale=LOCALES[language])
    page = context.new_page()
    faults: list[str] = []

    for path in ("/sign-in", "/welcome", "/join", chat):
        page.goto(treadle.address + path)
        if path == chat:
            field = page.get_by_role("textbox", name=Words(language)("chat:message"))
            field.fill("Mei")
            field.press("Enter")
            lengths_until_done(reply(page))
        else:
            expect(page.get_by_role("heading").first).to_be_visible()
        faults += [f"{path}: {fault}" for fault in faults_in(page, language)]
    context.close()

    assert not faults, "\n".join(faults)

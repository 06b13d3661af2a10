"""A step keeps a file, a reply gives it along, and it is saved: on the chat page, in the editor, by a key.

A small picture is shown.
"""

from __future__ import annotations

import json
import re
import struct
import urllib.request
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step
from tests.e2e.test_sending_files import call, picture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

APP = """treadle: 1
name: Gives files
nodes:
  start_1:
    type: start
    config: {inputs: [{name: photo, label: A photo, type: file, accepts: [image], max_mb: 1}]}
  http_1: {type: http, config: {address: /samples/opening-hours, read: file}}
  answer_1:
    type: answer
    config: {text: Here you are., files: ["{{ http_1.file }}", "{{ start_1.photo }}"]}
edges: [start_1 -> http_1, http_1 -> answer_1]
"""


def png(side: int = 120) -> bytes:
    """A blue square."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + b"\x1d\x63\xd8" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    ends = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + ends


def saved(link: Locator) -> bytes:
    """What is saved when one presses it."""
    with link.page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


def test_a_file_that_a_step_kept_is_given_along_with_a_reply_and_saved(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    workflow = call(page, "/api/workflows/import", APP)["id"]
    page.goto(f"{treadle.address}/apps/{workflow}/build")
    expect(step(page, "Reply")).to_be_visible()
    ask(page, "When are you open?")
    lengths_until_done(reply(page))
    here = page.get_by_role("list", name="Files").get_by_role("link")
    hours = saved(here.first)
    assert b"{" in hours
    step(page, re.escape("Call a web service (full)")).click()
    panel = page.get_by_role("complementary", name="Chat and settings")
    panel.get_by_role("radio", name="Last result").click()
    assert saved(panel.get_by_role("link", name="Download opening-hours")) == hours
    picture(page, "file-last-result")

    published = call(page, f"/api/workflows/{workflow}/publish", {})
    context = browser.new_context(viewport={"width": 360, "height": 720}, locale="en-GB")
    visitor = context.new_page()
    visitor.goto(f"{treadle.address}/c/{published['publication']['slug']}")
    visitor.locator("input[type=file]").set_input_files(
        [{"name": "sea.png", "mimeType": "image/png", "buffer": png()}]
    )
    expect(visitor.get_by_role("button", name="Remove sea.png")).to_be_visible()
    visitor.get_by_role("button", name="Start").click()
    ask(visitor, "And today?")
    lengths_until_done(reply(visitor))
    for _ in range(2):  # as it is told live, and after a reload
        links = visitor.get_by_role("list", name="Files").get_by_role("link")
        expect(links).to_have_count(2)
        assert saved(links.first) == hours
        assert saved(visitor.get_by_role("link", name="Download sea.png")) == png()
        shown = visitor.locator("[data-role=reply] img")
        expect(shown).to_have_js_property("naturalWidth", 120)
        picture(visitor, "files-along-360")
        visitor.reload()

    address = links.first.get_attribute("href") or ""
    stranger = browser.new_context().new_page()
    told = stranger.goto(f"{treadle.address}{address}")
    assert told is not None
    assert told.status == 404
    key = published["api_key"]
    file = call_by_key(treadle, key)
    assert file == hours
    stranger.context.close()
    context.close()


def call_by_key(treadle: Installation, key: str) -> bytes:
    """The first file of the reply that a program with the app's key gets."""

    def fetch(path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(treadle.address + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    run = json.loads(fetch("/v1/runs", json.dumps({"query": "hi"}).encode()))
    return fetch(f"/v1/files/{run['files'][0]['file_id']}")

"""n8n's editor with as many steps in the same chains, where `make bench-peers` has installed it.

Its canvas is moved with the middle button (the left one selects). It draws a run's progress step by step only
for runs it started by hand, so there is nothing beside ours for `status`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

from bench.editor.drawings import chains
from bench.editor.hand import WINDOW, Canvas, browser, drag, heap_mb, pan
from bench.peers.places import PLACES
from bench.peers.served.builder import Site
from bench.peers.served.n8n import N8n
from bench.peers.serving import started, version
from bench.processes import free_port
from bench.results import Result, result

SIZES = (200, 1_000)
ROUNDS = 3
CANVAS = Canvas(sheet=".vue-flow__pane", step=".vue-flow__node", pan_button="middle")
OWNER = {"email": "owner@example.com", "firstName": "Mei", "lastName": "Lin", "password": "Benchmark-1234"}

READY = """
() => new Promise(done => {
    const idle = () => requestIdleCallback(() => done(performance.now()));
    const look = () => document.querySelector(".vue-flow__node")
        ? requestAnimationFrame(idle)
        : requestAnimationFrame(look);
    look();
})
"""


def measured() -> Iterator[Result]:
    """editor.open, .pan, .drag and .heap @n8n; nothing, and why, where it is not installed."""
    peer = N8n()
    if not PLACES[peer.place].is_ready():
        print("n8n is not installed here (make bench-peers ARGS=n8n).", file=sys.stderr)
        return
    of = f"{peer.package} {version(peer)}"
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        site = Site(Path(folder), free_port(), "http://127.0.0.1:9/v1")
        for count in SIZES:
            _bring(peer, site, count)
        with started(peer, site), browser() as opened:
            context = opened.new_context(viewport=WINDOW, locale="en-GB")
            context.set_default_timeout(120_000)
            page = context.new_page()
            page.goto(site.address)
            made = page.request.post(f"{site.address}/rest/owner/setup", data=OWNER)
            if not made.ok:
                raise RuntimeError(f"n8n's owner could not be made: {made.text()[:300]}")
            for count in SIZES:
                try:
                    yield from _one(page, site, count, of)
                except Error as error:  # its page may die of a thousand steps
                    print(
                        f"n8n with {count} steps is left out from here on: {error.message}", file=sys.stderr
                    )


def _one(page: Page, site: Site, count: int, of: str) -> Iterator[Result]:
    rounds = [_open(page, site, count) for _ in range(ROUNDS + 1)][1:]
    yield result(f"editor.open.{count}@n8n", "ms", rounds, of=of)
    if count == 1_000:
        yield result("editor.heap.1000@n8n", "MB", [heap_mb(page)], of=of)
    yield result(f"editor.pan.{count}@n8n", "frames/s", [pan(page, CANVAS) for _ in range(ROUNDS)], of=of)
    yield result(f"editor.drag.{count}@n8n", "frames/s", [drag(page, CANVAS) for _ in range(ROUNDS)], of=of)


def _open(page: Page, site: Site, count: int) -> float:
    """From the address until its steps are on screen and the page is idle; its scripts are in the cache."""
    page.goto("about:blank")
    page.goto(f"{site.address}/workflow/{_id(count)}", wait_until="commit")
    return page.evaluate(READY)


def _id(count: int) -> str:
    return f"{f'drawn{count}':x<16}"


def _bring(peer: N8n, site: Site, count: int) -> None:
    path = site.folder / f"drawn{count}.json"
    path.write_text(json.dumps([_workflow(count)]))
    peer.bring(site, path)


def _workflow(count: int) -> dict[str, Any]:
    places, lines = chains(count)
    nodes = [
        {
            "id": name,
            "name": name,
            "type": "n8n-nodes-base.set",
            "typeVersion": 3.4,
            "position": [320 * column, 160 * row],
            "parameters": {"assignments": {"assignments": []}, "options": {}},
        }
        for name, (column, row) in places.items()
    ]
    wires: dict[str, Any] = {}
    for source, target in lines:
        wires.setdefault(source, {"main": [[]]})["main"][0].append(
            {"node": target, "type": "main", "index": 0}
        )
    return {"id": _id(count), "name": f"{count} steps", "nodes": nodes, "connections": wires, "active": False}

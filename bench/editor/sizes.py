"""What each page loads before it works: its scripts, compressed, by what the build says of itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from bench.installation import ROOT
from bench.results import Result, result

DIST = ROOT / "frontend" / "dist"
PAGES = {
    "chat": ("chat.html",),
    "home": ("index.html", "src/home/HomePage.tsx"),
    "editor": ("index.html", "src/editor/EditorPage.tsx"),
}
"""By the names that frontend/vite.config.ts holds to a budget."""


def bundles() -> Iterator[Result]:
    """bundle.chat, bundle.home and bundle.editor."""
    manifest = json.loads((DIST / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    for name, entries in PAGES.items():
        files: set[str] = set()
        todo = list(entries)
        while todo:
            chunk = manifest[todo.pop()]
            if chunk["file"] not in files:
                files.add(chunk["file"])
                todo += chunk.get("imports", [])
        size = sum(len(gzip.compress((DIST / file).read_bytes(), 6)) for file in files)
        yield result(f"bundle.{name}", "kB", [size / 1000])

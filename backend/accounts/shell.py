"""The pages as Vite built them into frontend/dist. Below every app, since several hand them out."""

import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.html import escape

_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Treadle: not built yet</title></head>
<body><h1>The pages of Treadle are not built yet</h1>
<p>The server runs. Stop it and run <code>make up</code> in the project's folder: it builds the pages too.</p>
</body></html>
"""


def shell(entry: str, *, title: str = "", status: int = 200, language: str = "en") -> HttpResponse:
    """The built page `entry` (`index.html`, `chat.html`), or one that says how to build it."""
    path = settings.FRONTEND_DIST / entry
    html = _text(path, path.stat().st_mtime_ns) if path.is_file() else _NOT_BUILT
    if title:
        # A function, so that a backslash in the title is not read as a group reference.
        html = _TITLE.sub(lambda _: f"<title>{escape(title)}</title>", html, count=1)
    html = html.replace('<html lang="en"', f'<html lang="{escape(language)}"', 1)
    # The page names its scripts by their hash; it must be fresh for them to be.
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=8)
def _text(path: Path, changed_at: int) -> str:
    return path.read_text(encoding="utf-8")

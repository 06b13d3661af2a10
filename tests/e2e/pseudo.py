"""English as nobody writes it: with accents, longer by two fifths, and in brackets.

What has too little room, or was never given to the catalogues, shows at once. It is made while a test runs,
from the English texts, and takes their place on the way to the browser: nothing of it is in what is built.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from playwright.sync_api import Page, Route

from tests.e2e.installation import ROOT

ACCENTS = str.maketrans("aceinouyACEINOUY", "àçéïñöûýÀÇÉÏÑÖÛÝ")
BLANKS = re.compile(r"({{.*?}}|{\w+}|</?\d+>|\[|\])")
"""What a text is filled in at, or is no part of it."""
MORE = " łôřém ìþšûm" * 100
SAID = {"title", "help", "sentence", "description"}
"""Where the catalogue of steps says something to people."""


def pseudo(text: str) -> str:
    """`Runs of {{app}}` as `⟦Rûñs öf {{app}} łôřém⟧`."""
    pieces = BLANKS.split(text)
    said = "".join(piece if i % 2 else piece.translate(ACCENTS) for i, piece in enumerate(pieces))
    return f"⟦{said}{MORE[: len(text) * 2 // 5]}⟧"


def speak_pseudo(page: Page) -> None:
    """From here on the console's pages say everything so."""
    built = json.loads((ROOT / "frontend/dist/.vite/manifest.json").read_text(encoding="utf-8"))
    for file in sorted((ROOT / "frontend/src/i18n/en").glob("*.json")):
        texts = _every_text(json.loads(file.read_text(encoding="utf-8")))
        script = f"export default {json.dumps(texts)};"
        answer = partial(_answer, script=script)
        page.route(f"**/{built[f'src/i18n/en/{file.name}']['file']}", answer)
    page.route("**/api/nodes", _answer_nodes)


def _answer(route: Route, script: str) -> None:
    route.fulfill(body=script, content_type="text/javascript; charset=utf-8")


def _answer_nodes(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json=_said_of_steps(answer.json()))


def _every_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _every_text(one) for key, one in value.items()}
    return pseudo(value)


def _said_of_steps(value: Any) -> Any:
    if isinstance(value, list):
        return [_said_of_steps(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: pseudo(one) if key in SAID and isinstance(one, str) and one else _said_of_steps(one)
        for key, one in value.items()
    }

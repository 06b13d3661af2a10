"""What the screens say, by key and language, from the catalogues that they are drawn from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.e2e.installation import ROOT


@dataclass(frozen=True)
class Words:
    """The words of one language: `words("knowledge:drop.choose")`."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        namespace, _, path = key.partition(":")
        found: Any = _catalogue(self.language, namespace)
        for part in path.split("."):
            found = found[part]
        return re.sub(r"{{?(\w+)}}?", lambda blank: str(values[blank.group(1)]), found)


@cache
def _catalogue(language: str, namespace: str) -> dict[str, Any]:
    file = ROOT / "frontend" / "src" / "i18n" / language / f"{namespace}.json"
    return json.loads(file.read_text(encoding="utf-8"))

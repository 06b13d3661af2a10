"""Public names of apps: part of `/c/<slug>`, a cookie path and an OpenAI model name, so plain ASCII."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable

LONGEST = 50
PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")
_RANDOM_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another


def is_slug(text: str) -> bool:
    """Whether `text` may be an app's public name."""
    return PATTERN.fullmatch(text) is not None


def slug_from_name(name: str) -> str:
    """The readable ASCII part of `name`; "" when there is none, as for a name in Chinese."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def free_slug(name: str, is_taken: Callable[[str], bool]) -> str:
    """A slug for `name` that nobody has: `my-app`, then `my-app-2`…; `app-x7k2mq` when no letter is left."""
    stem = slug_from_name(name)
    if not stem:
        return _first_free((f"app-{_random()}" for _ in range(20)), is_taken)
    numbered = (stem if n == 1 else f"{stem[: LONGEST - 4]}-{n}" for n in range(1, 100))
    return _first_free(numbered, is_taken) or f"{stem[: LONGEST - 7]}-{_random()}"


def _first_free(candidates: Iterable[str], is_taken: Callable[[str], bool]) -> str:
    return next((slug for slug in candidates if not is_taken(slug)), "")


def _random() -> str:
    return "".join(secrets.choice(_RANDOM_LETTERS) for _ in range(6))

"""Sounds and pictures that a model made, kept as files of the run."""

from __future__ import annotations

import re
from typing import Final

from nodes.sdk.file_types import ENDINGS
from nodes.sdk.models import Made
from nodes.sdk.uploads import Files
from nodes.sdk.values import Json

_SIZE: Final = re.compile(r"\s*[1-9][0-9]{1,4}\s*[xX×]\s*[1-9][0-9]{1,4}\s*")


async def made_file(made: Made, name: str, files: Files) -> Json:
    """Keeps it under that name with the ending of what it is, and gives its value. Raises NodeError."""
    ending = ENDINGS[made.mime]
    plain = " ".join(name.replace("/", " ").replace("\\", " ").split())[:190]
    stem = plain.removesuffix(f".{ending}") or "file"
    return await files.write(f"{stem}.{ending}", made.content)


def size_fault(size: Json) -> tuple[str, str] | None:
    """What is wrong with the size of a picture as a person wrote it, and what to do; None if nothing."""
    if not isinstance(size, str) or not size.strip() or _SIZE.fullmatch(size):
        return None
    return f"{size[:40]!r} is no size of a picture.", "Write width and height in pixels, such as 1024x1024."

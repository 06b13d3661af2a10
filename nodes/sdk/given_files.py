"""Files that a step is given: which they are, their text, and pictures for a model to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ImageContent
from nodes.sdk.uploads import Files, FileText, is_file, kind_of
from nodes.sdk.values import Json

MOST_FILES: Final = 20
MOST_PICTURES: Final = 10
PICTURE_TYPES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What every service that looks at pictures takes."""
LARGEST_PICTURE: Final = 5_000_000
LARGEST_TOGETHER: Final = 20_000_000
"""Bytes, of one and of all of a question: services refuse more, each somewhere above."""


@dataclass(frozen=True)
class GivenText:
    """The text of one of several files, and what the file is called."""

    name: str
    found: FileText


def files_in(value: Json) -> list[dict[str, Json]]:
    """A file or a list of files, as they stand in a setting; what is empty is none.

    Raises NodeError("bad_config") where something else stands there, or too many.
    """
    given = value if isinstance(value, list) else [value]
    files = [one for one in given if one is not None and one not in ("", {})]
    if len(files) > MOST_FILES:
        raise NodeError("bad_config", f"At most {MOST_FILES} files can be taken at once.", "Choose fewer.")
    found = [one for one in files if isinstance(one, dict)]
    if len(found) < len(files):
        raise NodeError("bad_config", "What stands there is not a file.", "Choose a file.")
    return found


async def texts_of(given: Sequence[dict[str, Json]], files: Files, *, most: int) -> list[GivenText]:
    """The text of each, at most `most` characters together: what goes beyond is cut. Raises NodeError."""
    read: list[GivenText] = []
    for one in given:
        found = await files.read_text(one, most=most)
        most -= len(found.text)
        read.append(GivenText(str(one.get("name", "")), found))
    return read


def under_names(read: Sequence[GivenText]) -> str:
    """Several texts as one, each under the name of its file."""
    return "\n\n".join(f"# {one.name}\n\n{one.found.text}" for one in read)


def pictures_among(inputs: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The pictures that came with a message, each once."""
    found = {
        str(one["file_id"]): one
        for one in _files(list(inputs.values()))
        if kind_of(str(one["mime"])) == "image"
    }
    return list(found.values())


async def read_pictures(given: Sequence[dict[str, Json]], files: Files) -> tuple[ImageContent, ...]:
    """The pictures whole, in their order. Raises NodeError for those that no model takes."""
    if len(given) > MOST_PICTURES:
        message = f"At most {MOST_PICTURES} pictures are shown to a model at once."
        raise NodeError("picture_too_large", message, "Choose fewer.")
    for one in given:
        name, mime = str(one.get("name", "")), str(one.get("mime", ""))
        if mime not in PICTURE_TYPES:
            raise NodeError(
                "picture_not_supported",
                f"{name} is not a picture that AI models can look at.",
                "Send it as PNG, JPEG, GIF or WebP.",
            )
    pictures: list[ImageContent] = []
    together = 0
    for one in given:
        name = str(one.get("name", ""))
        # What a step says of a file is only said: the file itself is measured.
        content = await files.read(one)
        together += len(content)
        if len(content) > LARGEST_PICTURE:
            most = LARGEST_PICTURE // 1_000_000
            message = f"{name} is larger than {most} MB, which is the most that AI models look at."
            raise NodeError("picture_too_large", message, "Make it smaller and send it again.")
        if together > LARGEST_TOGETHER:
            most = LARGEST_TOGETHER // 1_000_000
            message = f"The pictures are larger than {most} MB together, which is the limit."
            raise NodeError("picture_too_large", message, "Send fewer or smaller ones.")
        pictures.append(ImageContent(str(one["mime"]), content, name))
    return tuple(pictures)


def _files(values: Sequence[Json]) -> Iterator[dict[str, Json]]:
    for value in values:
        if isinstance(value, list):
            yield from _files(value)
        elif isinstance(value, dict) and is_file(value):
            yield value

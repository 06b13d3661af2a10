"""Files that came with a message: how steps see one, and the door to what is in it.

A file's value is `{"file_id", "name", "mime", "size"}`, `size` in bytes. `mime` was found out from the
content; the name is the sender's and only a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

FileKind = Literal["document", "image", "audio", "video"]
"""What a person calls the kind of a file. Everything else has none."""

FILE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "file_id": {"type": "string", "title": "Id"},
        "name": {"type": "string", "title": "Name"},
        "mime": {"type": "string", "title": "Type"},
        "size": {"type": "integer", "title": "Size in bytes"},
    },
}
_DOCUMENTS = frozenset(
    {"application/pdf", "application/json", "application/rtf", "application/msword"}
    | {f"application/vnd.openxmlformats-officedocument.{of}" for of in (
        "wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation",
    )}
)  # fmt: skip


@dataclass(frozen=True)
class FileText:
    """The text of a file. `is_cut`: it has more than was asked for. `notices` are remarks for a person."""

    text: str
    kind: str = "txt"
    pages: int | None = None
    is_cut: bool = False
    notices: list[str] = field(default_factory=list[str])
    title: str = ""


class Files(Protocol):
    """The files of this run and of its conversation, and no others.

    Raises NodeError("file_gone") for any other id, whether it is another's, was deleted, or never was.
    """

    async def read(self, value: Json) -> bytes: ...

    async def read_text(self, value: Json, *, most: int) -> FileText:
        """Its text, at most `most` characters. Raises NodeError where it has none or cannot be read."""
        ...

    async def read_page(self, content: bytes, *, ending: str, charset: str, most: int) -> FileText:
        """What an address answered, as text: of a web page its title, and what it is about as Markdown.

        `ending` is what such a file would be called by, "html" or "pdf". Raises NodeError as `read_text`.
        """
        ...

    async def write(self, name: str, content: bytes) -> dict[str, Json]:
        """Keeps a file that the step made, as one of this run's, and gives its value; it goes with the run.

        Call it inside `ctx.step`, else every attempt makes another one. Raises NodeError("storage_full").
        """
        ...


class NoFiles:
    """Where there are none."""

    async def read(self, value: Json) -> bytes:
        raise file_missing(value)

    async def read_text(self, value: Json, *, most: int) -> FileText:
        raise file_missing(value)

    async def read_page(self, content: bytes, *, ending: str, charset: str, most: int) -> FileText:
        raise NodeError("reader_busy", "Nothing reads pages here.", "Run the app on a server.")

    async def write(self, name: str, content: bytes) -> dict[str, Json]:
        raise NodeError("storage_full", "There is no room for files here.", "Run the app on a server.")


NO_FILES = NoFiles()


def is_file(value: Json) -> bool:
    """Whether this is a file's value, from its form alone: whose it is only the server knows."""
    if not isinstance(value, dict) or set(value) != {"file_id", "name", "mime", "size"}:
        return False
    size = value["size"]
    texts = all(isinstance(value[key], str) for key in ("file_id", "name", "mime"))
    return texts and isinstance(size, int) and not isinstance(size, bool) and size >= 0


def kind_of(mime: str) -> FileKind | None:
    """The kind of a file by its type."""
    for kind in ("image", "audio", "video"):
        if mime.startswith(f"{kind}/"):
            return kind
    return "document" if mime.startswith("text/") or mime in _DOCUMENTS else None


def file_missing(value: Json) -> NodeError:
    """For a file that this run may not read, or that is gone."""
    name = value.get("name") if isinstance(value, Mapping) else None
    what = f"{name!r}" if isinstance(name, str) and name else "The file"
    return NodeError("file_gone", f"{what} is not among the files of this conversation.", "Send it again.")

"""What a tool of an MCP server gave, as a step takes it in: words, data, files."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.tool_sources import MadeFile, ToolAnswer
from nodes.sdk.values import Json
from nodes.sdk.web_answers import whole

MOST_FILES: Final = 20
_SAID: Final = 1_000


def answer_of(result: Mapping[str, Json], tool: str, source: str, most_bytes: int) -> ToolAnswer:
    """The answer of a tool. Raises NodeError tool_failed with what the tool says went wrong."""
    content = result.get("content")
    words: list[str] = []
    files: list[MadeFile] = []
    left = most_bytes
    for part in content if isinstance(content, list) else []:
        if not isinstance(part, dict):
            continue
        text = _words_of(part)
        if text:
            words.append(text)
        made = _file_of(part, len(files) + 1) if len(files) < MOST_FILES else None
        if made is not None and len(made.content) <= left:
            left -= len(made.content)
            files.append(made)
    text = whole("\n\n".join(words))
    if result.get("isError") is True:
        said = " ".join(text.split())[:_SAID] or "it says no more."
        raise NodeError(
            "tool_failed", f"The tool {tool!r} of {source!r} failed: {said}", "Look at what it was given."
        )
    data = result.get("structuredContent")
    return ToolAnswer(text, _data_in(text) if data is None else data, files)


def _words_of(part: Mapping[str, Json]) -> str:
    kind, text = part.get("type"), part.get("text")
    if kind == "text" and isinstance(text, str):
        return text
    if kind == "resource_link":
        return ": ".join(str(part[key]) for key in ("name", "uri") if part.get(key))
    resource = part.get("resource")
    if kind == "resource" and isinstance(resource, dict) and isinstance(resource.get("text"), str):
        return str(resource["text"])
    return ""


def _file_of(part: Mapping[str, Json], number: int) -> MadeFile | None:
    """The file in a part of an answer; None where there is none, or none that can be read."""
    kind = part.get("type")
    held = part.get("resource") if kind == "resource" else part
    if kind not in ("image", "audio", "resource") or not isinstance(held, dict):
        return None
    encoded = held.get("blob" if kind == "resource" else "data")
    if not isinstance(encoded, str):
        return None
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    mime = str(held.get("mimeType") or "").partition(";")[0].strip().lower()
    ending = mimetypes.guess_extension(mime) or ".bin"
    uri = str(held.get("uri") or "").rstrip("/").rpartition("/")[2]
    name = uri if kind == "resource" and "." in uri else f"{kind}-{number}{ending}"
    return MadeFile(name[:200], content)


def _data_in(text: str) -> Json:
    """The data that a text is, where it is an object or a list and nothing else."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return data_of(text)
    except NotData:
        return None

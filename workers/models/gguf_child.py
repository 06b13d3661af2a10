"""Reads what a GGUF file says of itself: `python -P gguf_child.py FILE`, a line of JSON on the output.

A file from elsewhere is hostile until proven otherwise: this runs in a process of its own with little memory
and little time, reads the header only, and trusts no length in it. Standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO

_MOST_TENSORS = 100_000
_MOST_ENTRIES = 5_000
_LONGEST_TEXT = 2_000_000
_MOST_ITEMS = 5_000_000
_TEXT, _LIST = 8, 9
_PLAIN = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MEMORY = 1_000_000_000
_SECONDS = 30


class NotGguf(Exception):
    """Why the file cannot be used, as a sentence."""


def main(path: str) -> int:
    """Prints `{"header": …}` or `{"error": …}`."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    try:
        with open(path, "rb") as file:
            said: dict[str, Any] = {"header": read_header(file, os.fstat(file.fileno()).st_size)}
    except NotGguf as reason:
        said = {"error": str(reason)}
    except (OSError, MemoryError) as error:
        said = {"error": f"The file could not be read: {type(error).__name__}."}
    os.write(1, json.dumps(said).encode())
    return 0


def read_header(file: BinaryIO, size: int) -> dict[str, Any]:
    """The architecture, the name, the context and whether there is a chat template. Raises NotGguf."""
    reader = _Reader(file, size)
    if reader.take(4) != b"GGUF":
        raise NotGguf("It is not a GGUF file.")
    version = reader.number("I")
    if version not in (2, 3):
        raise NotGguf(f"It is a GGUF file of version {version}; versions 2 and 3 can be used.")
    tensors, entries = reader.number("Q"), reader.number("Q")
    if not 0 < tensors <= _MOST_TENSORS or not 0 < entries <= _MOST_ENTRIES:
        raise NotGguf("Its header makes no sense.")
    found: dict[str, Any] = {}
    for _ in range(entries):
        key = reader.text(_LONGEST_TEXT)
        value = reader.value(reader.number("I"))
        if len(key) <= 200:
            found[key] = value
    architecture = found.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise NotGguf("Its header does not say what kind of model it is.")
    if found.get("tokenizer.ggml.model") is None or f"{architecture}.block_count" not in found:
        raise NotGguf("It holds no language model that can be asked something.")
    if architecture in ("bert", "nomic-bert", "jina-bert-v2", "clip", "t5encoder"):
        raise NotGguf("It makes vectors and cannot chat.")
    if found.get("general.type", "model") not in ("model", None):
        raise NotGguf("It is an addition to a model and no model by itself.")
    header = {
        "architecture": architecture[:60],
        "name": "".join(c for c in str(found.get("general.name") or "") if c.isprintable())[:120],
        "size": str(found.get("general.size_label") or "")[:20],
        "context_length": found.get(f"{architecture}.context_length"),
        "has_chat_template": bool(found.get("tokenizer.chat_template")),
    }
    return {name: value for name, value in header.items() if isinstance(value, (str, int))}


class _Reader:
    """Values from the file, none of them longer than the file is."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise NotGguf("It ends in the middle of its header: it is damaged, or not all of it is there.")
        self._left -= count
        data = self._file.read(count)
        if len(data) != count:
            raise NotGguf("It ends in the middle of its header.")
        return data

    def number(self, kind: str) -> Any:
        return struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))[0]

    def text(self, most: int) -> str:
        length = self.number("Q")
        if length > most:
            raise NotGguf("A text in its header is too long.")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """The next value; None for a list, which is passed over."""
        if kind == _TEXT:
            return self.text(_LONGEST_TEXT)
        if kind in _PLAIN:
            return self.number(_PLAIN[kind])
        if kind != _LIST:
            raise NotGguf("Its header holds something unknown.")
        inner, count = self.number("I"), self.number("Q")
        if count > _MOST_ITEMS:
            raise NotGguf("A list in its header is too long.")
        if inner in _PLAIN:
            self.take(count * struct.calcsize("<" + _PLAIN[inner]))
        elif inner == _TEXT:
            for _ in range(count):
                self.text(_LONGEST_TEXT)
        else:
            raise NotGguf("Its header holds lists within lists.")
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

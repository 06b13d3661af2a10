"""What a model file says of itself, read by a child with little memory and little time."""

import struct
from pathlib import Path

import pytest

from nodes.sdk.errors import NodeError
from workers.models.download import read_header
from workers.models.practice import practice_model_path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, value: str | int) -> bytes:
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    return text(key) + struct.pack("<I", 8) + text(value)


def gguf(*entries: bytes, version: int = 3, tensors: int = 1, count: int | None = None) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, len(entries) if count is None else count)
    return head + b"".join(entries)


CHAT = (
    entry("general.architecture", "llama"),
    entry("llama.block_count", 2),
    entry("tokenizer.ggml.model", "gpt2"),
)


async def test_a_real_model_is_described() -> None:
    path = practice_model_path()
    assert path is not None

    header = await read_header(path)

    assert (header["architecture"], header["has_chat_template"]) == ("llama", True)
    assert header["context_length"] > 1000


BAD = {
    "empty": b"",
    "text": b"Once upon a time",
    "another format": b"PK\x03\x04" + bytes(100),
    "old version": gguf(*CHAT, version=1),
    "cut off": gguf(*CHAT)[:-10],
    "no tensors": gguf(*CHAT, tensors=0),
    "tensors without end": gguf(*CHAT, tensors=2**63),
    "entries without end": gguf(*CHAT, count=2**63),
    "a text of 16 exabytes": gguf(struct.pack("<Q", 2**64 - 1) + b"x"),
    "a list without end": gguf(text("a") + struct.pack("<IIQ", 9, 4, 2**62)),
    "lists in lists": gguf(text("a") + struct.pack("<IIQ", 9, 9, 1)),
    "an unknown type": gguf(text("a") + struct.pack("<I", 99)),
    "no architecture": gguf(entry("general.name", "x")),
    "vectors": gguf(entry("general.architecture", "bert"), entry("bert.block_count", 1), CHAT[2]),
    "no tokenizer": gguf(*CHAT[:2]),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_file_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(BAD[name])

    with pytest.raises(NodeError) as refused:
        await read_header(file)

    assert refused.value.code == "bad_model_file"
    assert refused.value.message.endswith(".")
    assert "Traceback" not in refused.value.message


async def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as refused:
        await read_header(tmp_path / "missing.gguf")

    assert refused.value.code == "bad_model_file"


async def test_a_small_header_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(*CHAT))

    assert await read_header(file) == {
        "architecture": "llama",
        "name": "",
        "size": "",
        "has_chat_template": False,
    }


async def test_a_name_holds_only_what_can_be_shown_and_stored(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(*CHAT, entry("general.name", "Good\0 \x1b[31mmodel")))

    assert (await read_header(file))["name"] == "Good [31mmodel"

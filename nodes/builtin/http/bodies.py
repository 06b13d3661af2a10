"""What goes along with a request: data, forms, texts and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol
from urllib.parse import urlencode

from nodes.sdk import Json, NodeContext, NodeError, to_text
from nodes.sdk.uploads import is_file
from nodes.sdk.web_request import Row

WITH_BODY: Final = ["POST", "PUT", "PATCH", "DELETE"]
MOST_BYTES: Final = 50_000_000


class Sent(Protocol):
    """The settings that say what is sent."""

    @property
    def method(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def json_body(self) -> Json: ...
    @property
    def form(self) -> Sequence[Row]: ...
    @property
    def text(self) -> str: ...
    @property
    def file(self) -> Json: ...


async def body_of(config: Sent, headers: dict[str, str], ctx: NodeContext) -> tuple[Json, bytes | str | None]:
    """What is sent, as JSON or as it is; its kind is put into `headers` unless it was given."""
    if config.method not in WITH_BODY or config.body == "none":
        return None, None
    if config.body == "json" and config.json_body is not None:
        return config.json_body, None
    pairs = [(row.name, row.value) for row in config.form if row.value is not None]
    data: bytes | str
    if config.body == "json":
        kind, data = "application/json", "null"
    elif config.body == "form":
        kind = "application/x-www-form-urlencoded"
        data = urlencode([(name, to_text(one)) for name, value in pairs for one in _each(value)])
    elif config.body == "text":
        kind, data = "text/plain; charset=utf-8", config.text
    elif config.body == "file":
        value = config.file[0] if isinstance(config.file, list) and len(config.file) == 1 else config.file
        if not is_file(value):
            raise NodeError(
                "info_missing",
                "There is no file to send.",
                "Choose the information that holds one file.",
            )
        kind, data = _kind(value), await ctx.files.read(value)
    else:
        kind, data = await _parts(pairs, ctx)
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = kind
    elif config.body == "parts":
        raise NodeError(
            "bad_config",
            "The header Content-Type of a form with files is written by the step.",
            "Leave it away.",
        )
    return None, data


async def _parts(pairs: Sequence[tuple[str, Json]], ctx: NodeContext) -> tuple[str, bytes]:
    """A form with files (multipart/form-data), always the same for the same content."""
    written: list[tuple[bytes, bytes]] = []
    size = 0
    for name, value in pairs:
        for one in _each(value):
            head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
            if is_file(one):
                assert isinstance(one, dict)
                content = await ctx.files.read(one)
                head += f'; filename="{_quoted(to_text(one["name"]))}"\r\nContent-Type: {_kind(one)}'
            else:
                content = to_text(one).encode(errors="replace")
            size += len(content)
            if size > MOST_BYTES:
                raise NodeError(
                    "bad_config",
                    f"The form is larger than {MOST_BYTES // 1_000_000} MB.",
                    "Send fewer or smaller files.",
                )
            written.append((head.encode(errors="replace"), content))
    # Made from the content, so it cannot stand in it, and a repeated request is the same.
    digest = sha256()
    for head, content in written:
        digest.update(head + b"\0" + content)
    mark = f"treadle-{digest.hexdigest()[:40]}".encode()
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (mark, head, content) for head, content in written)
    return f"multipart/form-data; boundary={mark.decode()}", body + b"--%s--\r\n" % mark


def _each(value: Json) -> Iterable[Json]:
    return [one for one in value if one is not None] if isinstance(value, list) else [value]


def _kind(value: Json) -> str:
    kind = to_text(value["mime"]) if isinstance(value, dict) else ""
    return kind if kind and kind.isascii() and kind.isprintable() else "application/octet-stream"


def _quoted(name: str) -> str:
    """A name within a part's head, as browsers write it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

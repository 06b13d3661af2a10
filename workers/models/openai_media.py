"""Hearing, speaking and drawing at any OpenAI-compatible address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from typing import Any, Final, Protocol
from urllib.parse import urljoin

import aiohttp

from nodes.sdk.errors import NodeError
from nodes.sdk.file_types import ENDINGS
from nodes.sdk.models import Made, Recording, Transcript
from nodes.sdk.values import Json
from workers.models import failures
from workers.models.media import (
    LARGEST,
    TIMEOUT_S,
    USUAL_VOICE,
    counted,
    minutes_of,
    picture_of,
    sound_of,
    unpacked,
)
from workers.outgoing.http import MAX_REDIRECTS, read_capped

_MOST_TEXT: Final = 10_000_000
_MOST_ERROR: Final = 100_000


class Door(Protocol):
    """GuardedHttp, for addresses that people enter and those that a service names."""

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        read_timeout_s: float | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]: ...


class OpenAIMedia:
    """One model at one base address such as `https://host/v1`. `title` is how messages name it."""

    def __init__(
        self,
        door: Door,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        title: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._door = door
        self._base = base_url.rstrip("/")
        self._model = model
        self._key = api_key
        self._title = title or model
        self._timeout_s = timeout_s

    async def transcribe(self, recording: Recording, *, language: str) -> Transcript:
        fields = {"model": self._model, "response_format": "json"}
        if language:
            fields["language"] = language
        kind, body = _form(fields, recording)
        async with self._answer("/audio/transcriptions", data=body, kind=kind) as response:
            said = await self._object(response, _MOST_TEXT)
        if not isinstance(text := said.get("text"), str):
            raise failures.senseless(self._title)
        usage = said.get("usage")
        seconds = usage.get("seconds") if isinstance(usage, dict) else said.get("duration")
        return Transcript(
            text.strip(), self._title, counted(usage, written=text), minutes_of(seconds, recording)
        )

    async def speak(self, text: str, *, voice: str) -> Made:
        asked: Json = {
            "model": self._model,
            "input": text,
            "voice": voice or USUAL_VOICE,
            "response_format": "mp3",
        }
        async with self._answer("/audio/speech", json=asked) as response:
            content = await read_capped(response, LARGEST)
        try:
            mime = sound_of(content)
        except ValueError:
            raise failures.senseless(self._title) from None
        return Made(mime, content, self._title, counted(None, read=text), len(text) / 1_000_000)

    async def draw(self, words: str, *, size: str) -> Made:
        # What form the answer has is not asked for: some refuse the question then, and either is read.
        asked: dict[str, Json] = {"model": self._model, "prompt": words, "n": 1}
        if size:
            asked["size"] = size
        async with self._answer("/images/generations", json=asked) as response:
            said = await self._object(response, LARGEST * 3 // 2)
            pictures = said.get("data")
            one = pictures[0] if isinstance(pictures, list) and pictures else None
            content = await picture_in(one, self._door, self._title, str(response.url))
        try:
            mime = picture_of(content)
        except ValueError:
            raise failures.senseless(self._title) from None
        return Made(mime, content, self._title, counted(said.get("usage"), read=words), 1.0)

    @asynccontextmanager
    async def _answer(
        self, path: str, *, json: Json = None, data: bytes | None = None, kind: str = ""
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A successful answer, its body still unread, within our patience. Raises NodeError."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        if kind:
            headers["Content-Type"] = kind
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._door.open(
                    "POST",
                    self._base + path,
                    headers=headers,
                    json=json,
                    data=data,
                    read_timeout_s=self._timeout_s,
                ) as response,
            ):
                if response.status != 200:
                    raise await self._refusal(response, with_sound=data is not None)
                yield response
        except TimeoutError:
            raise failures.timed_out(self._title) from None
        except NodeError as error:
            raise failures.from_no_answer(error, model=self._title) from None

    async def _object(self, response: aiohttp.ClientResponse, most: int) -> dict[str, Any]:
        try:
            value = json.loads(await read_capped(response, most))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise failures.senseless(self._title)
        return value

    async def _refusal(self, response: aiohttp.ClientResponse, *, with_sound: bool) -> NodeError:
        try:
            body = await read_capped(response, _MOST_ERROR)
        except NodeError:
            body = b""
        if with_sound and response.status == 413:
            return failures.sound_too_large(self._title)
        return failures.from_status(
            response.status, body, response.headers, model=self._title, secret=self._key
        )


async def picture_in(one: object, door: Door, title: str, base: str) -> bytes:
    """The bytes of the picture that an entry of the answer holds, or names the address of.

    The address is fetched like any that a person enters, without the key, wherever it leads.
    """
    entry = one if isinstance(one, dict) else {}
    address = entry.get("url")
    try:
        if entry.get("b64_json") or not isinstance(address, str) or address.startswith("data:"):
            return unpacked(entry.get("b64_json") or address)
    except ValueError:
        raise failures.senseless(title) from None
    place = urljoin(base, address)
    for _ in range(MAX_REDIRECTS + 1):
        async with door.open("GET", place, read_timeout_s=TIMEOUT_S) as response:
            if response.status == 200:
                return await read_capped(response, LARGEST)
            if response.status not in (301, 302, 303, 307, 308) or "Location" not in response.headers:
                break
            place = urljoin(place, response.headers["Location"])
    raise failures.senseless(title)


def _form(fields: Mapping[str, str], recording: Recording) -> tuple[str, bytes]:
    """A form with the file (multipart/form-data): its kind and its bytes.

    The file is called by what it is, for services go by the ending: what a visitor called it says nothing.
    """
    ending = ENDINGS.get(recording.mime) or {"video/webm": "webm", "video/mp4": "mp4"}.get(
        recording.mime, "bin"
    )
    head = f'Content-Disposition: form-data; name="file"; filename="recording.{ending}"\r\n'
    parts = [
        (f'Content-Disposition: form-data; name="{name}"', value.encode()) for name, value in fields.items()
    ]
    parts.append((f"{head}Content-Type: {recording.mime}", recording.content))
    # Made from the content, so it cannot stand in it.
    mark = f"treadle-{sha256(recording.content).hexdigest()[:40]}".encode()
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (mark, of.encode(), content) for of, content in parts)
    return f"multipart/form-data; boundary={mark.decode()}", body + b"--%s--\r\n" % mark

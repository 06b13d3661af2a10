"""Fetching a large file through the guarded client: resumed where it broke off, checked by its hash."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from nodes.sdk.errors import NodeError
from workers.outgoing.http import MAX_REDIRECTS, GuardedHttp, NoAnswer, check_url

KEEP_FREE = 500_000_000
_PIECE = 1 << 20
_SILENCE_S = 60.0
_TRIES = 8
_LONGEST_PAUSE_S = 30.0
_MOST = 200_000_000_000
_HEADER_READER = Path(__file__).with_name("gguf_child.py")
_HEADER_WITHIN_S = 60.0

Report = Callable[[int, int, str], Awaitable[None]]
"""Told now and then: bytes that are there, bytes there will be (0: not known), the version (ETag)."""


@dataclass
class Download:
    """One file on its way. `etag` is the version that `part` is the beginning of, "" if that is not known."""

    url: str
    part: Path
    size: int = 0
    etag: str = ""

    async def run(self, http: GuardedHttp, report: Report, *, pause_s: float = 1.0) -> None:
        """Fetches until all of it is there. Raises NodeError when it never will be.

        A connection that breaks off is taken up again where it stopped, after a pause that grows as nothing
        comes; eight such tries in a row are enough.
        """
        failures = 0
        while True:
            before = self.done
            try:
                if await self._once(http, report):
                    return
                error: NodeError = _unreachable(self.url, "broke off in the middle")
            except NodeError as reason:
                if not reason.retry:
                    raise
                error = reason
            failures = 1 if self.done > before else failures + 1
            if failures >= _TRIES:
                raise error
            await asyncio.sleep(min(pause_s * 2 ** (failures - 1), _LONGEST_PAUSE_S))

    @property
    def done(self) -> int:
        """The bytes that are there."""
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    async def _once(self, http: GuardedHttp, report: Report) -> bool:
        """One connection. True if all of the file is there then."""
        if self.size and self.done == self.size:
            return True
        place = check_url(self.url)
        for _ in range(MAX_REDIRECTS + 1):
            async with http.open(
                "GET", place, headers=self._headers(), read_timeout_s=_SILENCE_S
            ) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return await self._take(response, report)
                place = check_url(str(place.join(URL(response.headers.get("Location", "")))))
        raise NoAnswer(place, "redirects", f"redirected more than {MAX_REDIRECTS} times")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity", "Accept": "application/octet-stream, */*"}
        if self.done:
            headers["Range"] = f"bytes={self.done}-"
            if self.etag and not self.etag.startswith("W/"):  # the server then sends the rest of that or all
                headers["If-Range"] = self.etag
        return headers

    async def _take(self, response: aiohttp.ClientResponse, report: Report) -> bool:
        start = self.done
        if response.status == 416 and start:  # what is there is more than there is to have
            self._drop()
            return False
        if response.status == 206:
            begun, total = _range(response)
            if begun != start:
                self._drop()
                return False
        elif response.status == 200:
            self._drop()
            start, total = 0, response.content_length or 0
        else:
            raise _refused(response.status, self.url)
        if self.size and total and total != self.size:
            raise wrong_file(f"it has {total:,} bytes and not {self.size:,}")
        most = self.size or total or _MOST
        self.etag = response.headers.get("ETag", "")[:200]
        check_room(self.part, (total or self.size) - start)
        await report(start, total, self.etag)
        with self.part.open("ab") as file:
            done = start
            held = bytearray()
            try:
                async for piece in response.content.iter_any():
                    held += piece
                    done += len(piece)
                    if done > most:
                        raise wrong_file("more came than was announced")
                    if len(held) >= _PIECE:
                        await asyncio.to_thread(_write, file, bytes(held))
                        held.clear()
                        await report(done, total, self.etag)
            finally:
                _write(file, bytes(held))  # what came counts, however the connection ends
        return done == (total or self.size or done)

    def _drop(self) -> None:
        self.part.unlink(missing_ok=True)


async def check_hash(path: Path, sha256: str) -> None:
    """Raises NodeError wrong_file when the file's hash is another."""

    def digest() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    if await asyncio.to_thread(digest) != sha256:
        raise wrong_file("its SHA-256 is another")


def check_room(path: Path, wanted: int) -> None:
    """Raises NodeError disk_full when so many bytes more would leave less than half a gigabyte free."""
    free = shutil.disk_usage(path.parent).free
    if wanted > 0 and free < wanted + KEEP_FREE:
        raise NodeError(
            "disk_full",
            f"The model needs {wanted / 1e9:.1f} GB on the disk, and {free / 1e9:.1f} GB are free.",
            hint="Make room on the server, or choose a smaller model.",
        )


async def read_header(path: Path) -> dict[str, Any]:
    """What a GGUF file says of itself, read in a limited child process. Raises NodeError bad_model_file."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_HEADER_READER),
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", "")},
    )
    try:
        async with asyncio.timeout(_HEADER_WITHIN_S):
            out, _ = await child.communicate()
        said = json.loads(out)
    except (TimeoutError, ValueError):
        said = {"error": "Its header could not be read within the limits."}
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if not isinstance(said, dict) or not isinstance(said.get("header"), dict):
        raise NodeError(
            "bad_model_file",
            str(said.get("error") if isinstance(said, dict) else "It is not a GGUF file."),
            hint="Choose a GGUF file of a chat model.",
        )
    return said["header"]


def wrong_file(why: str) -> NodeError:
    """The error for a file that is not the one that was meant."""
    return NodeError(
        "wrong_file",
        f"The file that came is not the right one: {why}.",
        hint="Try again. If it stays, the address or the hash is wrong.",
    )


def _write(file: Any, data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise NodeError(
            "disk_full",
            f"The model could not be written to the disk: {error.strerror}.",
            hint="Make room on the server, or choose a smaller model.",
        ) from error


def _range(response: aiohttp.ClientResponse) -> tuple[int, int]:
    """Where a partial answer begins and how large the whole is; (-1, 0) when it does not say."""
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    span, _, total = rest.partition("/")
    begun = span.partition("-")[0]
    if unit != "bytes" or not begun.isdigit():
        return -1, 0
    return int(begun), int(total) if total.isdigit() else 0


def _refused(status: int, url: str) -> NodeError:
    host = URL(url).host
    if status in (408, 425, 429) or status >= 500:
        return _unreachable(url, f"answered with status {status}")
    return NodeError(
        "address_unreachable",
        f"{host!r} does not give out the file (status {status}).",
        hint="Check the address; some files are given only to people who are signed in there.",
        retry=False,
    )


def _unreachable(url: str, what: str) -> NodeError:
    return NodeError(
        "address_unreachable",
        f"{URL(url).host!r} {what}.",
        hint="Check the server's connection, and try again.",
        retry=True,
    )

"""What a served peer has to tell so that it can be measured, and a small HTTP client for setting it up."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.load import Ask

BRANCHES = 20
SLOW = {"model": "fake-t200-n1", "messages": [{"role": "user", "content": "Hello"}]}
"""To the fake model: an answer that takes 200 ms, for branches that call a slow service."""
MODEL = "fake-t200-i20-n50"


@dataclass(frozen=True)
class Site:
    """Where a peer is to run: its folder (of data), its port, and the address of the fake model's API."""

    folder: Path
    port: int
    model: str

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"


class Builder(Protocol):
    """A peer: `place` names its environment."""

    name: str
    place: str
    package: str

    def command(self) -> Sequence[str]:
        """What starts it."""
        ...

    def environment(self, site: Site) -> Mapping[str, str]:
        """Its settings."""
        ...

    def health(self) -> str:
        """The path that answers 200 when it serves."""
        ...

    def prepare(self, site: Site) -> None:
        """What must be there before its first start."""
        ...

    def publish(self, site: Site) -> Mapping[str, Ask]:
        """Publishes its flows while it runs (once), and says how to ask `run`, `branches` and `chat`."""
        ...


class Client:
    """JSON over HTTP, with cookies; raises RuntimeError with the answer's beginning when it is refused."""

    def __init__(self, address: str, headers: Mapping[str, str] | None = None) -> None:
        self._address = address
        self.headers = {"content-type": "application/json", **(headers or {})}
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self._address}{path}", method=method, data=data, headers=self.headers
        )
        try:
            with self._opener.open(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from error

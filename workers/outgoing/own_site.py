"""The one private place that every workspace may reach: this installation's own sample service.

Not its port: the console listens there too. An address that begins with /samples/ means it, spelled in plain
characters, by GET or HEAD. No whole address, no redirect and no other path is ever taken for it.
"""

from __future__ import annotations

import re

from yarl import URL

from nodes.sdk.errors import NodeError

PREFIX = "/samples/"

_PLAIN = r"(?:[A-Za-z0-9_~.-]|%[0-9A-Fa-f]{2})"
_PATH = re.compile(rf"/samples/{_PLAIN}+(?:/{_PLAIN}+)*")
_QUERY = re.compile(r"(?:[A-Za-z0-9_~.=&+*!'(),:;@/?$-]|%[0-9A-Fa-f]{2})*")
# What a server may turn into a way up or another path: dots, slashes, NUL; % for a second round.
_TRICKS = re.compile(r"%(?:2e|2f|5c|25|00)", re.IGNORECASE)


class OwnSite:
    """Where the sample service is; `base` is the address of the web process as workers reach it."""

    def __init__(self, base: str) -> None:
        self.base = URL(base).origin()

    def place(self, method: str, address: str) -> URL:
        """The whole address. Raises NodeError address_refused for all but a plain look at a sample."""
        path, _, query = address.partition("?")
        is_plain = (
            method.upper() in ("GET", "HEAD")
            and _PATH.fullmatch(path)
            and _QUERY.fullmatch(query)
            and not _TRICKS.search(path)
            and not any(set(segment) == {"."} for segment in path.split("/") if segment)
        )
        if not is_plain:
            raise NodeError(
                "address_refused",
                f"{address[:200]!r} is no address of the sample service.",
                hint=f"Its addresses begin with {PREFIX} and can only be read (GET).",
            )
        return URL(f"{self.base}{address}", encoded=True)

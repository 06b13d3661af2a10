"""The administrator's list of private addresses that may be reached, such as a model server next door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

SETTING = "TREADLE_ALLOWED_HOSTS_PRIVATE"


@dataclass(frozen=True)
class AllowList:
    """Pairs of host and port, exactly as they stand in the address. No ranges, no "all private"."""

    places: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> AllowList:
        """Reads `host:port, [::1]:8080`. Raises ValueError naming the entry that is neither."""
        return cls(frozenset(_place(entry.strip()) for entry in text.split(",") if entry.strip()))

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> AllowList:
        return cls.parse(env.get(SETTING, ""))

    def permits(self, host: str, port: int) -> bool:
        return (host.lower().rstrip("."), port) in self.places

    def __or__(self, other: AllowList) -> AllowList:
        return AllowList(self.places | other.places)


def _place(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{SETTING} holds {entry!r}; each entry must be host:port, such as localhost:11434.")
    return host.lower().rstrip("."), int(port)

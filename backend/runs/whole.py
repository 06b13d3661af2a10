"""Entries of a run's stream with the large values that an answer tells; all else stays apart."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from uuid import UUID

from backend.runs.blobs import read_whole
from backend.runs.entries import Entry, Reset
from backend.runs.large_values import PLACES
from backend.runs.reads import read


async def whole_entries(
    run_id: UUID, batch: list[Entry | Reset], told: AbstractSet[str]
) -> list[Entry | Reset]:
    """The batch with the facts of those nodes as they were before something was cut out of them."""
    cut = [entry for entry in batch if isinstance(entry, Entry) and _is_wanted(entry, told)]
    if not cut:
        return batch
    datas = await read(read_whole, run_id, [entry.body["data"] for entry in cut])
    full = {
        id(entry): replace(entry, body={**entry.body, "data": data})
        for entry, data in zip(cut, datas, strict=True)
    }
    return [full.get(id(entry), entry) for entry in batch]


def _is_wanted(entry: Entry, told: AbstractSet[str]) -> bool:
    if entry.kind != "event" or PLACES not in entry.body["data"]:
        return False
    path: str = entry.body["path"]
    return path[path.rfind(".") + 1 :] in told

"""Records in `rejoined/` what clients of the recorded streams were told that were cut off and came back,
while Redis was trimmed, emptied and away.

    python -m tests.contracts.record_rejoined

What is there already is never written again. Run it after `record_streams`.
"""

import asyncio
import json
import os
from typing import Any

import django

from tests.contracts.record_streams import STREAMS

REJOINED = STREAMS.parent / "rejoined"


async def rejoined(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """What some clients were told, those first that were told most often to forget what they had."""
    from tests.contracts.rejoining import readings

    table: dict[str, int] = {}
    told: list[Any] = []
    for seed in range(3):
        _, all_read = await readings(entries, seed, readers=40)
        for reading in sorted(all_read, key=lambda r: (-r.resets, len(r.visits)))[:4]:
            told.append(
                [[visit.after, [_short(m, table) for m in visit.messages]] for visit in reading.visits]
            )
    return {"entries": [json.loads(text) for text in table], "readings": told}


def _short(message: dict[str, Any], table: dict[str, int]) -> dict[str, Any]:
    """The message with numbers for its entries, which are kept in a table."""
    if "entries" not in message:
        return message
    texts = [json.dumps(entry, ensure_ascii=False) for entry in message["entries"]]
    return {**message, "entries": [table.setdefault(text, len(table)) for text in texts]}


async def record() -> None:
    REJOINED.mkdir(exist_ok=True)
    for file in sorted(STREAMS.glob("*.json")):
        again = REJOINED / file.name
        if not again.exists():
            told = await rejoined(json.loads(file.read_text(encoding="utf-8"))["entries"])
            again.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")
    django.setup()
    asyncio.run(record())

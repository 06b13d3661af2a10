"""The journal in the database keeps the contract that every journal keeps, on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from backend.runs.entries import Entry
from backend.runs.models import Event as EventRow
from backend.runs.models import Run
from backend.runs.reads import read
from backend.runs.redis_clients import client
from backend.runs.services import cancel_run, send_signal
from backend.runs.waits import pause_run, resume_run
from backend.runs.writer import Writer
from tests.contracts.handover_conformance import HandOverConformance, is_handed_over
from tests.contracts.journal_conformance import JournalConformance, event
from tests.contracts.pause_conformance import PauseConformance
from tests.runs.stack import ECHO, Stack, looking_at
from workers.engine.events import Event
from workers.engine.journal import Signal
from workers.journal import DjangoJournal
from workers.leases import Leases
from workers.publisher import Publisher, Voice
from workers.rounds import ROUND_S


class Wall:
    """A publisher that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[Entry] = []

    def wake(self, voice: Voice) -> None:
        self.said += voice.take()


class DatabaseBench:
    """One accepted run in a real database. Nobody listens to what its journals publish."""

    def __init__(self, run: Run, patch: pytest.MonkeyPatch) -> None:
        self.run = run
        self._patch = patch
        self.writer = Writer()
        self.publisher = Publisher(client())

    def journal(self) -> DjangoJournal:
        voice = Voice(str(self.run.pk), self.publisher)
        return DjangoJournal(self.run.pk, writer=self.writer, leases=Leases(lambda: 0), voice=voice)

    def hold(self) -> None:
        self._patch.setattr("workers.journal.FLUSH_AFTER_S", 3600)

    async def expire(self) -> None:
        await self.writer.write(self._expire)

    async def cancel(self) -> None:
        await read(cancel_run, self.run)

    async def pause(self) -> None:
        await read(pause_run, self.run)

    async def resume(self) -> None:
        await read(resume_run, self.run)

    async def send(self, signal: Signal) -> None:
        await read(send_signal, self.run, signal.path, signal.name, signal.payload)

    async def stored(self) -> list[Event]:
        return await read(self._stored)

    def _expire(self, cursor: Any) -> None:
        Run.objects.filter(pk=self.run.pk).update(lease_until="2020-01-01T00:00:00Z")

    def _stored(self) -> list[Event]:
        rows = EventRow.objects.filter(run=self.run).order_by("seq")
        return [Event(*row) for row in rows.values_list("seq", "type", "path", "at", "data")]


class DatabaseConformance(JournalConformance, PauseConformance, HandOverConformance):
    """The kit, on the database of the fixture `database`."""

    @pytest.fixture
    async def bench(self, database: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DatabaseBench]:
        run = await read(self._accepted, database)
        bench = DatabaseBench(run, monkeypatch)
        yield bench
        bench.writer.close()

    async def test_live_text_that_rests_on_what_a_cancel_left_out_is_never_said(
        self, bench: DatabaseBench
    ) -> None:
        bench.hold()
        wall = Wall()
        voice = Voice(str(bench.run.pk), cast(Publisher, wall))
        journal = DjangoJournal(bench.run.pk, writer=bench.writer, leases=Leases(lambda: 0), voice=voice)
        await journal.claim("w1")
        await journal.append(event(2, path="ask_1"), durable=True)
        voice.delta("ask_1", 1, 0, "Hello")
        await journal.append(event(3, path="ask_1[0].answer_1"), durable=False)
        voice.delta("ask_1", 1, 5, ", never written")
        await bench.cancel()

        await journal.append(event(4, "node_failed", "other_1", error=None), durable=True)
        voice.delta("ask_1", 1, 20, ", nor this")
        await journal.append(event(5, "run_cancelled", "", usage={}), durable=True)
        await asyncio.sleep(2 * ROUND_S)

        said = [entry.body for entry in wall.said]
        assert [body["text"] for body in said if "text" in body] == ["Hello"]
        assert [body["seq"] for body in said if "seq" in body] == [1, 2, 3, 4]

    async def test_a_claim_after_the_work_on_a_run_crashed_is_no_hand_over(
        self, bench: DatabaseBench
    ) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.abandon(has_crashed=True)

        claim = await bench.journal().claim("w2")

        assert not is_handed_over(claim)
        assert (await read(Run.objects.get, pk=bench.run.pk)).recoveries == 1

    def _accepted(self, database: Stack) -> Run:
        return database.say(database.app(ECHO), "hi", inputs={"n": 1})


class TestJournalOnSqlite(DatabaseConformance):
    @pytest.fixture
    def database(self, migrated_data: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
        data = tmp_path / "data"
        shutil.copytree(migrated_data, data, ignore=shutil.ignore_patterns("run"))
        stack = Stack(data)
        with django_db_blocker.unblock(), looking_at(stack):
            yield stack


class TestJournalOnPostgresql(DatabaseConformance):
    @pytest.fixture
    def database(self, postgresql_url: str, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
        stack = Stack(tmp_path, database_url=postgresql_url)
        with django_db_blocker.unblock(), looking_at(stack):
            yield stack

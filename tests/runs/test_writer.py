"""One thread commits for all: together when it can, and nobody pays for another's mistake."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from backend.accounts.models import Workspace
from backend.runs import here
from backend.runs.reads import read
from backend.runs.writer import BEGUN_AT_ONCE, Writer
from tests.runs.stack import Stack


@pytest.fixture
def writer(stack: Stack) -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.close()


def workspace(name: str) -> Any:
    return lambda cursor: Workspace.objects.create(name=name).name


def refused(cursor: Any) -> None:
    Workspace.objects.create(name="never")
    raise LookupError("This one is refused.")


def refused_by_the_commit(cursor: Any) -> None:
    cursor.execute(
        "INSERT INTO accounts_member (id, workspace_id, user_id, role, created_at)"
        " VALUES ('a', 'nowhere', 'nobody', 'owner', '2026-01-01')"
    )


def names() -> set[str]:
    return set(Workspace.objects.values_list("name", flat=True))


async def test_what_is_returned_is_stored(writer: Writer):
    assert await writer.write(workspace("one")) == "one"

    assert await read(names) == {"one"}


async def test_many_at_once_are_all_stored(writer: Writer):
    written = await asyncio.gather(*(writer.write(workspace(f"w{n}")) for n in range(600)))

    assert written == [f"w{n}" for n in range(600)]
    assert len(await read(names)) == 600


@pytest.mark.parametrize("mistake", [refused, refused_by_the_commit])
async def test_a_mistake_costs_only_the_one_who_made_it(writer: Writer, mistake: Any):
    orders = [writer.write(workspace(f"w{n}")) for n in range(10)]
    orders.insert(5, writer.write(mistake))

    written = await asyncio.gather(*orders, return_exceptions=True)

    assert isinstance(written.pop(5), Exception)
    assert written == [f"w{n}" for n in range(10)]
    assert await read(names) == {f"w{n}" for n in range(10)}


async def test_a_database_that_is_busy_for_a_moment_is_asked_again(writer: Writer):
    tries: list[int] = []

    def busy_at_first(cursor: Any) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("database is locked")
        return Workspace.objects.create(name="at last").name

    assert await writer.write(busy_at_first) == "at last"
    assert await read(names) == {"at last"}


async def test_a_database_that_stays_busy_is_reported(writer: Writer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("backend.runs.writer.TRIES", 2)

    def busy(cursor: Any) -> None:
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError):
        await writer.write(busy)


async def test_whoever_stops_waiting_does_not_stop_the_work(writer: Writer):
    waiting = asyncio.ensure_future(writer.write(workspace("kept")))
    await asyncio.sleep(0)
    waiting.cancel()

    assert await writer.write(workspace("next")) == "next"

    assert await read(names) == {"kept", "next"}


async def test_the_thread_survives_work_that_wants_to_end_it(writer: Writer):
    def quits(cursor: Any) -> None:
        raise SystemExit

    orders = [writer.write(workspace("before")), writer.write(quits), writer.write(workspace("after"))]
    async with asyncio.timeout(10):
        told = await asyncio.gather(*orders, return_exceptions=True)
        later = await writer.write(workspace("later"))

    assert isinstance(told[1], RuntimeError)
    assert later == "later"
    stored = await read(names)
    assert stored == {"later", *(name for name in told if isinstance(name, str))}


async def test_a_writer_waits_while_another_process_writes(writer: Writer):
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(writer.write(workspace("second")))
        await asyncio.sleep(0.05)
        assert not waiting.done()

        other.execute("COMMIT")

        assert await waiting == "second"
        patience = await writer.write(_busy_timeout)
        assert patience == 20_000  # for whatever else this connection does
    finally:
        other.close()


def _busy_timeout(cursor: Any) -> int:
    cursor.execute("PRAGMA busy_timeout")
    return cursor.fetchone()[0]


def renamed(name: str) -> Any:
    def rename(cursor: Any) -> int:
        cursor.execute("UPDATE accounts_workspace SET name = %s", [name])
        return threading.get_ident()

    return rename


async def one(writer: Writer) -> None:
    """There is a workspace, and the thread has nothing to do."""
    await writer.write(workspace("one"))
    with writer._at_work:
        return


async def test_a_lone_write_is_made_in_the_thread_that_asks(writer: Writer):
    await one(writer)

    assert writer.write_here(renamed("two")) == threading.get_ident()
    assert await read(names) == {"two"}
    assert await writer.write(renamed("three")) != threading.get_ident()
    assert await read(names) == {"three"}


async def test_what_is_refused_there_stores_nothing_and_the_next_is_stored(writer: Writer):
    await one(writer)

    def refuse(cursor: Any) -> None:
        renamed("never")(cursor)
        raise LookupError("This one is refused.")

    with pytest.raises(LookupError):
        writer.write_here(refuse)
    assert await read(names) == {"one"}
    assert writer.write_here(renamed("two")) is not None


async def test_nobody_is_held_up_there_while_another_process_writes(writer: Writer):
    await one(writer)
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert writer.write_here(renamed("two")) is None
    other.execute("ROLLBACK")
    other.close()
    assert await read(names) == {"one"}
    assert writer.write_here(renamed("two")) is not None


async def test_after_a_slow_commit_the_next_ones_are_left_to_the_thread(writer: Writer, monkeypatch):
    await one(writer)
    monkeypatch.setattr(here, "QUICK_S", 0.0)
    monkeypatch.setattr(here, "SHARE", 1_000_000)

    assert writer.write_here(renamed("two")) is not None
    assert writer.write_here(renamed("three")) is None
    assert await writer.write(renamed("four"))
    assert await read(names) == {"four"}


async def test_what_others_wait_for_is_not_overtaken(writer: Writer):
    begun, may_end = threading.Event(), threading.Event()

    def slow(cursor: Any) -> None:
        begun.set()
        may_end.wait(10)

    await one(writer)
    waiting = writer.submit(slow)
    begun.wait(10)

    assert writer.write_here(renamed("two")) is None
    may_end.set()
    waiting.result(10)


async def test_what_goes_on_passes_what_begins_and_few_begin_at_a_time(writer: Writer):
    held, hold = threading.Event(), threading.Event()
    done: list[str] = []
    transactions: list[int] = []
    try_group = writer._try

    def stop(cursor: Any) -> None:
        held.set()
        hold.wait(20)

    def noted(name: str) -> Any:
        return lambda cursor: done.append(name)

    tasks = [asyncio.create_task(writer.write(stop))]
    await asyncio.to_thread(held.wait, 20)
    tasks += [asyncio.create_task(writer.write(noted(f"new {n}"), begins=True)) for n in range(20)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(writer.write(noted(f"old {n}"))) for n in range(3)]
    await asyncio.sleep(0)
    writer._try = lambda group: transactions.append(len(group)) or try_group(group)
    hold.set()
    await asyncio.gather(*tasks)

    assert done == [f"old {n}" for n in range(3)] + [f"new {n}" for n in range(20)]
    assert transactions == [3 + BEGUN_AT_ONCE, BEGUN_AT_ONCE, 20 - 2 * BEGUN_AT_ONCE]


def test_what_begins_is_stored_too_when_the_writer_is_closed(stack: Stack):
    writer = Writer()

    async def write() -> None:
        pending = [asyncio.ensure_future(writer.write(workspace(f"w{n}"), begins=True)) for n in range(30)]
        await asyncio.sleep(0)
        writer.close()
        await asyncio.gather(*pending)

    asyncio.run(write())

    assert names() == {f"w{n}" for n in range(30)}

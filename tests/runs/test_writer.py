"""One thread commits for all: together when it can, and nobody pays for another's mistake."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from backend.accounts.models import Workspace
from backend.runs.reads import read
from backend.runs.writer import Writer
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

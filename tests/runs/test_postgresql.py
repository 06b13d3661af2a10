"""The same system on PostgreSQL: the statements written by hand say the same in both dialects."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from backend.accounts.errors import ApiError
from backend.accounts.models import Role
from backend.files.models import UploadedFile
from backend.runs import prepared
from backend.runs.models import Conversation, Run, Wait
from backend.runs.reads import read
from backend.runs.services import cancel_run, send_signal
from backend.runs.writer import Writer
from tests.conftest import make_person
from tests.runs.stack import CHAT, ECHO, Stack, looking_at, until
from tests.runs.test_api import post
from tests.runs.test_conversations import say_at_once
from tests.runs.test_files import reads, say, upload
from tests.runs.test_waiting_survives import LATE, TWO, all_wait, answer
from tests.runs.watching import (
    entries_of,
    facts,
    first_words,
    folded,
    journal_of,
    listening,
    public_of,
    reread,
    told,
)
from workers.knowledge.housekeeping import forget_unused
from workers.rows import GivenBack, claim_run, give_back


@pytest.fixture
def stack(postgresql_url: str, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation on PostgreSQL, with Redis running."""
    built = Stack(tmp_path, database_url=postgresql_url)
    built.start_redis()
    try:
        with django_db_blocker.unblock(), looking_at(built):
            yield built
    finally:
        built.stop()


async def test_a_run_killed_in_mid_stream_ends_and_folds_to_the_answer(stack: Stack):
    worker = await asyncio.to_thread(stack.start_worker)
    run = await read(stack.say, await read(stack.app, CHAT), "Please count to fifty")

    async with listening():
        watching = asyncio.create_task(entries_of(run))
        await first_words(run, 3)
        worker.kill()
        await asyncio.to_thread(stack.start_worker)
        entries, events = await watching, await public_of(run)
        journal = await read(journal_of, run)

    run = await reread(run)
    assert facts(entries) == journal
    assert folded(run, entries).text == told(events) == run.answer


def test_twenty_messages_at_once_go_in_order_while_two_workers_want_them(stack: Stack):
    stack.start_worker()
    stack.start_worker()
    version = stack.app(ECHO)
    first = stack.say(version, "message 1")

    say_at_once(stack, version, first.conversation, range(2, 21))
    accepted = Run.objects.filter(conversation=first.conversation).order_by("turn")
    runs = [stack.ended(run) for run in accepted]

    assert [run.turn for run in runs] == list(range(1, 21))
    assert all(run.answer == f"{run.query}!" for run in runs)
    assert [run.started_at for run in runs] == sorted(run.started_at for run in runs)


def test_the_sweep_cancel_and_signals_work(stack: Stack, monkeypatch):
    monkeypatch.setattr("backend.runs.doorbell.Doorbell.ring", lambda self, run_id: None)
    version = stack.app(CHAT)
    queued = stack.say(version, "never mind")
    assert send_signal(queued, "ask_1", "answer", 1) is True
    assert send_signal(queued, "ask_1", "answer", 2) is False
    assert cancel_run(queued).status == "cancelled"
    stack.start_worker()

    long = stack.say(version, "on for ever")
    short = stack.say(version, "Hello")

    assert stack.ended(short).answer == "You said: Hello"
    cancel_run(long)
    assert stack.ended(long).status == "cancelled"


def test_a_note_that_comes_while_its_run_is_let_go_is_not_left_lying(stack: Stack):
    run = stack.say(stack.app(ECHO), "Hello")
    is_sent, may_commit = threading.Event(), threading.Event()
    writer = Writer()

    def send() -> None:
        with transaction.atomic():
            send_signal(run, "ask_1", "answer", 1)
            is_sent.set()
            may_commit.wait()
        connections.close_all()

    def let_go(cursor: Any) -> GivenBack:
        return give_back(cursor, run_id=run.pk, owner="w", seq=1, status="waiting", wake_at=None)

    try:
        writer.submit(
            lambda cursor: claim_run(cursor, run_id=run.pk, owner="w", worker="w", lease_s=60)
        ).result()
        sending = threading.Thread(target=send)
        sending.start()
        assert is_sent.wait(10)
        given = writer.submit(let_go)
        time.sleep(0.3)  # long enough to pass by a note that is not there yet
        may_commit.set()
        sending.join()

        assert given.result(10).has_mail
    finally:
        may_commit.set()
        writer.close()


def test_a_file_is_accepted_read_and_forgotten_when_no_run_holds_it(stack: Stack):
    stack.start_worker()
    version = stack.app(reads("paper"))
    used, unused = (upload(version, name, b"900 euros") for name in ("a.txt", "b.txt"))

    run = stack.ended(say(stack, version, paper=str(used.pk)))

    assert run.answer == "900 euros", run.error
    assert forget_unused(timedelta(0)) == 1
    assert list(UploadedFile.objects.all()) == [used]
    assert not UploadedFile.objects.filter(pk=unused.pk).exists()


def test_who_stops_a_run_is_not_refused_when_the_database_breaks_off_one_of_two(stack: Stack):
    run = stack.say(stack.app(CHAT), "never mind")
    done: list[str] = []

    def stop() -> None:
        _gives_way_after("4s")
        done.append(cancel_run(run).status)
        connections.close_all()

    stopping = threading.Thread(target=stop)
    with transaction.atomic():  # locks the conversation and then the run, as a claim does
        _gives_way_after("60s")
        Conversation.objects.select_for_update().get(pk=run.conversation_id)
        stopping.start()
        until(lambda: _waits_for_us(), "it waits for the conversation, and holds the run")
        Run.objects.filter(pk=run.pk).update(priority=1)
    stopping.join()

    assert done == ["cancelled"]
    assert Run.objects.get(pk=run.pk).priority == 1


def _gives_way_after(wait: str) -> None:
    """Who looks for a deadlock first is the one that PostgreSQL breaks off. On a busy machine that was we."""
    ours = connections["default"]
    with ours.cursor() as cursor:
        cursor.execute("SELECT set_config('deadlock_timeout', %s, %s)", [wait, ours.in_atomic_block])


def _waits_for_us() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_a_run_asks_is_answered_and_runs_out_of_time_there_too(stack: Stack):
    stack.start_worker()
    two, late = stack.app(TWO), stack.app(LATE)
    asking, hasty = stack.say(two, "Hello"), stack.say(late, "Hello")
    until(lambda: all_wait([asking]), "it waits", stack.log_tail)
    held = [(wait.path, wait.workspace_id, wait.about["message"]) for wait in asking.waits.order_by("path")]

    for path in ("ask_human_2", "ask_human_1"):
        answer(asking, path, path[-1])

    assert held == [(f"ask_human_{n}", asking.workspace_id, "Who?") for n in (1, 2)]
    assert stack.ended(asking).answer == "Hello: 1 2"
    assert stack.ended(hasty).answer == "nobody"
    assert not Wait.objects.filter(run__in=[asking, hasty]).exists()
    with pytest.raises(ApiError, match="answer_too_late"):
        answer(hasty, "ask_human_1")


def test_a_run_goes_on_from_a_step_of_another_there_too(stack: Stack):
    stack.start_worker()
    run = stack.ended(stack.say(stack.app(CHAT), "Hello"))
    anna = make_person("anna@postgresql.example", run.workspace, Role.EDITOR)
    pin = {"output": {"text": "Pinned."}, "from_run": str(run.pk)}
    path = f"/api/workflows/{run.workflow_id}/pins/prompt_1"
    assert anna.client.put(path, pin, content_type="application/json").status_code == 200
    made = [post(anna.client, f"/api/runs/{run.pk}/fork", {"from": at}) for at in ("prompt_1", "answer_1")]

    assert [stack.ended(one.json()["id"]).answer for one in made] == ["Pinned.", "You said: Hello"]


def test_a_pooler_that_forgets_prepared_statements_costs_no_run(stack: Stack, monkeypatch):
    monkeypatch.setattr(prepared, "_is_kept", True)
    writer = Writer()

    def ask(cursor: Any) -> list[Any]:
        return prepared.execute(cursor, "SELECT %s::int", [1])

    try:
        assert writer.submit(ask).result(10) == [(1,)]
        writer.submit(lambda cursor: cursor.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")).result(
            10
        )

        assert writer.submit(ask).result(10) == [(1,)]
        assert not prepared._is_kept
    finally:
        writer.close()


def test_texts_of_an_array_arrive_as_they_were(stack: Stack):
    texts = ["", "NULL", '{"a": "b\\nc"}', "a,b", " c ", "{}", "\\", '"', "déjà 漢字"]

    with connections["default"].cursor() as cursor:
        found = prepared.execute(cursor, "SELECT %s::text[]", [prepared.array(texts)])

    assert found == [(texts,)]
    assert prepared.array([]) == "{}"

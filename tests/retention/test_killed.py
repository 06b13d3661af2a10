"""A round of clearing up survives whoever is at it, and two that want it do not get into each other's way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.files.models import UploadedFile
from backend.retention.cut import Wanted
from backend.retention.deletion import Lost, take_step
from backend.retention.leases import claim
from backend.retention.models import Clearing
from backend.retention.services import cancel_clearing, change_retention, start_clearing
from backend.runs.models import Event, Run
from tests.retention.old_runs import a_file, app, clear, disk, finish, old_run
from tests.runs.stack import ECHO, Stack, until

FAILPOINTS = {"TREADLE_ENABLE_FAILPOINTS": "1"}


@pytest.mark.parametrize("point", ["retention.before", "retention.after"])
def test_a_worker_killed_in_the_middle_leaves_a_round_that_the_next_brings_to_its_end(
    stack: Stack, point: str
):
    version = stack.app(ECHO)
    files = [a_file(version) for _ in range(110)]
    for file in files:
        old_run(stack, version, files=(file,))
    young = old_run(stack, version, days=1)
    change_retention(version.workspace_id, Wanted(runs_days=7))

    dying = stack.start_worker(may_die=True, TREADLE_FAILPOINT=f"{point}:2", **FAILPOINTS)
    assert until(lambda: dying.poll(), "the worker has died") == 137
    row = Clearing.objects.get()
    assert row.ended_at is None
    assert row.done["runs"] == (50 if point == "retention.before" else 100)
    assert Run.objects.count() == 111 - row.done["runs"]
    stack.start_worker()
    until(lambda: Clearing.objects.get().outcome == "done", "the round has ended", stack.log_tail)

    row = Clearing.objects.get()
    assert {name: row.done.get(name, 0) for name in row.expected} == row.expected
    assert (row.done["runs"], row.done["files"]) == (110, 110)
    assert list(Run.objects.all()) == [young]
    assert not UploadedFile.objects.exists()
    assert not disk(version)


def test_who_lost_the_round_deletes_nothing_more(each_database: Stack):
    version = app(each_database, "lost")
    row = _open_round(each_database, version, runs=120)
    assert claim("one", row.pk) == row.pk
    assert claim("two", row.pk) is None
    assert take_step(row.pk, "one")

    _lapse(row)
    assert claim("two", row.pk) == row.pk
    with pytest.raises(Lost):
        take_step(row.pk, "one")
    finish(row, "two")

    row.refresh_from_db()
    assert row.done["runs"] == row.expected["runs"] == 120
    with pytest.raises(Lost):
        take_step(row.pk, "two")


def test_a_round_that_is_stopped_keeps_the_rest(each_database: Stack):
    version = app(each_database, "stopped")
    row = _open_round(each_database, version, runs=60)
    claim("one", row.pk)
    take_step(row.pk, "one")

    cancel_clearing(version.workspace_id)
    assert finish(row, "one") == 1

    row.refresh_from_db()
    assert (row.outcome, row.done["runs"]) == ("cancelled", 50)
    assert Run.objects.for_workspace(version.workspace_id).count() == 10


def test_a_run_that_has_lost_some_of_its_facts_goes_even_when_the_round_is_stopped(
    each_database: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("backend.retention.deletion.FACTS_AT_ONCE", 10)
    version = app(each_database, "half")
    long = old_run(each_database, version, facts=35)
    other = old_run(each_database, version, days=20)
    change_retention(version.workspace_id, Wanted(runs_days=7))
    row = start_clearing(version.workspace_id)
    claim("one", row.pk)
    take_step(row.pk, "one")
    assert list(Event.objects.filter(run=long).values_list("seq", flat=True).order_by("seq")) == [
        *range(1, 26)
    ]

    cancel_clearing(version.workspace_id)
    _lapse(row)
    claim("two", row.pk)
    finish(row, "two")

    assert list(Run.objects.for_workspace(version.workspace_id)) == [other]
    assert not Event.objects.filter(run=long).exists()


def test_a_file_whose_row_went_just_before_the_kill_is_removed_by_who_comes_next(
    each_database: Stack, monkeypatch: pytest.MonkeyPatch
):
    version = app(each_database, "unlinked")
    old_run(each_database, version, files=(a_file(version),))
    change_retention(version.workspace_id, Wanted(runs_days=7))
    row = start_clearing(version.workspace_id)
    claim("one", row.pk)
    with monkeypatch.context() as patched:
        patched.setattr("backend.retention.deletion.failpoint", _dies)
        with pytest.raises(KeyboardInterrupt):
            take_step(row.pk, "one")
    assert len(disk(version)) == 1

    _lapse(row)
    claim("two", row.pk)
    finish(row, "two")

    assert not disk(version)


def test_after_a_round_another_can_be_asked_for(each_database: Stack):
    version = app(each_database, "again")
    old_run(each_database, version)
    clear(version.workspace_id, runs_days=7)
    old_run(each_database, version)

    assert clear(version.workspace_id).done["runs"] == 1


def _open_round(stack: Stack, version, runs: int) -> Clearing:
    for _ in range(runs):
        old_run(stack, version)
    change_retention(version.workspace_id, Wanted(runs_days=7))
    return start_clearing(version.workspace_id)


def _lapse(row: Clearing) -> None:
    Clearing.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(minutes=1))


def _dies(point: str) -> None:
    if point == "retention.after":
        raise KeyboardInterrupt

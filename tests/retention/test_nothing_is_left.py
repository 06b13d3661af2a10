"""Once a run was cleared away nothing of it is left: no row, file or stream. Nobody else loses a thing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from backend.accounts.errors import ApiError
from backend.files.models import UploadedFile
from backend.retention.models import Clearing
from backend.retention.preview import preview
from backend.retention.services import saved_cut
from backend.runs.models import Blob, Conversation, Event, Message, Run, RunBlob, RunFile
from backend.runs.services import start_run
from backend.runs.views_of_run import run_json
from backend.workflows.models import Version
from backend.workflows.services import freeze, hold_version, pin_graph
from nodes.sdk.graph import graph_from_json
from tests.retention.old_runs import (
    a_file,
    a_value,
    app,
    clear,
    disk,
    draw_otherwise,
    has_stream,
    long_ago,
    old_run,
    pointing_at_runs,
    rows_naming,
    with_everything,
)
from tests.runs.stack import Stack

# What may still tell of a run that is gone.
STILL_TELLS = {
    "AuditEntry.thing_id": "the audit log names what was done to it",
}


def test_no_table_keeps_a_row_of_a_run_that_was_cleared_away(each_database: Stack):
    version = app(each_database, "whole")
    run = with_everything(each_database, version)
    conversation = run.conversation_id
    for model, field in pointing_at_runs():
        assert model.objects.filter(**{field: run}).exists(), (
            f"{model.__name__}.{field} points at runs: make one in with_everything()."
        )

    clear(version.workspace_id, runs_days=7)

    assert not Run.objects.filter(pk=run.pk).exists()
    for model, field in pointing_at_runs():
        assert not model.objects.filter(**{f"{field}_id": run.pk}).exists(), model.__name__
    assert rows_naming(str(run.pk)) <= set(STILL_TELLS)
    assert rows_naming(str(conversation)) <= set(STILL_TELLS)
    assert not has_stream(each_database, run)
    assert not disk(version)
    assert not Blob.objects.for_workspace(version.workspace_id).exists()


def test_runs_that_are_young_or_not_ended_stay_whole(each_database: Stack):
    version = app(each_database, "stay")
    young = old_run(each_database, version, days=6.9)
    queued = each_database.say(version, "not yet")
    waiting = old_run(each_database, version, status="waiting", finished_at=None)
    before = {run.pk: _rows(run) for run in (young, queued, waiting)}
    old_run(each_database, version)

    clear(version.workspace_id, runs_days=7)

    assert set(Run.objects.for_workspace(version.workspace_id).values_list("pk", flat=True)) == set(before)
    assert {run.pk: _rows(run) for run in (young, queued, waiting)} == before


def test_a_conversation_loses_what_was_said_first_and_goes_with_its_last_run(each_database: Stack):
    version = app(each_database, "talk")
    first = old_run(each_database, version, days=30)
    talk = first.conversation
    last = old_run(each_database, version, days=8, conversation=talk)

    clear(version.workspace_id, runs_days=20)

    assert list(talk.messages.values_list("position", flat=True)) == [2 * last.turn, 2 * last.turn + 1]

    clear(version.workspace_id, runs_days=7)

    assert not Conversation.objects.filter(pk=talk.pk).exists()


def test_a_conversation_that_went_answers_with_not_found_and_not_with_a_broken_page(each_database: Stack):
    version = app(each_database, "late")
    talk = old_run(each_database, version).conversation
    clear(version.workspace_id, runs_days=7)

    with pytest.raises(ApiError) as refused:
        each_database.say(version, "Still there?", talk)

    assert refused.value.code == "not_found"


def test_a_file_stays_as_long_as_one_run_holds_it(each_database: Stack):
    version = app(each_database, "files")
    shared, own = a_file(version), a_file(version)
    old_run(each_database, version, files=(shared, own))
    young = old_run(each_database, version, days=1, files=(shared,))

    done = clear(version.workspace_id, runs_days=7).done

    assert done["files"] == 1
    assert list(UploadedFile.objects.for_workspace(version.workspace_id)) == [shared]
    assert disk(version) == {shared.file}
    assert RunFile.objects.get(file=shared).run == young


def test_a_large_value_stays_as_long_as_one_run_holds_it(each_database: Stack):
    version = app(each_database, "values")
    shared, own = a_value(version, 1000), a_value(version, 500)
    old_run(each_database, version, values=(shared, own))
    young = old_run(each_database, version, days=1, values=(shared,))

    row = clear(version.workspace_id, runs_days=7)

    assert row.done["values"] == row.expected["values"] == 1
    assert row.done["bytes"] == row.expected["bytes"]
    assert list(Blob.objects.for_workspace(version.workspace_id)) == [shared]
    assert RunBlob.objects.get(blob=shared).run == young


def test_a_run_that_went_on_from_another_stays_whole_when_that_goes(each_database: Stack):
    version = app(each_database, "fork")
    shared = a_value(version)
    first = old_run(each_database, version, values=(shared,))
    origin = {"run": str(first.pk), "path": "answer_1"}
    later = old_run(each_database, version, days=1, values=(shared,), origin=origin)
    before = _rows(later)

    clear(version.workspace_id, runs_days=7)

    assert not Run.objects.filter(pk=first.pk).exists()
    assert _rows(later) == before
    assert run_json(later)["origin"] == origin
    assert Blob.objects.filter(pk=shared.pk).exists()


def test_a_draft_version_goes_with_the_last_run_that_was_kept_of_it(each_database: Stack):
    version = app(each_database, "versions")
    old_run(each_database, version)
    young = old_run(each_database, version, days=1)
    draw_otherwise(version)

    first = clear(version.workspace_id, runs_days=7)

    assert first.expected["versions"] == first.done.get("versions", 0) == 0
    assert young.version_id == version.pk

    Run.objects.filter(pk=young.pk).update(finished_at=long_ago())
    seen = preview(version.workspace_id, saved_cut(version.workspace_id))
    second = clear(version.workspace_id)

    assert seen["versions"] == second.expected["versions"] == second.done["versions"] == 1
    assert rows_naming(str(version.pk)) == set()


def test_what_is_drawn_now_what_is_published_and_what_is_young_stays(each_database: Stack):
    version = app(each_database, "drawn")
    old_run(each_database, version)
    drawn_now = old_run(each_database, draw_otherwise(version)).version
    published = freeze(version.workflow)
    youngest = pin_graph(version.workflow, graph_from_json({"nodes": [], "edges": []}))
    Version.objects.exclude(pk=youngest.pk).update(created_at=long_ago())

    row = clear(version.workspace_id, runs_days=7)

    assert row.done["versions"] == 1
    left = Version.objects.for_workspace(version.workspace_id)
    assert set(left) == {drawn_now, published, youngest}


def test_who_begins_a_run_of_a_version_that_was_just_cleared_away_gets_it_anew(each_database: Stack):
    version = app(each_database, "anew")
    old_run(each_database, version)
    draw_otherwise(version)
    Version.objects.filter(pk=version.pk).update(created_at=long_ago())
    clear(version.workspace_id, runs_days=7)

    with transaction.atomic():
        again = hold_version(version)

    assert again.pk != version.pk
    assert (again.graph, again.answer_plan) == (version.graph, version.answer_plan)


def test_a_clearing_waits_for_who_has_taken_hold_of_a_version_and_leaves_it(each_database: Stack):
    version = app(each_database, "held")
    old_run(each_database, version)
    draw_otherwise(version)
    Version.objects.filter(pk=version.pk).update(created_at=long_ago())

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        hold_version(version)
        cleared = pool.submit(_clear_elsewhere, version)
        time.sleep(0.5)
        run = start_run(version=version, query="Hi", inputs={}, conversation=None, audience="member",
                        audience_ref="anna")  # fmt: skip
    assert cleared.result().done["runs"] == 1
    # Whether the round found it spare and then waited for it, or came too late to find it so.
    assert cleared.result().done.get("versions", 0) == 0
    assert Run.objects.get(pk=run.pk).version_id == version.pk


def _clear_elsewhere(version: Version) -> Clearing:
    try:
        return clear(version.workspace_id, runs_days=7)
    finally:
        connection.close()


def test_another_workspace_loses_nothing(each_database: Stack):
    mine, theirs = app(each_database, "mine"), app(each_database, "theirs")
    old_run(each_database, mine)
    old = old_run(each_database, theirs, files=(a_file(theirs),))
    before = _rows(old)

    clear(mine.workspace_id, runs_days=7)

    assert not Run.objects.for_workspace(mine.workspace_id).exists()
    assert _rows(old) == before
    assert has_stream(each_database, old)


def test_a_run_with_very_many_facts_goes_in_pieces(each_database: Stack, monkeypatch):
    monkeypatch.setattr("backend.retention.deletion.FACTS_AT_ONCE", 10)
    version = app(each_database, "many")
    long = old_run(each_database, version, facts=35)
    short = [old_run(each_database, version, facts=4) for _ in range(3)]

    row = clear(version.workspace_id, runs_days=7)

    assert row.done["facts"] == 35 + 3 * 4 == row.expected["facts"]
    assert row.done["bytes"] == row.expected["bytes"]
    assert not Event.objects.filter(run__in=[long, *short]).exists()


def _rows(run: Run) -> list[object]:
    tables = (Event, Message, RunFile)
    return [list(table.objects.filter(run=run).values_list()) for table in tables] + [
        Run.objects.filter(pk=run.pk).values().get()
    ]

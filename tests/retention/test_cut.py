"""Which runs go: by age, by size, and never those that are younger than the installation allows."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.accounts.errors import ApiError
from backend.knowledge.limits import MB
from backend.retention.cut import Wanted, all_bytes, doomed, find_cut
from backend.retention.models import Clearing, RunSize
from backend.retention.preview import preview
from backend.retention.services import begin_due, change_retention, start_clearing
from backend.retention.sizes import measure
from backend.runs.models import Run
from backend.workflows.models import Version
from tests.retention.old_runs import a_file, a_value, app, clear, disk, old_run
from tests.runs.stack import Stack


def going(version: Version, **wanted: int) -> list[Run]:
    """The runs that would go, oldest first."""
    cut = find_cut(version.workspace_id, Wanted(**wanted))
    return list(doomed(version.workspace_id, cut.runs_before).order_by("finished_at"))


def seen(version: Version, **wanted: int) -> dict[str, Any]:
    """The dry run."""
    return preview(version.workspace_id, find_cut(version.workspace_id, Wanted(**wanted)))


def test_by_age_go_those_that_ended_longer_ago(each_database: Stack):
    version = app(each_database, "age")
    runs = [old_run(each_database, version, days=days) for days in (40, 31, 29, 1)]

    assert going(version, runs_days=30) == runs[:2]
    assert going(version) == []


def test_by_size_go_the_oldest_until_the_rest_fits(each_database: Stack):
    version = app(each_database, "size")
    runs = [old_run(each_database, version, days=days, text="x" * 300_000) for days in (40, 30, 20, 10)]

    # Four times 300 kB in each: its row, its fact, its question and its answer.
    assert going(version, runs_mb=3) == runs[:2]
    assert 0 < all_bytes(version.workspace_id) - 4 * 1_200_000 < 20_000
    clear(version.workspace_id, runs_mb=3)
    assert all_bytes(version.workspace_id) <= 3 * MB


def test_a_file_counts_once_and_for_the_last_run_that_holds_it(each_database: Stack):
    version = app(each_database, "heavy")
    shared, own = a_file(version, 3 * MB), a_file(version, 3 * MB)
    first = old_run(each_database, version, days=40, files=(own, shared))
    old_run(each_database, version, days=30)
    third = old_run(each_database, version, days=20, files=(shared,))
    fourth = old_run(each_database, version, days=10)

    assert 6 * MB < all_bytes(version.workspace_id) < 6.1 * MB
    assert going(version, runs_mb=4) == [first]
    assert third in going(version, runs_mb=2)
    assert fourth not in going(version, runs_mb=2)


def test_a_large_value_counts_once_and_for_the_last_run_that_holds_it(each_database: Stack):
    version = app(each_database, "large")
    shared, own = a_value(version, 3 * MB), a_value(version, 3 * MB)
    first = old_run(each_database, version, days=40, values=(own, shared))
    second = old_run(each_database, version, days=30, values=(shared,))
    old_run(each_database, version, days=20)

    assert 6 * MB < all_bytes(version.workspace_id) < 6.1 * MB
    assert going(version, runs_mb=4) == [first]
    assert going(version, runs_mb=2) == [first, second]


def test_however_little_is_wanted_the_runs_of_seven_days_stay(each_database: Stack):
    version = app(each_database, "least")
    old = old_run(each_database, version, days=7.1, files=(a_file(version, 2 * MB),))
    old_run(each_database, version, days=6.9, files=(a_file(version, 2 * MB),))

    assert going(version, runs_mb=1) == [old]
    assert 1 * MB < seen(version, runs_mb=1)["still_over"] < 1.1 * MB
    with pytest.raises(ApiError) as refused:
        change_retention(version.workspace_id, Wanted(runs_days=6))
    assert refused.value.code == "kept_too_short"


def test_an_installation_may_keep_them_less_long(each_database: Stack, settings: Any):
    version = app(each_database, "less")
    runs = [old_run(each_database, version, days=days) for days in (5, 3, 1)]
    settings.TREADLE_KEEP_AT_LEAST_DAYS = 2

    change_retention(version.workspace_id, Wanted(runs_days=2))

    assert going(version, runs_days=2) == runs[:2]


def test_what_was_measured_before_and_what_was_not_give_the_same_cut(each_database: Stack):
    version = app(each_database, "measured")
    for days in range(20, 8, -1):
        old_run(each_database, version, days=days, text="x" * 30_000)
    before = seen(version, runs_mb=1)

    assert measure(version.workspace_id) == 12
    assert seen(version, runs_mb=1) == before
    assert 0 < before["runs"] < 12


def test_the_dry_run_says_what_then_goes_and_changes_nothing(each_database: Stack):
    version = app(each_database, "dry")
    file = a_file(version, 1000)
    first = old_run(each_database, version, days=40, facts=5, files=(file,))
    last = old_run(each_database, version, days=30, facts=4)
    shortened = old_run(each_database, version, days=20)
    old_run(each_database, version, days=1, conversation=shortened.conversation)

    said = seen(version, runs_days=10)
    rows = Run.objects.for_workspace(version.workspace_id).count(), RunSize.objects.count(), disk(version)
    assert rows == (4, RunSize.objects.count(), {file.file})
    done = clear(version.workspace_id, runs_days=10).done

    assert {name: said[name] for name in done} == done
    assert (said["runs"], said["facts"], said["messages"], said["files"]) == (3, 12, 6, 1)
    assert (said["conversations"], said["conversations_shortened"]) == (2, 1)
    assert said["streams"] is not None
    assert said["kept"]["runs"] == 1
    assert [one["runs"] for one in said["apps"]] == [3]
    assert said["apps"][0]["oldest"].startswith(str(first.finished_at.date()))
    assert said["apps"][0]["newest"].startswith(str(shortened.finished_at.date()))
    assert last.finished_at < shortened.finished_at
    assert seen(version, runs_days=10)["runs"] == 0


def test_the_command_tells_without_deleting_and_deletes_without_asking(each_database: Stack):
    version = app(each_database, "Anna's command")
    old_run(each_database, version)
    change_retention(version.workspace_id, Wanted(runs_days=7))

    told = command("--dry-run", "--workspace", "Anna's command")
    assert "runs for 7 days" in told
    assert "1 run, 3 facts, 2 messages, 1 conversation, 1 stream" in told
    assert Run.objects.for_workspace(version.workspace_id).count() == 1

    told = command("--workspace", str(version.workspace_id))
    assert "Deleted: 1 run, 3 facts" in told
    assert not Run.objects.for_workspace(version.workspace_id).exists()
    assert "There is nothing here" in command("--workspace", str(version.workspace_id))


def test_the_command_refuses_what_makes_no_sense(each_database: Stack):
    app(each_database, "Sense")

    with pytest.raises(CommandError, match="no workspace"):
        command("--workspace", "Nowhere")
    with pytest.raises(CommandError, match="--dry-run"):
        command("--days", "8")
    with pytest.raises(CommandError, match=r"7 to 36,500 days"):
        command("--days", "1", "--dry-run", "--workspace", "Sense")


def test_a_workspace_is_looked_at_once_an_hour_whoever_looks(each_database: Stack):
    version = app(each_database, "hourly")
    old_run(each_database, version)
    change_retention(version.workspace_id, Wanted(runs_days=7))
    mine = Clearing.objects.for_workspace(version.workspace_id)

    begin_due()
    assert mine.count() == 1
    mine.delete()
    assert begin_due() == 0

    assert not mine.exists()


def test_there_is_one_round_at_a_time(each_database: Stack):
    version = app(each_database, "single")
    old_run(each_database, version)
    change_retention(version.workspace_id, Wanted(runs_days=7))
    start_clearing(version.workspace_id)

    with pytest.raises(ApiError) as refused:
        start_clearing(version.workspace_id)

    assert refused.value.code == "clearing_under_way"


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()

"""An owner says how long runs are kept, reads what that deletes before it counts, and has it deleted."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, use_template
from tests.e2e.test_members import shoot
from tests.e2e.test_repeating import faults_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_old_runs_go_once_their_figures_were_read_and_confirmed(treadle: Installation, page: Page) -> None:
    sign_in(page, treadle)
    use_template(page, "Empty")
    app = page.url
    _say(page, "apples, pears")
    _grow_old(treadle)

    page.goto(f"{treadle.address}/settings/retention")
    days = page.get_by_label("Days after a run has ended")
    days.fill("30")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Keep less, and delete 1 run?")
    expect(dialog.get_by_text("2 messages")).to_be_visible()
    expect(dialog.get_by_text("1 whole conversation")).to_be_visible()
    assert faults_of(page) == []
    shoot(page, "retention-confirm")
    dialog.get_by_role("button", name="Delete 1 run").click()
    expect(page.get_by_text("Last deleted")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Nothing. All runs there are fit")).to_be_visible(timeout=30_000)
    assert _runs(treadle) == 0

    page.goto(app)
    _say(page, "plums, figs")
    _grow_old(treadle)
    page.goto(f"{treadle.address}/settings/retention")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    assert faults_of(page) == []
    shoot(page, "retention")
    page.get_by_role("button", name="Delete now").click()
    page.get_by_role("dialog", name="Delete 1 run now?").get_by_role("button", name="Delete 1 run").click()
    expect(page.get_by_text("Nothing. All runs there are fit")).to_be_visible(timeout=30_000)
    assert _runs(treadle) == 0

    page.get_by_label("Days after a run has ended").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="What would go now")).to_have_count(0)


def _say(page: Page, text: str) -> None:
    ask(page, text)
    lengths_until_done(reply(page))


def _grow_old(treadle: Installation) -> None:
    """What ended just now has ended two months ago."""
    with closing(sqlite3.connect(treadle.data / "treadle.db", timeout=20)) as database:
        database.execute(
            "UPDATE runs_run SET finished_at = datetime(finished_at, '-60 days')"
            " WHERE finished_at > datetime('now', '-30 days') AND workflow_id ="
            " (SELECT workflow_id FROM runs_run ORDER BY created_at DESC LIMIT 1)"
        )
        database.commit()


def _runs(treadle: Installation) -> int:
    """How many runs ended long ago."""
    with closing(sqlite3.connect(treadle.data / "treadle.db", timeout=20)) as database:
        old = "SELECT COUNT(*) FROM runs_run WHERE finished_at < datetime('now', '-30 days')"
        return database.execute(old).fetchone()[0]

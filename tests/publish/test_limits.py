"""Limits are counted from runs: whatever is lost besides the database, they hold."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.publish import counted
from backend.publish.limits import RESERVE_TOKENS, WINDOW, Caller, hold_tokens, refuse_when_used_up
from backend.publish.models import TokenHold, TokenTotal
from backend.runs.models import Audience, Run, RunStatus

pytestmark = pytest.mark.django_db
ANN = Caller(Audience.VISITOR, "ann")
BEN = Caller(Audience.VISITOR, "ben")
KEY = Caller(Audience.KEY, "key")


def ran(app, caller, *, tokens=0, ago=timedelta(0), open_=False):
    at = timezone.now() - ago
    run = Run.objects.create(
        workspace_id=app.workflow.workspace_id,
        workflow=app.workflow,
        version=app.publication.version,
        audience=caller.audience,
        audience_ref=caller.ref,
        total_tokens=tokens,
        status=RunStatus.RUNNING if open_ else RunStatus.SUCCEEDED,
        finished_at=None if open_ else at,
        created_at=at,
    )
    if caller.audience != Audience.MEMBER:
        hold_tokens(app.publication, caller, run)


def limited(app, **limits):
    for name, value in limits.items():
        setattr(app.publication, name, value)
    return app.publication


def refused(publication, caller):
    with pytest.raises(ApiError) as caught:
        refuse_when_used_up(publication, caller)
    assert caught.value.status == 429
    assert caught.value.message.endswith(".")
    return caught.value


def test_a_fresh_app_lets_everyone_in(shop):
    for caller in (ANN, KEY):
        refuse_when_used_up(shop.publication, caller)


def test_requests_a_minute_hold_for_each_visitor(shop):
    publication = limited(shop, requests_per_minute_visitor=2)
    ran(shop, ANN, ago=timedelta(seconds=50))
    ran(shop, ANN, ago=timedelta(seconds=10))

    said = refused(publication, ANN)

    assert said.code == "too_many_requests"
    assert 8 <= int(said.headers["Retry-After"]) <= 10
    refuse_when_used_up(publication, BEN)


def test_a_minute_later_there_is_room_again(shop):
    publication = limited(shop, requests_per_minute_visitor=1)
    ran(shop, ANN, ago=timedelta(seconds=61))

    refuse_when_used_up(publication, ANN)


def test_the_apps_limit_holds_for_all_together(shop):
    publication = limited(shop, requests_per_minute_app=2)
    ran(shop, ANN)
    ran(shop, KEY)

    assert refused(publication, BEN).code == "too_many_requests"


def test_a_key_has_its_own_limit(shop):
    publication = limited(shop, requests_per_minute_key=1, requests_per_minute_visitor=5)
    ran(shop, KEY)

    assert refused(publication, KEY).code == "too_many_requests"
    refuse_when_used_up(publication, ANN)


def test_a_day_of_tokens_ends_in_a_sentence_and_a_time(shop):
    publication = limited(shop, tokens_per_day_visitor=100)
    ran(shop, ANN, tokens=100)

    said = refused(publication, ANN)

    assert said.code == "daily_tokens_used"
    assert 0 < int(said.headers["Retry-After"]) <= 24 * 3600
    refuse_when_used_up(publication, BEN)


def test_yesterdays_tokens_are_forgotten(shop):
    publication = limited(shop, tokens_per_day_visitor=100, tokens_per_day_app=100)
    ran(shop, ANN, tokens=1_000, ago=timedelta(days=1))

    refuse_when_used_up(publication, ANN)


def test_a_run_under_way_holds_a_reserve(shop):
    publication = limited(shop, tokens_per_day_visitor=2 * RESERVE_TOKENS)
    ran(shop, ANN, open_=True)
    refuse_when_used_up(publication, ANN)

    ran(shop, ANN, open_=True)

    assert refused(publication, ANN).code == "tokens_in_use"
    Run.objects.update(status=RunStatus.WAITING)
    refuse_when_used_up(publication, ANN)


def test_trial_runs_of_members_and_other_apps_do_not_count(shop, garage):
    publication = limited(shop, requests_per_minute_app=1, tokens_per_day_app=10)
    ran(shop, Caller(Audience.MEMBER, "anna"), tokens=1_000)
    ran(garage, ANN, tokens=1_000)

    refuse_when_used_up(publication, ANN)


def test_what_has_ended_is_booked_once(shop):
    for _ in range(3):
        ran(shop, ANN, tokens=10)
    ran(shop, BEN, tokens=5)
    ran(shop, ANN, tokens=7)

    totals = dict(TokenTotal.objects.values_list("who", "tokens"))

    assert totals == {"visitor:ann": 30, "visitor:ben": 5, "": 35}
    assert TokenHold.objects.count() == 1  # the last one, until somebody asks again
    assert refused(limited(shop, tokens_per_day_visitor=37), ANN).code == "daily_tokens_used"
    refuse_when_used_up(limited(shop, tokens_per_day_visitor=38), ANN)


def test_old_totals_are_not_kept_for_ever(shop):
    for days in (40, 35, 3, 0):
        ran(shop, ANN, tokens=10, ago=timedelta(days=days))
    ran(shop, ANN)

    assert TokenTotal.objects.filter(who="").count() == 2


def test_a_look_at_the_limits_costs_the_same_however_much_was_asked(shop, django_assert_max_num_queries):
    for _ in range(20):
        ran(shop, ANN, tokens=1)

    with django_assert_max_num_queries(4):  # one of them the lock on PostgreSQL
        refuse_when_used_up(limited(shop, requests_per_minute_visitor=100), ANN)


@pytest.fixture
def many(monkeypatch):
    """From how many runs a minute on not all are counted for each."""
    monkeypatch.setattr(counted, "MANY", 3)
    monkeypatch.setattr(counted, "_older", type(counted._older)())


def test_of_many_a_minute_the_older_are_counted_once_a_second(shop, many):
    publication = limited(shop, requests_per_minute_visitor=100, requests_per_minute_app=100)
    for ago in (50, 30, 10, 0):
        ran(shop, ANN, ago=timedelta(seconds=ago))
    now = timezone.now()
    asked = {"since": now - WINDOW, "now": now, "most": counted.Counts(all=100, own=100)}
    whole = counted.counted(publication, ANN.audience, ANN.ref, **asked)

    Run.objects.filter(created_at__lt=now - timedelta(seconds=40)).delete()
    ran(shop, ANN)

    assert whole == (4, 4)
    assert counted.counted(publication, ANN.audience, ANN.ref, **asked) == (5, 5)  # one of them is gone
    assert counted.counted(publication, BEN.audience, BEN.ref, **asked) == (4, 0)
    later = {**asked, "now": now + counted.KEPT}
    assert counted.counted(publication, ANN.audience, ANN.ref, **later) == (4, 4)


def test_nobody_is_refused_for_runs_that_are_counted_but_over(shop, many):
    publication = limited(shop, requests_per_minute_visitor=5, requests_per_minute_app=5)
    for ago in (50, 30, 10, 0):
        ran(shop, ANN, ago=timedelta(seconds=ago))
    refuse_when_used_up(publication, ANN)
    Run.objects.filter(created_at__lt=timezone.now() - timedelta(seconds=40)).delete()
    ran(shop, ANN)

    refuse_when_used_up(publication, ANN)

    ran(shop, ANN)
    assert refused(publication, ANN).code == "too_many_requests"

"""A worker dies while it renews the tokens of a sign-in: the run goes on, or says that somebody has to sign
in again; and what is good once is handed in once.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import Role, Workspace
from backend.runs.models import Run
from backend.tools.models import SourceSignIn, ToolSource
from backend.workflows.models import Version
from tests.chaos.nursery import Nursery, at_work
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, until
from tests.runs.test_signing_in_at_a_source import an_app, answered, place_of, settled, signed_in
from tests.tools.guarded_shop import GuardedShop, guarded, signed_in_there

LEASE_S = 1.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def shop() -> Iterator[GuardedShop]:
    with guarded() as one:
        yield one


@pytest.fixture
def nursery(stack: Stack, shop: GuardedShop) -> Iterator[Nursery]:
    forking = Nursery(
        stack, TREADLE_ALLOWED_HOSTS_PRIVATE=shop.place, TREADLE_SWEEP_S="0.2", TREADLE_STOP_S="0.5"
    )
    try:
        yield forking
    finally:
        forking.close()


@pytest.fixture
def ella(stack: Stack, settings: Any) -> Person:
    settings.TREADLE_KEYS = stack.data / "keys"
    return make_person("ella@example.com", Workspace.objects.create(name="Inn"), Role.EDITOR)


@pytest.fixture
def source(stack: Stack, nursery: Nursery, shop: GuardedShop, ella: Person) -> ToolSource:
    """The shop, at which Ella has signed in; its tool only reads."""
    with at_work(nursery):
        row = signed_in(ella, shop, stack)
    row.tools.update(effect="read")
    return row


def soon_over() -> None:
    """The token lasts so little by now that it is renewed before the next use."""
    SourceSignIn.objects.update(expires_at=timezone.now() + timedelta(seconds=30))


def dies(stack: Stack, nursery: Nursery, version: Version, point: str) -> Run:
    """A run whose worker died there, long enough ago that another may renew."""
    soon_over()
    run = stack.say(version, "A-17")
    assert nursery.worker(runs=[run.pk], failpoint=f"{point}:1", lease_s=LEASE_S).wait() == 137
    time.sleep(LEASE_S + 0.2)
    SourceSignIn.objects.exclude(renewing_until=None).update(
        renewing_until=timezone.now() - timedelta(seconds=1)
    )
    return run


def came_to(stack: Stack, nursery: Nursery, run: Run) -> Run:
    with at_work(nursery):
        return stack.ended(run)


def sign_in_again(stack: Stack, nursery: Nursery, ella: Person, source: ToolSource) -> None:
    with at_work(nursery):
        settled(source, "sign_in", stack)
        back = signed_in_there(place_of(ella.client, source, stack))
        assert answered(ella.client, back).status_code == 200
        settled(source, "ready", stack)


@pytest.mark.parametrize(
    ("point", "is_kept"), [("renewal.before", False), ("tokens.before", False), ("tokens.after", True)]
)
def test_what_is_good_once_is_never_handed_in_twice(
    stack: Stack,
    nursery: Nursery,
    shop: GuardedShop,
    ella: Person,
    source: ToolSource,
    point: str,
    is_kept: bool,
):
    """The server has given another token with each pair, so what a dead worker may have handed in is left."""
    version = an_app(source, stack)
    soon_over()
    assert came_to(stack, nursery, stack.say(version, "A-16")).answer == "on its way"
    run = dies(stack, nursery, version, point)
    ended = came_to(stack, nursery, run)

    if is_kept:
        assert (ended.status, ended.answer) == ("succeeded", "on its way")
    else:
        assert ended.error["code"] == "tool_sign_in"
        assert ended.error["hint"] == "Sign in again under Tools."
        sign_in_again(stack, nursery, ella, source)
    assert came_to(stack, nursery, stack.say(version, "A-18")).answer == "on its way"
    assert set(Counter(shop.keeper.handed_in).values()) == {1}
    assert shop.done.count("A-17") == int(is_kept)


def test_where_nobody_has_seen_it_yet_it_is_tried_once_more_and_then_never(
    stack: Stack, nursery: Nursery, shop: GuardedShop, ella: Person, source: ToolSource
):
    """Our client there has a secret, so the server may leave its tokens as they are; this one does not."""
    version = an_app(source, stack)
    run = dies(stack, nursery, version, "tokens.before")
    [first] = shop.keeper.handed_in
    ended = came_to(stack, nursery, run)
    later = came_to(stack, nursery, stack.say(version, "A-18"))

    assert [one.error["code"] for one in (ended, later)] == ["tool_sign_in", "tool_sign_in"]
    assert shop.keeper.handed_in == [first, first]
    assert shop.keeper.renewals == 1, "it was good once"
    sign_in_again(stack, nursery, ella, source)
    assert came_to(stack, nursery, stack.say(version, "A-19")).answer == "on its way"


@pytest.mark.parametrize("point", ["renewal.before", "tokens.before", "tokens.after"])
def test_a_server_that_leaves_the_token_as_it_is_lets_the_run_go_on(
    stack: Stack, nursery: Nursery, shop: GuardedShop, source: ToolSource, point: str
):
    shop.keeper.rotates = False
    version = an_app(source, stack)
    soon_over()
    assert came_to(stack, nursery, stack.say(version, "A-16")).answer == "on its way"
    run = dies(stack, nursery, version, point)

    assert came_to(stack, nursery, run).answer == "on its way"
    assert shop.done.count("A-17") == 1


def test_a_worker_that_is_told_to_stop_keeps_what_it_is_about_to_get(
    stack: Stack, nursery: Nursery, shop: GuardedShop, source: ToolSource
):
    shop.keeper.thinks_s = 2.0
    version = an_app(source, stack)
    soon_over()
    run = stack.say(version, "A-17")
    worker = nursery.worker(runs=[run.pk])
    until(lambda: shop.keeper.renewals == 1, "the server thinks about it")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait() == 0

    assert came_to(stack, nursery, run).answer == "on its way"
    assert set(Counter(shop.keeper.handed_in).values()) == {1}
    assert shop.done.count("A-17") == 1

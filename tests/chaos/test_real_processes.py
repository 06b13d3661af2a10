"""Real processes are killed, frozen and told lies while clients stream; I1 to I10 hold each time.

One short round on each database here. `make soak` goes on for CHAOS_MINUTES (30) on each, from CHAOS_SEED on.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.receiver import receiving
from tests.chaos.site import Site, site
from tests.invariants import violations
from tests.runs.stack import Stack, looking_at

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
SEED = int(os.environ.get("CHAOS_SEED", "20260101"))
LASTS_S = float(os.environ.get("CHAOS_MINUTES", "30")) * 60 if IS_LONG else 0.0
CLIENTS = 16
pytestmark = [pytest.mark.slow, pytest.mark.timeout(LASTS_S + 300)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as built:
        yield built


@pytest.fixture
def on_postgresql(cluster: Cluster, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    built = Stack(tmp_path, database_url=cluster.url)
    built.manage("migrate", "-v", "0")
    built.start_redis()
    try:
        with django_db_blocker.unblock(), looking_at(built):
            yield built
    finally:
        built.stop()


def rounds(attacked: Site, faults: list[str]) -> None:
    """Clients all along, every fault once, in an order that the seed gives; again until the time is over."""
    end = time.monotonic() + LASTS_S
    count = 0
    while count == 0 or time.monotonic() < end:
        count += 1
        order = attacked.chance.sample(faults, len(faults))
        for n, fault in enumerate(order):
            for client in range(CLIENTS // len(faults) + 1):
                attacked.talk(f"{count}.{n}.{client}", random.Random(attacked.chance.random()))
            attacked.suffer([fault])
        attacked.heal()
        assert violations(attacked.told()) == [], f"seed {SEED}, round {count}, faults {attacked.done}"
        if IS_LONG:
            sys.stderr.write(f"round {count}: {len(attacked.talks)} runs so far, faults {order}: kept\n")

    assert sum(talk.cuts for talk in attacked.talks) > CLIENTS / 2


def test_runs_survive_the_death_of_workers_webs_and_redis_on_sqlite(stack: Stack):
    with receiving() as receiver, site(stack, receiver, SEED, workers=2, webs=1) as attacked:
        rounds(attacked, ["kill_worker", "kill_web", "lose_redis", "freeze_worker", "double_bells"])


def test_runs_survive_the_death_of_workers_webs_redis_and_the_database_on_postgresql(
    on_postgresql: Stack, cluster: Cluster
):
    with (
        receiving() as receiver,
        site(on_postgresql, receiver, SEED, workers=2, webs=2, cluster=cluster) as attacked,
    ):
        rounds(
            attacked,
            ["kill_worker", "kill_web", "lose_redis", "freeze_worker", "double_bells", "stop_database"],
        )

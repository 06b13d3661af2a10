"""Each invariant catches what it is there for, and lets a sound world pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.invariants import Fact, Hit, Pace, Story, Stream, World, violations

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RUN, VERSION, WORKSPACE = uuid4(), uuid4(), uuid4()
USAGE = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}


def fact(seq: int, kind: str, path: str = "", **data: Any) -> Fact:
    return Fact(seq, kind, path, NOON + timedelta(seconds=seq), data)


FACTS = (
    fact(1, "run_claimed"),
    fact(2, "run_started"),
    fact(3, "node_started", "tool_1"),
    fact(4, "node_succeeded", "tool_1", usage=USAGE),
    fact(5, "run_succeeded"),
)
STORY = Story(RUN, WORKSPACE, VERSION, "succeeded", "Hi", USAGE, None, 5, FACTS, ("Hi",), True)
SOUND = World(
    accepted=(RUN,),
    runs=(STORY,),
    hits=(Hit(f"{RUN}:tool_1"),),
    streams=(Stream(RUN, tuple((f.seq, f.type, f.path) for f in FACTS), "Hi"),),
    posts=frozenset({"tool_1"}),
    pinned={RUN: VERSION},
    owners={RUN: WORKSPACE},
)


def told(**changed: Any) -> World:
    return replace(SOUND, runs=(replace(STORY, **changed),), streams=())


def numbers(world: World) -> set[str]:
    return {why.split()[0] for why in violations(world)}


def renumbered(*facts: Fact) -> dict[str, Any]:
    return {"facts": tuple(replace(f, seq=n) for n, f in enumerate(facts, 1)), "last_seq": len(facts)}


def test_a_sound_world_violates_nothing():
    assert violations(SOUND) == []


@pytest.mark.parametrize(
    ("number", "world"),
    [
        ("I1", replace(SOUND, accepted=(RUN, uuid4()))),
        ("I1", told(status="running", **renumbered(*FACTS[:4]))),
        ("I1", told(status="waiting", **renumbered(*FACTS[:4]))),
        ("I1", told(status="failed")),
        ("I1", told(**renumbered(*FACTS, FACTS[4]))),
        ("I1", told(said=())),
        ("I1", told(said=("Hi", "Hi"))),
        ("I2", told(**renumbered(*FACTS[:4], FACTS[3], FACTS[4]))),
        ("I2", told(**renumbered(*FACTS[:4], FACTS[2], FACTS[4]))),
        ("I2", told(**renumbered(*[fact(0, "step_done", "tool_1", name="a")] * 2, *FACTS))),
        ("I3", replace(SOUND, hits=())),
        ("I3", replace(SOUND, hits=SOUND.hits * 2)),
        ("I3", replace(SOUND, hits=(*SOUND.hits, Hit("")))),
        ("I3", replace(SOUND, hits=(*SOUND.hits, Hit(f"{RUN}:tool_2")))),
        ("I4", told(facts=(*FACTS[:2], *FACTS[3:]))),
        ("I4", told(last_seq=6)),
        ("I4", replace(SOUND, streams=(replace(SOUND.streams[0], answer="Hi Hi"),))),
        ("I4", replace(SOUND, streams=(replace(SOUND.streams[0], facts=SOUND.streams[0].facts[1:]),))),
        ("I4", replace(SOUND, streams=(replace(SOUND.streams[0], facts=SOUND.streams[0].facts * 2),))),
        ("I5", replace(SOUND, cancelled={RUN: NOON})),
        ("I6", replace(SOUND, pinned={RUN: uuid4()})),
        ("I7", told(usage=USAGE | {"total_tokens": 6})),
        ("I7", told(usage=None)),
        ("I8", told(lease_owner="worker")),
        ("I8", replace(SOUND, orphans=("a process is left",))),
        ("I9", replace(SOUND, owners={RUN: uuid4()})),
    ],
)
def test_an_invariant_catches_its_violation(number: str, world: World):
    assert number in numbers(world)


def test_a_step_that_must_not_be_repeated_may_arrive_once_even_if_it_was_started_again():
    again = told(**renumbered(*FACTS[:3], FACTS[2], *FACTS[3:]))
    twice = replace(again, hits=SOUND.hits * 2)

    assert violations(twice) == []
    assert numbers(replace(twice, unrepeatable=frozenset({"tool_1"}))) == {"I3"}


def test_a_run_that_waits_visibly_is_no_violation():
    waits = (*FACTS[:3], fact(4, "node_waiting", "tool_1"), fact(5, "run_waiting"))

    assert violations(replace(told(status="waiting", answer="", facts=waits), hits=())) == []


@pytest.mark.parametrize(
    "pace",
    [
        Pace((1.0,) * 20, (2.1,) * 20),
        Pace((0.1,) * 20, (0.6,) * 20),
        Pace((1.0,) * 20, (1.0,) * 18 + (2.1,) * 2),
        Pace((1.0,) * 20, (1.0,) * 20, waited_s=61),
        Pace((1.0,) * 20, ()),
        Pace((), (1.0,) * 20),
    ],
)
def test_the_tenth_invariant_catches_a_system_that_stays_slow(pace: Pace):
    assert numbers(replace(SOUND, pace=pace)) == {"I10"}


@pytest.mark.parametrize(
    "pace",
    [
        Pace((1.0,) * 20, (1.9,) * 20, waited_s=59),
        Pace((0.01,) * 20, (0.4,) * 20),
        Pace((1.0,) * 20, (1.0,) * 19 + (9.0,)),
    ],
)
def test_what_is_fast_enough_soon_enough_is_no_violation(pace: Pace):
    assert violations(replace(SOUND, pace=pace)) == []


def test_a_step_that_failed_for_good_inside_one_that_is_tried_again_may_begin_again():
    inside = "loop_1[0].tool_1"
    again = (
        fact(3, "node_started", "loop_1"),
        fact(4, "node_started", inside),
        fact(5, "node_failed", inside, retry_in_s=None, port=None),
        fact(6, "node_failed", "loop_1", retry_in_s=1.0, port=None),
        fact(7, "node_started", "loop_1"),
        fact(8, "node_started", inside),
        fact(9, "node_succeeded", inside, usage=USAGE),
    )
    hits = (Hit(f"{RUN}:{inside}"),)
    world = replace(told(**renumbered(*FACTS[:2], *again, FACTS[4])), hits=hits)

    assert violations(world) == []
    without_its_failure = renumbered(*FACTS[:2], *again[:3], *again[4:], FACTS[4])
    assert numbers(replace(told(**without_its_failure), hits=hits)) == {"I2"}

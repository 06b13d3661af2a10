"""A run's state is a fold over its journal, whatever pieces the journal comes in."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.engine.events import Event, EventType
from workers.engine.state import RunState, fold

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Story:
    """Events one after the other, a second apart unless told otherwise."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = NOON

    def tell(self, kind: EventType, path: str = "", after_s: float = 1, **data: object) -> "Story":
        self.at += timedelta(seconds=after_s)
        self.events.append(Event(len(self.events) + 1, kind, path, self.at, data))
        return self

    def start(self, path: str, attempt: int = 1) -> "Story":
        return self.tell("node_started", path, attempt=attempt, type="work", input={})

    def succeed(self, path: str, output: object = None) -> "Story":
        return self.tell(
            "node_succeeded", path, attempt=1, output=output, port="out", usage=None, elapsed_ms=1
        )

    def fail(self, path: str, retry_in_s: float | None = None, port: str | None = None) -> "Story":
        error = {"code": "model_busy", "message": "Busy.", "hint": ""}
        return self.tell("node_failed", path, attempt=1, error=error, retry_in_s=retry_in_s, port=port)

    @property
    def state(self) -> RunState:
        return fold(self.events)


def test_events_known_already_change_nothing():
    story = Story().tell("run_claimed", worker="w").start("a_1").succeed("a_1", {"n": 1})
    state = story.state

    for event in story.events:
        state.apply(event)

    assert state == story.state


def test_a_gap_is_refused():
    story = Story().tell("run_claimed", worker="w").start("a_1").succeed("a_1")

    with pytest.raises(ValueError, match="does not follow"):
        fold([story.events[0], story.events[2]])


def test_what_was_cut_off_by_a_crash_is_open():
    story = Story().tell("run_claimed", worker="w").start("a_1").start("b_1").succeed("a_1")

    assert story.state.open == {"b_1"}
    assert story.state.attempts == {"a_1": 1, "b_1": 1}


def test_a_failure_that_an_error_port_takes_is_a_result():
    state = Story().tell("run_claimed", worker="w").start("a_1").fail("a_1", port="error").state

    assert state.results["a_1"].output == {"code": "model_busy", "message": "Busy."}
    assert state.results["a_1"].port == "error"
    assert state.failures == {}


def test_a_failure_that_nothing_takes_is_final():
    state = Story().tell("run_claimed", worker="w").start("a_1").fail("a_1").state

    assert state.failures["a_1"]["code"] == "model_busy"
    assert state.results == {}


def test_a_failed_attempt_says_when_the_next_may_start():
    state = Story().tell("run_claimed", worker="w").start("a_1").fail("a_1", retry_in_s=30).state

    assert state.retry_at["a_1"] == NOON + timedelta(seconds=33)


def test_a_node_around_a_body_that_is_tried_again_gives_what_failed_inside_a_new_chance():
    story = Story().tell("run_claimed", worker="w").start("loop_1").start("loop_1[0].a_1")
    story.fail("loop_1[0].a_1").start("loop_1[0].b_1").fail("loop_1", retry_in_s=0)

    state = story.state

    assert state.failures == {}
    assert state.tries("loop_1[0].a_1") == 0
    assert state.open == set()


def test_claims_without_a_new_fact_are_counted():
    story = Story().tell("run_claimed", worker="w").start("a_1")
    story.tell("run_claimed", worker="w").start("a_1", 2).tell("run_claimed", worker="w")
    assert story.state.idle_claims == 3

    story.start("a_1", 3).succeed("a_1").tell("run_claimed", worker="w")

    assert story.state.idle_claims == 1


def test_only_the_time_that_workers_are_at_it_counts():
    story = (
        Story().tell("run_claimed", worker="w").start("a_1").tell("step_done", "a_1", 5, name="x", value=1)
    )

    story.tell("run_claimed", after_s=3600, worker="w").start("a_1", 2)

    assert story.state.worked_s == 7


def test_the_first_signal_of_a_name_wins():
    story = Story().tell("run_claimed", worker="w").tell("node_waiting", "ask_1", name="answer")
    story.tell("signal_received", "ask_1", name="answer", payload="yes")
    story.tell("signal_received", "ask_1", name="answer", payload="no")

    assert story.state.signals == {("ask_1", "answer"): "yes"}
    assert story.state.waiting == {}


def test_an_event_survives_its_journey_as_json():
    event = Event(7, "node_failed", "a_1[2].b_1", NOON, {"error": {"code": "x"}})

    assert Event.from_json(event.to_json()) == event
    assert event.to_json()["at"] == "2026-01-01T12:00:00.000Z"


def test_an_unknown_event_type_is_refused():
    with pytest.raises(ValueError, match="no event type"):
        Event.from_json(
            {"seq": 1, "type": "run_exploded", "path": "", "at": "2026-01-01T12:00:00Z", "data": {}}
        )

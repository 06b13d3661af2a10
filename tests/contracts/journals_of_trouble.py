"""Runs that are recorded with what somebody does to them from outside: who pauses, settles, answers, cancels.

A run is played by `Played.play`: a first worker with the trouble that the story wants, then as many more as
it takes; whenever the run waits, the person of the story does what there is to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.graph import Graph, Policy, graph_from_json, graph_to_json
from nodes.sdk.models import Price
from nodes.sdk.run_limits import RunLimits
from nodes.sdk.uploads import FileText
from tests.engine import world as worlds
from tests.engine.test_limits import Meter
from tests.engine.test_spending import LetThrough, Spendthrift
from tests.engine.world import Outside, World
from workers.engine.engine import Engine
from workers.engine.events import Event
from workers.engine.journal import Journal, MemoryJournal, MemoryRun, Opening, Signal
from workers.engine.remembering import declared_in, remember
from workers.engine.state import RunState
from workers.engine.testing import Crash, build

FILE = {
    "file_id": "00000000-0000-4000-8000-00000000000f",
    "name": "terms.txt",
    "mime": "text/plain",
    "size": 14,
}


@dataclass
class Played(World):
    """A run in which somebody outside plays a part."""

    person: Callable[[Played], None] | None = None
    """Does what there is to do about a run that waits."""
    trouble: Callable[[MemoryRun, Any], Journal] = MemoryJournal
    """The journal of the first worker."""
    files: Any = None
    kept: dict[str, Any] | None = None
    """What the conversation remembers before the run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.run = MemoryRun(Opening(self.query, self.inputs, run="run-1"), conversation=self.kept)

    def engine(self, journal: Journal | None = None, *, worker: str = "w1") -> Engine:
        engine = super().engine(journal, worker=worker)
        if self.files is not None:
            engine.services = replace(engine.services, files=self.files)
        return engine

    async def play(self) -> RunState:
        """The whole run, trouble and all."""
        try:
            state = await self.finish(self.trouble(self.run, self.clock))
        except Crash:
            self.run.expire()
            state = await self.finish()
        return await self.attended(state)

    async def attended(self, state: RunState) -> RunState:
        """What becomes of a run that waits when the person does their part."""
        while state.status == "waiting" and self.person is not None:
            self.person(self)
            state = await self.finish()
        return state

    def remember(self, events: list[Event]) -> None:
        """What these facts have made of what the conversation remembers."""
        if self.run.conversation is not None:
            remember(self.run.conversation, events, declared_in(events))


def played(graph: Graph, failures: dict[str, list[NodeError]] | None = None, **more: Any) -> Played:
    """One run of `graph` in an outside world of its own, where the given paths fail at first."""
    worlds.outside = Outside()
    worlds.outside.failures = failures or {}
    return Played(graph, worlds.outside, **more)


# What goes wrong, and what a person does


class CutOff(MemoryJournal):
    """The worker dies when the step `write_1` has acted, and its end is not written yet."""

    async def append(self, event: Event, *, durable: bool) -> None:
        if event.type == "node_succeeded" and event.path == "write_1":
            self.crash()
            raise Crash
        await super().append(event, durable=durable)


class Paused(MemoryJournal):
    """Somebody pauses the run while `work_1` is at work."""

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable)
        self.run.is_paused = self.run.is_paused or event.path == "work_1"


class ToldToStop(MemoryJournal):
    """The worker is told to stop while `work_1` is at work."""

    async def barrier(self) -> None:
        await super().barrier()
        if self.run.events[-1].path == "work_1":
            await self.abandon()
            raise Crash


class Cancelled(MemoryJournal):
    """Somebody cancels the run when the fourth step has begun, which only the buffer knows by then."""

    starts = 0

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable)
        self.starts += event.type == "node_started"
        if self.starts == 4:
            self.run.cancel()


def answers(payload: Any) -> Callable[[Played], None]:
    """A person who says this to whatever waits."""

    def person(world: Played) -> None:
        reasons: Any = world.run.events[-1].data["reasons"]
        for wait in reasons:
            world.run.send(Signal(wait["path"], wait["name"], payload))

    return person


def lets_go_on(world: Played) -> None:
    world.run.is_paused = False


def waits_an_hour(world: Played) -> None:
    world.clock.advance(3600)


@dataclass(frozen=True)
class OneFile:
    """The only file that was sent."""

    text: str = "Nothing is due"

    async def read(self, value: Any) -> bytes:
        return self.text.encode()

    async def read_text(self, value: Any, *, most: int) -> FileText:
        return FileText(self.text[:most])


# The stories


def paused_and_continued() -> Played:
    return played(
        build("start -> work_1 -> work_2 -> answer", configs={"answer_1": {"text": "{{ work_2.text }}"}}),
        trouble=Paused,
        person=lets_go_on,
    )


def _payment() -> Graph:
    return build(
        "start -> write -> answer_1\nwrite.error -> answer_2",
        configs={
            "answer_1": {"text": "It says: {{ write_1.text }}"},
            "answer_2": {"text": "Sorry: {{ write_1.code }}"},
        },
    )


def cut_off_and_a_person_says_done() -> Played:
    said = {"action": "done", "output": {"text": "it arrived"}}
    return played(_payment(), trouble=CutOff, person=answers(said))


def cut_off_and_a_person_says_again() -> Played:
    return played(_payment(), trouble=CutOff, person=answers({"action": "again"}))


def cut_off_and_a_person_says_failed() -> Played:
    return played(_payment(), trouble=CutOff, person=answers({"action": "fail"}))


def a_person_is_asked_with_a_form() -> Played:
    asks = {
        "message": "Shall we?",
        "fields": [{"name": "why", "label": "Why", "type": "text"}],
        "actions": [{"name": "yes", "title": "Yes"}, {"name": "no", "title": "No"}],
    }
    return played(
        build(
            "start -> ask_human\nask_human.yes -> answer_1\nask_human.no -> answer_2",
            configs={
                "ask_human_1": asks,
                "answer_1": {"text": "Because of {{ ask_human_1.fields.why }}"},
                "answer_2": {"text": "Then not"},
            },
        ),
        person=answers({"action": "yes", "fields": {"why": "the weather"}, "answered_by": "Anna"}),
    )


def an_hour_is_waited_for_beside_other_work() -> Played:
    return played(
        build(
            "start -> wait -> answer\nstart -> work -> answer",
            configs={
                "wait_1": {"amount": 30, "unit": "minutes"},
                "answer_1": {"text": "{{ work_1.text }}"},
            },
        ),
        person=waits_an_hour,
    )


def a_note_comes_too_late() -> Played:
    return played(
        build(
            "start -> await -> answer",
            configs={
                "await_1": {"seconds": 60},
                "answer_1": {"text": "{{ await_1.said | default('nobody') }}"},
            },
        ),
        person=waits_an_hour,
    )


def what_a_conversation_remembers() -> Played:
    graph = build(
        "start -> set_variable_1 -> set_variable_2 -> set_variable_3 -> work -> answer",
        configs={
            "set_variable_1": {"name": "conversation.count", "operator": "add", "value": 1},
            "set_variable_2": {
                "name": "conversation.said",
                "operator": "append",
                "value": "{{ start_1.query }}",
            },
            "set_variable_3": {"name": "mood", "operator": "set", "value": "{{ conversation.count }} times"},
            "answer_1": {"text": "{{ vars.mood }}: {{ conversation.said | join(', ') }}"},
        },
    )
    variables = (
        {"name": "count", "scope": "conversation", "type": "number", "default": 10},
        {"name": "said", "scope": "conversation", "type": "list_text"},
        {"name": "mood", "type": "text", "default": "calm"},
    )
    return played(_declaring(graph, variables), kept={"count": 3, "said": ["once"]})


def a_loop_keeps_what_it_counts() -> Played:
    body = build(
        "set_variable_1 -> work -> set_variable_2",
        configs={
            "set_variable_1": {"name": "loop_1.n", "operator": "add", "value": 2},
            "work_1": {"text": "{{ loop_1.n }}"},
            "set_variable_2": {"name": "loop_1.seen", "operator": "append", "value": "{{ work_1.text }}"},
        },
    )
    keeps = [{"name": "n", "type": "number", "value": 1}, {"name": "seen", "type": "list_text"}]
    until = {"conditions": [{"left": "{{ loop_1.n }}", "operator": "gte", "right": 5}]}
    return played(
        build(
            "start -> loop -> answer",
            configs={
                "loop_1": {"count": 9, "variables": keeps, "until": until},
                "answer_1": {"text": "{{ loop_1.n }}: {{ loop_1.seen | join(' ') }}"},
            },
            bodies={"loop_1": body},
        )
    )


def _asks_thrice(limits: RunLimits) -> Graph:
    """It has said something by the time it may ask no more."""
    drawn = build(
        "start -> say_1 -> answer_1 -> say_2 -> say_3 -> answer_2",
        configs={
            "say_1": {"user": "one"},
            "say_2": {"user": "two"},
            "say_3": {"user": "three"},
            "answer_1": {"text": "First: {{ say_1.text }}"},
            "answer_2": {"text": "Last: {{ say_3.text }}"},
        },
    )
    return replace(drawn, limits=limits)


def too_many_tokens() -> Played:
    return played(_asks_thrice(RunLimits(tokens=60)), models=Meter(reply=20))


def too_much_money() -> Played:
    models = Meter(reply=20, price_of=Price(0.0, 0.001), cost=0.02)
    return played(_asks_thrice(RunLimits(cost=0.03)), models=models)


def too_many_steps_of_the_app() -> Played:
    return played(_asks_thrice(RunLimits(steps=3)))


def too_much_time_of_the_app() -> Played:
    drawn = build(
        "start -> answer_1 -> work -> answer_2",
        configs={
            "answer_1": {"text": "One moment."},
            "work_1": {"seconds": 90},
            "answer_2": {"text": "Done."},
        },
    )
    return played(replace(drawn, limits=RunLimits(wall_s=30)))


def cancelled_with_steps_that_were_never_written() -> Played:
    return played(
        build(
            "start -> work -> set_variable -> answer_1 -> answer_2 -> answer_3",
            configs={
                "set_variable_1": {"name": "x", "operator": "set", "value": "said"},
                "answer_1": {"text": "{{ vars.x }} 1"},
                "answer_2": {"text": "{{ vars.x }} 2"},
                "answer_3": {"text": "{{ work_1.text }}"},
            },
        ),
        trouble=Cancelled,
    )


def failures_handled_in_each_way() -> Played:
    wrong = [NodeError("model_auth", "No.", "Look at it.")]
    body = build("work_3", configs={"work_3": {"text": "{{ each_1.item }}"}})
    return played(
        build(
            "start -> work_1 -> answer\nstart -> work_2\nwork_2.error -> template -> answer\n"
            "start -> each -> answer",
            configs={
                "template_1": {"text": "{{ work_2.message }}"},
                "each_1": {"items": ["a", "b"], "collect": "{{ work_3.text }}", "on_error": "drop"},
                "answer_1": {"text": "{{ work_1.text }} {{ template_1.text }} {{ each_1.items | json }}"},
            },
            policies={"work_1": Policy(on_error="default", default={"text": "instead"})},
            bodies={"each_1": body},
        ),
        {"work_1": wrong, "work_2": wrong, "each_1[0].work_3": wrong},
    )


def a_file_is_read() -> Played:
    return played(
        build(
            "start -> read_document -> answer",
            configs={
                "start_1": {"inputs": [{"name": "paper", "type": "file"}]},
                "read_document_1": {"files": "{{ start_1.paper }}"},
                "answer_1": {"text": "{{ start_1.paper.name }}: {{ read_document_1.text }}"},
            },
        ),
        inputs={"paper": FILE},
        files=OneFile(),
    )


def an_app_that_keeps_and_fails_inside_an_app() -> Played:
    inner = _declaring(
        build(
            "start -> set_variable -> work -> answer",
            configs={
                "set_variable_1": {"name": "n", "operator": "add", "value": 1},
                "answer_1": {"text": "{{ vars.n }} {{ work_1.text }}"},
            },
        ),
        ({"name": "n", "type": "number", "default": 5},),
    )
    twice = build(
        "sub_workflow", configs={"sub_workflow_1": {"workflow": "inner", "query": "{{ loop_1.number }}"}}
    )
    return played(
        build(
            "start -> loop -> answer",
            configs={
                "loop_1": {"count": 2, "result": "{{ sub_workflow_1.answer }}"},
                "answer_1": {"text": "{{ loop_1.items | join(' / ') }}"},
            },
            policies={"loop_1": Policy(max_attempts=3, retry_codes=("model_auth",))},
            bodies={"loop_1": twice},
        ),
        {"loop_1[1].sub_workflow_1[0].work_1": [NodeError("model_auth", "No.", "Look at it.")]},
        workflows={"inner@latest": inner},
    )


def told_to_stop_in_the_middle() -> Played:
    return played(
        build("start -> work -> answer", configs={"answer_1": {"text": "{{ work_1.text }}"}}),
        trouble=ToldToStop,
    )


def what_stopped_attempts_had_used() -> Played:
    """Items side by side: the first fails in two attempts of the whole, while others ask a model."""
    models = Spendthrift()
    body = build(
        "fork.yes -> work\nfork.no -> say",
        configs={"fork_1": {"port": "{{ each_1.item.port }}"}, "say_1": {"user": "{{ each_1.item.ask }}"}},
    )
    items: list[Any] = [{"port": "yes", "ask": ""}, {"port": "no", "ask": "b"}, {"port": "no", "ask": "c"}]

    def trouble(run: MemoryRun, clock: Any) -> Journal:
        journal = LetThrough(run, None, clock)
        journal.models = models
        return journal

    return played(
        build(
            "start -> each -> say_2 -> answer",
            configs={
                "each_1": {"items": items, "at_once": 3},
                "say_2": {"user": "d"},
                "answer_1": {"text": "{{ say_2.text }}"},
            },
            policies={"each_1": Policy(max_attempts=5, backoff_s=1, retry_codes=("bad_config",))},
            bodies={"each_1": body},
        ),
        {"each_1[0].work_1": [NodeError("bad_config", "No.", "Look at it.")] * 2},
        models=models,
        trouble=trouble,
    )


def _declaring(graph: Graph, variables: tuple[dict[str, Any], ...]) -> Graph:
    return graph_from_json({**graph_to_json(graph), "variables": list(variables)})


PLAYED: list[Callable[[], Played]] = [
    paused_and_continued,
    cut_off_and_a_person_says_done,
    cut_off_and_a_person_says_again,
    cut_off_and_a_person_says_failed,
    a_person_is_asked_with_a_form,
    an_hour_is_waited_for_beside_other_work,
    a_note_comes_too_late,
    what_a_conversation_remembers,
    a_loop_keeps_what_it_counts,
    too_many_tokens,
    too_much_money,
    too_many_steps_of_the_app,
    too_much_time_of_the_app,
    cancelled_with_steps_that_were_never_written,
    failures_handled_in_each_way,
    a_file_is_read,
    an_app_that_keeps_and_fails_inside_an_app,
    told_to_stop_in_the_middle,
    what_stopped_attempts_had_used,
]

"""Streams of runs that wait, are helped, use other apps, come to a limit, or lose their worker in order."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.graph import Graph, Policy
from nodes.sdk.http import HttpResponse
from nodes.sdk.run_limits import RunLimits
from tests.contracts.studio import Studio
from workers.engine.journal import Signal
from workers.engine.state import RunState
from workers.engine.testing import build, settle

Recorded = tuple[Studio, RunState]
WRONG = NodeError("model_auth", "The key of the model is wrong.", "Look at it.")


async def until_it_speaks(studio: Studio, pieces: int = 2) -> tuple[asyncio.Task[RunState], Any]:
    """A worker that is in the middle of an answer, and its journal."""
    engine, journal = studio.engine()
    task = asyncio.ensure_future(engine.run())
    for _ in range(pieces):
        await settle()
        studio.clock.advance_to_next()
    await settle()
    return task, journal


def reasons(studio: Studio) -> list[Any]:
    """What the run waits for."""
    told: Any = studio.run.events[-1].data["reasons"]
    return told


async def a_person_is_asked_beside_a_reply() -> Recorded:
    """The reply is said; the question waits; then a button is pressed."""
    asks = {
        "message": "Shall we?",
        "fields": [{"name": "why", "label": "Why", "type": "text"}],
        "actions": [{"name": "yes", "title": "Yes"}, {"name": "no", "title": "No"}],
    }
    graph = build(
        "start -> prompt -> answer_1\nstart -> ask_human\n"
        "ask_human.yes -> answer_2\nask_human.no -> answer_3",
        configs={
            "prompt_1": {"user": "{{ start_1.query }}"},
            "answer_1": {"text": "{{ prompt_1.text }}"},
            "ask_human_1": asks,
            "answer_2": {"text": "Because of {{ ask_human_1.fields.why }}"},
            "answer_3": {"text": "Then not"},
        },
    )
    studio = Studio(graph, ["One", " moment"])
    assert (await studio.finish()).status == "waiting"
    said = {"action": "yes", "fields": {"why": "the weather"}, "answered_by": "Anna"}
    for wait in reasons(studio):
        studio.run.send(Signal(wait["path"], wait["name"], said))
    return studio, await studio.finish()


async def a_while_is_waited_for() -> Recorded:
    graph = build(
        "start -> wait -> prompt -> answer",
        configs={
            "wait_1": {"amount": 30, "unit": "minutes"},
            "prompt_1": {"user": "{{ start_1.query }}"},
            "answer_1": {"text": "{{ prompt_1.text }}"},
        },
    )
    studio = Studio(graph, ["Good", " morning"])
    assert (await studio.finish()).status == "waiting"
    studio.clock.advance(1800)
    return studio, await studio.finish()


async def paused_while_it_speaks_and_continued() -> Recorded:
    graph = build(
        "start -> prompt_1 -> prompt_2 -> answer",
        configs={
            "prompt_1": {"user": "one"},
            "prompt_2": {"user": "two"},
            "answer_1": {"text": "{{ prompt_1.text }} {{ prompt_2.text }}"},
        },
    )
    studio = Studio(graph, ["first", " words"], ["second", " words"])
    task, _ = await until_it_speaks(studio, 1)
    studio.run.is_paused = True
    assert (await studio.clock.finish(task)).status == "waiting"
    studio.run.is_paused = False
    return studio, await studio.finish()


async def cut_off_in_a_write_and_settled() -> Recorded:
    """A person says that the order had arrived."""

    class Shop:
        async def request(self, *_: Any, **__: Any) -> HttpResponse:
            await asyncio.Event().wait()
            raise AssertionError

    order = {"method": "POST", "address": "https://shop.example.com/orders", "body": "text", "text": "one"}
    graph = build(
        "start -> tool -> answer",
        configs={"tool_1": order, "answer_1": {"text": "It says {{ tool_1.status }}"}},
    )
    studio = Studio(graph, http=Shop())
    task, journal = await until_it_speaks(studio, 0)
    journal.crash()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await studio.finish()).status == "waiting"
    output = {"text": "", "data": None, "status": 200, "headers": {}}
    for wait in reasons(studio):
        studio.run.send(Signal(wait["path"], wait["name"], {"action": "done", "output": output}))
    return studio, await studio.finish()


async def told_to_stop_while_it_speaks() -> Recorded:
    """Twice a worker is told to stop; what it had said is taken back."""
    graph = build(
        "start -> prompt -> answer",
        configs={"prompt_1": {"user": "{{ start_1.query }}"}, "answer_1": {"text": "{{ prompt_1.text }}"}},
    )
    studio = Studio(graph, ["Once", " upon", " a"], ["Then", " one"], ["Another", " story"])
    for _ in range(2):
        task, journal = await until_it_speaks(studio)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.abandon()
    return studio, await studio.finish()


async def gone_on_with_what_was_set_for_a_failure() -> Recorded:
    """A step, an item and a container, each with something that was set for this case."""
    body = build("prompt_2", configs={"prompt_2": {"user": "{{ each_1.item }}"}})
    graph = build(
        "start -> prompt_1 -> each -> answer",
        configs={
            "prompt_1": {"user": "{{ start_1.query }}"},
            "each_1": {"items": ["a", "b"], "collect": "{{ prompt_2.text }}"},
            "answer_1": {"text": "{{ prompt_1.text }}: {{ each_1.items[0] }}"},
        },
        policies={
            "prompt_1": Policy(max_attempts=1, on_error="default", default={"text": "instead"}),
            "each_1": Policy(on_error="default", default={"items": ["none"]}),
        },
        bodies={"each_1": body},
    )
    studio = Studio(graph, ["Half", WRONG], ["item"], [WRONG])
    return studio, await studio.finish()


def _asks_thrice(limits: RunLimits) -> Graph:
    drawn = build(
        "start -> prompt_1 -> answer_1 -> prompt_2 -> prompt_3 -> answer_2",
        configs={
            "prompt_1": {"user": "one"},
            "prompt_2": {"user": "two"},
            "prompt_3": {"user": "three"},
            "answer_1": {"text": "{{ prompt_1.text }}"},
            "answer_2": {"text": "{{ prompt_3.text }}"},
        },
    )
    return replace(drawn, limits=limits)


async def the_tokens_are_used_up() -> Recorded:
    studio = Studio(_asks_thrice(RunLimits(tokens=30)), ["one", " done"], ["two", " more"], ["three"])
    return studio, await studio.finish()


async def the_money_is_used_up() -> Recorded:
    studio = Studio(_asks_thrice(RunLimits(cost=0.0002)), ["one", " done"], ["two", " more"], ["three"])
    return studio, await studio.finish()


async def the_steps_are_used_up() -> Recorded:
    studio = Studio(_asks_thrice(RunLimits(steps=4)), ["one", " done"], ["two", " more"], ["three"])
    return studio, await studio.finish()


async def the_time_is_up_while_it_speaks() -> Recorded:
    studio = Studio(_asks_thrice(RunLimits(wall_s=1)), ["one"], ["w"] * 30, ["three"])
    return studio, await studio.finish()


async def an_app_is_used_in_each_round_and_speaks() -> Recorded:
    """In the second round the app inside fails at first, and is asked again as a whole."""
    inner = build(
        "start -> prompt_1 -> answer",
        configs={
            "prompt_1": {"user": "{{ start_1.query }}"},
            "answer_1": {"text": "{{ prompt_1.text }}."},
        },
        policies={"prompt_1": Policy(max_attempts=1)},
    )
    body = build(
        "sub_workflow -> answer_2",
        configs={
            "sub_workflow_1": {"workflow": "inner", "query": "{{ loop_1.number }}"},
            "answer_2": {"text": "{{ sub_workflow_1.answer }}"},
        },
        policies={"sub_workflow_1": Policy(max_attempts=2, backoff_s=1, retry_codes=("model_auth",))},
    )
    graph = build("start -> loop", configs={"loop_1": {"count": 2}}, bodies={"loop_1": body})
    studio = Studio(
        graph, ["one", " round"], ["half", WRONG], ["two", " rounds"], workflows={"inner@latest": inner}
    )
    return studio, await studio.finish()


async def what_a_stopped_attempt_had_used() -> Recorded:
    """An item fails while another one's answer has come and is being told; both are tried again."""
    body = build(
        "prompt_1 -> prompt_2",
        configs={"prompt_1": {"user": "{{ each_1.item }}"}, "prompt_2": {"user": "again"}},
        policies={"prompt_1": Policy(max_attempts=1), "prompt_2": Policy(max_attempts=1)},
    )
    graph = build(
        "start -> each -> answer",
        configs={
            "each_1": {"items": ["a", "b"], "at_once": 2, "collect": "{{ prompt_2.text }}"},
            "answer_1": {"text": "{{ each_1.items[0] }} {{ each_1.items[1] }}"},
        },
        policies={"each_1": Policy(max_attempts=2, backoff_s=1, retry_codes=("model_auth",))},
        bodies={"each_1": body},
    )
    studio = Studio(
        graph,
        ["a", " b"],
        ["told", " at", " once", " and", " on"],
        ["c", WRONG],
        ["d"],
        ["e"],
        ["f"],
        tells_at_once=True,
    )
    return studio, await studio.finish()


async def ended_with_a_message_while_another_step_speaks() -> Recorded:
    """The last word comes behind what stands, and what is being said beside it is never told to its end."""
    enough = {
        "name": "enough",
        "conditions": [{"left": "{{ prompt_2.text }}", "operator": "is", "right": "no"}],
    }
    graph = build(
        "start -> answer_1 -> prompt_1 -> answer_2\nanswer_1 -> prompt_2 -> branch.enough -> stop",
        configs={
            "answer_1": {"text": "One moment."},
            "prompt_1": {"user": "tell"},
            "prompt_2": {"user": "may it?"},
            "answer_2": {"text": "{{ prompt_1.text }}"},
            "branch_1": {"cases": [enough]},
            "stop_1": {"message": "It may not: {{ prompt_2.text }}.", "status": "failed"},
        },
    )
    studio = Studio(graph, ["It", " would", " go", " on", " for", " long"], ["n", "o"])
    return studio, await studio.finish()


async def an_app_that_is_used_ends_itself_in_a_round() -> Recorded:
    """Its last word belongs to its answer; the app around goes on, and then ends itself too, from a round."""
    body = build(
        "answer_1 -> stop", configs={"answer_1": {"text": "First."}, "stop_1": {"message": "Enough."}}
    )
    inner = build("start -> loop", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})
    last = {"name": "last", "conditions": [{"left": "{{ each_1.number }}", "operator": "is", "right": 2}]}
    outer = build(
        "sub_workflow -> answer_2 -> branch.last -> stop_2",
        configs={
            "sub_workflow_1": {"workflow": "inner", "query": "{{ each_1.item }}"},
            "answer_2": {"text": "{{ each_1.number }}: {{ sub_workflow_1.answer }}"},
            "branch_1": {"cases": [last]},
            "stop_2": {"message": "The rest is left out."},
        },
    )
    graph = build(
        "start -> each -> answer_3",
        configs={"each_1": {"items": ["a", "b", "c"]}, "answer_3": {"text": "All of it."}},
        bodies={"each_1": outer},
    )
    studio = Studio(graph, workflows={"inner@latest": inner})
    return studio, await studio.finish()


TROUBLED: list[Callable[[], Any]] = [
    a_person_is_asked_beside_a_reply,
    a_while_is_waited_for,
    paused_while_it_speaks_and_continued,
    cut_off_in_a_write_and_settled,
    told_to_stop_while_it_speaks,
    gone_on_with_what_was_set_for_a_failure,
    the_tokens_are_used_up,
    the_money_is_used_up,
    the_steps_are_used_up,
    the_time_is_up_while_it_speaks,
    an_app_is_used_in_each_round_and_speaks,
    what_a_stopped_attempt_had_used,
    ended_with_a_message_while_another_step_speaks,
    an_app_that_is_used_ends_itself_in_a_round,
]

"""Records the streams in `streams/`: what a console hears of a run, and what that folds to.
`said/` holds what may be shown of the answer along each of them.

    python -m tests.contracts.record_streams

A stream that is there already is never written again: it stands for what older servers have said.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.answers import AnswerFold, compile_answers
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.graph import Policy, graph_from_json, graph_to_json
from tests.contracts.streams_of_trouble import TROUBLED
from tests.contracts.studio import Studio
from workers.engine.state import RunState
from workers.engine.testing import build, settle
from workers.engine.usage import usage_to_json

STREAMS = Path(__file__).parent / "streams"
SAID = Path(__file__).parent / "said"

ASK = {"prompt_1": {"user": "{{ start_1.query }}"}, "answer_1": {"text": "{{ prompt_1.text }}"}}


async def an_answer_word_by_word() -> tuple[Studio, RunState]:
    studio = Studio(build("start -> prompt -> answer", configs=ASK), ["Grüß", " dich", " 𝄞", "!"])
    return studio, await studio.finish()


async def branches_and_a_join() -> tuple[Studio, RunState]:
    case = {
        "name": "hello",
        "conditions": [{"left": "{{ start_1.query }}", "operator": "contains", "right": "h"}],
    }
    graph = build(
        "start -> branch\nbranch.hello -> prompt_1 -> template\nbranch.hello -> prompt_2 -> template\n"
        "branch.else -> answer_2\ntemplate -> answer_1",
        configs={
            "branch_1": {"cases": [case]},
            "prompt_1": {"user": "left"},
            "prompt_2": {"user": "right"},
            "template_1": {"text": "{{ prompt_1.text }} + {{ prompt_2.text }}"},
            "answer_1": {"text": "{{ template_1.text }}"},
            "answer_2": {"text": "Pardon?"},
        },
    )
    studio = Studio(graph, ["one", " two"], ["three", " four"])
    return studio, await studio.finish()


async def a_busy_model_is_tried_again() -> tuple[Studio, RunState]:
    busy = NodeError("model_busy", "The model is busy.", "Wait a little.", retry_after_s=2)
    studio = Studio(build("start -> prompt -> answer", configs=ASK), ["Half", busy], ["Whole", " answer"])
    return studio, await studio.finish()


async def a_second_attempt_after_a_crash() -> tuple[Studio, RunState]:
    studio = Studio(
        build("start -> prompt -> answer", configs=ASK), ["Once", " upon", " a"], ["Another", " story"]
    )
    engine, journal = studio.engine()
    task = asyncio.ensure_future(engine.run())
    for _ in range(2):
        await settle()
        studio.clock.advance_to_next()
    await settle()
    journal.crash()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return studio, await studio.finish()


async def a_failure_that_an_error_port_takes() -> tuple[Studio, RunState]:
    graph = build(
        "start -> prompt -> answer_1\nprompt.error -> answer_2",
        configs={**ASK, "answer_2": {"text": "Sorry: {{ prompt_1.message }}"}},
        policies={"prompt_1": Policy(max_attempts=1)},
    )
    studio = Studio(graph, [NodeError("model_auth", "The key of the model is wrong.", "Look at it.")])
    return studio, await studio.finish()


async def a_failure_that_ends_the_run() -> tuple[Studio, RunState]:
    wrong = NodeError("model_auth", "The key of the model is wrong.", "Look at it.")
    studio = Studio(build("start -> prompt -> answer", configs=ASK), [wrong])
    return studio, await studio.finish()


async def cancelled_while_it_speaks() -> tuple[Studio, RunState]:
    studio = Studio(build("start -> prompt -> answer", configs=ASK), ["This", " will", " not", " end"])
    engine, _ = studio.engine()
    task = asyncio.ensure_future(engine.run())
    for _ in range(2):
        await settle()
        studio.clock.advance_to_next()
    await settle()
    engine.cancel()
    return studio, await studio.clock.finish(task)


async def a_list_worked_through_two_at_a_time() -> tuple[Studio, RunState]:
    """One item fails and leaves an empty place; the results keep the order of the list."""
    inside = build(
        "prompt",
        configs={"prompt_1": {"user": "{{ each_1.number }}: {{ each_1.item }}"}},
        policies={"prompt_1": Policy(max_attempts=1)},
    )
    graph = build(
        "start -> each -> answer",
        configs={
            "each_1": {
                "items": "{{ start_1.query }}",
                "collect": "{{ prompt_1.text }}",
                "at_once": 2,
                "on_error": "null",
            },
            "answer_1": {"text": '{{ each_1.items | join(" + ") }}'},
        },
        bodies={"each_1": inside},
    )
    busy = NodeError("model_auth", "The key of the model is wrong.", "Look at it.")
    studio = Studio(graph, ["one", " long", " answer"], [busy], ["three"], query="a\nb\nc")
    return studio, await studio.finish()


async def a_loop_left_from_inside_an_each() -> tuple[Studio, RunState]:
    """In the second round an item says stop, while the other one is still at work."""
    until = {"left": "{{ prompt_1.text }}", "operator": "contains", "right": "stop"}
    inner = build(
        "prompt -> branch\nbranch.enough -> stop_loop",
        configs={
            "prompt_1": {"user": "{{ loop_1.number }}{{ each_1.item }}"},
            "branch_1": {"cases": [{"name": "enough", "conditions": [until]}]},
        },
    )
    outer = build(
        "set_variable -> each",
        configs={
            "set_variable_1": {"name": "rounds", "operator": "add", "value": 1},
            "each_1": {"items": ["a", "b"], "collect": "{{ prompt_1.text }}", "at_once": 2},
        },
        bodies={"each_1": inner},
    )
    graph = build(
        "start -> loop -> answer",
        configs={
            "loop_1": {"count": 5, "result": "{{ each_1.items }}"},
            "answer_1": {"text": "{{ vars.rounds }} rounds: {{ loop_1.items | first }}"},
        },
        bodies={"loop_1": outer},
    )
    studio = Studio(graph, ["go"], ["on"], ["stop"], ["and", " so", " on", " and", " on"])
    return studio, await studio.finish()


async def rounds_that_speak() -> tuple[Studio, RunState]:
    """A busy model is asked again in the second round."""
    body = build(
        "prompt -> answer",
        configs={
            "prompt_1": {"user": "{{ loop_1.number }}"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ prompt_1.text }}"},
        },
    )
    graph = build(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 2}, "answer_2": {"text": "End."}},
        bodies={"loop_1": body},
    )
    busy = NodeError("model_busy", "The model is busy.", "Wait a little.", retry_after_s=2)
    studio = Studio(graph, ["one", " round"], ["half", busy], ["two", " rounds"])
    return studio, await studio.finish()


async def items_that_speak_side_by_side() -> tuple[Studio, RunState]:
    """They speak in the order of the list, whichever is done first."""
    body = build(
        "prompt -> answer",
        configs={
            "prompt_1": {"user": "{{ each_1.item }}"},
            "answer_1": {"text": "{{ each_1.number }}: {{ prompt_1.text }}"},
        },
    )
    graph = build(
        "start -> each -> answer_2",
        configs={"each_1": {"items": ["a", "b"], "at_once": 2}, "answer_2": {"text": "End."}},
        bodies={"each_1": body},
    )
    studio = Studio(graph, ["a", " long", " way", " to", " go"], ["short"])
    return studio, await studio.finish()


ENOUGH = {
    "name": "enough",
    "conditions": [{"left": "{{ prompt_1.text }}", "operator": "contains", "right": "stop"}],
}


async def rounds_that_speak_until_one_stops() -> tuple[Studio, RunState]:
    """*Stop repeating* comes after the reply, so nothing forbids its words while they come."""
    body = build(
        "prompt -> answer -> branch\nbranch.enough -> stop_loop",
        configs={
            "prompt_1": {"user": "{{ loop_1.number }}"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ prompt_1.text }}"},
            "branch_1": {"cases": [ENOUGH]},
        },
    )
    graph = build(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 5}, "answer_2": {"text": "{{ loop_1.count }} rounds."}},
        bodies={"loop_1": body},
    )
    studio = Studio(graph, ["one", " goes", " on"], ["two", " says", " stop", " now"])
    return studio, await studio.finish()


async def a_reply_beside_a_step_that_stops() -> tuple[Studio, RunState]:
    """Somebody beside the reply may end the round before it is said, so it is said when it is done."""
    body = build(
        "prompt_1 -> branch\nbranch.enough -> stop_loop\nprompt_2 -> answer",
        configs={
            "prompt_1": {"user": "judge {{ loop_1.number }}"},
            "prompt_2": {"user": "speak {{ loop_1.number }}"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ prompt_2.text }}"},
            "branch_1": {"cases": [ENOUGH]},
        },
    )
    graph = build(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 5}, "answer_2": {"text": "End."}},
        bodies={"loop_1": body},
    )
    studio = Studio(
        graph,
        ["slow", " to", " go", " on", " again"],
        ["said", " soon"],
        ["stop"],
        ["never", " said", " to", " its", " end"],
    )
    return studio, await studio.finish()


async def rounds_left_for_the_next_one() -> tuple[Studio, RunState]:
    """A round that was left has said what it had said, and the next one speaks at once."""
    second = {
        "name": "second",
        "conditions": [{"left": "{{ loop_1.number }}", "operator": "is", "right": 2}],
    }
    body = build(
        "prompt_1 -> answer_1 -> branch\nbranch.second -> next_round\nbranch.else -> prompt_2 -> answer_3",
        configs={
            "prompt_1": {"user": "first {{ loop_1.number }}"},
            "prompt_2": {"user": "second {{ loop_1.number }}"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ prompt_1.text }}"},
            "answer_3": {"text": "and {{ prompt_2.text }}"},
            "branch_1": {"cases": [second]},
        },
    )
    graph = build(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 3}, "answer_2": {"text": "End."}},
        bodies={"loop_1": body},
    )
    studio = Studio(graph, ["a", " b"], ["c", " d"], ["e", " f"], ["g", " h"], ["i", " j"])
    return studio, await studio.finish()


async def items_side_by_side_until_one_stops() -> tuple[Studio, RunState]:
    """Each may end all of them, so they speak when they are done, in the order of the list."""
    inner = build(
        "prompt -> answer -> branch\nbranch.enough -> stop_loop",
        configs={
            "prompt_1": {"user": "{{ loop_1.number }}{{ each_1.item }}"},
            "answer_1": {"text": "{{ each_1.item }}: {{ prompt_1.text }}"},
            "branch_1": {"cases": [ENOUGH]},
        },
    )
    outer = build("each", configs={"each_1": {"items": ["a", "b"], "at_once": 2}}, bodies={"each_1": inner})
    graph = build(
        "start -> loop -> answer_2",
        configs={"loop_1": {"count": 5}, "answer_2": {"text": "End."}},
        bodies={"loop_1": outer},
    )
    studio = Studio(
        graph, ["long", " way", " to", " go"], ["on"], ["stop"], ["one", " that", " is", " cut", " off"]
    )
    return studio, await studio.finish()


STORIES: list[Callable[[], Any]] = [
    an_answer_word_by_word,
    branches_and_a_join,
    a_busy_model_is_tried_again,
    a_second_attempt_after_a_crash,
    a_failure_that_an_error_port_takes,
    a_failure_that_ends_the_run,
    cancelled_while_it_speaks,
    a_list_worked_through_two_at_a_time,
    a_loop_left_from_inside_an_each,
    rounds_that_speak,
    items_that_speak_side_by_side,
    rounds_that_speak_until_one_stops,
    a_reply_beside_a_step_that_stops,
    rounds_left_for_the_next_one,
    items_side_by_side_until_one_stops,
    *TROUBLED,
]


def summary(state: RunState) -> dict[str, Any]:
    """What every fold of the stream must come to, whatever language it is written in."""
    return {
        "status": state.status,
        "seq": state.seq,
        "answer": state.answer if state.status == "succeeded" else state.answer or None,
        "error": state.error,
        "usage": usage_to_json(state.usage),
        "steps": {path: _step(state, path) for path in sorted(state.attempts)},
    }


def _step(state: RunState, path: str) -> dict[str, Any]:
    step: dict[str, Any] = {"attempt": state.attempts[path], "output": None, "port": None}
    result = state.results.get(path)
    if result is not None and result.port == "error":
        return {**step, "status": "failed", "port": "error"}
    if result is not None and path in state.given_instead:
        return {**step, "status": "failed", "output": result.output, "port": result.port}
    if result is not None:
        return {**step, "status": "succeeded", "output": result.output, "port": result.port}
    return {**step, "status": "failed" if path in state.failures else "stopped"}


def said_while(recorded: dict[str, Any]) -> list[tuple[int, str]]:
    """What may be shown of the answer after so many entries of a stream, each time that it changes."""
    fold = AnswerFold(compile_answers(graph_from_json(recorded["graph"]), load_catalogue()))
    said = [(0, "")]
    for count, entry in enumerate(recorded["entries"], 1):
        if entry["kind"] == "event":
            event = entry["event"]
            fold.event(event["type"], event["path"], event["data"])
        elif entry["kind"] == "delta":
            fold.delta(**entry["delta"])
        if fold.text != said[-1][1]:
            said.append((count, fold.text))
    return said


async def record() -> None:
    for folder in (STREAMS, SAID):
        folder.mkdir(exist_ok=True)
    for story in STORIES:
        file = STREAMS / f"{story.__name__}.json"
        if not file.exists():
            studio, state = await story()
            recorded = {
                "graph": graph_to_json(studio.graph),
                "folds_to": summary(state),
                "entries": studio.stream.entries,
            }
            file.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        said = SAID / file.name
        if not said.exists():
            told = said_while(json.loads(file.read_text(encoding="utf-8")))
            said.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record())

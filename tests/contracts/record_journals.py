"""Records the journals in `journals/`: the facts of runs as a release wrote them, and what they lead to.

    python -m tests.contracts.record_journals NAME_OF_THE_RELEASE

A journal that is there already is never written again: it stands for what older workers have written.
Run it at a release, and commit the new files with their line in `journals/hashes.json`.

**After a change of events** (a new type, a new field, another order) the old files must still pass as they
are: if one fails, mend the fold, not the file. Then record what is new: add a story here, or in
`journals_of_trouble.py` if somebody outside plays a part, with a name that says what happens, and run this.
A story that exists and now writes other facts is recorded once more under a new name (`..._since_2027`).
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.graph import Graph, Policy, graph_to_json
from tests.contracts.journals_of_trouble import PLAYED, Played
from tests.engine import world as worlds
from tests.engine.world import Outside, World
from workers.engine.events import Event
from workers.engine.forking import Fork
from workers.engine.journal import MemoryJournal
from workers.engine.limits import Limits
from workers.engine.state import RunState, fold
from workers.engine.testing import build, crash_at
from workers.engine.usage import usage_to_json

JOURNALS = Path(__file__).parent / "journals"
HASHES = JOURNALS / "hashes.json"

Story = Callable[[], World]


def made(graph: Graph, failures: dict[str, list[NodeError]] | None = None, **more: Any) -> World:
    """One run of `graph` in an outside world of its own, where the given paths fail at first."""
    worlds.outside = Outside()
    worlds.outside.failures = failures or {}
    return World(graph, worlds.outside, **more)


def branches_and_a_join() -> World:
    is_long = {"left": "{{ start_1.query }}", "operator": "contains", "right": "long"}
    return made(
        build(
            "start -> branch\nbranch.long -> work_1 -> template\nbranch.long -> say_1 -> template\n"
            "branch.else -> work_2 -> template\ntemplate -> answer",
            configs={
                "branch_1": {"cases": [{"name": "long", "conditions": [is_long]}]},
                "work_1": {"text": "{{ start_1.query }}", "seconds": 2},
                "say_1": {"user": "about {{ start_1.query }}"},
                "template_1": {"text": "{{ work_1.text }} + {{ say_1.text }}"},
                "answer_1": {"text": "Here: {{ template_1.text }}"},
            },
        ),
        query="a long way",
    )


def a_loop_with_a_total() -> World:
    body = build(
        "set_variable -> write",
        configs={
            "set_variable_1": {"name": "total", "operator": "add", "value": "{{ loop_1.number }}"},
            "write_1": {"text": "{{ vars.total }}"},
        },
    )
    until = {"conditions": [{"left": "{{ vars.total }}", "operator": "gte", "right": 6}]}
    return made(
        build(
            "start -> loop -> answer",
            configs={
                "loop_1": {"count": 9, "until": until, "result": "{{ write_1.text }}"},
                "answer_1": {"text": "{{ vars.total }}: {{ loop_1.items | join(' ') }}"},
            },
            bodies={"loop_1": body},
        )
    )


def a_round_of_another_run_is_gone_on_from() -> World:
    """With what one step gave and what came into another changed; a pin stands in for a third."""
    before = json.loads((JOURNALS / "a_loop_with_a_total.json").read_text(encoding="utf-8"))
    world = a_loop_with_a_total()
    world.pins = {"answer_1": {"text": "pinned"}}
    edits: dict[str, Any] = {
        "loop_1[1].write_1": {"output": {"text": "edited"}, "port": "out"},
        "loop_1[2].write_1": {"config": {"text": "told"}},
    }
    facts = [Event.from_json(event) for event in before["events"]]
    world.fork = Fork("run-0", "loop_1[1].write_1", facts, edits)
    return world


def a_list_two_at_a_time() -> World:
    body = build("work", configs={"work_1": {"text": "{{ each_1.item }}", "seconds": 1}})
    each = {"items": ["a", "b", "c", "d"], "collect": "{{ work_1.text }}", "at_once": 2, "on_error": "null"}
    wrong = [NodeError("model_auth", "No.", "Look at it.")]
    return made(
        build(
            "start -> each -> answer",
            configs={"each_1": each, "answer_1": {"text": "{{ each_1.items | json }}"}},
            bodies={"each_1": body},
        ),
        {"each_1[1].work_1": wrong},
    )


def a_loop_left_from_inside_an_each() -> World:
    late = {"left": "{{ loop_1.number }}", "operator": "gte", "right": 2}
    inner = build(
        "work -> branch\nbranch.late -> stop_loop",
        configs={"branch_1": {"cases": [{"name": "late", "conditions": [late]}]}},
    )
    outer = build("each", configs={"each_1": {"items": ["x", "y"]}}, bodies={"each_1": inner})
    return made(
        build(
            "start -> loop -> answer",
            configs={"loop_1": {"count": 4}, "answer_1": {"text": "{{ loop_1.count }} rounds"}},
            bodies={"loop_1": outer},
        )
    )


def tried_again_until_it_worked() -> World:
    busy = NodeError("model_busy", "Busy.", "Wait a little.", retry_after_s=2)
    return made(
        build(
            "start -> work -> answer",
            configs={"answer_1": {"text": "{{ work_1.text }}"}},
            policies={"work_1": Policy(max_attempts=3, backoff_s=1)},
        ),
        {"work_1": [busy, busy]},
    )


def an_error_port_takes_the_failure() -> World:
    return made(
        build(
            "start -> work -> answer_1\nwork.error -> answer_2",
            configs={"answer_1": {"text": "Fine"}, "answer_2": {"text": "Sorry: {{ work_1.message }}"}},
        ),
        {"work_1": [NodeError("model_auth", "The key is wrong.", "Look at it.")] * 9},
    )


def a_failure_that_ends_the_run() -> World:
    wrong = [NodeError("model_auth", "The key is wrong.", "Look at it.")] * 9
    return made(build("start -> pure -> work -> answer"), {"work_1": wrong})


def remembered_steps() -> World:
    return made(
        build(
            "start -> steps -> answer",
            configs={
                "steps_1": {"tells_what_it_saw": False},
                "answer_1": {"text": "{{ steps_1.steps | join(' ') }}"},
            },
        )
    )


def out_of_time() -> World:
    graph = build("start -> work -> answer", configs={"work_1": {"seconds": 100}})
    return made(graph, limits=Limits(wall_s=30))


def rounds_that_speak() -> World:
    body = build(
        "say -> answer",
        configs={
            "say_1": {"user": "this is round {{ loop_1.number }}"},
            "answer_1": {"text": "{{ loop_1.number }}: {{ say_1.text }}"},
        },
    )
    return made(
        build(
            "start -> loop -> answer_2",
            configs={"loop_1": {"count": 3}, "answer_2": {"text": "End."}},
            bodies={"loop_1": body},
        )
    )


def items_that_speak_side_by_side() -> World:
    """One fails after it has spoken, and is left out."""
    body = build(
        "say -> answer -> work",
        configs={
            "say_1": {"user": "this is {{ each_1.item }}"},
            "answer_1": {"text": "{{ say_1.text }}"},
            "work_1": {"seconds": 1},
        },
    )
    each = {"items": ["a", "b", "c"], "at_once": 3, "on_error": "drop"}
    wrong = [NodeError("model_auth", "No.", "Look at it.")]
    return made(
        build(
            "start -> each -> answer_2",
            configs={"each_1": each, "answer_2": {"text": "{{ each_1.count }} spoke."}},
            bodies={"each_1": body},
        ),
        {"each_1[1].work_1": wrong},
    )


def given_instead_and_lists_joined() -> World:
    body = build(
        "work",
        configs={"work_1": {"text": "{{ each_1.item }}"}},
        policies={"work_1": Policy(on_error="default", default={"text": "instead"})},
    )
    outer = build(
        "each",
        configs={"each_1": {"items": ["a", "b"], "collect": "{{ work_1.text }}"}},
        bodies={"each_1": body},
    )
    flat = {"items": ["x", "y"], "collect": "{{ each_1.items }}", "flatten": True}
    return made(
        build(
            "start -> each_2 -> answer",
            configs={"each_2": flat, "answer_1": {"text": "{{ each_2.items | join(', ') }}"}},
            bodies={"each_2": outer},
        ),
        {"each_2[1].each_1[0].work_1": [NodeError("model_auth", "No.", "Look at it.")]},
    )


def a_round_that_was_left() -> World:
    second = {"left": "{{ loop_1.number }}", "operator": "is", "right": 2}
    body = build(
        "work_1 -> branch\nbranch.second -> next_round\nbranch.else -> work_2",
        configs={"branch_1": {"cases": [{"name": "second", "conditions": [second]}]}},
    )
    return made(
        build(
            "start -> loop -> answer",
            configs={"loop_1": {"count": 3}, "answer_1": {"text": "{{ loop_1.items | json }}"}},
            bodies={"loop_1": body},
        )
    )


def too_many_steps() -> World:
    body = build("work", configs={"work_1": {"text": "{{ loop_1.number }}"}})
    graph = build("start -> loop -> answer", configs={"loop_1": {"count": 9}}, bodies={"loop_1": body})
    return made(graph, limits=Limits(steps=5))


def an_app_inside_an_app() -> World:
    inner = build(
        "start -> set_variable -> say -> answer",
        configs={
            "set_variable_1": {"name": "seen", "operator": "append", "value": "{{ start_1.query }}"},
            "say_1": {"user": "{{ start_1.query }} {{ vars.seen | join(' ') }}"},
            "answer_1": {"text": "{{ say_1.text }}."},
        },
    )
    asks = {"workflow": "inner", "query": "{{ start_1.query }}!"}
    return made(
        build(
            "start -> sub_workflow -> answer",
            configs={"sub_workflow_1": asks, "answer_1": {"text": "It says: {{ sub_workflow_1.answer }}"}},
        ),
        query="Weather",
        workflows={"inner@latest": inner},
    )


def what_all_apps_share() -> World:
    """Named in a condition, a text, a reply, and by the app that is used; one that is missing is handled."""
    is_open = {"left": "{{ env.OPEN }}", "operator": "is", "right": "true"}
    inner = build(
        "start -> say -> answer",
        configs={"say_1": {"user": "{{ env.SHOPS[1] }}"}, "answer_1": {"text": "{{ say_1.text }}"}},
    )
    return made(
        build(
            "start -> branch\nbranch.open -> work_1 -> sub_workflow -> answer\nbranch.else -> answer\n"
            "work_1.error -> sub_workflow",
            configs={
                "branch_1": {"cases": [{"name": "open", "conditions": [is_open]}]},
                "work_1": {"text": "{{ env.NOWHERE }}"},
                "sub_workflow_1": {"workflow": "inner"},
                "answer_1": {"text": "{{ env.HOTLINE }}: {{ sub_workflow_1.answer }} ({{ work_1.code }})"},
            },
        ),
        workflows={"inner@latest": inner},
        env={"OPEN": True, "SHOPS": ["Bern", "Chur"], "HOTLINE": "0800 1234", "UNUSED": 1},
    )


def ended_with_a_message() -> World:
    """Two items at a time, the second of which ends the whole app as failed, with a last word."""
    second = {"left": "{{ each_1.item }}", "operator": "gte", "right": 2}
    body = build(
        "work -> branch.yes -> stop",
        configs={
            "work_1": {"text": "{{ each_1.item }}", "seconds": "{{ each_1.item }}"},
            "branch_1": {"cases": [{"name": "yes", "conditions": [second]}]},
            "stop_1": {"message": "No more than {{ each_1.item }}.", "status": "failed"},
        },
    )
    return made(
        build(
            "start -> answer_1 -> each -> answer_2",
            configs={
                "answer_1": {"text": "One moment."},
                "each_1": {"items": [1, 2, 3], "at_once": 2},
                "answer_2": {"text": "All done."},
            },
            bodies={"each_1": body},
        )
    )


STORIES: list[Story] = [
    branches_and_a_join,
    a_loop_with_a_total,
    a_round_of_another_run_is_gone_on_from,
    a_list_two_at_a_time,
    a_loop_left_from_inside_an_each,
    tried_again_until_it_worked,
    an_error_port_takes_the_failure,
    a_failure_that_ends_the_run,
    remembered_steps,
    out_of_time,
    rounds_that_speak,
    items_that_speak_side_by_side,
    given_instead_and_lists_joined,
    a_round_that_was_left,
    too_many_steps,
    an_app_inside_an_app,
    what_all_apps_share,
    ended_with_a_message,
    *PLAYED,
]


def summary(state: RunState) -> dict[str, Any]:
    """What the facts have come to, as every later release must read them."""
    return {
        "status": state.status,
        "seq": state.seq,
        "answer": state.answer,
        "error": state.error,
        "results": {path: [r.output, r.port] for path, r in sorted(state.results.items())},
        "failures": dict(sorted(state.failures.items())),
        "attempts": dict(sorted(state.attempts.items())),
        "open": sorted(state.open),
        "given": dict(sorted(state.given.items())),
        "steps": dict(sorted(state.steps.items())),
        "variables": dict(sorted(state.variables.items())),
        "usage": usage_to_json(state.usage),
        # Journals that were recorded before these were told are not asked for them.
        "conversation": dict(sorted(state.conversation.items())),
        "loops": dict(sorted(state.loops.items())),
        "waiting": dict(sorted(state.waiting.items())),
        "handled_errors": state.handled_errors,
        "interrupted": dict(sorted(state.interrupted.items())),
    }


def end(state: RunState) -> dict[str, Any]:
    """What a run that was taken up again has to come to, whoever carries it to its end."""
    whole = summary(state)
    return {name: whole[name] for name in ("status", "answer", "error", "results", "variables")}


async def resumed(world: World, events: Iterable[Event], *, cancel: bool = False) -> RunState:
    """The end of the run of which `events` are written down, when another worker takes it up."""
    world.run.events = list(events)
    world.clock.advance((world.run.events[-1].at - world.clock.now()).total_seconds() + 60)
    if isinstance(world, Played):
        world.remember(world.run.events)
    if cancel:
        world.run.cancel()
    engine = world.engine(MemoryJournal(world.run, world.clock), worker="w2")
    state = await world.clock.finish(engine.run())
    return await world.attended(state) if isinstance(world, Played) else state


async def recorded(story: Story, release: str) -> dict[str, Any]:
    """One whole run, and what the release made of it when it was cut off after each of its facts."""
    world = story()
    await (world.play() if isinstance(world, Played) else world.finish())
    events = list(world.run.events)
    unfinished: list[dict[str, Any]] = []
    for seq in range(1, len(events)):
        unfinished.append(
            {
                "seq": seq,
                "folds_to": summary(fold(events[:seq])),
                "ends": end(await resumed(story(), events[:seq])),
                "cancelled": end(await resumed(story(), events[:seq], cancel=True)),
            }
        )
    return {
        "release": release,
        "graph": graph_to_json(world.graph),
        "events": [event.to_json() for event in events],
        "folds_to": summary(fold(events)),
        "unfinished": unfinished,
    }


async def crashed(story: Story, release: str) -> dict[str, Any]:
    """A run whose workers were killed twice, and a third carried it to its end."""
    world = story()
    for n in (7, 4):
        task = asyncio.ensure_future(world.engine(crash_at(n, world.run, world.clock)).run())
        try:
            await world.clock.finish(task)
        except BaseException:  # the crash, which is what is wanted
            world.run.expire()
    if world.run.events[-1].type == "run_succeeded":
        raise ValueError(f"{story.__name__} ended before it could crash.")
    state = await world.finish()
    return {
        "release": release,
        "graph": graph_to_json(world.graph),
        "events": [event.to_json() for event in world.run.events],
        "folds_to": summary(state),
        "unfinished": [],
    }


async def record(release: str) -> None:
    JOURNALS.mkdir(exist_ok=True)
    hashes: dict[str, str] = json.loads(HASHES.read_text("utf-8")) if HASHES.exists() else {}
    taken = [(story.__name__, recorded, story) for story in STORIES]
    taken += [("killed_twice_" + s.__name__, crashed, s) for s in (a_loop_with_a_total, a_list_two_at_a_time)]
    for name, take, story in taken:
        file = JOURNALS / f"{name}.json"
        if not file.exists():
            text = json.dumps(await take(story, release), ensure_ascii=False, separators=(",", ":")) + "\n"
            file.write_text(text, encoding="utf-8")
            hashes[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    HASHES.write_text(json.dumps(hashes, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))

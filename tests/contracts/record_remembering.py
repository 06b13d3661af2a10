"""Records what runs remember, in `remembering/`: their facts, what those fold to, and how changes come out.

    python -m tests.contracts.record_remembering

The front end folds the same facts and makes the same changes. A file that is there is never written again.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.declared import Variable
from nodes.sdk.graph import Graph
from nodes.sdk.kinds import KINDS
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, OPERATORS, VARS, change_as
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.plan import compile_plan
from workers.engine.state import RunState
from workers.engine.testing import build, services

FOLDER = Path(__file__).parent / "remembering"
CHANGES = "changes"
HOW_MANY = 300

VALUES: tuple[Json, ...] = (
    None, "", "a", "true", " 7 ", "-1.5e2", "1e400", ".5", True, False, 0, 3, -1.5, 9_007_199_254_740_991,
    [], ["a"], [1, "b"], [{"a": 1}], [None], [2, 3], {}, {"a": [1]},
)  # fmt: skip


def changes() -> list[dict[str, Json]]:
    """Changes of information by all operators, and what each comes to; None where it is refused."""
    dice = Random(15)
    made: list[dict[str, Json]] = []
    refused: list[dict[str, Json]] = []
    while len(made) < HOW_MANY:
        kind, operator = dice.choice(KINDS), dice.choice(OPERATORS)
        before, operand = dice.choice(VALUES), dice.choice(VALUES)
        case: dict[str, Json] = {"kind": kind, "before": before, "operator": operator, "operand": operand}
        try:
            after, told = change_as(kind, before, operator, operand)
            made.append({**case, "comes_to": {"after": after, "told": told}})
        except NodeError:
            refused.append({**case, "comes_to": None})
    return made + refused[: HOW_MANY // 2]


def change(name: str, operator: str, value: Json = None) -> dict[str, Json]:
    return {"name": name, "operator": operator, "value": value}


def rounds(**body: dict[str, Json]) -> Graph:
    """Loops in a loop that keep a sum and a list, beside what the run and the conversation remember."""
    inner = build("set_variable_1", configs={"set_variable_1": change("loop_2.left", "subtract", 1)})
    outer = build(
        "set_variable_2 -> set_variable_3 -> loop_2 -> set_variable_4 -> set_variable_5",
        configs={
            "set_variable_2": change("loop_1.sum", "add", "{{ loop_1.number }}"),
            "set_variable_3": change("loop_1.seen", "append", "{{ loop_1.sum }}"),
            "set_variable_4": change("conversation.names", "append", "{{ loop_1.number }}"),
            "set_variable_5": change("total", "multiply", "{{ loop_2.left }}"),
            "loop_2": {"count": 2, "variables": [{"name": "left", "type": "number", "value": 4}]},
            **body,
        },
        bodies={"loop_2": inner},
    )
    held = [{"name": "sum", "type": "number", "value": 0}, {"name": "seen", "type": "list"}]
    graph = build(
        "start -> set_variable_6 -> loop_1 -> answer",
        configs={
            "set_variable_6": change("free", "set", {"a": ["{{ start_1.query }}"]}),
            "loop_1": {"count": 3, "variables": held},
            "answer_1": {"text": "{{ vars.total }}"},
        },
        bodies={"loop_1": outer},
    )
    declared = (
        Variable("total", "run", "number", 1),
        Variable("names", "conversation", "list_text", ["first"]),
        Variable("mood", "conversation", "text", "calm"),
    )
    return replace(graph, variables=declared)


async def ran(
    graph: Graph, conversation: dict[str, Json] | None, workflows: Mapping[str, Graph] | None = None
) -> tuple[MemoryRun, RunState]:
    catalogue = load_catalogue()
    run = MemoryRun(Opening("go", run="run-1"), conversation=conversation)
    inner = {key: compile_plan(one, catalogue) for key, one in (workflows or {}).items()}
    plan = compile_plan(graph, catalogue, inner)
    return run, await Engine(plan, catalogue, MemoryJournal(run), Silent(), services()).run()


async def loops_and_a_conversation() -> tuple[MemoryRun, RunState]:
    return await ran(rounds(), {"names": ["kept", 2], "mood": ["no text"]})


async def a_failure_in_the_second_round() -> tuple[MemoryRun, RunState]:
    """What the loop kept by then is still there."""
    return await ran(rounds(set_variable_5=change("total", "add", "{{ loop_1.seen }}")), {})


async def an_app_used_inside() -> tuple[MemoryRun, RunState]:
    inner = build(
        "start -> set_variable_1 -> set_variable_2 -> answer",
        configs={
            "set_variable_1": change("total", "add", 2),
            "set_variable_2": change("conversation.names", "append", "inner"),
            "answer_1": {"text": "{{ vars.total }}"},
        },
    )
    declared = (Variable("total", "run", "number", 40), Variable("names", "conversation", "list_text", ["x"]))
    graph = build(
        "start -> set_variable_1 -> sub_workflow -> answer",
        configs={
            "set_variable_1": change("total", "set", "outer"),
            "sub_workflow_1": {"workflow": "inner"},
            "answer_1": {"text": "{{ sub_workflow_1.answer }}"},
        },
    )
    return await ran(graph, {}, {"inner@latest": replace(inner, variables=declared)})


STORIES = [loops_and_a_conversation, a_failure_in_the_second_round, an_app_used_inside]


def remembered(state: RunState) -> dict[str, Json]:
    """What is remembered, by the names that steps refer to it by; of loops only those not at their end."""
    found: dict[str, Json] = {f"{VARS}.{name}": value for name, value in state.variables.items()}
    found |= {f"{CONVERSATION}.{name}": value for name, value in state.conversation.items()}
    for frame, values in state.frame_variables.items():
        for name, value in values.items():
            key = name if name.startswith(f"{CONVERSATION}.") else f"{VARS}.{name}"
            found[f"{frame}{key}"] = value
    for loop, values in state.loops.items():
        found |= {f"{loop}.{name}": value for name, value in values.items()}
    return dict(sorted(found.items()))


async def record() -> None:
    FOLDER.mkdir(exist_ok=True)
    whole: dict[str, Any] = {CHANGES: changes()}
    for story in STORIES:
        run, state = await story()
        events = [event.to_json() for event in run.events]
        whole[story.__name__] = {"events": events, "remembers": remembered(state)}
    for name, said in whole.items():
        file = FOLDER / f"{name}.json"
        if not file.exists():
            file.write_text(_written(said) + "\n", encoding="utf-8")


def _written(said: Any) -> str:
    """One case or event a line."""
    if isinstance(said, list):
        return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in said) + "\n]"
    parts = (
        f'"{key}": {_written(value) if key == "events" else json.dumps(value, ensure_ascii=False)}'
        for key, value in said.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}"


if __name__ == "__main__":
    asyncio.run(record())

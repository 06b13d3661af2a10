"""Random apps in which agents read and write, what people say of the calls that ask first, and what they come
to by the interpreter that knows nothing of the engine.

A model's reply is drawn once and is a function of how many rounds it has read, so that every worker that
goes on hears the same.
"""

from collections import Counter
from random import Random
from typing import Any

from nodes.sdk import NodeError, ToolCall
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from nodes.sdk.tool_use import ToolUse
from nodes.sdk.values import Json
from tests.engine.agents import ANSWERS, Said, ThinkingModels, rounds
from tests.engine.drawings import ByStep, Case
from tests.engine.reference import Outcome, interpret
from tests.engine.reference_agents import Round
from tests.engine.world import World

LOOK, MEND, PAY = "work_11", "write_12", "write_13"
"""The tools of each agent: one reads, one writes by itself, one writes after a person was asked."""
MANY = Policy(max_attempts=10, backoff_s=0.1)


def agent_case(dice: Random) -> tuple[Case, ThinkingModels, Outcome]:
    """An agent alone, beside another step, or in each item of a list."""
    agent = GraphNode(
        "agent_2",
        "agent",
        config={"message": "Go.", "approver": dice.choice(["team", "visitor"])},
        body=Graph({tool.id: tool for tool in _tools(dice)}),
    )
    answer = GraphNode("answer_3", "answer", config={"text": "{{ agent_2.text }}"})
    failures = ByStep()
    errors: Any = dice.choice(
        [None, [NodeError("model_busy", "Busy.")], [NodeError("model_auth", "No.")] * 99]
    )
    if errors is not None:
        failures[dice.choice([LOOK, f"[1]{LOOK}"])] = errors
    notes = ByStep({place + f"ask_{PAY}": dice.choice(ANSWERS) for place in ("", "[1]")})
    case = Case(_around(dice, agent, answer), failures=failures, notes=notes)
    replies = _replies(dice)
    case.replies["agent_2"] = [(_as_streamed(text), calls) for text, calls in replies]
    return case, ThinkingModels(rounds(*map(_said, replies))), interpret(case.graph, case.story(), {})


def _tools(dice: Random) -> list[GraphNode]:
    config: dict[str, Json] = {"seconds": dice.choice([0, 1, 3])}
    return [
        GraphNode(LOOK, "work", title="look", config=config, policy=MANY),
        GraphNode(MEND, "write", title="mend", config=config, tool=ToolUse(use="auto")),
        GraphNode(PAY, "write", title="pay", config=config),
    ]


def _around(dice: Random, agent: GraphNode, answer: GraphNode) -> Graph:
    kind = dice.choice(["alone", "beside", "each"])
    if kind == "each":
        items: dict[str, Json] = {"items": ["a", "b"], "at_once": dice.randint(1, 2), "collect": ""}
        items |= {"on_error": "stop", "flatten": False}
        each = GraphNode("each_1", "each", config=items, body=Graph({agent.id: agent}))
        told = GraphNode(answer.id, "answer", config={"text": "{{ each_1.count }} done."})
        return Graph({each.id: each, told.id: told}, (Edge(each.id, "out", told.id),))
    beside = GraphNode("write_4", "write", config={"text": "beside", "seconds": 1})
    nodes = {one.id: one for one in (agent, answer, *([beside] if kind == "beside" else ()))}
    return Graph(nodes, (Edge(agent.id, "out", answer.id),))


def _replies(dice: Random) -> list[Round]:
    replies: list[Round] = []
    for number in range(dice.randint(1, 3)):
        names = [dice.choice(["look", "mend", "pay"]) for _ in range(dice.randint(1, 4))]
        replies.append(
            (f"Round {number}.", [(name, {"text": f"{number}{n}"}) for n, name in enumerate(names)])
        )
    return [*replies, ("Done.", [])]


def _said(reply: Round) -> Said:
    text, calls = reply
    return [text, *(ToolCall(f"{n}", name, dict(given)) for n, (name, given) in enumerate(calls))]


def _as_streamed(text: str) -> str:
    """As `ThinkingModels` says it, word by word."""
    return "".join(f"{word} " for word in text.split(" "))


def check_approvals(world: World) -> int:
    """Each question was asked once, and nothing that asks first began without a yes. Gives how many."""
    asked = Counter(
        event.path for event in world.events("node_waiting") if event.data["reason"] == "ask_human"
    )
    assert set(asked.values()) <= {1}, asked
    allowed = {
        event.path.replace(".ask_", ".")
        for event in world.events("node_succeeded")
        if ".ask_" in event.path and event.data["output"]["action"] in ("approve", "change")
    }
    begun = {event.path for event in world.events("node_started") if event.path.endswith(f".{PAY}")}
    assert begun <= allowed, begun - allowed
    return len(asked)

"""What an agent means, said a second time: its rounds, and the calls of each, one after the other.

Like the interpreter it shares no code with the engine. It knows what the model will say, and what a person
says of each call that asks first.
"""

import json
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nodes.sdk.graph import GraphNode
from tests.engine.reference_values import LUCK

Wanted = tuple[str, Mapping[str, Any]]
"""A call that a model wants: the tool's name, and what it gives."""
Round = tuple[str, Sequence[Wanted]]
"""A reply of a model: its words, and what it calls; the last one calls nothing."""
Result = tuple[Any, str]

IN_SHORT = 300


def work_of_agent(
    node: GraphNode,
    path: str,
    replies: Sequence[Round],
    notes: Callable[[str], Any],
    run: Callable[[GraphNode, str], Result],
    given: Container[str],
) -> tuple[dict[str, Any], dict[str, Result]]:
    """What the agent gives, and by path what each step in it does. `run` runs a tool at a path; for those
    `given` there is a result already, and nobody is asked.

    A tool that is called twice in a reply runs in the pass behind; the next reply comes after all of them.
    """
    assert node.body is not None
    tools = {tool.title: tool for tool in node.body.nodes.values()}
    results: dict[str, Result] = {}
    texts, calls = list[str](), list[dict[str, Any]]()
    number = 0
    for text, wanted in replies:
        results[f"{path}[{number}].model"] = LUCK, "out"
        texts.append(text)
        used: Counter[str] = Counter()
        for name, arguments in wanted:
            place = f"{path}[{number + used[name]}]."
            used[name] += 1
            told = {"tool": name, "step": tools[name].id, "round": len(texts)}
            calls.append(told | _call(tools[name], place, dict(arguments), notes, run, given, results))
        number += max([1, *used.values()])
    output = {"ended_by": "answer", "rounds": len(texts), "calls": calls, "model": LUCK}
    return {**output, "text": "\n\n".join(texts), "answer": texts[-1]}, results


def _call(
    tool: GraphNode,
    place: str,
    arguments: dict[str, Any],
    notes: Callable[[str], Any],
    run: Callable[[GraphNode, str], Result],
    given: Container[str],
    results: dict[str, Result],
) -> dict[str, Any]:
    sent = arguments
    if tool.type == "write" and tool.tool.use != "auto" and place + tool.id not in given:
        results[f"{place}ask_{tool.id}"] = LUCK, "out"
        note = notes(f"{place}ask_{tool.id}")
        action, words = note["action"], note["fields"].get("words", "")
        if action == "refuse":
            said = f"A person refused this call. It was not made. They say: {words}"
            return {"path": "", "arguments": arguments, "outcome": "refused", "result": said}
        if action == "answer":
            said = f"A person answered instead of the tool: {words}"
            return {"path": "", "arguments": arguments, "outcome": "answered", "result": said}
        sent = note["fields"]["arguments"] if action == "change" else arguments
    output, port = run(replace(tool, config={**tool.config, "text": sent["text"]}), place + tool.id)
    results[place + tool.id] = output, port
    if port == "error":
        outcome, said = "failed", f"The tool failed: {output['message']} ({output['code']})"
        if output["message"] is LUCK:
            return {"path": place + tool.id, "arguments": sent, "outcome": outcome, "result": LUCK}
    else:
        outcome, said = "done", json.dumps(output, ensure_ascii=False)
        if sent is not arguments:
            said = f"A person changed what was sent to {json.dumps(sent)}. The tool gave: {said}"
    return {"path": place + tool.id, "arguments": sent, "outcome": outcome, "result": said[:IN_SHORT]}

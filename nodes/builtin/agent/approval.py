"""Asking a person before a tool is called: about exactly this call, and no other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nodes.builtin.agent.calls import Came, Planned
from nodes.sdk import Json, NodeContext
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.values import to_text

ANSWER = "answer"
ARGUMENTS, WORDS = "arguments", "words"


@dataclass(frozen=True)
class Decided:
    """What a person said of a call: `arguments` are what is sent where it was approved."""

    action: str
    arguments: Mapping[str, Json]
    words: str
    hash: str


def hash_of(step: str, arguments: Mapping[str, Json]) -> str:
    """The SHA-256 of a call: which tool, with exactly what."""
    told = json.dumps([step, dict(arguments)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


async def approve(ctx: NodeContext, planned: Planned, approver: Literal["team", "visitor"]) -> Planned | Came:
    """The call as it may be made, or what came of it where it may not. Waits until a person has said so."""
    assert planned.tool is not None
    step, wanted = planned.tool.step, hash_of(planned.tool.step, planned.arguments)

    async def do(inner: NodeContext) -> Json:
        note = await inner.wait_for(ANSWER, reason="ask_human", about=_form(planned, wanted, approver))
        said = note if isinstance(note, dict) else {}
        fields = said.get("fields")
        filled = fields if isinstance(fields, dict) else {}
        decided: dict[str, Json] = {"action": to_text(said.get("action")), "hash": wanted}
        decided["arguments"] = filled.get(ARGUMENTS) if said.get("action") == "change" else None
        decided["words"] = to_text(filled.get(WORDS)).strip()
        decided["answered_by"] = to_text(said.get("answered_by"))
        return decided

    told = await ctx.ask(planned.number, step, do)
    if told is None:
        return planned
    decided = _read(told, planned)
    if decided.hash != wanted:
        # What was asked was another call: nothing that was said counts for this one.
        return Came(planned, "refused", "Nobody has approved exactly this call. It was not made.")
    return _follow(planned, decided)


def _follow(planned: Planned, decided: Decided) -> Planned | Came:
    assert planned.tool is not None
    if decided.action == "approve":
        return planned
    if decided.action == "change":
        if wrong := fault_of(decided.arguments, planned.tool.tool.parameters):
            words = f"A person changed what is sent, but the tool cannot take it. {wrong} It was not used."
            return Came(planned, "wrong_arguments", words)
        return replace(planned, arguments=decided.arguments, was_changed=True)
    if decided.action == "answer":
        return Came(planned, "answered", f"A person answered instead of the tool: {decided.words}")
    why = f" They say: {decided.words}" if decided.words else ""
    return Came(planned, "refused", f"A person refused this call. It was not made.{why}")


def _read(told: Json, planned: Planned) -> Decided:
    said = told if isinstance(told, dict) else {}
    changed = said.get("arguments")
    arguments = changed if isinstance(changed, dict) else planned.arguments
    return Decided(
        to_text(said.get("action")), arguments, to_text(said.get("words")), to_text(said.get("hash"))
    )


def _form(planned: Planned, wanted: str, approver: str) -> dict[str, Json]:
    """What the person is shown. Labels and titles that are not said here are the reader's own words."""
    assert planned.tool is not None
    fields: list[Json] = [
        {"name": ARGUMENTS, "type": "object", "default": dict(planned.arguments)},
        {"name": WORDS, "type": "paragraph"},
    ]
    actions: list[Json] = [
        {"name": name, "title": "", "needs_form": name == "change"}
        for name in ("approve", "change", "refuse", "answer")
    ]
    call: dict[str, Json] = {"step": planned.tool.step, "tool": planned.tool.tool.name, "hash": wanted}
    return {
        "who": approver,
        "message": f"**{planned.tool.title}**",
        "fields": fields,
        "actions": actions,
        "call": {**call, "arguments": dict(planned.arguments)},
    }

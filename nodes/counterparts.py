"""Which step types here do what a node type of Dify does, for those who come from there.

The names on the left are those that its files use (`data.type`); what each does is told in its public
documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Counterpart:
    """The types that do it here, the first above all; none where it is no step here, which `note` says."""

    types: tuple[str, ...]
    note: str = ""


DIFY: Final[Mapping[str, Counterpart]] = {
    "start": Counterpart(("start",), "what to ask for: inputs with kinds, files included"),
    "llm": Counterpart(("prompt",)),
    "agent": Counterpart(("agent",), "its tools are steps inside it; what they do may ask a person first"),
    "knowledge-retrieval": Counterpart(("retrieval",)),
    "question-classifier": Counterpart(("classify",), "one way out for each group"),
    "if-else": Counterpart(("branch",), "one way out for each case, `else` besides"),
    "iteration": Counterpart(
        ("each",), "the steps stand inside it; no step of its own marks where they begin"
    ),
    "loop": Counterpart(
        ("loop", "stop_loop", "next_round"), "*Stop repeating* leaves it, also from steps deeper inside"
    ),
    "code": Counterpart(("code",)),
    "template-transform": Counterpart(
        ("template",), "full Jinja2: in *Run code*, where an administrator allows it"
    ),
    "variable-aggregator": Counterpart(("merge",), "groups: entries with the same name"),
    "variable-assigner": Counterpart(("merge",), "the older name of variable-aggregator"),
    "assigner": Counterpart(("set_variable",), "one step for each change"),
    "parameter-extractor": Counterpart(("extract",)),
    "http-request": Counterpart(("http", "tool")),
    "tool": Counterpart(
        ("use_tool", "tool", "sub_workflow"),
        "those of MCP servers are connected on the page Tools; an app used as a tool is *Use another app*",
    ),
    "document-extractor": Counterpart(("read_document",)),
    "list-operator": Counterpart(("list_items",)),
    "human-input": Counterpart(
        ("ask_human",), "one way out for each choice, and one for the time that ran out"
    ),
    "answer": Counterpart(("answer",)),
    "end": Counterpart(
        ("stop", "json_data"), "a run gives what its last steps give; no step is needed for it"
    ),
    "note": Counterpart((), "nothing that runs: it is left out"),
    "datasource": Counterpart((), "not a step: documents come in on the page Knowledge"),
    "knowledge-index": Counterpart(
        (), "not a step: documents are taken in by the worker when they are added"
    ),
}
"""Every node type of Dify but those in `APART`."""

APART: Final[Mapping[str, str]] = {
    "trigger-schedule": "comes with what starts a run by itself",
    "trigger-webhook": "the same; a run that is at work already waits for a call by *Wait for a call back*",
    "trigger-plugin": "the same",
}
"""What is built later, with the reason."""

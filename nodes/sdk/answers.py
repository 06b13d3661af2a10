"""The public answer of a run as a fold over its events: what may be shown now, and in the end `run.answer`.

Answers stand in topological order with a blank line between; one that is skipped or empty adds nothing,
and one that is undecided or not complete holds back those after it. An answer is shown before its node
runs as soon as nothing can keep the node from running any more, so that a model's words appear while they
are written. At every moment the text is what all possible futures of the run have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from nodes.sdk.answer_plan import Answer, AnswerPlan, compile_answers
from nodes.sdk.errors import NodeError
from nodes.sdk.fates import Fates
from nodes.sdk.resolve import evaluate
from nodes.sdk.templates import Expression, Template, TemplateError, parse_template
from nodes.sdk.values import Json, to_text
from nodes.sdk.variables import RESERVED

__all__ = ["BETWEEN", "AnswerFold", "AnswerPlan", "compile_answers"]

BETWEEN: Final = "\n\n"


class AnswerFold:
    """The answer so far. Feed it the events of one run in order, and deltas as they come; read `text`."""

    def __init__(self, plan: AnswerPlan) -> None:
        self._plan = plan
        self._fates = Fates(plan)
        self._nodes = {node.id: node for node in plan.nodes}
        self._fields = {answer.node: answer.field for answer in plan.answers}
        self._templates: dict[str, Template | None] = {}
        self._outputs: dict[str, Json] = {}
        self._live: dict[str, tuple[int, str]] = {}
        self._said: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._next = 0
        self._final: str | None = None
        self._text: str | None = None

    @property
    def text(self) -> str:
        """What may be shown now. It only grows, unless a node starts anew or gives other than it wrote."""
        if self._final is not None:
            return self._final
        if self._text is None:
            open_part = self._pass_whole_answers()
            self._text = BETWEEN.join(part for part in [*self._whole.values(), open_part] if part)
        return self._text

    def event(self, type: str, path: str, data: Mapping[str, Any]) -> None:
        """Takes in one event of the run. Events that the answer does not hang on change nothing."""
        if path == "" and isinstance(answer := data.get("answer"), str):
            self._final = answer  # the end of the run, however it ended
        if path not in self._nodes:
            return
        if type == "node_started":
            self._start(path, data)
        elif type == "node_succeeded":
            self._leave(path, str(data.get("port") or "out"), data.get("output"))
        elif type == "node_failed" and data.get("port") is not None:
            if data.get("default"):
                self._leave(path, str(data["port"]), data.get("output"))
            else:
                error = cast("Mapping[str, Any]", data.get("error") or {})
                said = {"code": error.get("code"), "message": error.get("message")}
                self._leave(path, str(data["port"]), said)
        self._text = None

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Takes in live text that begins at character `offset`. Repeats do no harm; a gap is passed over."""
        if not self._is_live(path, attempt):
            return
        known_attempt, known = self._live.get(path, (0, ""))
        if attempt > known_attempt:
            known = ""
        elif offset + len(text) <= len(known):
            return
        if offset <= len(known):
            self._live[path] = (attempt, known[:offset] + text)
            self._text = None

    def snapshot(self, path: str, attempt: int, text: str) -> None:
        """Takes in all the live text of an attempt so far."""
        if self._is_live(path, attempt):
            self._live[path] = (attempt, text)
            self._text = None

    def _is_live(self, path: str, attempt: int) -> bool:
        node = self._nodes.get(path)
        if node is None or node.streams is None or path in self._fates.left:
            return False
        return attempt >= self._live.get(path, (0, ""))[0]

    def _start(self, path: str, data: Mapping[str, Any]) -> None:
        attempt = int(data.get("attempt") or 1)
        if attempt > self._live.get(path, (0, ""))[0]:
            self._live[path] = (attempt, "")
        filled = data.get("input")
        if path in self._fields and isinstance(filled, Mapping):
            said = cast("Mapping[str, Json]", filled).get(self._fields[path])
            self._said[path] = to_text(said)

    def _leave(self, path: str, port: str, output: Json) -> None:
        self._fates.leave(path, port)
        self._outputs[path] = output
        self._live.pop(path, None)
        if path in self._fields:
            said = output.get(self._fields[path]) if isinstance(output, dict) else None
            if port == "error":
                self._said[path] = ""
            elif isinstance(said, str):
                self._said[path] = said
            if path in self._whole:
                self._whole[path] = self._said.get(path, self._whole[path])

    def _pass_whole_answers(self) -> str:
        """Moves past the answers known whole, and gives what may be shown of the first that is not."""
        while self._next < len(self._plan.answers):
            answer = self._plan.answers[self._next]
            has_left = answer.node in self._fates.left
            fate = "certain" if has_left else self._fates.of(answer.node)
            if fate == "open" or (fate == "certain" and not has_left and self._may_fail_aside(answer.node)):
                return ""
            if fate == "certain":
                text, is_whole = self._known_text(answer)
                if not is_whole and not has_left:
                    return text
                self._whole[answer.node] = text
            self._next += 1
        return ""

    def _known_text(self, answer: Answer) -> tuple[str, bool]:
        """The answer's text up to the first piece that is not known yet, and whether that is all of it."""
        if answer.node in self._said:
            return self._said[answer.node], True
        template = self._template(answer.template)
        shown: list[str] = []
        for piece in template or ():
            known, is_whole = (piece, True) if isinstance(piece, str) else self._value(piece)
            shown.append(known)
            if not is_whole:
                return "".join(shown), False
        return "".join(shown), template is not None

    def _value(self, expression: Expression) -> tuple[str, bool]:
        """What is known of an expression's text, and whether that is all of it."""
        ref = expression.ref
        if ref is not None and ref.node in RESERVED:
            return "", False  # what it will be when the node starts; its start says
        if ref is None or ref.node in self._outputs or self._is_skipped(ref.node):
            try:
                return to_text(evaluate(expression, self._outputs)), True
            except NodeError:
                return "", False  # the answering node will fail with it
        streams = self._nodes[ref.node].streams
        is_live = streams is not None and ref.path == (streams,) and not expression.filters
        if is_live and not self._may_fail_aside(ref.node):
            return self._live.get(ref.node, (0, ""))[1], False
        return "", False

    def _may_fail_aside(self, node_id: str) -> bool:
        """Whether a failure of the node would not end the run but take another way."""
        return self._nodes[node_id].may_fail_aside

    def _is_skipped(self, node_id: str) -> bool:
        return node_id not in self._nodes or self._fates.of(node_id) == "never"

    def _template(self, text: str) -> Template | None:
        if text not in self._templates:
            try:
                self._templates[text] = parse_template(text)
            except TemplateError:
                self._templates[text] = None  # the answering node will fail with it
        return self._templates[text]

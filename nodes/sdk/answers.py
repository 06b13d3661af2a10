"""The public answer of a run as a fold over its events: what may be shown now, and in the end `run.answer`.

Answers stand in topological order with a blank line between; one that is skipped or empty adds nothing,
and one that is undecided or not complete holds back those after it. A node with answers inside speaks at its
own place, pass after pass. An answer is shown before its node runs as soon as nothing can keep the node from
running any more, so that a model's words appear while they are written. At every moment the text is what all
possible futures of the run have in common, as long as the attempts at work succeed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from nodes.sdk.answer_frames import BETWEEN, Frame, Passes
from nodes.sdk.answer_plan import AnswerPlan, compile_answers
from nodes.sdk.node import END, ENDS_PASS
from nodes.sdk.values import Json

__all__ = ["BETWEEN", "AnswerFold", "AnswerPlan", "compile_answers"]

_HEARD = frozenset({"node_started", "node_succeeded", "node_failed"})


class AnswerFold:
    """The answer so far. Feed it the events of one run in order, and deltas as they come; read `text`.

    What a called workflow says is ordinary live text of the step that calls it.
    """

    def __init__(self, plan: AnswerPlan) -> None:
        self._top = Frame(plan)
        self._frames: dict[str, Frame] = {}
        self._looks_inside = bool(plan.bodies)
        self._final: str | None = None

    @property
    def text(self) -> str:
        """What may be shown now. It only grows, unless a node starts anew or gives other than it wrote."""
        return self._top.look("firm")[0] if self._final is None else self._final

    def event(self, type: str, path: str, data: Mapping[str, Any]) -> None:
        """Takes in one event of the run. Events that the answer does not hang on change nothing."""
        if path == "":
            if type == "run_started" and isinstance(env := data.get("env"), dict):
                self.share(cast("dict[str, Json]", env))
            if isinstance(answer := data.get("answer"), str):
                self._final = answer  # the end of the run, however it ended
            return
        if type not in _HEARD:
            return
        if (found := self._find(path, is_fact=True)) is None:
            return
        frame, node_id = found
        if type == "node_started":
            if node_id in frame.plan.heard_early and (node := frame.plan.by_id.get(node_id)) is not None:
                frame.start(node, data)
            return
        node = frame.plan.by_id.get(node_id)
        output: Json = data.get("output")
        if type == "node_succeeded":
            port = str(data.get("port") or "out")
        elif data.get("port") is not None:
            port = str(data["port"])
            if not data.get("default"):
                error = cast("Mapping[str, Any]", data.get("error") or {})
                output = {"code": error.get("code"), "message": error.get("message")}
        else:
            if data.get("retry_in_s") is None and frame.passes is not None:
                frame.end(is_stopped=False)
            return
        if node is not None:
            for prefix in frame.leave(node, port, output):
                self._frames.pop(prefix, None)
        if port in ENDS_PASS and (frame.passes is not None or port == END):
            frame.end(is_stopped=True)

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Takes in live text that begins at character `offset`. Repeats do no harm; a gap is passed over."""
        if (found := self._find(path)) is not None:
            found[0].hear(found[1], attempt, offset, text)

    def snapshot(self, path: str, attempt: int, text: str) -> None:
        """Takes in all the live text of an attempt so far."""
        if (found := self._find(path)) is not None:
            found[0].hear(found[1], attempt, None, text)

    def heard(self) -> Iterator[tuple[str, int, str]]:
        """The live text of attempts at work, as path, attempt and all of it so far."""
        for prefix, frame in (("", self._top), *self._frames.items()):
            for node_id, (attempt, text) in frame.live.items():
                if text:
                    yield prefix + node_id, attempt, text

    def anew(self) -> AnswerFold:
        """A fold along the same plan that has heard nothing."""
        fold = AnswerFold(self._top.plan)
        fold.share(self._top.env)
        return fold

    def share(self, env: Mapping[str, Json]) -> None:
        """The environment variables that the run began with: no step changes them, so they may be shown."""
        self._top.env = env
        self._top.touch()

    def _find(self, path: str, *, is_fact: bool = False) -> tuple[Frame, str] | None:
        """Where a step stands; None when nothing that is said to the visitor hangs on what happens there."""
        if "." not in path:
            return self._top, path
        if not self._looks_inside:
            return None
        dot = path.rfind(".")
        frame = self._frame(path[: dot + 1], is_fact)
        return None if frame is None else (frame, path[dot + 1 :])

    def _frame(self, prefix: str, is_fact: bool) -> Frame | None:
        """The pass whose paths begin with `prefix`. It speaks from its first fact on: live text is none."""
        frame = self._frames.get(prefix)
        if frame is None:
            frame = self._new_frame(prefix, is_fact)
        if frame is not None and is_fact and not frame.has_begun:
            frame.has_begun = True
            if frame.passes is not None:
                frame.passes.begin(frame)
            frame.touch()
        return frame

    def _new_frame(self, prefix: str, is_fact: bool) -> Frame | None:
        container = prefix[: prefix.rfind("[")]
        found = self._find(container, is_fact=is_fact)
        if found is None:
            return None
        up, node_id = found
        if node_id not in up.plan.bodies or node_id in up.fates.left:
            return None
        passes = up.inside.get(node_id)
        if passes is None:
            passes = up.inside[node_id] = Passes(up, node_id)
        frame = Frame(passes.body.plan, prefix, up, passes)
        passes.frames[frame.key] = frame
        self._frames[prefix] = frame
        return frame

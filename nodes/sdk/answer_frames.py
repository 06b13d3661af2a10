"""What is known of the answers in each pass over a graph: the workflow itself, and each round of a body.

A frame is looked at in one of three moods. "firm": only a failed run, or another attempt, ends the pass
before its time. "fragile": something may, and the run goes on; then only answers that have left speak.
"over": the pass has ended, and what has not left never will. So a pass that a step leaves by STOP has said
what those of its answers said that were done. Where failed passes are set aside, a pass speaks when it is
whole, and one that failed says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, cast

from nodes.sdk.answer_plan import AnswerPlan, Body, PlanNode
from nodes.sdk.errors import NodeError
from nodes.sdk.fates import Fates
from nodes.sdk.node import STOP
from nodes.sdk.resolve import evaluate
from nodes.sdk.templates import Expression
from nodes.sdk.values import Json, lines, to_text
from nodes.sdk.variables import ENV, RESERVED

BETWEEN: Final = "\n\n"
Mood = Literal["firm", "fragile", "over"]
Known = tuple[str, bool]
"""What may be shown, and whether that is all there will be."""


def join(before: str, text: str) -> str:
    """Two parts of an answer with a blank line between; an empty one leaves no gap."""
    return f"{before}{BETWEEN}{text}" if before and text else before or text


class Frame:
    """One pass over a graph. `passes` are those it is one of; None for the workflow itself."""

    __slots__ = (
        "_known",
        "_mood",
        "_next",
        "_settled",
        "_whole",
        "env",
        "fates",
        "given",
        "has_begun",
        "has_failed",
        "inside",
        "is_stopped",
        "key",
        "live",
        "outputs",
        "passes",
        "plan",
        "prefix",
        "said",
        "up",
    )

    def __init__(
        self, plan: AnswerPlan, prefix: str = "", up: Frame | None = None, passes: Passes | None = None
    ) -> None:
        self.plan = plan
        self.prefix = prefix
        self.up = up
        self.passes = passes
        self.key = prefix[prefix.rfind("[") + 1 : -2]
        self.fates = Fates(plan)
        self.outputs: dict[str, Json] = {}
        self.live: dict[str, tuple[int, str]] = {}
        self.given: dict[str, Mapping[str, Json]] = {}
        self.said: dict[str, str] = {}
        self.env: Mapping[str, Json] = up.env if up is not None else {}
        """The environment variables of the run, from its start on."""
        self.inside: dict[str, Passes] = {}
        self.has_begun = False
        self.is_stopped = False
        self.has_failed = False
        self._whole: dict[str, str] = {}
        self._settled = ""
        self._next = 0
        self._known: Known | None = None
        self._mood: Mood = "firm"

    # What happens

    def start(self, node: PlanNode, data: Mapping[str, Any]) -> None:
        """An attempt of the node begins. One that was begun before takes back what it had not finished."""
        attempt = int(data.get("attempt") or 1)
        if attempt > self.live.get(node.id, (0, ""))[0]:
            self.live[node.id] = (attempt, "")
            if attempt > 1:
                for frame in self._frames_in(node.id):
                    frame.reopen()
                    self.retell()
        filled = data.get("input")
        if isinstance(filled, Mapping):
            filled = cast("Mapping[str, Json]", filled)
            if node.id in self.plan.answer_of:
                self._say(node.id, to_text(filled.get(self.plan.answer_of[node.id].field)))
            elif node.id in self.plan.bodies:
                self.given.setdefault(node.id, filled)
        self.touch()

    def leave(self, node: PlanNode, port: str, output: Json) -> list[str]:
        """The flow leaves the node. Returns the prefixes of the passes that are done with by that."""
        done: list[str] = []
        if self.inside and (passes := self.inside.get(node.id)) is not None:
            done = [frame.prefix for inner in self._frames_in(node.id) for frame in inner.all()]
            passes.close()
        self.fates.leave(node.id, port)
        self.outputs[node.id] = output
        self.live.pop(node.id, None)
        if node.id in self.plan.answer_of:
            said = output.get(self.plan.answer_of[node.id].field) if isinstance(output, dict) else None
            if port == "error":
                self._say(node.id, "")
            elif isinstance(said, str):
                self._say(node.id, said)
        self.touch()
        return done

    def hear(self, node_id: str, attempt: int, offset: int | None, text: str) -> None:
        """Live text from character `offset` on; with None, all of it so far."""
        node = self.plan.by_id.get(node_id)
        if node is None or node.streams is None or node_id in self.fates.left:
            return
        known_attempt, known = self.live.get(node_id, (0, ""))
        if attempt < known_attempt:
            return
        if offset is None:
            known, offset = "", 0
        elif attempt > known_attempt:
            known = ""
        elif offset + len(text) <= len(known):
            return
        if offset > len(known):
            return
        self.live[node_id] = (attempt, known[:offset] + text)
        self.touch()

    def end(self, *, is_stopped: bool) -> None:
        """The pass ends before its time: a step left it by STOP or NEXT, or failed and nothing took that."""
        if is_stopped:
            self.is_stopped = True
        else:
            self.has_failed = True
        self.touch()

    def reopen(self) -> None:
        """The node around is tried again: what is done stays, all else begins anew."""
        for frame in self.all():
            frame.has_failed = False
            frame.live = {node_id: (attempt, "") for node_id, (attempt, _) in frame.live.items()}
            frame.rewind()
            for passes in frame.inside.values():
                passes.rewind()

    def all(self) -> Iterator[Frame]:
        """This frame and all those inside it."""
        yield self
        for node_id in self.inside:
            for frame in self._frames_in(node_id):
                yield from frame.all()

    def touch(self) -> None:
        """What was known of this frame and of those around it is to be looked at again."""
        frame: Frame | None = self
        while frame is not None:
            frame._known = None
            frame = frame.up

    def retell(self) -> None:
        """Something that was thought whole is not what it was: this frame and those around begin again."""
        frame: Frame | None = self
        while frame is not None:
            frame.rewind()
            if frame.passes is not None:
                frame.passes.rewind()
            frame = frame.up

    def rewind(self) -> None:
        """Forgets how far its answers were whole."""
        self._whole.clear()
        self._settled, self._next, self._known = "", 0, None

    def _say(self, node_id: str, text: str) -> None:
        self.said[node_id] = text
        if self._whole.get(node_id, text) != text:
            self.retell()

    def _frames_in(self, node_id: str) -> list[Frame]:
        return list(self.inside[node_id].frames.values()) if node_id in self.inside else []

    # What may be shown

    def look(self, mood: Mood) -> Known:
        """What its answers say now, in the order of the drawing, as far as nothing can forbid it any more."""
        if self._known is not None and self._mood == mood:
            return self._known
        if self.passes is not None and self.passes.body.sets_aside and not self.is_stopped:
            if self.has_failed:
                return "", True
            if not self._is_done():
                return "", mood == "over"
        is_over = mood == "over" or self.is_stopped or (self.has_failed and mood == "fragile")
        speakers = self.plan.speakers
        open_part, is_whole = "", True
        while self._next < len(speakers):
            speaker = speakers[self._next]
            text, is_whole = self._look_at(speaker, "over" if is_over else mood)
            if not is_whole:
                open_part = text
                break
            self._whole[speaker] = text
            self._settled = join(self._settled, text)
            self._next += 1
        self._known, self._mood = (join(self._settled, open_part), is_whole), mood
        return self._known

    def _look_at(self, speaker: str, mood: Mood) -> Known:
        has_left = speaker in self.fates.left
        passes = self.inside.get(speaker)
        if has_left:
            if speaker in self.plan.bodies:
                return (passes.final or "" if passes is not None else ""), True
            return self._text_of(speaker)[0], True
        if mood == "over":
            return (passes.look("over") if passes is not None else ""), True
        fate = self.fates.of(speaker)
        if fate == "never":
            return "", True
        is_fragile = (
            mood == "fragile" or self.plan.by_id[speaker].may_fail_aside or self._is_threatened(speaker)
        )
        if passes is not None:
            return passes.look("fragile" if is_fragile or passes.is_fragile else "firm"), False
        if fate == "open" or is_fragile or speaker in self.plan.bodies:
            return "", False
        return self._text_of(speaker)

    def _is_done(self) -> bool:
        """Whether each step has run or will not run any more."""
        return all(n.id in self.fates.left or self.fates.of(n.id) == "never" for n in self.plan.nodes)

    def _is_threatened(self, speaker: str) -> bool:
        """Whether a step beside it may end the pass before it has spoken."""
        threats = self.plan.threats.get(speaker, ())
        return any(node not in self.fates.left and self.fates.of(node) != "never" for node in threats)

    def _text_of(self, answer: str) -> Known:
        """The answer's text up to the first piece that is not known yet, and whether that is all of it."""
        if answer in self.said:
            return self.said[answer], True
        template = self.plan.templates[answer]
        shown: list[str] = []
        for piece in template or ():
            known, is_whole = (piece, True) if isinstance(piece, str) else self._value(piece)
            shown.append(known)
            if not is_whole:
                return "".join(shown), False
        return "".join(shown), template is not None

    def _value(self, expression: Expression) -> Known:
        """What is known of an expression's text, and whether that is all of it."""
        ref = expression.ref
        if ref is None:
            return _filled(expression, {})
        if ref.node == ENV and ref.path and ref.path[0] in self.env:
            return _filled(expression, {ENV: dict(self.env)})
        if ref.node in RESERVED:
            return "", False  # what it will be when the node starts; its start says
        frame: Frame | None = self
        while frame is not None:
            node = frame.plan.by_id.get(ref.node)
            if node is not None:
                return frame._value_of(node, expression)
            if frame.passes is not None and frame.passes.node_id == ref.node:
                told = frame.passes.told(frame.key, ref.path[0] if ref.path else "")
                return ("", False) if told is None else _filled(expression, {ref.node: told})
            frame = frame.up
        return _filled(expression, {})

    def _value_of(self, node: PlanNode, expression: Expression) -> Known:
        ref = expression.ref
        assert ref is not None
        if node.id in self.outputs or self.fates.of(node.id) == "never":
            return _filled(expression, self.outputs)
        is_live = node.streams is not None and ref.path == (node.streams,) and not expression.filters
        if not is_live or node.may_fail_aside:
            return "", False
        return self.live.get(node.id, (0, ""))[1], False


class Passes:
    """The passes over one body, in the order in which they speak: that of their beginning, or, where they go
    side by side, of their numbers. A pass speaks when all those before it have said what they have to say."""

    __slots__ = (
        "_lists",
        "_settled",
        "_spoken",
        "_waiting",
        "body",
        "final",
        "frames",
        "node_id",
        "order",
        "up",
    )

    def __init__(self, up: Frame, node_id: str) -> None:
        self.up = up
        self.node_id = node_id
        self.body: Body = up.plan.bodies[node_id]
        self.frames: dict[str, Frame] = {}
        self.order: list[Frame] = []
        self.final: str | None = None
        self._waiting: dict[int, Frame] = {}
        self._lists: dict[str, list[Json]] = {}
        self._settled = ""
        self._spoken = 0

    @property
    def is_fragile(self) -> bool:
        """Whether a neighbour may end a pass before its time while the run goes on."""
        return self.body.is_side_by_side and STOP in self.up.plan.by_id[self.node_id].ports

    def begin(self, frame: Frame) -> None:
        """The first fact of a pass has come."""
        if not self.body.is_side_by_side or not frame.key.isdecimal():
            self.order.append(frame)
            return
        self._waiting[int(frame.key)] = frame
        while (following := self._waiting.pop(len(self.order), None)) is not None:
            self.order.append(following)

    def look(self, mood: Mood) -> str:
        """What the passes so far may say."""
        if mood == "over":
            self.order += [self._waiting.pop(number) for number in sorted(self._waiting)]
        while self._spoken < len(self.order):
            text, is_whole = self.order[self._spoken].look(mood)
            if not is_whole:
                return join(self._settled, text)
            self._settled = join(self._settled, text)
            self._spoken += 1
        return self._settled

    def rewind(self) -> None:
        """Forgets how far the passes were whole."""
        self._settled, self._spoken = "", 0

    def close(self) -> None:
        """The node has left: what its passes have said is all they say."""
        self.final = self.look("over")
        self.frames.clear()
        self.order.clear()

    def told(self, key: str, name: str) -> dict[str, Json] | None:
        """What the steps of a pass see as `name` by the node's id; None if that is not known from here."""
        how, _, of = self.body.inside.get(name, "").partition(":")
        given = self.up.given.get(self.node_id)
        if how in ("place", "number") and key.isdecimal():
            return {name: int(key) + (how == "number")}
        if given is None:
            return None
        if how == "field":
            return {name: given.get(of)}
        if how in ("item", "count") and (items := self._list(of, given.get(of))) is not None:
            if how == "count":
                return {name: len(items)}
            if key.isdecimal() and int(key) < len(items):
                return {name: items[int(key)]}
        return None

    def _list(self, name: str, value: Json) -> list[Json] | None:
        if isinstance(value, str):
            if name not in self._lists:
                self._lists[name] = lines(value)
            return self._lists[name]
        return value if isinstance(value, list) else None


def _filled(expression: Expression, scope: Mapping[str, Json]) -> Known:
    try:
        return to_text(evaluate(expression, scope)), True
    except NodeError:
        return "", False  # the answering node will fail with it

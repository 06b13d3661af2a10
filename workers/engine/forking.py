"""Which facts of a run another one keeps that goes on from one of its steps. Pure: a plan and facts.

A fork is a takeover of a run whose journal never got what hangs on the named step. So what is kept is closed:
with each fact it holds all that this fact came from, in the order written down, and the engine goes on from
it as from any crash. Steps are dropped by the edges of the drawing: those named and all behind them; in steps
that repeat one after the other also all later rounds; a step that had not come to its end. Of a container
around a named step its start stays, and what it remembered before. What is drawn otherwise by now counts
where it shows: passes that never came to it stay whole, and with all of them the container.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nodes.sdk.node import ENDS_PASS
from nodes.sdk.values import Json
from workers.engine.events import Event
from workers.engine.frames import prefixes
from workers.engine.frontier import Frontier, Shape
from workers.engine.plan import GraphPlan, Plan, PlanNode
from workers.engine.state import RunState, container_of, fold, prefix_of
from workers.engine.tools import ASK, question_about

Point = tuple[str, ...]
"""A path in pieces: "loop_1[2].", "prompt_1"."""


@dataclass(frozen=True)
class Fork:
    """What a run that goes on from another one's step is given, besides what every run is."""

    run: str
    path: str
    facts: Sequence[Event]
    """All facts of that run."""
    edits: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """By path: `{"output", "port"?}` to use instead of running the step, or `{"config"}` to run it with."""
    only: bool = False
    """Whether nothing but that step is to run."""
    changed: tuple[str, ...] = ()
    """What is drawn otherwise than when that run ran, as `nodes.sdk.redrawn` says it."""

    @property
    def workflows(self) -> dict[str, str]:
        """The versions that it used of other workflows, by `<id>@<latest or number>`."""
        found = self._started.get("workflows")
        return {key: str(version) for key, version in found.items()} if isinstance(found, dict) else {}

    @property
    def _started(self) -> dict[str, Json]:
        return next((fact.data for fact in self.facts if fact.type == "run_started"), dict[str, Json]())

    def begin(self, plan: Plan, started: dict[str, Json]) -> list[Event]:
        """Adds to the data of `run_started` what the run has from its origin; gives the facts it keeps."""
        started["origin"] = {"run": self.run, "path": self.path}
        if self.edits:
            started["edits"] = dict(self.edits)
        if self.only:
            started["only"] = self.path
        before = self._started
        if not before:
            return []
        # What the conversation held when it all began: later claims tell of changes made since, also its own.
        kept = before.get("conversation") or self.facts[0].data.get("conversation")
        if kept:
            started["conversation"] = kept
        env = before.get("env")
        if plan.env and isinstance(env, dict):
            now = started.get("env")
            env = {name: value for name, value in env.items() if name in plan.env}
            started["env"] = {**now, **env} if isinstance(now, dict) else env
        if any(before.get(name) != started.get(name) for name in ("query", "inputs")):
            return []  # whatever the run began with may be anywhere
        # Of a call whose result is given nobody was to be asked.
        needless = (question_about(path) for path, edit in self.edits.items() if "output" in _fields(edit))
        return cut(plan, self.facts, [self.path, *self.edits, *needless], self.changed)


def cut(
    plan: Plan, facts: Sequence[Event], points: Iterable[str], changed: Iterable[str] = ()
) -> list[Event]:
    """The facts that stay when the steps at `points` are to run again, marked as reused and paid for.

    `changed` names steps in all rounds at once: they run again where they ran, or would run as it is drawn
    now. The facts keep their numbers of old. What a point names that never ran changes nothing.
    """
    return _Cut(plan, facts).keep([_point(path) for path in points], [_point(path) for path in changed])


@dataclass
class _Open:
    """A container that is kept as under way."""

    attempt: int = 1
    may_start: bool = True
    first_dropped: int | None = None
    """The number of the first fact inside that is dropped: what it remembered itself later may hang on it."""


class _Cut:
    def __init__(self, plan: Plan, facts: Sequence[Event]) -> None:
        self.plan = plan
        self.facts = facts
        self.end = fold(facts)
        self.whole: set[str] = set()
        """Paths of steps, and prefixes of passes, of which everything is kept."""
        self.open: dict[str, _Open] = {}
        self.failing: set[str] = set()
        """Paths whose final failure is kept."""
        self.cut_passes: set[str] = set()
        """Prefixes of passes in which something is dropped."""
        self.last_failures: dict[str, int] = {}
        """By path: the failure that nothing took in the end."""
        self.taken_failures: set[str] = set()
        """Paths of steps that failed and left by their error port."""
        self.passes: dict[str, dict[str, tuple[int, int]]] = {}
        """By path of a container, by prefix of a pass: its first and its last fact."""
        self.ran: dict[str, set[str]] = {}
        """By prefix of a pass: the ids of the steps that started in it."""
        for fact in facts:
            if fact.type == "node_started":
                prefix = prefix_of(fact.path)
                self.ran.setdefault(prefix, set()).add(fact.path[len(prefix) :])
            if fact.type == "node_failed" and fact.path in self.end.failures:
                self.last_failures[fact.path] = fact.seq
            if fact.type == "node_failed" and fact.data.get("port") == "error":
                self.taken_failures.add(fact.path)
            for prefix in prefixes(fact.path) if fact.path else ():
                known = self.passes.setdefault(container_of(prefix), {})
                known[prefix] = known.get(prefix, (fact.seq, 0))[0], fact.seq

    def keep(self, points: Sequence[Point], changed: Sequence[Point]) -> list[Event]:
        self._walk(self.plan.top, "", points, changed)
        self._note_dropped()
        kept: list[Event] = []
        before = RunState()
        for fact in self.facts:
            if fact.path and (one := self._kept(fact, before)) is not None:
                kept.append(one)
                if fact.type == "node_failed" and fact.data.get("retry_in_s") is None:
                    self.failing.add(fact.path)
            before.apply(fact)
        return kept

    # What stays

    def _walk(self, graph: GraphPlan, prefix: str, points: Sequence[Point], changed: Sequence[Point]) -> None:
        """Goes through a pass as the engine will: what it comes to before a dropped step stays."""
        named, redrawn = _by_step(points), _by_step(changed)
        frontier = Frontier(graph.shape)
        ran, behind, looked_at = self.ran.get(prefix, set[str]()), set[int](), 0
        while (place := frontier.next_ready()) is not None:
            for gone in frontier.skipped[looked_at:]:
                if graph.nodes[gone].id in ran:  # what it gave is missing now
                    behind |= _behind(graph.shape, gone)
            looked_at = len(frontier.skipped)
            if place in behind:
                continue
            node = graph.nodes[place]
            path = prefix + node.id
            inside, drawn_inside = named.get(node.id, []), redrawn.get(node.id, [])
            # A call that a person is asked about anew is to be made anew as well.
            asked = named.get(ASK + node.id, []) if node.offer is not None else []
            if any(len(point) == 1 for point in (*inside, *drawn_inside, *asked)):
                continue
            result = self.end.results.get(path)
            is_done = result is not None and result.port not in ENDS_PASS and not self._fails_now(node, path)
            if inside or (not is_done and path in self.passes):
                self._open_up(node, path, inside, drawn_inside)
            elif result is not None and is_done:
                if self._shows_inside(node, path, drawn_inside):
                    self._open_up(node, path, inside, drawn_inside)
                else:
                    self.whole.add(path)
                    frontier.leave(place, result.port)

    def _fails_now(self, node: PlanNode, path: str) -> bool:
        """Whether a step failed, something took over from it, and by the drawing of now nothing does."""
        return path in self.taken_failures and not node.leaves_by_error

    def _is_taken_now(self, node: PlanNode, path: str) -> bool:
        """Whether a step's failure ended its pass, and by the drawing of now something takes over from it."""
        return path in self.end.failures and node.leaves_by_error

    def _shows_inside(self, node: PlanNode, path: str, changed: Sequence[Point]) -> bool:
        """Whether what is drawn otherwise inside a container shows in any of its passes."""
        if not changed or node.body is None:
            return False
        inside = [point[1:] for point in changed]
        return any(self._shows(node.body, prefix, inside) for prefix in self.passes.get(path, ()))

    def _shows(self, graph: GraphPlan, prefix: str, changed: Sequence[Point]) -> bool:
        """Whether a pass would come to anything else by the drawing of now than what it came to."""
        redrawn = _by_step(changed)
        frontier = Frontier(graph.shape)
        reached: set[str] = set()
        while (place := frontier.next_ready()) is not None:
            node = graph.nodes[place]
            reached.add(node.id)
            path, drawn_inside = prefix + node.id, redrawn.get(node.id, [])
            if any(len(point) == 1 for point in drawn_inside) or self._shows_inside(node, path, drawn_inside):
                return True
            if self._fails_now(node, path) or self._is_taken_now(node, path):
                return True
            result = self.end.results.get(path)
            if result is not None and result.port not in ENDS_PASS:
                frontier.leave(place, result.port)
        return not self.ran.get(prefix, set()) <= reached

    def _open_up(self, node: PlanNode, path: str, points: Sequence[Point], changed: Sequence[Point]) -> None:
        graph = node.calls.top if isinstance(node.calls, Plan) else node.body
        if graph is None:
            return
        self.open[path] = _Open()
        named: dict[str, list[Point]] = {}
        for point in points:
            named.setdefault(path + point[0][len(node.id) :], []).append(point[1:])
        inside = [point[1:] for point in changed]
        passes = self.passes.get(path, {})
        order = sorted(passes, key=lambda prefix: passes[prefix])
        touched = [p for p in order if p in named or (inside and self._shows(graph, p, inside))]
        if node.kind is not None and node.kind.runs_side_by_side(node.config):
            for prefix in order:
                if prefix not in touched and self._was_set_aside(node, path, prefix):
                    self.whole.add(prefix)
                else:
                    self._walk(graph, prefix, named.get(prefix, ()), inside)
            return
        at = order.index(touched[0]) if touched else len(order) - 1
        for prefix in order[: at + 1]:
            if prefix != order[at] and passes[prefix][1] < passes[order[at]][0]:
                self.whole.add(prefix)
            else:
                self._walk(graph, prefix, named.get(prefix, ()), inside)

    def _was_set_aside(self, node: PlanNode, path: str, prefix: str) -> bool:
        """Whether a pass failed and the container went on all the same."""
        failed = self.end.ends.get(path, {}).get(prefix) in self.end.failures
        return failed and node.kind is not None and node.kind.sets_failures_aside(node.config)

    def _is_whole(self, path: str) -> bool:
        if path in self.whole:
            return True
        return any(p in self.whole or container_of(p) in self.whole for p in prefixes(path))

    def _note_dropped(self) -> None:
        for fact in self.facts:
            if not fact.path or fact.path in self.open or self._is_whole(fact.path):
                continue
            for prefix in prefixes(fact.path):
                self.cut_passes.add(prefix)
                around = self.open.get(container_of(prefix))
                if around is not None and around.first_dropped is None:
                    around.first_dropped = fact.seq

    # Fact by fact

    def _kept(self, fact: Event, before: RunState) -> Event | None:
        """The fact as it is kept, if it is; `before` is what the run had come to until then."""
        around = self.open.get(fact.path)
        if around is None:
            is_kept = fact.type != "node_waiting" and self._is_whole(fact.path)
            return _reused(fact, {}) if is_kept else None
        if fact.type == "node_started":
            if not around.may_start:
                return None
            around.may_start = False
            return _reused(fact, {"attempt": around.attempt})
        if fact.type == "node_failed":
            if fact.data.get("port") is not None or fact.seq == self.last_failures.get(fact.path):
                return None
            # It failed by what failed inside. If that is kept, so is the attempt it cost.
            inside = f"{fact.path}["
            if not any(path.startswith(inside) and path in self.failing for path in before.failures):
                return None
            told = {"attempt": around.attempt}
            around.attempt += 1
            around.may_start = True
            return _reused(fact, told)
        if fact.type in ("node_succeeded", "node_waiting"):
            return None
        name = str(fact.data.get("name", ""))
        if fact.type == "step_done" and name.startswith("#["):
            return None if f"{fact.path}{name[1:]}." in self.cut_passes else _reused(fact, {})
        is_early = around.first_dropped is None or fact.seq < around.first_dropped
        return _reused(fact, {}) if is_early else None


def _fields(edit: Json) -> Mapping[str, Json]:
    return edit if isinstance(edit, dict) else {}


def _reused(fact: Event, data: Mapping[str, Json]) -> Event:
    told = {**fact.data, **data, "reused": True}
    if told.get("usage") is not None:
        told["usage"] = None
    told.pop("left", None)
    told.pop("resumed", None)
    return fact._replace(data=told)


def _behind(shape: Shape, place: int) -> set[int]:
    """All nodes that edges lead to from this one."""
    found: set[int] = set()
    todo = [place]
    while todo:
        for targets in shape.out[todo.pop()].values():
            todo += [target for target in targets if target not in found]
            found.update(targets)
    return found


def _point(path: str) -> Point:
    *around, id = path.split(".")
    return (*(f"{piece}." for piece in around), id)


def _by_step(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Points by the id of the step of this graph that they name or lie in."""
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point[0] if len(point) == 1 else container_of(point[0]), []).append(point)
    return found

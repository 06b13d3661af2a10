"""What a run has come to: a fold over its journal and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from nodes.sdk.graph import Json
from nodes.sdk.kinds import as_kind_or
from nodes.sdk.models import Usage
from nodes.sdk.node import ENDS_PASS, NodeResult
from nodes.sdk.variables import CONVERSATION, Operator, change_as
from workers.engine.events import FINAL, Event, RunStatus
from workers.engine.usage import usage_from_json
from workers.engine.waits import OVER

RunError = dict[str, Json]
"""{"code", "message", "hint"}: why something ended badly, in words for a person."""


@dataclass
class RunState:
    """Everything known about a run. `apply` is the only way it changes; it changes in place, for
    copying the state at every event would make long loops quadratic."""

    seq: int = 0
    status: RunStatus = "queued"
    results: dict[str, NodeResult] = field(default_factory=dict[str, NodeResult])
    """By path, also of nodes that failed and left by their error port or with the output for that case."""
    failures: dict[str, RunError] = field(default_factory=dict[str, RunError])
    """By path: final failures that end the pass they happen in."""
    ends: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Passes that ended before their time: by the path of the container ("" for the workflow itself), then
    by what the pass's paths begin with, in the order written down: the node that ended it, by failing or
    by leaving by STOP or NEXT. The first one counts."""
    given: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """By path: the filled-in config of a node that has not come to its end. Every attempt gets the same,
    whatever the variables have become meanwhile."""
    changes: dict[str, dict[str, dict[str, Json]]] = field(
        default_factory=dict[str, dict[str, dict[str, Json]]]
    )
    """By path of a node that has not come to its end, then by variable: what its change of it told."""
    open: set[str] = field(default_factory=set[str])
    """Paths whose last attempt has started and not ended: at work, or cut off by a crash."""
    stopped: set[str] = field(default_factory=set[str])
    """Paths that were open when a container around them failed and is tried again: stopped in the middle."""
    attempts: dict[str, int] = field(default_factory=dict[str, int])
    """By path: the number of the last attempt started."""
    pardoned: dict[str, int] = field(default_factory=dict[str, int])
    """By path: how many of its attempts do not count against its limit any more."""
    cut_off: set[str] = field(default_factory=set[str])
    """Paths of nodes that were at work when a worker ended: nobody knows all that they used."""
    interrupted: dict[str, int] = field(default_factory=dict[str, int])
    """By path: how many of its attempts ended because their worker was told to stop."""
    retry_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """By path: when a failed node may start again."""
    steps: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """By path, then by name: what a node's remembered steps gave."""
    signals: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    waiting: dict[str, dict[str, dict[str, Json]]] = field(
        default_factory=dict[str, dict[str, dict[str, Json]]]
    )
    """By path, then by name: what nodes wait for, as node_waiting told it, and `since` when."""
    parked: set[str] = field(default_factory=set[str])
    """Open paths that nobody cut off: started again they go on with the same attempt."""
    variables: dict[str, Json] = field(default_factory=dict[str, Json])
    frame_variables: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """By frame: the run variables of a workflow that is run inside this one."""
    conversation: dict[str, Json] = field(default_factory=dict[str, Json])
    """What is remembered from one message to the next, as it was at the last claim and changed since."""
    loops: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """By path of a loop that has not come to its end: what it keeps from round to round."""
    declared: dict[str, dict[str, dict[str, Json]]] = field(
        default_factory=dict[str, dict[str, dict[str, Json]]]
    )
    """By scope ("run", "conversation"), then by name: the `type` and the `default` the run began with."""
    _kept: dict[str, Json] | None = None
    """What the conversation held when the run was last claimed; None outside a conversation."""
    has_started: bool = False
    last_at: datetime | None = None
    _since: datetime | None = None
    """When the present stretch of work began: with a claim, or where the clock went back."""
    _worked: timedelta = timedelta()
    """How long those before it took."""
    query: str = ""
    inputs: dict[str, Json] = field(default_factory=dict[str, Json])
    history: list[Json] = field(default_factory=list[Json])
    limits: dict[str, Json] = field(default_factory=dict[str, Json])
    env: dict[str, Json] = field(default_factory=dict[str, Json])
    """The environment variables that the run names, as they were when it began."""
    pins: dict[str, Json] = field(default_factory=dict[str, Json])
    """By node id: what stands in for running it, as `given` reads it."""
    edits: dict[str, Json] = field(default_factory=dict[str, Json])
    """By path: what stands in for running that step, or what some of its settings are, in this run."""
    only: str = ""
    """The path of the one step that is to run; "" for all."""
    node_starts: int = 0
    idle_claims: int = 0
    """Claims in a row, up to the present one, after which no node ended and no step was done. Those of runs
    that were handed over do not count: no worker died."""
    usage: Usage = field(default_factory=Usage)
    given_instead: set[str] = field(default_factory=set[str])
    """Paths of nodes that failed and gave the output for that case."""
    handled_errors: int = 0
    """Failures that the run goes on after: by an error port, by a default, or set aside by a container."""
    answer: str = ""
    outputs: dict[str, Json] = field(default_factory=dict[str, Json])
    error: RunError | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in _ENDED

    @property
    def worked_s(self) -> float:
        """Seconds from each claim to the last fact it added: pauses between claims do not count."""
        return self._worked_so_far().total_seconds()

    def _worked_so_far(self) -> timedelta:
        if self.last_at is None or self._since is None:
            return self._worked
        return self._worked + (self.last_at - self._since)

    def tries(self, path: str, *, acts: bool = False) -> int:
        """How many attempts of the node at `path` count against its limit."""
        return self.attempts.get(path, 0) - self.spared(path, acts=acts)

    def spared(self, path: str, *, acts: bool = False) -> int:
        """How many do not. One that ended because its worker was told to stop is none of the node's own; of
        one that `acts` it counts, for it may have acted."""
        pardoned = self.pardoned.get(path, 0)
        return pardoned if acts else pardoned + self.interrupted.get(path, 0)

    def apply(self, event: Event) -> None:
        """Takes in the next fact. One that is known already changes nothing; a gap raises ValueError."""
        seq, kind, path, at, data = event
        if seq <= self.seq:
            return
        if seq != self.seq + 1:
            raise ValueError(f"Event {seq} does not follow {self.seq}.")
        self.seq = seq
        if kind == "run_claimed" or self.last_at is None or at < self.last_at:
            self._worked, self._since = self._worked_so_far(), at
        self.last_at = at
        if "left" in data:
            self.usage += usage_from_json(data["left"])
        if kind == "node_started":
            self._start_node(path, data)
        elif kind == "node_succeeded":
            self.results[path] = result = NodeResult(data["output"], str(data["port"]))
            self._end_attempt(path, data)
            self._forget_start(path)
            if path in self.ends:
                self.handled_errors += sum(end in self.failures for end in self.ends[path].values())
            if result.port in ENDS_PASS:
                self._end_pass(path)
        elif kind == "node_failed":
            self._fail_node(path, at, data)
        elif kind == "step_done":
            name = str(data["name"])
            self.steps.setdefault(path, {})[name] = data["value"]
            self.idle_claims = 0
            if "usage" in data:
                self.usage += usage_from_json(data["usage"])
            if self.waiting and name.startswith(OVER):
                self._stop_waiting(path, name.removeprefix(OVER))
        elif kind == "node_waiting":
            self._wait(path, at, data)
        elif kind == "signal_received":
            self.signals.setdefault((path, str(data["name"])), data.get("payload"))
            self._stop_waiting(path, str(data["name"]))
        elif kind == "variable_set":
            self._change_variable(path, data)
        else:
            self._change_run(event)

    def _start_node(self, path: str, data: dict[str, Json]) -> None:
        if self.retry_at:
            self.retry_at.pop(path, None)
        self.attempts[path] = cast(int, data["attempt"])
        self.open.add(path)
        if self.stopped:
            self.stopped.discard(path)
        if "reused" in data:
            self.parked.add(path)  # nobody cut it off: it was under way in another run
        else:
            if "resumed" not in data:
                self.node_starts += 1
            if self.parked:
                self.parked.discard(path)
        if (given := data.get("input")) and isinstance(given, dict) and path not in self.given:
            self.given[path] = given

    def _wait(self, path: str, at: datetime, data: dict[str, Json]) -> None:
        """Before there were names, nodes that waited had none; nothing wrote such a fact in a release."""
        reason, usage = data.get("reason"), data.get("usage")
        if not self._is_past(path):
            told: dict[str, Json] = {**data, "since": at.isoformat()}
            self.waiting.setdefault(path, {})[str(data.get("name", ""))] = told
        self.idle_claims = 0
        if reason != "outcome_unknown":
            self.parked.add(path)
        if usage is not None:
            self.usage += usage_from_json(usage)

    def _stop_waiting(self, path: str, name: str) -> None:
        waits = self.waiting.get(path)
        if waits is not None and waits.pop(name, None) is not None and not waits:
            del self.waiting[path]

    def _stop_waiting_inside(self, prefix: str) -> None:
        """What came to its end waits for nothing any more."""
        for inner in [p for p in self.waiting if p.startswith(prefix)]:
            del self.waiting[inner]

    def _is_past(self, path: str) -> bool:
        """Whether a pass or a container around has come to its end."""
        while prefix := prefix_of(path):
            path = container_of(prefix)
            if prefix in self.ends.get(path, ()) or path in self.results or path in self.failures:
                return True
        return False

    def _end_attempt(self, path: str, data: dict[str, Json]) -> None:
        self.open.discard(path)
        if self.stopped:
            self.stopped.discard(path)
        if self.parked or self.waiting:
            self.parked.discard(path)
            self.waiting.pop(path, None)
            self._stop_waiting_inside(f"{path}[")
        self.idle_claims = 0
        usage = data.get("usage")
        if usage is not None:
            self.usage += usage_from_json(usage)

    def _fail_node(self, path: str, at: datetime, data: dict[str, Json]) -> None:
        self._end_attempt(path, data)
        error, delay_s, port = data["error"], data.get("retry_in_s"), data.get("port")
        assert isinstance(error, dict)
        if isinstance(delay_s, int | float):
            self.retry_at[path] = at + timedelta(seconds=delay_s)
            self._give_a_new_chance_inside(path)
            return
        self.given.pop(path, None)
        if port is not None:
            output = {"code": error["code"], "message": error["message"]}
            if data.get("default"):
                output = data["output"]
                self.given_instead.add(path)
            self.results[path] = NodeResult(output, str(port))
            self.handled_errors += 1
            self._forget_start(path)
        else:
            # Its changes are not forgotten: a container around it that is tried again runs it again.
            self.failures[path] = error
            self._end_pass(path)

    def _end_pass(self, path: str) -> None:
        prefix = prefix_of(path)
        self.ends.setdefault(container_of(prefix), {}).setdefault(prefix, path)
        if self.waiting:
            self._stop_waiting_inside(prefix)

    def _forget_start(self, path: str) -> None:
        self.given.pop(path, None)
        if self.changes:
            self.changes.pop(path, None)
        if self.loops:
            self.loops.pop(path, None)

    def _change_variable(self, path: str, data: dict[str, Json]) -> None:
        name, scope = str(data["name"]), str(data.get("scope", "run"))
        operator = cast(Operator, data.get("operator", "set"))
        key = f"{CONVERSATION}.{name}" if scope == CONVERSATION else name
        frame, loop = data.get("frame"), data.get("loop")
        if isinstance(loop, str):
            key = f"{loop.rpartition('.')[2]}.{name}"
            values, held = self.loops.setdefault(loop, {}), name
            kind, before = str(data.get("type", "any")), values.get(name)
        elif isinstance(frame, str):
            values, held = self.frame_variables.setdefault(frame, {}), key
            kind, before = str(data.get("type", "any")), values.get(key, data.get("default"))
        else:
            values, held = self.conversation if scope == CONVERSATION else self.variables, name
            kind, before = kind_in(self.declared, scope, name), values.get(name)
        values[held], told = change_as(kind, before, operator, data.get("value"))
        self.changes.setdefault(path, {})[key] = told

    def _declare(self, declared: Json) -> None:
        """Takes in what the run's drawing declares: each piece begins with its default."""
        for one in cast("list[dict[str, Json]]", declared or []):
            self.declared.setdefault(str(one["scope"]), {})[str(one["name"])] = one
        for name, one in self.declared.get("run", {}).items():
            self.variables[name] = one["default"]
        self._remember()

    def _remember(self) -> None:
        """What the conversation holds of the declared, else the defaults."""
        kept = self._kept or {}
        for name, one in self.declared.get(CONVERSATION, {}).items():
            default = one["default"]
            here = name in kept
            self.conversation[name] = as_kind_or(kept[name], str(one["type"]), default) if here else default

    def _give_a_new_chance_inside(self, path: str) -> None:
        """What failed or was stopped in the body of a node that is tried again may be tried again too."""
        prefix = f"{path}["
        for inner in [p for p in self.failures if p.startswith(prefix)]:
            del self.failures[inner]
            self.pardoned[inner] = self.attempts.get(inner, 0)
            self.interrupted.pop(inner, None)
            ends, inner_prefix = self.ends[container_of(prefix_of(inner))], prefix_of(inner)
            if ends.get(inner_prefix) == inner:
                del ends[inner_prefix]
        inside = {p for p in self.open if p.startswith(prefix)}
        self.stopped |= inside - self.parked
        self.open -= inside
        self.parked = {p for p in self.parked if not p.startswith(prefix)}
        self._stop_waiting_inside(prefix)

    def _change_run(self, event: Event) -> None:
        data = event.data
        if event.type == "run_claimed":
            self.status = "running"
            cut_off = {path for path in self.open - self.parked if not self._is_past(path)}
            self.cut_off |= cut_off
            if data.get("handed_over"):
                for path in cut_off:
                    self.interrupted[path] = self.interrupted.get(path, 0) + 1
            else:
                self.idle_claims += 1
            kept = data.get(CONVERSATION)
            if isinstance(kept, dict):
                self._kept = kept
                self._remember()
        elif event.type == "run_started":
            self.has_started = True
            query, inputs, history, limits = (data.get(k) for k in ("query", "inputs", "history", "limits"))
            self.query = str(query or "")
            self.inputs = inputs if isinstance(inputs, dict) else {}
            self.history = history if isinstance(history, list) else []
            self.limits = limits if isinstance(limits, dict) else {}
            kept = data.get(CONVERSATION)
            if isinstance(kept, dict):
                self._kept = kept  # of the run it goes on from
            if "variables" in data:
                self._declare(data["variables"])
            env = data.get("env")
            if isinstance(env, dict):
                self.env = env
            pins, edits, only = data.get("pins"), data.get("edits"), data.get("only")
            self.pins = pins if isinstance(pins, dict) else {}
            self.edits = edits if isinstance(edits, dict) else {}
            self.only = only if isinstance(only, str) else ""
        elif event.type == "run_waiting":
            self.status = "waiting"
            self.idle_claims = 0
            parked = data.get("parked")
            if isinstance(parked, list):
                self.parked.update(str(path) for path in parked)
        else:
            self.status = FINAL[event.type]
            self.usage = usage_from_json(data.get("usage"))
            outputs, error = data.get("outputs"), data.get("error")
            self.answer = str(data.get("answer") or "")
            self.outputs = outputs if isinstance(outputs, dict) else {}
            self.error = error if isinstance(error, dict) else None


def fold(events: Iterable[Event]) -> RunState:
    """The state that these events lead to, from the first on."""
    state = RunState()
    for event in events:
        state.apply(event)
    return state


def kind_in(declared: dict[str, dict[str, dict[str, Json]]], scope: str, name: str) -> str:
    """The kind that `name` was declared to be of; "any" if it was not."""
    one = declared.get(scope, {}).get(name) if declared else None
    return "any" if one is None else str(one["type"])


def prefix_of(path: str) -> str:
    """What all paths of the same pass begin with: "" for the workflow itself, else such as "loop_1[2]."."""
    return path[: path.rfind(".") + 1]


def container_of(prefix: str) -> str:
    """The path of the node whose pass that is; "" for the workflow itself."""
    return prefix[: prefix.rfind("[")] if prefix else ""


_ENDED = frozenset(FINAL.values())

"""What a workflow means, said a second time: one node after the other, without tasks, journals or clocks.

It shares no code with the engine. Crashes and pauses are not in it, for they change nothing. What a person
says is: of a step that was cut off while it wrote, and to one that waits.

Where a pass ends before its time, how far its other branches came is luck; so is all that they changed. The
interpreter goes through them all the same, to see whether they would end it in another way, which is
Ambiguous, and to say what hangs on luck. What comes before the node that ended the pass is no luck.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nodes.sdk.graph import Graph, GraphNode, order
from nodes.sdk.run_limits import RunLimits
from tests.engine.reference_agents import Round, work_of_agent
from tests.engine.reference_limits import TOKEN_COSTS, Spent
from tests.engine.reference_values import (
    LOOPS,
    LUCK,
    REF,
    Ambiguous,
    Failed,
    Memory,
    as_kind,
    empty_of,
    holds,
    value_of,
)

Result = tuple[Any, str]
"""What a node gave, and the port it left by."""
PASSING = ("model_busy", "node_timeout")
MESSAGES = {"model_busy": "Busy.", "model_auth": "No."}
IN_ANY_ORDER = "total"
"""The variable that steps side by side add to: what it was when one did hangs on luck, its sum does not."""
NOTHING = object()
LONG_S = 1e9


@dataclass
class Story:
    """What happens to a run from outside, by path."""

    failures: Callable[[str], list[Any]]
    """The errors of the first attempts; each has a `code` and says whether to `retry`."""
    cuts: Callable[[str], str | None] = lambda path: None
    """What a person says of a write that was cut off in its first attempt: done, again, fail."""
    notes: Callable[[str], Any] = lambda path: NOTHING
    """What a person says to a step that waits."""
    query: str = "hi"
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What the conversation remembers from before."""
    env: Mapping[str, Any] = field(default_factory=dict)
    """The environment variables there are when the run begins."""
    edits: Mapping[str, Result] = field(default_factory=dict)
    """By path: what is given to use instead of running that step."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By path: fields of the config that are not as drawn."""
    replies: Callable[[str], Sequence[Round]] = lambda path: ()
    """What the model of an agent says, round by round."""


class Left(Exception):
    """The pass ends at once: "#stop" leaves the loop around, "#next" its round, and "#end" the workflow."""

    def __init__(self, port: str, output: Any) -> None:
        super().__init__(port)
        self.code = self.port = port
        self.output = output
        self.spoiled: list[Any] = []


@dataclass
class Frame:
    """A workflow that is run, by itself or inside another: its message, its variables."""

    query: str
    run: Memory
    conversation: Memory


@dataclass
class Outcome:
    """What a run comes to."""

    results: dict[str, Result] = field(default_factory=dict)
    """By path. What was skipped is not in it."""
    luck: set[str] = field(default_factory=set)
    """Paths of steps that may have come any far, with all that is inside them."""
    variables: dict[str, Any] = field(default_factory=dict)
    conversation: dict[str, Any] = field(default_factory=dict)
    answer: Any = ""
    handled_errors: Any = 0
    starts: Any = 0
    """Attempts begun."""
    error: str | None = None

    def is_luck(self, path: str) -> bool:
        return is_within(path, self.luck)


def is_within(path: str, steps: Iterable[str]) -> bool:
    """Whether `path` is that of one of `steps`, or of what is inside one."""
    return any(path == step or path.startswith(f"{step}[") for step in steps)


def interpret(graph: Graph, story: Story, inner: Mapping[str, Graph]) -> Outcome:
    """The outcome of `graph`. Raises Ambiguous."""
    return _Interpreter(graph, story, inner).run()


class _Interpreter:
    def __init__(self, graph: Graph, story: Story, inner: Mapping[str, Graph]) -> None:
        self.graph, self.story, self.inner = graph, story, inner
        self.outcome = Outcome()
        self.frames: dict[str, Frame] = {}
        self.tried: dict[str, int] = {}
        self.handled: list[str] = []
        self.changes: list[tuple[str, Memory, str]] = []
        self.begun: dict[str, dict[int, str]] = {}
        """By path of a container: what the paths of each of its passes begin with."""
        self.is_repeated = False
        """Whether steps that were stopped were begun again: how many attempts there were is luck then."""
        self.silent: set[str] = set()
        """Passes that failed and were set aside: they say nothing."""
        self.known: dict[tuple[str, Any], Any] = {}
        """By path of a container: what was settled before it failed and was tried again."""
        self.spent = Spent()

    def run(self) -> Outcome:
        outcome, frame = self.outcome, self.frame("", self.graph, self.story.query, self.story.kept)
        last_word: Any = ""
        try:
            self.walk(self.graph, "", self.scope_of(frame), frame)
        except Failed as failure:
            outcome.error = failure.code
        except Left as left:
            last_word = left.output["message"]
            outcome.error = "stopped" if left.output["status"] == "failed" else None
        outcome.variables, outcome.conversation = frame.run.values, frame.conversation.values
        outcome.answer = with_last_word(self.speech(self.graph, ""), last_word)
        outcome.handled_errors = LUCK if any(map(outcome.is_luck, self.handled)) else len(self.handled)
        code = self.limit_that_ends_it()
        if code is None:
            return outcome
        return Outcome(error=code, luck=set(self.graph.nodes), answer=LUCK, handled_errors=LUCK)

    def limit_that_ends_it(self) -> str | None:
        """The one that the run comes to for certain; None where it comes to none for certain."""
        limits, outcome = self.graph.limits, self.outcome
        if limits == RunLimits():
            return None
        if self.is_repeated:
            raise Ambiguous  # how often what was stopped was begun
        if limits.steps is not None and outcome.starts > limits.steps:
            if outcome.luck or outcome.error:
                raise Ambiguous  # which of the two ends it first
            return "step_limit"
        if limits.wall_s is not None:
            return self.spent.beyond_time(limits.wall_s, outcome.is_luck)
        if limits.tokens is not None:
            return self.spent.beyond_tokens(limits.tokens, "token_limit", outcome.is_luck)
        if limits.cost is not None:
            return self.spent.beyond_tokens(limits.cost / TOKEN_COSTS, "cost_limit", outcome.is_luck)
        return None

    def frame(self, prefix: str, graph: Graph, query: str, kept: Mapping[str, Any]) -> Frame:
        if prefix not in self.frames:
            run, conversation = Memory(kinds={}), Memory(kinds={})
            for one in graph.variables:
                memory = run if one.scope == "run" else conversation
                memory.kinds = {**memory.kinds, one.name: one.type}
                memory.values[one.name] = one.default
                if memory is conversation and one.name in kept:
                    memory.values[one.name] = kept[one.name]
            self.frames[prefix] = Frame(query, run, conversation)
        return self.frames[prefix]

    def scope_of(self, frame: Frame) -> dict[str, Any]:
        variables = {"vars": frame.run.values, "conversation": frame.conversation.values}
        return {**variables, "env": self.story.env, LOOPS: {}}

    # A pass over a graph

    def walk(self, graph: Graph, prefix: str, scope: dict[str, Any], frame: Frame) -> Result:
        """What ended the pass, by its last node or nodes. Raises Failed or Left where it ends before."""
        into, out = graph.edges_into(), graph.edges_out()
        taken: dict[Any, bool] = {}
        last: dict[str, Result] = {}
        ends: dict[str, Failed | Left] = {}
        reached: list[str] = []
        left = set(graph.nodes)
        while ready := sorted(n for n in left if all(edge in taken for edge in into[n])):
            id = ready[0]
            left.discard(id)
            if into[id] and not any(taken[edge] for edge in into[id]):
                taken |= dict.fromkeys(out[id], False)
                continue
            reached.append(id)
            try:
                result = self.outcome.results.get(prefix + id) or self.node(
                    graph.nodes[id],
                    prefix + id,
                    scope,
                    frame,
                    has_error_edge=any(e.port == "error" for e in out[id]),
                )
            except (Failed, Left) as end:
                ends[id] = end
                if isinstance(end, Left):
                    self.outcome.results[prefix + id] = end.output, end.port
                continue  # what comes behind it never will; but others may end this pass as well
            self.outcome.results[prefix + id] = result
            scope[id] = result[0]
            taken |= {edge: edge.port == result[1] for edge in out[id]}
            if not any(taken[edge] for edge in out[id]):
                last[id] = result
        if ends:
            self.end(graph, prefix, scope, reached, ends)
        if len(last) == 1:
            return next(iter(last.values()))
        return {id: last[id][0] for id in sorted(last)}, "out"

    def end(
        self,
        graph: Graph,
        prefix: str,
        scope: dict[str, Any],
        reached: list[str],
        ends: dict[str, Failed | Left],
    ) -> None:
        """The pass ends before its time. What does not come before that is luck."""
        if len(set(map(kind_of, ends.values()))) > 1:
            raise Ambiguous
        sure = set.intersection(*(before(graph, id) for id in ends)) | (
            set(ends) if len(ends) == 1 else set()
        )
        lucky = [id for id in reached if id not in sure]
        scope |= dict.fromkeys(lucky, LUCK)
        end = next(iter(ends.values()))
        self.spoil({prefix + id for id in lucky}, end)
        raise end

    def spoil(self, paths: set[str], end: Failed | Left) -> None:
        """Who knows how far the steps at `paths` came: nobody may build on what they did."""
        self.outcome.luck |= paths
        changes = [(memory, name) for path, memory, name in self.changes if is_within(path, paths)]
        end.spoiled.append((paths, [(memory, name, memory.values[name]) for memory, name in changes]))
        for memory, name in changes:
            memory.values[name] = LUCK

    def begin_again(self, failure: Failed) -> None:
        """What was stopped when the container failed comes to its end in the container's next attempt."""
        for paths, values in reversed(failure.spoiled):
            if any(is_within(path, paths) and self.story.failures(path) for path in self.tried):
                raise Ambiguous  # which of its attempts was stopped
            self.is_repeated |= bool(paths)
            self.outcome.luck -= paths
            for memory, name, value in reversed(values):
                added = 0 if value is LUCK else memory.added.pop(name, 0)
                memory.values[name] = value + added if added else value

    # A node

    def node(
        self, node: GraphNode, path: str, scope: dict[str, Any], frame: Frame, *, has_error_edge: bool
    ) -> Result:
        """One node with all its attempts."""
        tries = 0
        while True:
            tries += 1
            self.outcome.starts += 1
            self.tried[path] = self.tried.get(path, 0) + 1
            if path in self.story.edits:
                return self.story.edits[path]
            try:
                return self.attempt(node, path, scope, frame)
            except Failed as failure:
                if self.is_tried_again(node, path, failure, tries):
                    self.spent.rests_s += 1.25 * node.policy.backoff_s * 2 ** (tries - 1)
                    self.begin_again(failure)
                    continue
                on_error = node.policy.on_error
                if on_error == "fail" or (on_error is None and not has_error_edge):
                    raise
                self.handled.append(path)
                if on_error == "default":
                    return node.policy.default, "out"
                return {"code": failure.code, "message": MESSAGES.get(failure.code, LUCK)}, "error"

    def is_tried_again(self, node: GraphNode, path: str, failure: Failed, tries: int) -> bool:
        """Whether a failed node has another attempt. Reading steps have three, others as drawn."""
        usual = 3 if node.type in ("work", "say") else 1
        codes = node.policy.retry_codes
        is_settled = node.type == "write" and failure.code == "worker_crashed"
        may_pass = failure.code in (PASSING if codes is None else codes)
        return may_pass and not is_settled and tries < (node.policy.max_attempts or usual)

    def attempt(self, node: GraphNode, path: str, scope: dict[str, Any], frame: Frame) -> Result:
        config = node.config
        if path in self.story.settings:
            config = {**config, **self.story.settings[path]}
            node = replace(node, config=config)
        if any(of == "env" and name not in self.story.env for of, name in REF.findall(str(config))):
            raise Failed("environment_missing")
        match node.type:
            case "start":
                return {"query": frame.query}, "out"
            case "pure" | "answer":
                return {"text": value_of(config["text"], scope)}, "out"
            case "fork":
                return {"port": config["port"]}, config["port"]
            case "branch":
                (case,) = config["cases"]
                name = case["name"] if holds(case["conditions"][0], scope) else "else"
                return {"case": name, "title": name if name != "else" else ""}, name
            case "work" | "write" | "say":
                return self.act(node, path, scope)
            case "await":
                self.spent.rests_s += config["seconds"] + config["works"]
                note = self.story.notes(path)
                return {"said": None if note is NOTHING else note}, "out"
            case "wait":
                self.spent.rests_s += config["amount"]
                return {"until": LUCK}, "out"
            case "ask_human":
                return self.ask(path)
            case "set_variable":
                return self.change(config, path, scope, frame), "out"
            case "stop_loop":
                raise Left("#stop", {})
            case "next_round":
                raise Left("#next", {})
            case "stop":
                raise Left(
                    "#end", {"message": value_of(config["message"], scope), "status": config["status"]}
                )
            case "sub_workflow":
                return self.call(config, path, scope, frame), "out"
            case "loop":
                return self.loop(node, path, scope, frame), "out"
            case "each":
                return self.each(node, path, scope, frame), "out"
            case "agent":
                return self.agent(node, path, scope, frame), "out"
            case other:
                raise AssertionError(other)

    def ask(self, path: str) -> Result:
        """What a person pressed; "timeout" where nobody does, for then there is a time limit."""
        note = self.story.notes(path)
        action = "timeout" if note is NOTHING else note["action"]
        nobody = dict.fromkeys(("answered_by", "answered_by_id", "answered_at"), "")
        return {"fields": {}, "action": action, **nobody}, action

    def act(self, node: GraphNode, path: str, scope: dict[str, Any]) -> Result:
        """A step that does something outside: it may be cut off, too slow, or fail as often as it is told."""
        config, attempt = node.config, self.tried[path]
        text = value_of(config["user" if node.type == "say" else "text"], scope)
        if node.type == "say":
            self.spent.asked.append((path, text))
        else:
            self.spent.worked.append((path, min(config["seconds"], node.policy.timeout_s or LONG_S)))
        cut = self.story.cuts(path) if node.type == "write" else None
        if cut is not None and attempt == 1:
            if cut == "fail":
                raise Failed("worker_crashed")
            if cut == "done":
                return {"text": f"done {path}"}, "out"
            self.outcome.starts += 1
            attempt = self.tried[path] = 2
        if node.policy.timeout_s is not None and config["seconds"] > node.policy.timeout_s:
            raise Failed("node_timeout")
        errors = self.story.failures(path)
        if attempt <= len(errors):
            raise Failed(errors[attempt - 1].code)
        return {"text": text if node.type == "say" else f"{path}({text})"}, "out"

    def call(self, config: Mapping[str, Any], path: str, scope: dict[str, Any], frame: Frame) -> Any:
        """Another workflow inside this one. One that ends itself ends no more than itself."""
        inner, prefix = self.inner[f"{config['workflow']}@latest"], f"{path}[0]."
        query = value_of(config.get("query", ""), scope) or frame.query
        called, last_word = self.frame(prefix, inner, query, {}), ""
        try:
            result, _ = self.walk(inner, prefix, self.scope_of(called), called)
        except Left as left:
            result, last_word = left.output, left.output["message"]
            if left.output["status"] == "failed":
                failed = Failed("stopped")
                failed.spoiled = left.spoiled
                raise failed from None
        return {"answer": with_last_word(self.speech(inner, prefix), last_word), "result": result}

    def change(self, config: Mapping[str, Any], path: str, scope: dict[str, Any], frame: Frame) -> Any:
        """Changes a variable of the run, of the conversation, or of a loop around."""
        of, _, name = config["name"].rpartition(".")
        memory = frame.run if not of else frame.conversation if of == "conversation" else scope[LOOPS][of]
        told = memory.change(name, config["operator"], value_of(config["value"], scope))
        self.changes.append((path, memory, name))
        return {"value": LUCK, "length": None} if name == IN_ANY_ORDER else told

    # Containers

    def agent(self, node: GraphNode, path: str, scope: dict[str, Any], frame: Frame) -> Any:
        """Its tools leave by their error port when they fail: what went wrong is told to the model."""

        def run(tool: GraphNode, at: str) -> Result:
            return self.node(tool, at, scope, frame, has_error_edge=True)

        value_of(node.config["message"], scope)
        replies = self.story.replies(path)
        output, results = work_of_agent(node, path, replies, self.story.notes, run, self.story.edits)
        self.outcome.results |= results
        return output

    def loop(self, node: GraphNode, path: str, scope: dict[str, Any], frame: Frame) -> Any:
        config, known, items, done = node.config, self.known, list[Any](), 0
        assert node.body is not None
        drawn = config.get("variables", [])
        if (path, "kept") not in known:
            begin = {one["name"]: value_of(one["value"], scope) for one in drawn}
            kinds = {one["name"]: one["type"] for one in drawn}
            known[path, "kept"] = Memory({name: begins(begin[name], kinds[name]) for name in kinds}, kinds)
        kept: Memory = known[path, "kept"]
        inside = {**scope, LOOPS: {**scope[LOOPS], node.id: kept}}
        until = config["until"].get("conditions")
        names_inside = until and any(
            of in node.body.nodes or (of == node.id and name not in kept.values)
            for of, name in REF.findall(until[0]["left"])
        )
        if until and not names_inside and known.setdefault((path, "outset"), holds(until[0], inside)):
            return {"last": None, "items": [], "count": 0, "ended_by": "condition", **kept.values}
        ended_by = "count"
        while config["count"] is None or done < config["count"]:
            told = {"index": done, "number": done + 1, "count": config["count"]}
            if (path, done) not in known:
                round_scope = {**inside, node.id: {**told, "last": items[-1] if items else None}}
                known[path, done] = self.round(node, path, done, round_scope, frame)
            given, ended_by = known[path, done]
            done += 1
            items += given
            if ended_by != "count":
                break
        last = items[-1] if items else None
        return {"last": last, "items": items, "count": done, "ended_by": ended_by, **kept.values}

    def round(
        self, node: GraphNode, path: str, number: int, scope: dict[str, Any], frame: Frame
    ) -> tuple[list[Any], str]:
        """What one round adds to the items, and why the loop ends with it; "count" if it does not."""
        config, end = node.config, ""
        try:
            given, _ = self.one_pass(node, path, number, scope, frame)
        except Left as left:
            if left.port == "#end":
                raise
            given, end = None, left.port
        if config["result"]:
            given = value_of(config["result"], scope)
        is_given = not end or (config["result"] and given not in (None, ""))
        until = config["until"].get("conditions")
        holds_now = until and holds(until[0], scope)
        return [
            given
        ] if is_given else [], "stop" if end == "#stop" else "condition" if holds_now else "count"

    def each(self, node: GraphNode, path: str, scope: dict[str, Any], frame: Frame) -> Any:
        config, known = node.config, self.known
        assert node.body is not None
        items = known.setdefault((path, "items"), value_of(config["items"], scope))
        if isinstance(items, str):
            items = [line.strip() for line in items.splitlines() if line.strip()]
        if not isinstance(items, list):
            raise Failed("info_missing" if items is None else "bad_config")
        collected: list[Any] = []
        failed = 0
        ends: dict[int, Failed | Left] = {}
        for i, item in enumerate(items):
            inside = {"item": item, "index": i, "number": i + 1, "count": len(items)}
            try:
                if (path, i) not in known:
                    round_scope = {**scope, node.id: inside}
                    given, _ = self.one_pass(node, path, i, round_scope, frame)
                    known[path, i] = value_of(config["collect"], round_scope) if config["collect"] else given
                given = known[path, i]
            except (Failed, Left) as end:
                if isinstance(end, Left) or config["on_error"] == "stop":
                    ends[i] = end
                    if config["at_once"] == 1:
                        break
                    continue  # side by side another one may end it before
                failed += 1
                self.handled.append(f"{path}[{i}].")
                self.silent.add(f"{path}[{i}].")
                collected += [None] if config["on_error"] == "null" else []
                continue
            collected += given if config["flatten"] and isinstance(given, list) else [given]
        if ends:
            if len(set(map(kind_of, ends.values()))) > 1:
                raise Ambiguous
            end = next(iter(ends.values()))
            if config["at_once"] > 1:
                lucky = [i for i in self.begun[path] if i not in ends or len(ends) > 1]
                self.spoil({f"{path}[{i}].{id}" for i in lucky for id in node.body.nodes}, end)
            output = {"items": [], "count": len(items), "failed": 0}
            if isinstance(end, Left) and end.port != "#end":
                end.output = output
            raise end
        return {"items": collected, "count": len(items), "failed": failed}

    def one_pass(
        self, node: GraphNode, path: str, number: int, scope: dict[str, Any], frame: Frame
    ) -> Result:
        assert node.body is not None
        prefix = f"{path}[{number}]."
        self.begun.setdefault(path, {})[number] = prefix
        return self.walk(node.body, prefix, scope, frame)

    # What the visitor reads

    def speech(self, graph: Graph, prefix: str) -> Any:
        """What a pass said, in the order of the drawing; passes speak in the order of their numbers."""
        said: list[Any] = []
        for id in order(graph):
            node, path = graph.nodes[id], prefix + id
            if self.outcome.is_luck(path) and speaks(node):
                return LUCK
            output, port = self.outcome.results.get(path, ({}, ""))
            if node.type == "answer" and port == "out":
                said.append(output["text"])
            for _, inside in sorted(self.begun.get(path, {}).items()):
                if inside not in self.silent and node.body is not None:
                    said.append(self.speech(node.body, inside))
        if any(text is LUCK for text in said):
            return LUCK
        return "\n\n".join(filter(None, said))


def kind_of(end: Failed | Left) -> tuple[type, str, str]:
    """What must be the same of all that may have ended a pass: who says which, where they differ."""
    return type(end), end.code, repr(end.output) if isinstance(end, Left) and end.port == "#end" else ""


def with_last_word(answer: Any, message: Any) -> Any:
    """What was said, with what a step says that ends it all."""
    if answer is LUCK or message is LUCK:
        return LUCK
    return "\n\n".join(filter(None, [answer, message]))


def before(graph: Graph, id: str) -> set[str]:
    """The nodes from which edges lead to `id`."""
    found: set[str] = set()
    todo = {id}
    while todo:
        todo = {edge.source for edge in graph.edges if edge.target in todo} - found
        found |= todo
    return found


def begins(value: Any, kind: str) -> Any:
    """What a loop variable begins with where `value` is given for it."""
    return empty_of(kind) if value is None or (value == "" and kind != "any") else as_kind(value, kind)


def speaks(node: GraphNode) -> bool:
    return node.type == "answer" or (node.body is not None and any(map(speaks, node.body.nodes.values())))

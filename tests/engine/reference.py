"""What a workflow means, said a second time: one node after the other, without tasks, journals or clocks.

It shares no code with the engine. It knows the types pure, fork, branch, work, set_variable, loop, each,
stop_loop, next_round and sub_workflow, and of templates only `{{ node.field }}`. Where the result hangs on
which of two branches is quicker, it raises Ambiguous: then there is nothing to compare.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodes.sdk.graph import Graph, GraphNode

REF = re.compile(r"\{\{ (\w+)\.(\w+) \}\}")

Failures = Callable[[str], list[Any]]
"""The errors of the first attempts of the node at a path; each has a `code` and says whether to `retry`."""


class Ambiguous(Exception):
    """Two branches end the same pass in two ways: the quicker one counts."""


class Failed(Exception):
    """A node failed for good, and nothing took that."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class Stopped(Exception):
    """The loop around is left."""


class Next(Exception):
    """The loop around goes on with its next round."""


@dataclass
class Outcome:
    """What a run comes to."""

    results: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """By path: the output and the port. What was skipped is not in it."""
    is_luck: set[str] = field(default_factory=set)
    """What paths begin with that may have come any far: others ended that pass."""
    total: int | None = None
    """The run variable of that name."""
    error: str | None = None


def interpret(graph: Graph, failures: Failures, inner: Mapping[str, Graph]) -> Outcome:
    """The outcome of `graph`. Raises Ambiguous."""
    return _Interpreter(failures, inner).run(graph)


class _Interpreter:
    def __init__(self, failures: Failures, inner: Mapping[str, Graph]) -> None:
        self.failures = failures
        self.inner = inner
        self.outcome = Outcome()

    def run(self, graph: Graph) -> Outcome:
        try:
            self.walk(graph, "", {}, is_inner=False)
        except Failed as failure:
            self.outcome.error = failure.code
        return self.outcome

    def walk(self, graph: Graph, prefix: str, scope: dict[str, Any], *, is_inner: bool) -> tuple[Any, str]:
        """One pass: the output and the port of what ended it."""
        into, out = graph.edges_into(), graph.edges_out()
        taken: dict[Any, bool] = {}
        last: dict[str, tuple[Any, str]] = {}
        ends: dict[Any, Exception] = {}
        left = set(graph.nodes)
        while ready := sorted(n for n in left if all(edge in taken for edge in into[n])):
            id = ready[0]
            left.discard(id)
            edges = out[id]
            if into[id] and not any(taken[edge] for edge in into[id]):
                taken |= dict.fromkeys(edges, False)
                continue
            try:
                result = self.node(graph.nodes[id], prefix + id, scope, edges, is_inner=is_inner)
            except (Failed, Stopped, Next) as end:
                ends[(type(end), getattr(end, "code", ""))] = end
                continue  # what comes behind it never will; but others may end this pass as well
            self.outcome.results[prefix + id] = result
            scope[id] = result[0]
            taken |= {edge: edge.port == result[1] for edge in edges}
            if not any(taken[edge] for edge in edges):
                last[id] = result
        if len(ends) > 1:
            raise Ambiguous
        for end in ends.values():
            self.outcome.is_luck.add(prefix)
            raise end
        if len(last) == 1:
            return next(iter(last.values()))
        return {id: last[id][0] for id in sorted(last)}, "out"

    def node(
        self, node: GraphNode, path: str, scope: dict[str, Any], edges: list[Any], *, is_inner: bool
    ) -> tuple[Any, str]:
        """One node with all its attempts."""
        policy = node.policy
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.attempt(node, path, scope, attempt, is_inner=is_inner)
            except Failed as failure:
                if node.type == "work" and self.is_tried_again(node, path, attempt):
                    continue
                if node.body is not None or node.type == "sub_workflow":
                    self.outcome.is_luck.add(f"{path}[")
                has_edge = any(edge.port == "error" for edge in edges)
                if policy.on_error == "default":
                    return policy.default, "out"
                if policy.on_error == "port" or (policy.on_error is None and has_edge):
                    return {"code": failure.code, "message": failure.message}, "error"
                raise

    def is_tried_again(self, node: GraphNode, path: str, attempt: int) -> bool:
        error, codes = self.failures(path)[attempt - 1], node.policy.retry_codes
        may_pass = error.retry if codes is None else error.code in codes
        return may_pass and attempt < (node.policy.max_attempts or 3)

    def attempt(
        self, node: GraphNode, path: str, scope: dict[str, Any], attempt: int, *, is_inner: bool
    ) -> tuple[Any, str]:
        config = node.config
        match node.type:
            case "pure":
                return {"text": fill(config["text"], scope)}, "out"
            case "fork":
                return {"port": config["port"]}, config["port"]
            case "branch":
                (case,) = config["cases"]
                name = case["name"] if holds(case["conditions"][0], scope) else "else"
                return {"case": name, "title": name if name != "else" else ""}, name
            case "work":
                errors = self.failures(path)
                if attempt <= len(errors):
                    raise Failed(errors[attempt - 1].code, errors[attempt - 1].message)
                return {"text": f"{path}({fill(config['text'], scope)})"}, "out"
            case "set_variable":
                if not is_inner:
                    self.outcome.total = (self.outcome.total or 0) + config["value"]
                return {"value": None}, "out"
            case "stop_loop":
                raise Stopped
            case "next_round":
                raise Next
            case "sub_workflow":
                inner, prefix = self.inner[f"{config['workflow']}@latest"], f"{path}[0]."
                result, _ = self.walk(inner, prefix, {}, is_inner=True)
                return {"answer": "", "result": result}, "out"
            case "loop":
                return self.loop(node, path, scope, is_inner=is_inner), "out"
            case "each":
                return self.each(node, path, scope, is_inner=is_inner), "out"
            case other:
                raise AssertionError(other)

    def loop(self, node: GraphNode, path: str, scope: dict[str, Any], *, is_inner: bool) -> Any:
        config, items, done = node.config, list[Any](), 0
        assert node.body is not None
        until = config["until"].get("conditions")
        is_about_rounds = bool(until) and node.id in until[0]["left"]
        if until and not is_about_rounds and holds(until[0], scope):
            return {"last": None, "items": [], "count": 0, "ended_by": "condition"}
        while done < config["count"]:
            last = items[-1] if items else None
            inside = {"index": done, "number": done + 1, "count": config["count"], "last": last}
            round_scope = {**scope, node.id: inside}
            is_stopped, is_left, given = False, False, None
            try:
                given, _ = self.walk(node.body, f"{path}[{done}].", round_scope, is_inner=is_inner)
            except (Stopped, Next) as end:
                is_stopped, is_left = isinstance(end, Stopped), True
            done += 1
            if config["result"]:
                given = fill(config["result"], round_scope)
            if not is_left or config["result"]:
                items.append(given)
            ended_by = "stop" if is_stopped else "condition" if until and holds(until[0], round_scope) else ""
            if ended_by:
                break
        else:
            ended_by = "count"
        return {"last": items[-1] if items else None, "items": items, "count": done, "ended_by": ended_by}

    def each(self, node: GraphNode, path: str, scope: dict[str, Any], *, is_inner: bool) -> Any:
        config = node.config
        assert node.body is not None
        items = value_of(config["items"], scope)
        if not isinstance(items, list):
            raise Failed("info_missing" if items is None else "bad_config", "")
        collected: list[Any] = []
        failed = 0
        ends: dict[Any, Exception] = {}
        for i, item in enumerate(items):
            inside = {"item": item, "index": i, "number": i + 1, "count": len(items)}
            round_scope = {**scope, node.id: inside}
            try:
                given, _ = self.walk(node.body, f"{path}[{i}].", round_scope, is_inner=is_inner)
            except (Failed, Stopped, Next) as end:
                if not isinstance(end, Failed) or config["on_error"] == "stop":
                    ends[(type(end), getattr(end, "code", ""))] = end
                    if config["at_once"] == 1:
                        break
                    continue  # side by side another one may end it before
                failed += 1
                collected += [None] if config["on_error"] == "null" else []
                continue
            if config["collect"]:
                given = value_of(config["collect"], round_scope)
            collected += given if config["flatten"] and isinstance(given, list) else [given]
        if len(ends) > 1:
            raise Ambiguous
        for end in ends.values():
            self.outcome.is_luck.add(f"{path}[")
            raise end
        return {"items": collected, "count": len(items), "failed": failed}


def look_up(scope: Mapping[str, Any], node: str, name: str) -> Any:
    """A field of what a node gave; None where it was skipped or gives none of that name."""
    output = scope.get(node)
    return output.get(name) if isinstance(output, dict) else None


def value_of(drawn: Any, scope: Mapping[str, Any]) -> Any:
    """A config value that is exactly one ref, with its type; anything else as it is."""
    found = REF.fullmatch(drawn) if isinstance(drawn, str) else None
    return look_up(scope, found[1], found[2]) if found else drawn


def fill(text: str, scope: Mapping[str, Any]) -> str:
    """A text with its refs filled in."""

    def piece(found: re.Match[str]) -> str:
        value = look_up(scope, found[1], found[2])
        return "" if value is None else str(value)

    return REF.sub(piece, text)


def holds(condition: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    """Whether `left` is `right`, or for numbers is at least `right`."""
    left, right = value_of(condition["left"], scope), condition["right"]
    if condition["operator"] == "gte":
        return isinstance(left, int) and left >= right
    return bool(left == right)

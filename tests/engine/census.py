"""Which shapes the random runs really came to: what a generator never reaches, it proves nothing of."""

from collections.abc import Iterator
from typing import Any

from nodes.sdk.shapes import all_nodes
from tests.engine.drawings import ARITHMETIC, KINDS, ON_LISTS, Case
from tests.engine.reference_limits import LIMITS
from tests.engine.world import World
from workers.engine.state import RunState

TYPES = ("pure", "fork", "branch", "work", "write", "say", "answer", "await", "set_variable")
WAITING = ("wait", "ask_human")
CONTROL = ("loop", "each", "stop_loop", "next_round", "stop", "sub_workflow", "start", "agent")
SCOPES = ("run", "conversation", "loop", "frame", "conversation of a frame")
WANTED = frozenset(
    [
        *(f"a step of the type {one}" for one in TYPES + WAITING + CONTROL),
        *(f"{scope}: {operator}" for scope in SCOPES for operator in ("set", "clear", "add", "append")),
        *(f"{kind}: {operator}" for kind in KINDS for operator in ("set", "clear")),
        *(f"{kind}: {operator}" for kind in ("number", "any") for operator in ARITHMETIC),
        *(f"{kind}: {operator}" for kind in KINDS if kind[:3] in ("lis", "any") for operator in ON_LISTS),
        *(f"a step {depth} deep" for depth in range(9)),
        *(f"a loop ended by {why}" for why in ("count", "condition", "stop")),
        *(f"an item {what}" for what in ("that failed is null", "that failed is dropped")),
        *(f"a write was {how}" for how in ("done", "again", "fail")),
        *(
            f"ended by {code}"
            for code in ("nothing", "model_auth", "model_busy", "bad_variable", "step_limit", "stopped")
        ),
        *(
            f"ended by {code}"
            for code in ("worker_crashed", "node_timeout", "info_missing", "environment_missing")
        ),
        *(f"ended by {code}" for code in ("run_timed_out", "token_limit", "cost_limit")),
        *(f"within a limit of {one}" for one in ("steps", "wall_s", "tokens", "cost")),
        "nobody pressed a button in time",
        "a button was pressed",
        "an environment variable",
        "a loop ended before its first round",
        "a loop without a number of rounds",
        "stop through a step that repeats for each",
        "stop through two of them",
        "next through a step that repeats for each",
        "stop and next in one run",
        "end at the top",
        "end through a step that repeats for each",
        "end through a loop",
        "an app that ended itself",
        "lists joined",
        "tried again",
        "a container tried again",
        "a container tried again that then succeeds",
        "an app tried again",
        "a default used",
        "a container's default used",
        "the error port",
        "a container's error port",
        "an answer inside a body",
        "an answer inside a call",
        "a call inside a call",
        "a call inside a body",
        "thirty steps and more",
        "a skipped step",
        "a worker died",
        "a run was paused",
        "a note",
        "a note before it was asked for",
        "a wait that ran out",
        "two that wait at once",
        *(f"a call that was {outcome}" for outcome in ("done", "failed", "refused", "answered")),
        "a call that was changed",
        *(f"an agent in {what}" for what in ("a body", "an app")),
        "luck",
    ]
)


def shapes(case: Case, world: World, state: RunState, *, is_luck: bool) -> Iterator[str]:
    """The names of what occurred in a run, some of them more than once."""
    yield f"ended by {(state.error or {'code': 'nothing'})['code']}"
    nodes = {node.id: node for graph in (case.graph, *case.inner.values()) for node in all_nodes(graph)}
    for one in ("steps", "wall_s", "tokens", "cost"):
        if getattr(case.graph.limits, one) is not None and (state.error or {}).get("code") not in LIMITS:
            yield f"within a limit of {one}"
    if is_luck:
        yield "luck"
    if sum(1 for _ in all_nodes(case.graph)) >= 30:
        yield "thirty steps and more"
    if (
        any(id not in state.results and id not in state.failures for id in case.graph.nodes)
        and not state.error
    ):
        yield "a skipped step"
    yield from _in_journal(case, world, nodes)
    ends = {result.port for result in state.results.values()}
    if {"#stop", "#next"} <= ends:
        yield "stop and next in one run"
    for path, result in state.results.items():
        if (node := nodes.get(path.rpartition(".")[2])) is not None:
            yield from _of_result(path, result.output, result.port, node, state)


def _in_journal(case: Case, world: World, nodes: dict[str, Any]) -> Iterator[str]:
    tops = {one.name: one.type for one in case.graph.variables}
    asked: set[str] = set()
    before = ""
    for kind, path, data in ((e.type, e.path, e.data) for e in world.run.events):
        node: Any = nodes.get(path.rpartition(".")[2])
        if path and node is None:
            pass  # what the model of an agent said, and what a person is asked about a call
        elif kind == "node_started":
            yield f"a step of the type {node.type}"
            yield f"a step {path.count('.')} deep"
        elif kind == "node_failed":
            of = "a container" if node.body is not None else "an app" if node.type == "sub_workflow" else ""
            if data["retry_in_s"] is not None:
                yield f"{of} tried again" if of else "tried again"
            elif data.get("default"):
                yield "a container's default used" if of else "a default used"
            elif data["port"] == "error":
                yield "a container's error port" if of else "the error port"
        elif kind == "node_waiting":
            asked.add(path)
        elif kind == "signal_received" and data["name"] == "answer":
            yield "a note" if path in asked else "a note before it was asked for"
        elif kind == "signal_received":
            yield f"a write was {data['payload']['action']}"
        elif kind == "step_done" and data["name"] == "#over answer":
            yield "a wait that ran out"
        elif kind == "run_waiting":
            yield from ("a run was paused" for wait in data["reasons"] if wait["reason"] == "paused")
            if sum(wait["reason"] == "event" for wait in data["reasons"]) > 1:
                yield "two that wait at once"
        elif kind == "run_claimed" and before not in ("", "run_waiting"):
            yield "a worker died"
        elif kind == "variable_set" and node.type == "set_variable" and data["name"] != "total":
            scope = data.get("scope", "run")
            of_frame = {"run": "frame", "conversation": "conversation of a frame", "loop": "loop"}
            yield f"{of_frame[scope] if 'frame' in data else scope}: {data['operator']}"
            if (held := data.get("type") or tops.get(data["name"])) is not None:
                yield f"{held}: {data['operator']}"
        before = kind


def _of_result(path: str, output: Any, port: str, node: Any, state: RunState) -> Iterator[str]:
    inside = state.ends.get(path, {})
    around = path.rpartition(".")[0]
    if node.type == "loop" and port == "out" and "ended_by" in output:
        yield f"a loop ended by {output['ended_by']}"
        if output["ended_by"] == "condition" and output["count"] == 0:
            yield "a loop ended before its first round"
        if node.config["count"] is None:
            yield "a loop without a number of rounds"
    if node.type == "agent" and port == "out":
        yield from (f"a call that was {call['outcome']}" for call in output["calls"])
        if any("changed what was sent" in call["result"] for call in output["calls"]):
            yield "a call that was changed"
        if around:
            yield "an agent in an app" if "sub_workflow" in around else "an agent in a body"
    if node.type == "ask_human":
        yield "nobody pressed a button in time" if port == "timeout" else "a button was pressed"
    if "{{ env." in str(node.config) and port == "out":
        yield "an environment variable"
    if node.type == "stop" and not around:
        yield "end at the top"
    if node.type == "stop" and "sub_workflow" in around:
        yield "an app that ended itself"
    if node.type == "loop" and port == "#end":
        yield "end through a loop"
    if node.type == "each" and port in ("#stop", "#next", "#end"):
        yield f"{port[1:]} through a step that repeats for each"
        if any(end.rpartition(".")[2].startswith("each") for end in inside.values()) and port == "#stop":
            yield "stop through two of them"
    if node.type == "each" and port == "out" and output.get("failed"):
        yield f"an item that failed is {'null' if node.config['on_error'] == 'null' else 'dropped'}"
    if node.type == "each" and port == "out" and node.config["flatten"] and output.get("count"):
        yield "lists joined"
    if node.body is not None and port == "out" and state.attempts[path] > 1:
        yield "a container tried again that then succeeds"
    if node.type == "answer" and around:
        yield "an answer inside a call" if "sub_workflow" in around else "an answer inside a body"
    if node.type == "sub_workflow" and around:
        yield "a call inside a call" if "sub_workflow" in around else "a call inside a body"

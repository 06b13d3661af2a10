"""Random graphs give by the engine what they give by the sequential interpreter in reference.py.

TREADLE_SOAK=1 tries many more of them, new ones each time.
"""

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nodes.sdk import NodeError
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from nodes.sdk.shapes import all_nodes
from tests.engine import world as worlds
from tests.engine.reference import Ambiguous, Outcome, interpret
from tests.engine.world import Outside, World
from workers.engine.state import RunState, fold

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
MOST_NODES = 40

pytestmark = pytest.mark.timeout(7200 if IS_LONG else 120)
MOST_DEPTH = 3
PLAIN = ("pure", "pure", "work", "work", "fork", "fork", "set_variable")
LEAVES = ("stop_loop", "next_round")
PORTS = {"fork": ("yes", "no"), "branch": ("yes", "else")}
INNER = "inner@latest"


class FailuresById(dict[str, list[NodeError]]):
    """By the id of a step and the number of the round: the errors of its first attempts, in every frame."""

    def get(self, path: str, default: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        before, _, id = path.rpartition(".")
        return super().get(f"{before[-3:]}{id}", super().get(id, default or []))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, Graph, FailuresById]:
    """A workflow of up to 40 nodes, one that it may use, and the errors that its steps meet."""
    failures = FailuresById()
    drawer = Drawer(draw, failures)
    inner = drawer.graph(depth=2, in_loop=False, around=(), at_most=4)
    drawer.may_call = True
    return drawer.graph(depth=0, in_loop=False, around=(), at_least=3, at_most=15), inner, failures


class Drawer:
    def __init__(self, draw: st.DrawFn, failures: FailuresById) -> None:
        self.draw = draw
        self.failures = failures
        self.left = MOST_NODES
        self.may_call = False
        self.count = 0

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def one_of(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def graph(
        self, *, depth: int, in_loop: bool, around: tuple[str, ...], at_least: int = 1, at_most: int
    ) -> Graph:
        """Every edge points forward. `around` are the containers around the graph, outermost first."""
        nodes: dict[str, GraphNode] = {}
        edges: dict[Edge, None] = {}
        upstream: dict[str, list[str]] = {}
        for _ in range(self.number(at_least, at_most)):
            if self.left <= 0:
                break
            kinds = [*PLAIN, *(("loop", "each") if depth < MOST_DEPTH and self.left > 1 else ())]
            kinds += ["sub_workflow"] if self.may_call else []
            kinds += ["branch", "branch"] if around else []
            forks = [id for id in nodes if nodes[id].type in ("fork", "branch")]
            kinds += [*LEAVES, *LEAVES] if in_loop and forks else []
            kind = self.draw(st.sampled_from(kinds))
            earlier = [id for id in nodes if nodes[id].type not in LEAVES]
            if earlier:
                sources = self.draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True))
            else:
                sources = []
            if kind in LEAVES:
                sources = [self.draw(st.sampled_from(forks))]  # else it would end every first round
            before = [id for id in nodes if any(id == s or id in upstream[s] for s in sources)]
            node = self.node(kind, before, depth=depth, in_loop=in_loop, around=around)
            nodes[node.id], upstream[node.id] = node, before
            for source in sources:
                ports = PORTS.get(nodes[source].type, ("out", "out", "error"))
                edges[Edge(source, self.one_of(*ports), node.id)] = None
        if not nodes:
            nodes["pure_0"] = GraphNode("pure_0", "pure", config={"text": "alone."})
        return Graph(nodes, tuple(edges))

    def node(
        self, kind: str, earlier: list[str], *, depth: int, in_loop: bool, around: tuple[str, ...]
    ) -> GraphNode:
        self.left -= 1
        self.count += 1
        id = f"{kind}_{self.count}"
        body = None
        if kind in ("loop", "each"):
            inside = (*around, id)
            body = self.graph(depth=depth + 1, in_loop=in_loop or kind == "loop", around=inside, at_most=5)
        named = [f"{{{{ {source}.text }}}}" for source in earlier[-2:]]
        text = " ".join([*named, *(f"{{{{ {holder}.index }}}}" for holder in around[-2:]), "."])
        config: dict[str, Any] = {}
        match kind:
            case "pure":
                config = {"text": text}
            case "work":
                config = {"text": text, "seconds": self.one_of(0, 0, 1, 3)}
                self.fail_sometimes(id)
            case "fork":
                config = {"port": self.one_of("yes", "no")}
            case "branch":
                rule = {
                    "left": f"{{{{ {around[-1]}.index }}}}",
                    "operator": "gte",
                    "right": self.number(0, 2),
                }
                config = {"cases": [{"name": "yes", "conditions": [rule]}]}
            case "set_variable":
                config = {"name": "total", "operator": "add", "value": self.number(1, 9)}
            case "loop":
                config = self.loop_config(id, earlier)
            case "each":
                assert body is not None
                config = self.each_config(id, earlier, body)
            case "sub_workflow":
                config = {"workflow": "inner"}
        return GraphNode(id, kind, config=config, policy=self.policy(kind), body=body)

    def loop_config(self, id: str, earlier: list[str]) -> dict[str, Any]:
        untils = [
            ("no", "is", "yes"),
            (f"{{{{ {id}.index }}}}", "gte", 1),
            (f"{{{{ {id}.index }}}}", "gte", 5),
        ]
        untils += [(f"{{{{ {source}.port }}}}", "is", "yes") for source in earlier if "fork" in source]
        left, operator, right = self.draw(st.sampled_from(untils))
        until = {"conditions": [{"left": left, "operator": operator, "right": right}]}
        return {
            "count": self.number(0, 3),
            "until": self.one_of({}, until),
            "result": self.one_of("", f"{{{{ {id}.number }}}}r"),
        }

    def each_config(self, id: str, earlier: list[str], body: Graph) -> dict[str, Any]:
        lists: list[Any] = [[], ["a"], ["a", "b", "c"]]
        lists += [f"{{{{ {source}.items }}}}" for source in earlier if "each" in source and len(earlier) < 6]
        collects = ["", f"{{{{ {id}.item }}}}"]
        collects += [f"{{{{ {inner}.items }}}}" for inner in body.nodes if inner.startswith(("each", "loop"))]
        return {
            "items": self.draw(st.sampled_from(lists)),
            "collect": self.draw(st.sampled_from(collects)),
            "at_once": self.number(1, 3),
            "on_error": self.one_of("stop", "null", "drop"),
            "flatten": self.draw(st.booleans()),
        }

    def policy(self, kind: str) -> Policy:
        if kind not in ("work", "loop", "each", "sub_workflow"):
            return Policy()
        on_error = self.one_of(None, None, None, "fail", "port", "default")
        default = {"text": "instead", "items": ["x"]} if on_error == "default" else None
        if kind != "work":
            return Policy(on_error=on_error, default=default)
        codes = self.one_of(None, None, (), ("model_auth",), ("model_busy",))
        return Policy(self.one_of(None, 1, 2), 0.1, None, codes, on_error, default)

    def fail_sometimes(self, id: str) -> None:
        """None, one that passes, some that may not, one that never does; in each round or in one of them."""
        errors = self.one_of(
            None,
            None,
            None,
            [NodeError("model_busy", "Busy.")],
            [NodeError("model_busy", "Busy.")] * 2,
            [NodeError("model_busy", "Busy.")] * 9,
            [NodeError("model_auth", "No.")] * 9,
        )
        if errors is not None:
            self.failures[self.one_of(id, f"[1]{id}")] = errors


@settings(
    max_examples=20_000 if IS_LONG else 1_200,
    derandomize=not IS_LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(cases())
def test_a_random_graph_comes_to_the_same_as_by_the_sequential_interpreter(case):
    graph, inner, failures = case
    try:
        want = interpret(graph, failures.get, {INNER: inner})
    except Ambiguous:
        assume(False)
        return

    state = asyncio.run(run(graph, inner, failures))

    compare(state, want)


async def run(graph: Graph, inner: Graph, failures: FailuresById) -> RunState:
    worlds.outside = Outside()
    worlds.outside.failures = failures
    calls = {INNER: inner} if any(node.type == "sub_workflow" for node in all_nodes(graph)) else {}
    world = World(graph, worlds.outside, workflows=calls)
    state = await world.finish()
    assert fold(world.run.events) == state
    return state


def compare(state: RunState, want: Outcome) -> None:
    """The same end, outputs, ports and skipped; save where it is luck how far others came."""
    assert (state.error or {}).get("code") == want.error
    luck = tuple(want.is_luck)
    if "" in luck:
        return
    got = {path: (told(result.output), result.port) for path, result in state.results.items()}
    assert without(got, luck) == without(
        {path: (told(output), port) for path, (output, port) in want.results.items()}, luck
    )
    if not luck:
        assert state.variables.get("total") == want.total


def without(results: dict[str, Any], luck: tuple[str, ...]) -> dict[str, Any]:
    return {path: result for path, result in results.items() if not (luck and path.startswith(luck))}


def told(output: Any) -> Any:
    """An output without the words of errors, and without what a total was at that moment."""
    if isinstance(output, dict):
        return {k: told(v) for k, v in output.items() if k not in ("message", "value", "length")}
    return [told(item) for item in output] if isinstance(output, list) else output

"""The fold against brute force: at every moment it shows what all possible futures have in common, no more
and no less.

Answers begin with a letter of their own and unknown texts end with marks of their own, so that futures that
say different things differ where they begin to.
"""

import os.path
from dataclasses import dataclass, field
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from nodes.sdk import Field, Node, NodeConfig, NodeOutput, Port
from nodes.sdk.answers import BETWEEN, AnswerFold, AnswerPlan, compile_answers
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Edge, Graph, GraphNode

UNKNOWN = ("~", "^", "")


class Beginning(Node):
    type, title, starts = "beginning", "Beginning", True


class Choice(Node):
    type, title, streams = "choice", "Choice", "text"

    class Config(NodeConfig):
        ports: list[str] = Field(["out"], title="Ports")

    class Output(NodeOutput):
        text: str = Field(title="Text")

    @classmethod
    def ports(cls, config):
        return [Port(name) for name in config.get("ports", ["out"])]


class Say(Node):
    type, title, answers = "say", "Say", "text"

    class Config(NodeConfig):
        text: str = Field(title="Text")


CATALOGUE = Catalogue({kind.type: kind for kind in (Beginning, Choice, Say)}, {})


@dataclass
class World:
    """A drawn graph and what happens in one run of it."""

    graph: Graph
    ports: dict[str, str]
    texts: dict[str, str]
    false_starts: dict[str, list[str]]

    def possible_ports(self, node_id: str) -> list[str]:
        wired = {edge.port for edge in self.graph.edges if edge.source == node_id}
        named = [
            port.name
            for port in CATALOGUE.types[self.graph.nodes[node_id].type].ports(
                self.graph.nodes[node_id].config
            )
        ]
        return named + (["error"] if "error" in wired else [])


@st.composite
def worlds(draw) -> World:
    count = draw(st.integers(2, 7))
    ids = [f"n{i}" for i in range(count)]
    nodes = {"n0": GraphNode("n0", "beginning")}
    edges: dict[Edge, None] = {}
    choices = 0
    for i in range(1, count):
        kind = draw(st.sampled_from(["choice", "say"]))
        config: dict = {}
        if kind == "choice":
            many = choices < 4 and draw(st.booleans())
            config = {"ports": ["out", "b"] if many else ["out"]}
            choices += many
        before = draw(st.lists(st.sampled_from(ids[:i]), min_size=1, max_size=3, unique=True))
        for source in before:
            legal = ["out", "b"] if "b" in nodes[source].config.get("ports", []) else ["out"]
            if (
                choices < 4
                and source != "n0"
                and not any(e.source == source and e.port == "error" for e in edges)
            ):
                legal.append("error")
            port = draw(st.sampled_from(legal))
            choices += port == "error"
            edges[Edge(source, port, ids[i])] = None
        if kind == "say":
            upstream = sorted(n for n in ancestors(ids[i], edges) if nodes[n].type != "say") or ["n0"]
            refs = draw(st.lists(st.sampled_from(upstream), max_size=3))
            filters = draw(st.lists(st.sampled_from(["", " | last"]), min_size=3, max_size=3))
            pieces = [
                f"{{{{ {ref}.text{use} }}}}{j}"
                for j, (ref, use) in enumerate(zip(refs, filters, strict=False))
            ]
            config = {"text": chr(ord("A") + i) + "".join(pieces)}
        nodes[ids[i]] = GraphNode(ids[i], kind, config=config)
    world = World(Graph(nodes, tuple(edges)), {}, {}, {})
    words = st.text("abc", max_size=4)
    for node_id in ids:
        world.ports[node_id] = draw(st.sampled_from(world.possible_ports(node_id)))
        world.texts[node_id] = draw(words)
        world.false_starts[node_id] = draw(st.lists(words, max_size=1))
    return world


def ancestors(node_id: str, edges) -> set[str]:
    found: set[str] = set()
    todo = [node_id]
    while todo:
        here = todo.pop()
        for edge in edges:
            if edge.target == here and edge.source not in found:
                found.add(edge.source)
                todo.append(edge.source)
    return found


def says(world: World, ports: dict[str, str], texts: dict[str, str]) -> str:
    """Brute force: the answer of a run in which the nodes leave by `ports` and write `texts`."""
    ran, outputs, said = set(), {}, []
    for node_id, node in world.graph.nodes.items():  # drawn in topological order
        taken = [
            e
            for e in world.graph.edges
            if e.target == node_id and e.source in ran and ports[e.source] == e.port
        ]
        if node_id != "n0" and not taken:
            continue
        ran.add(node_id)
        failed = ports[node_id] == "error"
        text = fill(node.config["text"], outputs) if node.type == "say" else texts[node_id]
        outputs[node_id] = {"code": "x", "message": "m"} if failed else {"text": text}
        if node.type == "say" and not failed:
            said.append((plan_place(world, node_id), text))
    return BETWEEN.join(text for _, text in sorted(said) if text)


def fill(template: str, outputs: dict) -> str:
    for node_id in list(outputs) + [f"n{i}" for i in range(8)]:
        text = outputs.get(node_id, {}).get("text", "")
        template = template.replace(f"{{{{ {node_id}.text }}}}", text)
        template = template.replace(f"{{{{ {node_id}.text | last }}}}", text[-1:])
    return template


def plan_place(world: World, node_id: str) -> int:
    plan = compile_answers(world.graph, CATALOGUE)
    return [answer.node for answer in plan.answers].index(node_id)


@dataclass
class Run:
    """A run under way: what has happened, and what is known of it."""

    world: World
    fold: AnswerFold
    left: dict[str, str] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    was_retracted: bool = False

    def ready(self) -> list[str]:
        ready = []
        skipped: set[str] = set()
        for node_id in self.world.graph.nodes:
            into = [e for e in self.world.graph.edges if e.target == node_id]
            pending = [e for e in into if e.source not in self.left and e.source not in skipped]
            taken = [e for e in into if self.left.get(e.source) == e.port]
            if node_id != "n0" and not pending and not taken:
                skipped.add(node_id)
            elif not pending and node_id not in self.left and node_id not in self.live:
                ready.append(node_id)
        return ready

    def common_future(self) -> str:
        """What every possible rest of this run would say, if the attempts at work succeed."""
        nodes = list(self.world.graph.nodes)
        ways = [[self.left[n]] if n in self.left else self.world.possible_ports(n) for n in nodes]
        futures = []
        for chosen in product(*ways):
            for mark in UNKNOWN:
                texts = {n: self.live.get(n, "") + (n + mark if mark else "") for n in nodes}
                texts |= {n: self.world.texts[n] for n in self.left}
                futures.append(says(self.world, dict(zip(nodes, chosen, strict=True)), texts))
        return os.path.commonprefix(futures).rstrip("\n")  # noqa: RUF071 (not a path)

    def look(self) -> None:
        text = self.fold.text
        assert text == self.common_future()
        if self.seen and not self.was_retracted:
            assert text.startswith(self.seen[-1])
        self.seen.append(text)
        self.was_retracted = False


@given(worlds(), st.randoms(use_true_random=False))
def test_the_fold_shows_exactly_what_all_futures_share(world, chance):
    plan = compile_answers(world.graph, CATALOGUE)
    run = Run(world, AnswerFold(AnswerPlan.from_json(plan.to_json())))
    run.look()

    while moves := [*run.ready(), *run.live]:
        node_id = chance.choice(moves)
        advance(run, node_id, chance)
        run.look()

    assert run.fold.text == says(world, world.ports, world.texts)


def advance(run: Run, node_id: str, chance) -> None:
    """One thing happens at a node: it starts, writes on, fails and starts again, or leaves."""
    kind = run.world.graph.nodes[node_id].type
    attempt = run.attempts.get(node_id, 0)
    if node_id not in run.live:
        run.attempts[node_id] = 1
        run.live[node_id] = ""
        run.fold.event("node_started", node_id, {"attempt": 1})
        return
    aim = (run.world.false_starts[node_id] + [run.world.texts[node_id]])[attempt - 1]
    so_far = run.live[node_id]
    if kind == "choice" and so_far != aim and chance.random() < 0.7:
        more = aim[len(so_far) : len(so_far) + 1 + chance.randrange(2)]
        run.fold.delta(node_id, attempt, max(0, len(so_far) - 1), so_far[max(0, len(so_far) - 1) :] + more)
        run.live[node_id] = so_far + more
    elif attempt <= len(run.world.false_starts[node_id]):
        run.fold.event(
            "node_failed", node_id, {"attempt": attempt, "error": {}, "retry_in_s": 1.0, "port": None}
        )
        run.fold.event("node_started", node_id, {"attempt": attempt + 1})
        run.attempts[node_id] = attempt + 1
        run.live[node_id] = ""
        run.was_retracted = True
    else:
        leave(run, node_id, kind)


def leave(run: Run, node_id: str, kind: str) -> None:
    port = run.world.ports[node_id]
    run.left[node_id] = port
    del run.live[node_id]
    if port == "error":
        run.fold.event("node_failed", node_id, {"error": {"code": "x", "message": "m"}, "port": "error"})
        return
    # A node may leave before all it wants to say was written live; the rest comes with its output.
    output = {} if kind == "say" else {"text": run.world.texts[node_id]}
    run.fold.event("node_succeeded", node_id, {"attempt": 1, "output": output, "port": port})

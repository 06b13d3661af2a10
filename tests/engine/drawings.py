"""Random workflows of up to 40 steps, with what happens to their runs from outside. Equal dice, equal cases.

The reference test and the simulation draw from here. Steps that touch the same variable come one after the
other, by edges between them; only adding to `total` goes in any order.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from nodes.sdk import NodeError
from nodes.sdk.declared import Variable
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from nodes.sdk.run_limits import RunLimits
from nodes.sdk.tool_use import ToolUse
from tests.engine.agents import ANSWERS, you_are
from tests.engine.reference import NOTHING, Story
from tests.engine.reference_agents import Round
from tests.engine.reference_limits import TOKEN_COSTS

MOST_NODES = 40
MANY = 30
PLAIN = (
    "pure",
    "pure",
    "work",
    "work",
    "fork",
    "fork",
    "write",
    "answer",
    "answer",
    "say",
    "await",
    "wait",
    "ask_human",
)
LEAVES = ("stop_loop", "next_round")
ENDS = (*LEAVES, "stop")
"""Nothing comes behind these."""
PORTS = {"fork": ("yes", "no"), "branch": ("yes", "else"), "ask_human": ("yes", "no", "timeout")}
ENV = {"CITY": "Bern", "RATE": 2, "SHOPS": ["a", "b"]}
LATER_ENV = {"CITY": "Chur", "RATE": 7}
"""What becomes of it while a run is under way: that is nothing to the run."""
CONTAINERS = ("loop", "each")

KINDS: Mapping[str, tuple[Any, ...]] = {
    "text": ("", "calm", "7"),
    "number": (0, 3, 0.5, -2),
    "boolean": (True, False),
    "object": ({}, {"a": 1}),
    "list": ([], [1, "b"]),
    "list_text": ([], ["a", "b"]),
    "list_number": ([], [1, 2.5]),
    "list_object": ([], [{"a": 1}]),
    "any": (None, "x", 4, ["y"]),
}
"""By kind of variable: values of it."""
ARITHMETIC = ("add", "subtract", "multiply", "divide")
ON_LISTS = ("append", "extend", "remove_first", "remove_last")
OPERATORS = ("set", "clear", *ARITHMETIC, *ON_LISTS)

Token = tuple[str, str]
"""A variable: "vars", "conversation" or the id of a loop, and its name."""


class ByStep(dict[str, Any]):
    """By the id of a step, after "[1]" for its second round only: the same in every frame."""

    def get(self, path: str, otherwise: Any = None, /) -> Any:
        before, _, id = path.rpartition(".")
        found = super().get(f"{before[-3:]}{id}")
        return super().get(id, otherwise) if found is None else found


@dataclass
class Case:
    """A workflow, those that it may use, and what happens to its run."""

    graph: Graph
    inner: dict[str, Graph] = field(default_factory=dict)
    failures: ByStep = field(default_factory=ByStep)
    cuts: ByStep = field(default_factory=ByStep)
    notes: ByStep = field(default_factory=ByStep)
    kept: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, list[Round]] = field(default_factory=dict)
    """By the id of an agent: what its model says, round by round."""

    def story(self) -> Story:
        return Story(
            lambda path: self.failures.get(path, []),
            self.cuts.get,
            lambda path: self.notes.get(path, NOTHING),
            kept=self.kept,
            env=ENV,
            replies=lambda path: self.replies[path.rpartition(".")[2]],
        )


def draw_case(dice: Random, *, is_rough: bool = False) -> Case:
    """One where `is_rough` comes to the same however often its workers die: errors pass soon, or never do."""
    return _Drawer(dice, is_rough).case()


class _Drawer:
    def __init__(self, dice: Random, is_rough: bool) -> None:
        self.dice = dice
        self.is_rough = is_rough
        self.left = MOST_NODES
        self.count = 0
        self.case_ = Case(Graph({}))
        self.may_call: tuple[str, ...] = ()
        self.kinds: dict[Token, str] = {}
        self.touched: set[Token] = set()
        """What the step that is being drawn, or a step inside it, reads or changes."""
        self.is_deep = dice.random() < 0.06
        self.most_depth = 8 if self.is_deep else 4

    def case(self) -> Case:
        case = self.case_
        if self.dice.random() < 0.5:
            self.workflow("deep", 3)
            self.workflow("inner", 5)
        drawn = self.workflow("", 15)
        if not self.is_rough and not case.replies and self.dice.random() < 0.3:
            drawn = replace(drawn, limits=self.limits())
        case.graph = drawn
        for one in drawn.variables:
            if one.scope == "conversation" and self.dice.random() < 0.7:
                case.kept[one.name] = self.dice.choice(KINDS[one.type])
        return case

    def limits(self) -> RunLimits:
        """One of the four. Seconds are such that no step takes just as long."""
        dice = self.dice
        tokens = dice.choice([1, 8, 20, 2_000])
        return dice.choice(
            [
                RunLimits(steps=dice.randint(3, 50)),
                RunLimits(wall_s=dice.choice([0.5, 1.5, 2.5, 1_000.5])),
                *[RunLimits(tokens=tokens)] * 2,
                *[RunLimits(cost=(tokens + 0.5) * TOKEN_COSTS)] * 2,
            ]
        )

    def workflow(self, name: str, at_most: int) -> Graph:
        """The one to run, or one that those after it may use."""
        kinds = dict.fromkeys(self.dice.sample(sorted(KINDS), self.dice.randint(0, 4)))
        kinds |= {"number": None, "list_text": None} if name else {}
        variables = tuple(
            Variable(f"{kind}_{scope[0]}", scope, kind, self.dice.choice(KINDS[kind]))  # pyright: ignore
            for kind in kinds
            for scope in (
                self.dice.choice(["run", "conversation"] if name else ["run", "run", "conversation"]),
            )
        )
        self.kinds = {
            ("vars" if one.scope == "run" else "conversation", one.name): one.type for one in variables
        }
        least = 1 if name else 3
        drawn = self.graph(0, (), list(self.kinds), at_least=least, at_most=at_most, is_top=True)
        if name and self.dice.random() < 0.5:
            drawn = self.with_start(drawn)
        drawn = Graph(drawn.nodes, drawn.edges, variables)
        if name:
            self.case_.inner[f"{name}@latest"] = drawn
            self.may_call = (*self.may_call, name)
        return drawn

    def with_start(self, graph: Graph) -> Graph:
        self.count += 1
        start, free = f"start_{self.count}", [id for id, edges in graph.edges_into().items() if not edges]
        nodes = {start: GraphNode(start, "start"), **graph.nodes}
        first = next((id for id in free if graph.nodes[id].type == "pure"), None)
        if first is not None:
            nodes[first] = GraphNode(first, "pure", config={"text": f"asked {{{{ {start}.query }}}}."})
        return Graph(nodes, (*(Edge(start, "out", id) for id in free), *graph.edges))

    def chance(self, one_in: float) -> bool:
        return self.dice.random() < 1 / one_in

    def graph(
        self,
        depth: int,
        around: tuple[str, ...],
        memory: list[Token],
        *,
        at_least: int = 1,
        at_most: int,
        in_loop: bool = False,
        is_top: bool = False,
    ) -> Graph:
        """Every edge points forward. `around` are the containers around the graph, outermost first."""
        dice = self.dice
        nodes: dict[str, GraphNode] = {}
        edges: dict[Edge, None] = {}
        upstream: dict[str, list[str]] = {}
        touches: dict[Token, list[str]] = {}
        for _ in range(dice.randint(at_least, at_most)):
            if self.left <= 0:
                break
            forks = [id for id in nodes if nodes[id].type in PORTS]
            kind = dice.choice(self.candidates(depth, around, memory, forks, in_loop=in_loop))
            earlier = [id for id in nodes if nodes[id].type not in ENDS]
            sources = dice.sample(earlier, dice.randint(0, min(3, len(earlier))))
            if kind in ENDS:
                sources = [dice.choice(forks)]  # else it would end every first round, and every run
            known = [id for id in nodes if any(id == s or id in upstream[s] for s in sources)]
            with self.touching() as touched:
                node = self.node(kind, known, depth, around, memory, in_loop=in_loop)
            for token in sorted(touched):
                sources += [id for id in touches.get(token, []) if id not in known and id not in sources]
                touches.setdefault(token, []).append(node.id)
            known = [id for id in nodes if any(id == s or id in upstream[s] for s in sources)]
            nodes[node.id], upstream[node.id] = node, known
            for source in sources:
                ports = PORTS.get(nodes[source].type, ("out", "out", "out", "error"))
                edges[Edge(source, dice.choice(ports), node.id)] = None
        if not nodes:
            nodes["pure_0"] = GraphNode("pure_0", "pure", config={"text": "alone."})
        return Graph(nodes, tuple(edges))

    @contextmanager
    def touching(self) -> Iterator[set[Token]]:
        outer, self.touched = self.touched, set()
        try:
            yield self.touched
        finally:
            outer |= self.touched
            self.touched = outer

    def candidates(
        self, depth: int, around: tuple[str, ...], memory: list[Token], forks: list[str], *, in_loop: bool
    ) -> list[str]:
        kinds = [*PLAIN, "set_variable", *(("set_variable",) * 4 if memory else ())]
        if depth < self.most_depth and self.left > 1:
            kinds += CONTAINERS * (40 if self.is_deep else 1 if depth > 1 else 2)
        kinds += ["sub_workflow"] * (2 if self.may_call else 0)
        kinds += ["agent"] if not self.is_deep and self.left > 3 else []
        kinds += ["branch", "branch"] if around or memory else []
        kinds += ["fork", "fork", "branch"] * (1 if in_loop and not forks else 0)
        if forks and self.chance(24):
            return ["stop"]
        return list(LEAVES) if forks and in_loop and self.chance(3) else kinds

    def node(
        self,
        kind: str,
        known: list[str],
        depth: int,
        around: tuple[str, ...],
        memory: list[Token],
        *,
        in_loop: bool,
    ) -> GraphNode:
        dice = self.dice
        self.left -= 1
        self.count += 1
        id = f"{kind}_{self.count}"
        body, config = None, dict[str, Any]()
        if kind in ("pure", "answer", "say", "work", "write", "sub_workflow", "ask_human", "stop", "agent"):
            text = self.text(known, around, memory)
        else:
            text = ""
        match kind:
            case "pure" | "answer":
                config = {"text": text}
            case "say":
                config = {"user": text}
                self.fail_sometimes(id)
            case "work" | "write":
                config = {"text": text, "seconds": dice.choice([0, 0, 1, 3])}
                if kind == "work" or not self.is_rough:
                    self.fail_sometimes(id)
                elif self.chance(8):
                    self.case_.failures[id] = [NodeError("model_auth", "No.")] * 99
                if kind == "write" and self.is_rough and self.chance(2):
                    self.case_.cuts[dice.choice([id, f"[1]{id}"])] = dice.choice(["done", "again", "fail"])
            case "await":
                is_told = self.chance(2)
                config = {"seconds": dice.choice([0, 1e6]) if is_told else 5, "works": dice.choice([0, 1])}
                if is_told:
                    self.case_.notes[id] = dice.choice(["yes", 5, ["a", "b"]])
            case "wait":
                config = {"amount": dice.choice([0, 2, 90]), "unit": "seconds"}
            case "ask_human":
                actions = [{"name": "yes"}, {"name": "no"}]
                config = {"message": text, "actions": actions, "time_unit": "seconds"}
                if self.chance(2):
                    self.case_.notes[id] = {"action": dice.choice(["yes", "no"]), "fields": {}}
                    config["time_limit"] = dice.choice([None, 100_000])
                else:
                    config["time_limit"] = 5
            case "fork":
                config = {"port": dice.choice(["yes", "no"])}
            case "branch":
                config = {"cases": [{"name": "yes", "conditions": [self.condition(around, memory)]}]}
            case "set_variable":
                config = self.change(known, around, memory)
            case "loop":
                drawn = [
                    {"name": f"k{i}", "type": kind, "value": dice.choice([None, "", *KINDS[kind]])}
                    for i, kind in enumerate(dice.sample(sorted(KINDS), dice.choice([0, 1, 2])))
                ]
                if drawn and known and self.chance(4):
                    drawn[0]["value"] = f"{{{{ {dice.choice(known)}.text }}}}"
                kept = [(id, one["name"]) for one in drawn]
                self.kinds |= {(id, one["name"]): one["type"] for one in drawn}
                body = self.body(depth, (*around, id), [*memory, *kept], in_loop=True)
                config = {"variables": drawn, **self.loop_config(id, known, [*memory, *kept], body)}
                self.touched -= set(kept)
            case "each":
                at_once = self.dice.randint(1, 3)
                seen = memory if at_once == 1 else []
                body = self.body(
                    depth, (*around, id), seen, in_loop=in_loop
                )  # a loop further out may be left
                config = {"at_once": at_once, **self.each_config(id, known, memory, body)}
            case "stop":
                config = {
                    "message": dice.choice(["", "Bye.", text]),
                    "status": dice.choice(["succeeded", "failed"]),
                }
            case "agent":
                config, body = {"message": text, "instructions": you_are(id)}, self.tools()
                self.case_.replies[id] = self.rounds([tool.title for tool in body.nodes.values()])
            case "sub_workflow":
                config = {"workflow": dice.choice(self.may_call), "query": dice.choice(["", text])}
        policy = self.policy(kind)
        if body is None or kind == "agent":
            return GraphNode(id, kind, config=config, policy=policy, body=body)
        if not self.is_deep and self.chance(8):
            body, policy = self.quarrel(body), replace(policy, max_attempts=2, retry_codes=("model_auth",))
        if kind == "loop" and not self.is_deep and self.chance(8):
            body = self.escape(body)
        return GraphNode(id, kind, config=config, policy=policy, body=body)

    def tools(self) -> Graph:
        """Of one that reads, one that writes by itself, one that writes after a person was asked: some."""
        dice, tools = self.dice, list[GraphNode]()
        for title in dice.sample(["look", "mend", "pay"], dice.randint(1, 3)):
            self.left -= 1
            self.count += 1
            kind = "work" if title == "look" else "write"
            id = f"{kind}_{self.count}"
            if kind == "work" or not self.is_rough:
                self.fail_sometimes(id)
            if kind == "write" and self.is_rough and self.chance(2):
                self.case_.cuts[dice.choice([id, f"[1]{id}"])] = dice.choice(["done", "again", "fail"])
            if title == "pay":
                self.case_.notes[f"ask_{id}"] = dice.choice(ANSWERS)
            policy = Policy(MANY, 0.1) if kind == "work" else Policy()
            use = ToolUse(use="auto") if title == "mend" else ToolUse()
            config = {"seconds": dice.choice([0, 0, 1, 3])}
            tools.append(GraphNode(id, kind, title=title, config=config, policy=policy, tool=use))
        return Graph({tool.id: tool for tool in tools})

    def rounds(self, names: list[str]) -> list[Round]:
        """What the model of an agent with tools of these names says."""
        dice, replies = self.dice, list[Round]()
        for number in range(dice.randint(0, 2)):
            wanted = [(dice.choice(names), {"text": f"{number}{n}"}) for n in range(dice.randint(1, 3))]
            replies.append((f"Round {number}.", wanted))
        return [*replies, ("Done.", [])]

    def escape(self, body: Graph) -> Graph:
        """The same with a step that leaves it from inside one or two steps that repeat for each item."""
        self.count += 1
        kind = self.dice.choice((*LEAVES, *ENDS))
        fork, leave = f"fork_{self.count}", f"{kind}_{self.count}"
        port = self.dice.choice(["yes", "yes", "no"])
        config: dict[str, Any] = {"message": "Out.", "status": "succeeded"} if kind == "stop" else {}
        nodes = [GraphNode(fork, "fork", config={"port": port}), GraphNode(leave, kind, config=config)]
        inside = Graph({node.id: node for node in nodes}, (Edge(fork, "yes", leave),))
        for _ in range(self.dice.randint(1, 2)):
            self.count += 1
            id, on_error = f"each_{self.count}", self.dice.choice(["stop", "null", "drop"])
            items = {"items": ["a", "b"], "collect": "", "at_once": self.dice.randint(1, 2)}
            each = GraphNode(
                id, "each", config={**items, "on_error": on_error, "flatten": False}, body=inside
            )
            inside = Graph({id: each})
        (id,) = inside.nodes
        last = [one for one, out in body.edges_out().items() if not out and body.nodes[one].type not in ENDS]
        edges = (Edge(one, PORTS.get(body.nodes[one].type, ("out",))[0], id) for one in last)
        return Graph({**body.nodes, **inside.nodes}, (*body.edges, *edges))

    def quarrel(self, body: Graph) -> Graph:
        """The same with a step that fails in each attempt while one beside it is in the middle of a write."""
        self.count += 2
        write, work = f"write_{self.count - 1}", f"work_{self.count}"
        self.case_.failures[work] = [NodeError("model_auth", "No.")] * 99
        policy = Policy(MANY, 0.1)
        beside = {
            write: GraphNode(write, "write", config={"text": ".", "seconds": 3}),
            work: GraphNode(work, "work", config={"text": ".", "seconds": 1}, policy=policy),
        }
        return Graph({**body.nodes, **beside}, body.edges)

    def body(self, depth: int, around: tuple[str, ...], memory: list[Token], *, in_loop: bool) -> Graph:
        most = 2 if self.is_deep else 5
        return self.graph(depth + 1, around, memory, at_most=most, in_loop=in_loop)

    def ref(self, token: Token) -> str:
        self.touched.add(token)
        return f"{{{{ {token[0]}.{token[1]} }}}}"

    def near(self, memory: list[Token]) -> Token:
        """A variable, often one of the innermost loop."""
        return self.dice.choice(memory[-2:] if self.chance(2) else memory)

    def text(self, known: list[str], around: tuple[str, ...], memory: list[Token]) -> str:
        said = [f"{{{{ {source}.{self.field_of(source)} }}}}" for source in known[-2:]]
        said += [f"{{{{ {holder}.index }}}}" for holder in around[-2:]]
        said += [self.ref(self.near(memory))] if memory and self.chance(2) else []
        said += [self.dice.choice(["{{ env.CITY }}", "{{ env.SHOPS }}"])] if self.chance(12) else []
        said += ["{{ env.GONE }}"] if self.chance(250) else []
        return " ".join([*said, "."])

    def field_of(self, source: str) -> str:
        kind = source.rpartition("_")[0]
        return {"sub_workflow": "answer", "await": "said", "each": "count", "loop": "ended_by"}.get(
            kind, "text"
        )

    def condition(self, around: tuple[str, ...], memory: list[Token]) -> dict[str, Any]:
        if memory and (not around or self.chance(2)):
            token = self.near(memory)
            if self.kinds[token] == "text":
                return {"left": self.ref(token), "operator": "is", "right": "calm"}
            return {"left": self.ref(token), "operator": "gte", "right": self.dice.randint(0, 3)}
        return {"left": f"{{{{ {around[-1]}.index }}}}", "operator": "gte", "right": self.dice.randint(0, 2)}

    def change(self, known: list[str], around: tuple[str, ...], memory: list[Token]) -> dict[str, Any]:
        dice = self.dice
        if not memory or self.chance(4):
            return {"name": "total", "operator": "add", "value": dice.randint(1, 9)}
        token = self.near([*[t for t in memory if self.kinds[t] in ("number", "any")], *memory])
        kind = self.kinds[token]
        fits = ["set", "clear", *(ARITHMETIC if kind in ("number", "any") else ())]
        fits += ON_LISTS if kind.startswith("list") or kind == "any" else ()
        operator = dice.choice(OPERATORS if self.chance(12) else fits)
        value: Any = dice.choice(KINDS[kind])
        if operator in ARITHMETIC:
            value = dice.choice([0, 1, 2, 3, "4", 0.5] if self.chance(3) else [1, 2, 3, "4"])
        elif operator == "append":
            value = dice.choice(KINDS[kind.removeprefix("list_")] if kind.startswith("list_") else ["z", 1])
        elif operator == "extend":
            value = dice.choice(KINDS[kind] if kind != "any" else [["z"]])
        if self.chance(4) and (known or around):
            refs = [f"{{{{ {source}.text }}}}" for source in known[-1:]]
            refs += [f"{{{{ {around[-1]}.number }}}}"] if around else []
            value = dice.choice(refs)
        elif self.chance(15):
            value = dice.choice(["{{ env.RATE }}", "{{ env.SHOPS }}"])
        elif self.chance(12):
            value = self.ref(dice.choice(memory))
        elif self.chance(15):
            value = dice.choice(["many", [["deep"]], {"b": 2}, True])
        self.touched.add(token)
        of = f"{token[0]}." if token[0] != "vars" else ""
        return {"name": f"{of}{token[1]}", "operator": operator, "value": value}

    def loop_config(self, id: str, known: list[str], memory: list[Token], body: Graph) -> dict[str, Any]:
        dice = self.dice
        index = f"{{{{ {id}.index }}}}"
        untils: list[tuple[str, str, Any]] = [("no", "is", "yes"), (index, "gte", 1), (index, "gte", 5)]
        untils += [(f"{{{{ {source}.port }}}}", "is", "yes") for source in known if source.startswith("fork")]
        untils += [(f"{{{{ {one}.port }}}}", "is", "yes") for one in body.nodes if one.startswith("fork")]
        numbers = [token for token in memory if self.kinds[token] == "number"]
        if numbers and self.chance(2):
            untils = [(self.ref(dice.choice(numbers)), "gte", dice.randint(-1, 4))]
        left, operator, right = dice.choice(untils)
        until = {"conditions": [{"left": left, "operator": operator, "right": right}]}
        is_bounded = left == index and self.chance(2)
        results = ["", "", f"{{{{ {id}.number }}}}r"]
        results += [self.ref(dice.choice(memory))] if memory and self.chance(2) else []
        return {
            "count": None
            if is_bounded and right < 3
            else dice.choice([1, 1, 2] if self.is_deep else [0, 1, 2, 2, 3]),
            "until": until if is_bounded else dice.choice([{}, {}, until] if self.is_deep else [{}, until]),
            "result": dice.choice(results),
        }

    def each_config(self, id: str, known: list[str], memory: list[Token], body: Graph) -> dict[str, Any]:
        dice = self.dice
        lists: list[Any] = [[], ["a"], ["a", "b", "c"], ["a", "b", "c"], "one\n two\n\nthree"]
        lists += [f"{{{{ {source}.items }}}}" for source in known if source.startswith(CONTAINERS)]
        lists += ["{{ env.SHOPS }}"] if self.chance(8) else []
        lists += ["{{ gone_0.items }}"] if self.chance(5) else []
        if self.is_deep:
            lists = [["a"]]
        kept = [token for token in memory if self.kinds[token].startswith("list")]
        lists += [self.ref(dice.choice(kept))] * 2 if kept else []
        collects = ["", f"{{{{ {id}.item }}}}"]
        collects += [f"{{{{ {inner}.items }}}}" for inner in body.nodes if inner.startswith(CONTAINERS)]
        return {
            "items": dice.choice(lists),
            "collect": dice.choice(collects),
            "on_error": dice.choice(["stop", "null", "drop"]),
            "flatten": dice.random() < 0.5,
        }

    def policy(self, kind: str) -> Policy:
        dice = self.dice
        if kind not in ("work", "write", "say", "loop", "each", "sub_workflow", "set_variable"):
            return Policy(MANY if kind in ("await", "ask_human") and self.is_rough else None)
        on_error: Any = dice.choice([None, None, None, "fail", "port", "default"])
        default = (
            {"text": "instead", "answer": "instead", "items": ["x"], "value": 0}
            if on_error == "default"
            else None
        )
        if kind in ("set_variable", "write"):
            return Policy(on_error=on_error, default=default)
        if kind in ("loop", "each", "sub_workflow"):
            codes = dice.choice([None, ("model_busy",), ("model_auth", "bad_variable")])
            return Policy(dice.choice([None, None, 2, 3]), 0.1, None, codes, on_error, default)
        if self.is_rough:
            return Policy(MANY, 0.1, None, None, on_error, default)
        codes = dice.choice([None, None, (), ("model_auth",), ("model_busy",)])
        timeout_s = 2.0 if kind == "work" and self.chance(8) else None
        return Policy(dice.choice([None, 1, 2]), 0.1, timeout_s, codes, on_error, default)

    def fail_sometimes(self, id: str) -> None:
        """None, one that passes, some that may not, one that never does; in each round or in one of them."""
        busy, auth = NodeError("model_busy", "Busy."), NodeError("model_auth", "No.")
        choices: list[Any] = [None, None, None, None, [busy], [busy, busy], [auth] * 99]
        if not self.is_rough:
            choices += [[busy] * 3, [busy] * 4, [busy] * 9]
        errors = self.dice.choice(choices)
        if errors is not None:
            self.case_.failures[self.dice.choice([id, f"[1]{id}"])] = errors

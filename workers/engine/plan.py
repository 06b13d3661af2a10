"""A workflow made ready to run: looked up, ordered and counted once, then shared by all its runs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from nodes.sdk.answers import AnswerPlan, compile_answers
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.declared import variables_to_json
from nodes.sdk.environment import env_in
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Graph, GraphNode, order
from nodes.sdk.node import Effects, Node, NodeConfig, NodeResult, inside_fields
from nodes.sdk.resolve import Texts
from nodes.sdk.run_limits import RunLimits
from nodes.sdk.shapes import current_config, kept_variables, may_ask_models, name_of, roots
from nodes.sdk.templates import Expression, expressions_in
from nodes.sdk.tools import OfferedTool
from nodes.sdk.values import Json
from nodes.sdk.variables import ENV, RESERVED
from workers.engine.environment import require_environment
from workers.engine.frontier import Shape
from workers.engine.plain import clean_text
from workers.engine.retry import RetryPolicy
from workers.engine.tools import offer_of, with_parts


@dataclass(frozen=True)
class InsideField:
    """A config field that is filled in after each pass over the body, and what its refs name."""

    drawn: Json
    names_inside: bool
    """A node of the body, or the container: then nothing can be said before the first pass."""
    names_variables: bool


@dataclass(frozen=True)
class PlanNode:
    """One node with all that does not change between runs.

    `kind` is None when the catalogue lacks the type or cannot bring the config up to date: then
    `fault` says so when the node's turn comes, and the other nodes are none the worse.
    """

    id: str
    type_name: str
    title: str
    kind: type[Node] | None
    fault: NodeError | None
    effects: Effects
    retry: RetryPolicy
    config: Mapping[str, Json]
    fixed: NodeConfig | None
    """The validated config, when it holds no refs and so is the same in every run."""
    texts: Texts | None
    """What is filled in each time, read once; None for a type that fills in by itself."""
    env: frozenset[str]
    """The environment variables that it names; then it is not fixed."""
    ports: frozenset[str] | None
    """The ways out; None when they cannot be told from the config as drawn."""
    leaves_by_error: bool
    """Whether its failure takes another way and does not end the pass."""
    default: NodeResult | None
    """What it leaves behind instead of failing, if anything."""
    body: "GraphPlan | None"
    inside: Mapping[str, InsideField]
    variables: Mapping[str, str]
    """What it keeps from one pass over its body to the next: names with their kinds."""
    calls: "Plan | NodeError | None"
    """The workflow that it runs inside this run, or why that cannot be; None for all other types."""
    is_inline: bool
    """Pure and without a body or time limit: it runs to its end without waiting, so it needs no task."""
    offer: OfferedTool | None = None
    """What it is to the agent that it stands inside of."""

    def fill(
        self, scope: Mapping[str, Json], edited: Mapping[str, Json] | None = None
    ) -> tuple[NodeConfig, dict[str, Json]]:
        """The config to run with, and as it is written down. Raises NodeError.

        Fields that are `edited` are what is given there; how they are drawn is not looked at.
        """
        if self.fault is not None:
            raise self.fault
        assert self.kind is not None
        config, texts, env = self.config, self.texts, self.env
        if edited is not None:
            config = {name: value for name, value in config.items() if name not in edited}
            texts, env = None, frozenset(env_in(config))
        elif self.fixed is not None:
            return self.fixed, dict(config)
        if env:
            require_environment(env, scope, self.title)
        try:
            if texts is not None:
                filled = texts.fill(scope)
            else:
                filled = self.kind.fill(_outside(config, self.inside), scope)
        except NodeError:
            raise
        except Exception as error:  # a stranger's fill()
            raise NodeError(
                "bad_config",
                f"The settings of {self.title!r} cannot be filled in: {clean_text(str(error), 300)}",
                "Open the step and look at the information it uses.",
            ) from None
        if self.inside:
            filled |= {name: field.drawn for name, field in self.inside.items()}
        if edited is not None:
            filled |= edited
        return self.read(filled), filled

    def read(self, filled: Mapping[str, Json]) -> NodeConfig:
        """The config that was filled in before. Raises NodeError."""
        assert self.kind is not None
        try:
            return self.kind.Config.__pydantic_validator__.validate_python(filled)
        except ValidationError as error:
            raise _bad_config(self, error) from None


@dataclass(frozen=True)
class GraphPlan:
    """A graph, or the body of a node, in topological order."""

    shape: Shape
    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True)
class Plan:
    """A whole workflow. It holds no state and may be kept and shared."""

    top: GraphPlan
    answers: AnswerPlan
    titles: Mapping[str, str]
    """What a person calls each node of the top graph and of all bodies, by id."""
    sources: Mapping[str, str]
    """By id: the output field of a node that holds passages which the person may look up."""
    calls: Mapping[str, "Plan"] = field(default_factory=dict[str, "Plan"])
    """By id: the workflow that a node runs inside this run."""
    workflows: Mapping[str, str] = field(default_factory=dict[str, str])
    """What was found for every workflow that may be run inside: `<id>@<version>` to the id of the version."""
    variables: tuple[dict[str, Json], ...] = ()
    """What the workflow declares to be remembered, as its JSON says it."""
    limits: RunLimits = field(default_factory=RunLimits)
    """What a run of it may take at most, by its drawing."""
    env: frozenset[str] = frozenset()
    """The environment variables that it names, and those that the workflows inside name."""
    asks: frozenset[str] = frozenset()
    """Ids of nodes that may ask an AI model."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """By id: the output field of a node that gives files along with the answer."""


def compile_plan(
    graph: Graph, catalogue: Catalogue, workflows: "Mapping[str, Plan | NodeError] | None" = None
) -> Plan:
    """Makes `graph` ready to run. `workflows` are those that it runs inside, by what `Node.calls` says.

    Raises GraphError("cycle") and nothing else: a node that cannot run fails when its turn comes.
    """
    titles: dict[str, str] = {}
    top = _compile_graph(graph, catalogue, titles, workflows or {})
    calls = {node.id: node.calls for node in _all_nodes(top) if isinstance(node.calls, Plan)}
    variables = tuple(variables_to_json((*graph.variables, *kept_variables(graph, catalogue))))
    env = frozenset[str]().union(*(node.env for node in _all_nodes(top)), *(p.env for p in calls.values()))
    return Plan(
        top,
        compile_answers(graph, catalogue),
        titles,
        dict(_sources(top)),
        calls,
        variables=variables,
        limits=graph.limits,
        env=env,
        asks=frozenset(node.id for node in _all_nodes(top) if may_ask_models(node.kind)),
        files=dict(_files(top)),
    )


def _all_nodes(graph: GraphPlan) -> Iterator[PlanNode]:
    for node in graph.nodes:
        yield node
        if node.body is not None:
            yield from _all_nodes(node.body)


def _sources(graph: GraphPlan) -> Iterator[tuple[str, str]]:
    for node in _all_nodes(graph):
        if node.kind is not None and node.kind.sources is not None:
            yield node.id, node.kind.sources


def _files(graph: GraphPlan) -> Iterator[tuple[str, str]]:
    for node in _all_nodes(graph):
        if node.kind is not None and (name := node.kind.hands_over) is not None and node.config.get(name):
            yield node.id, name


def _compile_graph(
    graph: Graph,
    catalogue: Catalogue,
    titles: dict[str, str],
    workflows: "Mapping[str, Plan | NodeError]",
    changing: frozenset[str] = RESERVED - {ENV},
    *,
    are_tools: bool = False,
) -> GraphPlan:
    """`changing` are the names of what goes on changing while a node runs: variables and loops with some.

    What fails of the tools of an agent is told to its model, so all of them leave by their error port.
    """
    shape = shape_of(graph, roots(graph, catalogue))
    nodes = (
        _compile_node(
            graph.nodes[node_id],
            catalogue,
            titles,
            workflows,
            changing,
            has_error_edge="error" in out or are_tools,
            is_tool=are_tools,
        )
        for node_id, out in zip(shape.ids, shape.out, strict=True)
    )
    return GraphPlan(shape, tuple(nodes))


def shape_of(graph: Graph, begin_at: Collection[str]) -> Shape:
    """The skeleton of a graph of which only the nodes `begin_at` wait for nobody."""
    ids = tuple(order(graph))
    place = {node_id: i for i, node_id in enumerate(ids)}
    out: list[dict[str, list[int]]] = [{} for _ in ids]
    into = [0] * len(ids)
    for edge in graph.edges:
        out[place[edge.source]].setdefault(edge.port, []).append(place[edge.target])
        into[place[edge.target]] += 1
    return Shape(ids, tuple(out), tuple(into), tuple(sorted(place[node_id] for node_id in begin_at)))


def _compile_node(
    node: GraphNode,
    catalogue: Catalogue,
    titles: dict[str, str],
    workflows: "Mapping[str, Plan | NodeError]",
    changing: frozenset[str],
    *,
    has_error_edge: bool,
    is_tool: bool,
) -> PlanNode:
    kind: type[Node] | None = None
    fault: NodeError | None = None
    config: Mapping[str, Json] = node.config
    try:
        kind = catalogue.get(node.type)
        config = current_config(node, kind)
    except NodeError as error:
        fault = error
    except Exception as error:  # a stranger's migrate()
        fault = NodeError(
            "bad_config", f"The settings of {node.id!r} are too old to be read: {clean_text(str(error))}"
        )
    variables = _loop_variables(kind, config) if node.body is not None else {}
    changing = changing | {node.id} if variables else changing
    body = None if node.body is None else _compile_body(node, kind, catalogue, titles, workflows, changing)
    effects: Effects = _effects(kind, config) if kind is not None else "none"
    titles[node.id] = name_of(node, catalogue)
    inside = _inside(node, kind, config, variables, changing)
    calls = _called(kind, config, workflows)
    env = frozenset(env_in(config)) if fault is None else frozenset[str]()
    holds_steps = body is not None or calls is not None
    repeats = kind is not None and _may_repeat(kind, config)
    retry = RetryPolicy.of(node.policy, effects, holds_steps=holds_steps, may_repeat=repeats)
    ports = _ports(kind, config)
    return PlanNode(
        id=node.id,
        type_name=node.type,
        title=titles[node.id],
        kind=kind if fault is None else None,
        fault=fault,
        effects=effects,
        retry=retry,
        config=config,
        fixed=None if env else _fixed_config(kind, config, inside),
        texts=Texts(_outside(config, inside)) if kind is not None and _fills_as_usual(kind) else None,
        env=env,
        ports=ports,
        leaves_by_error=node.policy.on_error == "port" or (node.policy.on_error is None and has_error_edge),
        default=_default(node, kind, ports),
        body=body,
        inside=inside,
        variables=variables,
        calls=calls,
        is_inline=effects == "none" and body is None and calls is None and retry.timeout_s is None,
        offer=offer_of(node, kind, config, titles[node.id], calls) if is_tool else None,
    )


def _compile_body(
    node: GraphNode,
    kind: type[Node] | None,
    catalogue: Catalogue,
    titles: dict[str, str],
    workflows: "Mapping[str, Plan | NodeError]",
    changing: frozenset[str],
) -> GraphPlan:
    assert node.body is not None
    are_tools = kind is not None and kind.takes_tools
    body = _compile_graph(node.body, catalogue, titles, workflows, changing, are_tools=are_tools)
    if not are_tools:
        return body
    body = with_parts(body, PlanNode)
    for part in body.nodes:
        titles.setdefault(part.id, part.title)
    return body


def _called(
    kind: type[Node] | None, config: Mapping[str, Json], workflows: "Mapping[str, Plan | NodeError]"
) -> "Plan | NodeError | None":
    try:
        key = kind.calls(config) if kind is not None else None
    except Exception:  # a config that the run will find wrong
        key = None
    return None if key is None else workflows.get(key, workflow_missing())


def workflow_missing() -> NodeError:
    """There is no such workflow where the run belongs, or it has no such version."""
    return NodeError(
        "workflow_missing",
        "The app that this step uses is not there, or not published.",
        "Publish that app, or choose another one in the step.",
        retry=False,
    )


def _default(node: GraphNode, kind: type[Node] | None, ports: frozenset[str] | None) -> NodeResult | None:
    if node.policy.on_error != "default":
        return None
    try:
        port = kind.port_of(node.policy.default) if kind is not None else "out"
    except Exception:  # a stranger's code, on an output that does not fit: the failure stands
        return None
    return NodeResult(node.policy.default, port) if ports is None or port in ports else None


def _effects(kind: type[Node], config: Mapping[str, Json]) -> Effects:
    try:
        effects = kind.effects_of(config)
    except Exception:  # a config that the run will find wrong
        return kind.effects
    return effects if effects in ("none", "read", "write") else kind.effects


def _may_repeat(kind: type[Node], config: Mapping[str, Json]) -> bool:
    try:
        return kind.may_repeat(config) is True
    except Exception:  # a config that the run will find wrong
        return False


def _loop_variables(kind: type[Node] | None, config: Mapping[str, Json]) -> dict[str, str]:
    try:
        return dict(kind.loop_variables(config)) if kind is not None else {}
    except Exception:  # a config that the run will find wrong
        return {}


def _inside(
    node: GraphNode,
    kind: type[Node] | None,
    config: Mapping[str, Json],
    variables: Mapping[str, str],
    changing: frozenset[str],
) -> dict[str, InsideField]:
    if kind is None or node.body is None:
        return {}
    found: dict[str, InsideField] = {}
    for name in sorted(inside_fields(kind.Config) & config.keys()):
        expressions = [found for _, found in expressions_in(config[name])]
        refs = [one.ref for one in expressions if isinstance(one, Expression) and one.ref is not None]
        # What the loop keeps is there before its first round; the rest of it and the steps inside are not.
        names_inside = any(
            ref.node in node.body.nodes or (ref.node == node.id and variables.keys().isdisjoint(ref.path[:1]))
            for ref in refs
        )
        names_variables = not changing.isdisjoint(ref.node for ref in refs)
        found[name] = InsideField(config[name], names_inside, names_variables)
    return found


def _fills_as_usual(kind: type[Node]) -> bool:
    return getattr(kind.fill, "__func__", None) is getattr(Node.fill, "__func__", None)


def _outside(config: Mapping[str, Json], inside: Mapping[str, InsideField]) -> Mapping[str, Json]:
    return {name: value for name, value in config.items() if name not in inside} if inside else config


def _fixed_config(
    kind: type[Node] | None, config: Mapping[str, Json], inside: Mapping[str, InsideField]
) -> NodeConfig | None:
    if kind is None or _has_refs(_outside(config, inside)):
        return None
    try:
        return kind.Config.model_validate(config)
    except ValidationError:
        return None  # said when its turn comes


def _has_refs(config: Mapping[str, Json]) -> bool:
    todo: list[Json] = list(config.values())
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if "{{" in value:
                return True
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            todo += value.values()
    return False


def _ports(kind: type[Node] | None, config: Mapping[str, Json]) -> frozenset[str] | None:
    if kind is None:
        return None
    try:
        return frozenset(port.name for port in kind.ports(config)) | {"error"}
    except Exception:  # a config that check() would have refused; the run says what is wrong with it
        return None


def _bad_config(node: PlanNode, error: ValidationError) -> NodeError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "settings"
    return NodeError(
        "bad_config",
        f"{node.title!r} cannot work with its setting {where!r}: {clean_text(fault['msg'], 300)}.",
        "Open the step and correct this setting, or look at the information that fills it.",
    )

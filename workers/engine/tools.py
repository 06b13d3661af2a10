"""The steps inside an agent as it may use them, and those that nobody drew: replies and approvals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from nodes.sdk.context import NodeContext
from nodes.sdk.environment import env_in
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.graph import GraphNode, Policy
from nodes.sdk.node import Node, NodeConfig, NodeResult
from nodes.sdk.resolve import Texts
from nodes.sdk.tools import OfferedTool, offered
from nodes.sdk.values import Json
from workers.engine.frontier import Shape
from workers.engine.retry import RetryPolicy

if TYPE_CHECKING:
    from workers.engine.context import RunContext
    from workers.engine.plan import GraphPlan, Plan, PlanNode

THINK: Final = "#think"
"""Where a scope holds what the reply of a round comes from. No ref can name it."""

REPLY: Final = "model"
"""The id of that step: `agent_1[2].model`."""

ASK: Final = "ask_"
"""What the id of the step begins with in which a person is asked about a call: `agent_1[2].ask_mail_1`."""


def question_about(path: str) -> str:
    """Where a person is asked about the call of a tool that is at `path`."""
    before, dot, id = path.rpartition(".")
    return f"{before}{dot}{ASK}{id}"


Think = Callable[[NodeContext], Awaitable[Json]]


class _Part(Node):
    """A piece of an agent's work that is a step of its own."""

    group, effects = "Think", "read"

    class Config(NodeConfig):
        pass

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        think = cast("RunContext", ctx).scope[THINK]
        return NodeResult(await cast("Think", think)(ctx))


class Reply(_Part):
    """One reply of an agent's model."""

    type, title = "agent_reply", "AI model"
    fails_with = MODEL_ERRORS


class Approval(_Part):
    """A question to a person whether a tool may be called."""

    type, title = "agent_approval", "Approval"
    fails_with = ()


def with_parts(body: GraphPlan, make: Callable[..., PlanNode]) -> GraphPlan:
    """The body of an agent as a plan: the reply first, which all tools and questions about them hang on, so
    that what is kept of a run that is gone on with goes by what came of what."""
    asks = [_part(make, ASK + node.id, Approval, node.title) for node in body.nodes]
    rest = (*asks, *body.nodes)
    shape = Shape(
        (REPLY, *(node.id for node in rest)),
        ({"out": list(range(1, len(rest) + 1))}, *({} for _ in rest)),
        (0, *(1 for _ in rest)),
        (0,),
    )
    return replace(body, shape=shape, nodes=(_part(make, REPLY, Reply, Reply.title), *rest))


def _part(make: Callable[..., PlanNode], id: str, kind: type[_Part], title: str) -> PlanNode:
    return make(
        id=id,
        type_name=kind.type,
        title=title,
        kind=kind,
        fault=None,
        effects="read",
        retry=RetryPolicy.of(Policy(), "read"),
        config={},
        fixed=kind.Config(),
        texts=None,
        env=frozenset[str](),
        ports=frozenset({"out", "error"}),
        leaves_by_error=False,
        default=None,
        body=None,
        inside={},
        variables={},
        calls=None,
        is_inline=False,
    )


def offer_of(
    node: GraphNode, kind: type[Node] | None, config: Mapping[str, Json], title: str, calls: object
) -> OfferedTool | None:
    """What a step inside an agent is to it; None for one that it cannot use."""
    if kind is None:
        return None
    try:
        return offered(kind, config, step=node.id, title=title, said=node.tool, asked=_asked_by(calls))
    except Exception:  # a stranger's code, or a form that is only half filled
        return None


def _asked_by(calls: object) -> list[Mapping[str, Any]]:
    """What the app asks for that a step uses, as its start declares it."""
    top = getattr(calls, "top", None)
    if top is None:
        return []
    for node in cast("Plan", calls).top.nodes:
        if node.kind is not None and node.kind.starts:
            inputs = node.config.get("inputs")
            return [one for one in inputs if isinstance(one, dict)] if isinstance(inputs, list) else []
    return []


def as_tool(node: PlanNode, arguments: Mapping[str, Json]) -> PlanNode:
    """The step as it runs when the agent calls it with `arguments`. Raises NodeError for what cannot be."""
    assert node.kind is not None
    config = node.kind.tool_config(node.config, arguments)
    return replace(
        node,
        config=config,
        fixed=None,
        texts=Texts(config) if node.texts is not None else None,
        env=frozenset(env_in(config)),
    )

"""Leaves the loop around it."""

from nodes.sdk import STOP, Node, NodeConfig, NodeContext, NodeResult


class StopLoop(Node):
    """Stops repeating at once and goes on behind the repeat."""

    type, title, group, effects = "stop_loop", "Stop repeating", "Decide", "none"
    fails_with = ()
    sentence = "Leaves the repeat."
    ends_loop = True

    @classmethod
    def ports(cls, config: object) -> tuple[()]:
        return ()

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return NodeResult({}, STOP)

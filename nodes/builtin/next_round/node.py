"""Goes on with the next round of the loop around it."""

from nodes.sdk import NEXT, Node, NodeConfig, NodeContext, NodeResult


class NextRound(Node):
    """Ends this round at once and goes on with the next one."""

    type, title, group, effects = "next_round", "Next round", "Decide", "none"
    fails_with = ()
    sentence = "Goes on with the next round."
    ends_loop = True

    @classmethod
    def ports(cls, config: object) -> tuple[()]:
        return ()

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return NodeResult({}, NEXT)

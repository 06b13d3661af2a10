"""What a pass over a graph leaves behind."""

from nodes.sdk.node import NodeResult

Results = dict[str, NodeResult]
"""By id: what the nodes gave that ended the pass."""


def outcome(last: Results) -> NodeResult:
    """The output and the port of the node that ended a pass; where several did, an object of their outputs by
    id."""
    if len(last) == 1:
        return next(iter(last.values()))
    return NodeResult({node_id: last[node_id].output for node_id in sorted(last)})

"""Steps that send e-mail, in a workspace that cannot: the mail server belongs to the layer beside this one.

That layer registers itself when Django starts.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import Graph
from nodes.sdk.node import Node, Problem
from nodes.sdk.shapes import all_nodes, name_of


def _nobody_knows(workspace_id: uuid.UUID) -> bool:
    return False


_has_server: Callable[[uuid.UUID], bool] = _nobody_knows


def register(*, has_server: Callable[[uuid.UUID], bool]) -> None:
    """Sets who knows the mail servers."""
    global _has_server
    _has_server = has_server


def mail_problems(workspace_id: uuid.UUID, graph: Graph) -> list[Problem]:
    """The steps that send e-mail where there is no mail server. Asks nothing where no step sends any."""
    catalogue = installed_catalogue()
    senders = [node for node in all_nodes(graph) if _sends(catalogue.types[node.type], node.config)]
    if not senders or _has_server(workspace_id):
        return []
    return [
        Problem(
            "mail_not_set_up",
            f"{name_of(node, catalogue)!r} sends e-mail, and this workspace has no mail server.",
            "An owner enters one under Settings ▸ E-mail.",
            node=node.id,
            values={"node": name_of(node, catalogue)},
        )
        for node in senders
    ]


def _sends(kind: type[Node], config: Mapping[str, Any]) -> bool:
    try:
        return kind.sends_mail(config) is True
    except Exception:  # a stranger's code, on a half-made config
        return False

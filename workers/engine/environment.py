"""Environment variables in a run: what the graph names, as it was when the run began."""

from __future__ import annotations

from collections.abc import Mapping

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from nodes.sdk.variables import ENV


def require_environment(names: frozenset[str], scope: Mapping[str, Json], title: str) -> None:
    """Raises NodeError("environment_missing") unless the run found all of `names` when it began."""
    known = scope.get(ENV)
    missing = sorted(names.difference(known if isinstance(known, dict) else ()))
    if missing:
        raise NodeError(
            "environment_missing",
            f"{title!r} uses the shared information {missing[0][:60]!r}, which was not there"
            " when the run began.",
            "Add it under Settings ▸ Shared information and ask again, or use other information.",
        )


def read_only(name: str) -> NodeError:
    """A step was to change an environment variable."""
    return NodeError(
        "bad_variable",
        f"{name[:60]!r} is shared information: steps use it and cannot change it.",
        "Change other information, or change it under Settings ▸ Shared information.",
    )

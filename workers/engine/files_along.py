"""The files that go along with a run's answer."""

from __future__ import annotations

from typing import Final

from nodes.sdk.uploads import is_file
from nodes.sdk.values import Json
from workers.engine.frames import locate
from workers.engine.plan import Plan
from workers.engine.state import RunState

MOST_ALONG: Final = 100


def files_along(plan: Plan, state: RunState) -> dict[str, Json]:
    """`{"files": [...]}` with what replies gave along, in their order, each file once; {} for none.

    What was given in a pass that failed is left out, as the words of that pass are. A called workflow's
    replies are not this one's.
    """
    failed = {path[: path.rfind(".") + 1] for path in state.failures if "." in path}
    found: dict[str, Json] = {}
    for path, result in state.results.items():
        owner, node_id = locate(plan, path)
        field = plan.files.get(node_id) if owner is plan else None
        given = result.output.get(field) if field and isinstance(result.output, dict) else None
        if isinstance(given, list) and not any(path.startswith(prefix) for prefix in failed):
            found.update(
                {str(one["file_id"]): one for one in given if isinstance(one, dict) and is_file(one)}
            )
    return {"files": list(found.values())[:MOST_ALONG]} if found else {}

"""Makes a workflow ready to run together with those that it runs inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Graph, GraphError
from nodes.sdk.shapes import calls_of
from workers.engine.frames import too_deep
from workers.engine.plan import Plan, compile_plan, workflow_missing

_MOST_ROUND: Final = 64  # workflows around one another, before their depth is counted at run


def compile_with(
    graph: Graph,
    catalogue: Catalogue,
    workflows: Mapping[str, str],
    graphs: Mapping[str, Graph],
    workflow_id: str = "",
) -> Plan:
    """The plan of `graph`, a version of the workflow `workflow_id`, and of all it runs inside.

    `workflows` says which version stands for each `<id>@<version>`, and `graphs` holds these by id. What is
    missing, or would close a circle, fails when its turn comes. Raises GraphError as compile_plan does.
    """
    plan = _Compiler(catalogue, workflows, graphs).compile(graph, (workflow_id,))
    return replace(plan, workflows=dict(workflows))


class _Compiler:
    def __init__(
        self, catalogue: Catalogue, workflows: Mapping[str, str], graphs: Mapping[str, Graph]
    ) -> None:
        self._catalogue = catalogue
        self._workflows = workflows
        self._graphs = graphs
        self._done: dict[str, Plan | NodeError] = {}

    def compile(self, graph: Graph, around: tuple[str, ...]) -> Plan:
        called = {key: self._called(key, around) for key in sorted(calls_of(graph, self._catalogue))}
        return compile_plan(graph, self._catalogue, called)

    def _called(self, key: str, around: tuple[str, ...]) -> Plan | NodeError:
        workflow_id = key.rpartition("@")[0]
        if workflow_id in around:
            return NodeError(
                "workflow_cycle",
                "This app uses itself, by way of the apps that it uses.",
                "Let one of them stop using the other.",
                retry=False,
            )
        if len(around) > _MOST_ROUND:
            return too_deep()
        version = self._workflows.get(key)
        if version is None or version not in self._graphs:
            return workflow_missing()
        if version not in self._done:
            try:
                self._done[version] = self.compile(self._graphs[version], (*around, workflow_id))
            except GraphError as error:
                self._done[version] = NodeError("bad_config", error.message, error.hint or "", retry=False)
        return self._done[version]

"""Tries one step the way it will be used: as a run of a start and that step, through the door of all runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from backend.accounts.auth import Principal
from backend.accounts.errors import ApiError
from backend.files.services import Sender, keep_made, value_of
from backend.runs.blobs import read_whole
from backend.runs.inputs import hold_files
from backend.runs.models import Event, Run
from backend.runs.services import cancel_run, start_run
from backend.workflows.models import Version, Workflow
from backend.workflows.services import create_workflow, hold_version, pin_graph
from nodes.sdk import Json
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy

_PAUSE_S = 0.05
NODE = "node_1"


def try_node(
    node_type: str,
    config: Mapping[str, Json],
    *,
    query: str,
    inputs: Mapping[str, Json] | None = None,
    by: Principal,
    slug: str,
    patience_s: float,
    files: Mapping[str, bytes] | None = None,
) -> Json:
    """What a node of this type gives. Raises ApiError 422 with the run's error, or when it takes too long.

    `slug` names the hidden workflow that such trials are runs of; it begins with a hyphen, as no name that
    a person gives does. What changes from trial to trial stands in `query` and in the objects `inputs`, and
    reaches the config as `{{ start_1.query }}` and `{{ start_1.NAME }}`: then trials share a version, and no
    text of a person is read as a template. So do `files`, by the same name and their content.
    """
    asked: list[dict[str, Json]] = [{"name": name, "type": "object"} for name in inputs or {}]
    asked += [{"name": name, "type": "file"} for name in files or {}]
    version = _version(by.workspace_id, slug, node_type, config, asked)
    sender = Sender(by.workspace_id, version.workflow_id, "member", by.audience_ref)
    with transaction.atomic():
        sent = {
            name: value_of(keep_made(sender, name, content, lambda _: None))
            for name, content in (files or {}).items()
        }
        run = start_run(
            version=hold_version(version),
            query=query,
            inputs={**(inputs or {}), **sent},
            conversation=None,
            audience="member",
            audience_ref=by.audience_ref,
            priority=1,
            limits={"wall_s": patience_s},
        )
        hold_files(run, asked)
    ended = _wait(run, patience_s)
    if ended is None:
        cancel_run(run)
        raise ApiError(
            422,
            "trial_timed_out",
            f"It did not come to an end within {patience_s:.0f} seconds.",
            hint="Check that the worker runs (see /healthz), and try again.",
        )
    if ended.status != "succeeded":
        error = ended.error or {}
        raise ApiError(
            422,
            str(error.get("code") or "run_failed"),
            str(error.get("message") or "It did not work."),
            hint=str(error.get("hint") or ""),
        )
    data = Event.objects.values_list("data", flat=True).get(run=ended, type="node_succeeded", path=NODE)
    return read_whole(ended.pk, [data])[0]["output"]


def _wait(run: Run, patience_s: float) -> Run | None:
    deadline = time.monotonic() + patience_s + 2
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.is_final:
            return run
        time.sleep(_PAUSE_S)
    return None


def _version(
    workspace_id: uuid.UUID,
    slug: str,
    node_type: str,
    config: Mapping[str, Json],
    asked: list[dict[str, Json]],
) -> Version:
    node = GraphNode(id=NODE, type=node_type, config=config, policy=Policy(max_attempts=1))
    begin = GraphNode(id="start_1", type="start", config={"inputs": list[Json](asked)} if asked else {})
    graph = Graph({begin.id: begin, NODE: node}, (Edge(begin.id, "out", NODE),))
    return pin_graph(_home(workspace_id, slug), graph)


def _home(workspace_id: uuid.UUID, slug: str) -> Workflow:
    homes = Workflow.objects.for_workspace(workspace_id).filter(slug=slug)
    found = homes.first()
    if found is not None:
        return found
    try:
        return create_workflow(
            workspace_id=workspace_id, name="Trials", slug=slug, graph=Graph({}), is_hidden=True
        )
    except IntegrityError:  # the first two came at one moment; the other's is there now
        return homes.get()

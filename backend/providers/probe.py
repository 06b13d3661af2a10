"""Tests a model the way it will be used: by a run of one node through the same door as any other."""

import time
import uuid

from django.db import IntegrityError

from backend.accounts.auth import Principal
from backend.accounts.errors import ApiError
from backend.runs.models import Run
from backend.runs.services import cancel_run, start_run
from backend.workflows.models import Version, Workflow
from backend.workflows.services import create_workflow, pin_graph
from nodes.sdk.graph import Graph, GraphNode, Policy

PATIENCE_S = 60.0
_SLUG = "-model-test"  # no name a person gives begins with a hyphen
_PAUSE_S = 0.15


def probe_model(model_id: str, *, by: Principal) -> None:
    """Asks the model for one word. Raises ApiError 422 with the run's error when no answer comes."""
    run = start_run(
        version=_one_node_version(by.workspace_id, model_id),
        query="",
        inputs={},
        conversation=None,
        audience="member",
        audience_ref=by.audience_ref,
        limits={"wall_s": PATIENCE_S},
    )
    finished = _wait(run)
    if finished is None:
        cancel_run(run)
        raise ApiError(
            422,
            "model_timeout",
            f"The model did not answer within {PATIENCE_S:.0f} seconds.",
            hint="Check the address and the model's name, and that the worker runs (see /healthz).",
        )
    if finished.status != "succeeded":
        error = finished.error or {}
        raise ApiError(
            422,
            str(error.get("code") or "model_failed"),
            str(error.get("message") or "The model did not answer."),
            hint=str(error.get("hint") or ""),
        )


def _wait(run: Run) -> Run | None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.is_final:
            return run
        time.sleep(_PAUSE_S)
    return None


def _one_node_version(workspace_id: uuid.UUID, model_id: str) -> Version:
    config = {"model": model_id, "user": "Answer with the word OK.", "max_tokens": 16}
    graph = Graph(
        {"prompt_1": GraphNode(id="prompt_1", type="prompt", config=config, policy=Policy(max_attempts=1))}
    )
    return pin_graph(_home(workspace_id), graph)


def _home(workspace_id: uuid.UUID) -> Workflow:
    """The hidden workflow that a workspace's tests are runs of."""
    homes = Workflow.objects.for_workspace(workspace_id).filter(slug=_SLUG)
    found = homes.first()
    if found is not None:
        return found
    try:
        return create_workflow(
            workspace_id=workspace_id, name="Model test", slug=_SLUG, graph=Graph({}), is_hidden=True
        )
    except IntegrityError:  # the workspace's first two tests came at one moment; the other's is there now
        return homes.get()

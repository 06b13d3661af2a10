"""Tests a model the way it will be used: by a run of one node through the same door as any other.

A chat model is asked for a word; one for vectors sorts a word by its meaning.
"""

import time
import uuid
from typing import Any

from django.db import IntegrityError

from backend.accounts.auth import Principal
from backend.accounts.errors import ApiError
from backend.providers.models import ModelConnection
from backend.providers.services import CHAT, EMBEDDING
from backend.runs.models import Run
from backend.runs.services import cancel_run, start_run
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow, pin_graph
from nodes.sdk.graph import Graph, GraphNode, Policy

PATIENCE_S = 60.0
_SLUG = "-model-test"  # no name a person gives begins with a hyphen
_PAUSE_S = 0.15


def probe_connection(connection: ModelConnection, *, by: Principal) -> list[dict[str, Any]]:
    """Asks the first model of each kind that a connection has. Raises ApiError 422 when one is silent."""
    firsts = [(CHAT, connection.model_names[:1]), (EMBEDDING, connection.embedding_names[:1])]
    return [probe_model(f"{connection.name}/{name}", kind, by=by) for kind, names in firsts for name in names]


def probe_model(model_id: str, kind: str, *, by: Principal) -> dict[str, Any]:
    """Asks the model; gives {model, kind, took_ms, answer}. Raises ApiError 422 with the run's error."""
    node = _sorting(model_id) if kind == EMBEDDING else _asking(model_id)
    began = time.monotonic()
    run = start_run(
        version=pin_graph(_home(by.workspace_id), Graph({node.id: node})),
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
    said = (finished.outputs or {}).get(node.id) or {}
    return {
        "model": model_id,
        "kind": kind,
        "took_ms": round((time.monotonic() - began) * 1000),
        "answer": str(said.get("text") or "")[:200] if kind == CHAT else "",
    }


def _wait(run: Run) -> Run | None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.is_final:
            return run
        time.sleep(_PAUSE_S)
    return None


def _asking(model_id: str) -> GraphNode:
    config = {"model": model_id, "user": "Answer with the word OK.", "max_tokens": 16}
    return GraphNode(id="prompt_1", type="prompt", config=config, policy=Policy(max_attempts=1))


def _sorting(model_id: str) -> GraphNode:
    groups = [{"name": "fruit", "title": "Fruit"}, {"name": "tools", "title": "Tools"}]
    config = {"text": "apple", "groups": groups, "method": "similarity", "embedding_model": model_id}
    return GraphNode(id="classify_1", type="classify", config=config, policy=Policy(max_attempts=1))


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

"""Pins of a draft: outputs that stand in for running steps in its trial runs, never in published ones."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.workflows.models import Pin, Version, Workflow
from backend.workflows.outputs import check_output
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.files import Sample
from nodes.sdk.graph import GraphError, GraphNode, graph_from_json
from nodes.sdk.shapes import all_nodes

MOST_PINS = 200


def pins_of(workflow: Workflow) -> dict[str, dict[str, Any]]:
    """The pins of a draft by the ids of their steps, also of those that the draft has no more."""
    return {pin.node_id: pin_json(pin) for pin in Pin.objects.filter(workflow=workflow).order_by("node_id")}


def pins_for(version: Version) -> dict[str, dict[str, Any]]:
    """What a run of `version` is given to use instead of running steps: nothing if it is a published one."""
    if version.number is not None:
        return {}
    pins = Pin.objects.for_workspace(version.workspace_id).filter(workflow_id=version.workflow_id)
    return {pin.node_id: {"output": pin.output, "port": pin.port} for pin in pins}


def draft_node(workflow: Workflow, node_id: str) -> GraphNode | None:
    """The step of the draft, in bodies too."""
    try:
        graph = graph_from_json(workflow.draft)
    except GraphError:
        return None
    return next((node for node in all_nodes(graph) if node.id == node_id), None)


def check_pin(node: GraphNode, output: Any, port: str | None, *, at: str = "") -> str:
    """The way out that goes with an output to be kept for a step; `at` is where it stands in what was sent.

    Raises ApiError 422 for what cannot be kept, or what the step could not have given.
    """
    kind = installed_catalogue().types.get(node.type)
    if kind is not None and (kind.starts or kind.ends_loop or kind.ends_run):
        raise ApiError(
            422,
            "cannot_be_pinned",
            "This step gives nothing that could be kept.",
            hint="Keep what a later step gave.",
            field=at or "node_id",
        )
    return check_output(kind, node, output, port, at)


def samples_of(workflow: Workflow) -> dict[str, Sample]:
    """The pins of the steps that a draft has, as a file tells them."""
    try:
        known = {node.id for node in all_nodes(graph_from_json(workflow.draft))}
    except GraphError:
        return {}
    pins = Pin.objects.filter(workflow=workflow, node_id__in=known)
    return {pin.node_id: Sample(pin.output, pin.port) for pin in pins}


def pin_samples(workflow: Workflow, samples: Mapping[str, Sample]) -> None:
    """Keeps what a file brought along. Raises ApiError 422 for what does not go with the steps it has."""
    nodes = {node.id: node for node in all_nodes(graph_from_json(workflow.draft))}
    for node_id, sample in samples.items():
        at = f"sample_data.{node_id}"
        if node_id not in nodes:
            message = f"The sample data names {node_id!r}, which is no step."
            raise ApiError(422, "unknown_node", message, hint="Take it out of the file.", field=at)
        port = check_pin(nodes[node_id], sample.output, sample.port, at=at)
        pin_step(workflow, node_id, output=sample.output, port=port)


def pin_step(
    workflow: Workflow, node_id: str, *, output: Any, port: str, from_run: uuid.UUID | None = None
) -> Pin:
    """Lets `output`, which was checked, stand in for the step from the next trial run on."""
    with transaction.atomic():
        # They are counted one after the other; SQLite does that by itself.
        Workflow.objects.select_for_update().only("id").get(pk=workflow.pk)
        others = Pin.objects.filter(workflow=workflow).exclude(node_id=node_id)
        if others.count() >= MOST_PINS:
            message = f"At most {MOST_PINS} steps of an app can be kept as they are."
            raise ApiError(409, "too_many_pins", message, hint="Let some of them run again.")
        given = {"workspace_id": workflow.workspace_id, "output": output, "port": port}
        given |= {"from_run": from_run, "at": timezone.now()}
        pin, _ = Pin.objects.update_or_create(workflow=workflow, node_id=node_id, defaults=given)
    return pin


def unpin_step(workflow: Workflow, node_id: str) -> bool:
    """Lets the step run again. False when nothing stood in for it."""
    return Pin.objects.filter(workflow=workflow, node_id=node_id).delete()[0] > 0


def pin_json(pin: Pin) -> dict[str, Any]:
    """A pin as the console sees it."""
    return {
        "output": pin.output,
        "port": pin.port,
        "from_run": str(pin.from_run) if pin.from_run else None,
        "at": pin.at.isoformat(),
    }

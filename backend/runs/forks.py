"""Goes on from a step of a run that has ended, in a run of its own, with other data if wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from django.db import transaction

from backend.accounts.auth import Principal
from backend.accounts.errors import ApiError
from backend.files.services import Sender
from backend.runs.blobs import read_whole
from backend.runs.edits import check_config
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.logged import audit_run
from backend.runs.models import Audience, Event, Run, RunFile
from backend.runs.origins import origin_at
from backend.runs.services import start_run
from backend.workflows.asked import input_fields
from backend.workflows.outputs import check_output
from backend.workflows.pins import pins_for
from backend.workflows.services import graph_of, hold_version, pin_draft
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.redrawn import redrawn

MOST_EDITS = 100

Edits = Mapping[str, Mapping[str, Any]]


def fork_run(
    run: Run,
    *,
    path: str,
    edits: Edits,
    by: Principal,
    query: str | None = None,
    inputs: dict[str, Any] | None = None,
    version: Literal["origin", "draft"] = "origin",
    only: bool = False,
) -> Run:
    """A new run that keeps what `run` came to, and does again the step at `path` and what hangs on it.

    It is a trial of whoever asks, in no conversation. With another `query` or `inputs` nothing is kept. On
    the `draft` steps that were changed since are done again too. `only` runs that one step with what came in.
    Raises ApiError 409 `run_not_ended`; 422 `unknown_path`, `bad_edit`, `bad_output`; 400 for inputs.
    """
    if not run.is_final:
        raise ApiError(
            409, "run_not_ended", "This run is still under way.", hint="Wait for its end, or stop it first."
        )
    if only and (query is not None or inputs is not None or set(edits) - {path}):
        raise ApiError(
            422,
            "bad_edit",
            "One step alone is run with what came into it; nothing before it runs again.",
            hint="Change what came into the step itself, or run on from here.",
            field="edits",
        )
    if len(edits) > MOST_EDITS:
        raise ApiError(422, "bad_edit", f"At most {MOST_EDITS} steps can be changed.", field="edits")
    type = _check_edits(run, path, edits)
    target = run.version if version == "origin" else pin_draft(run.workflow)
    trial: dict[str, Any] = {"pins": pins_for(target)}
    trial |= {"edits": {at: dict(edit) for at, edit in edits.items()}, "only": only}
    if target.pk != run.version_id:
        drawn = graph_of(target)
        if not _is_drawn(drawn, path):
            raise _unknown("The app has no such step any more.")
        trial["changed"] = [] if only else redrawn(graph_of(run.version), drawn)
    fields = input_fields(target.graph)
    sender = Sender(run.workspace_id, run.workflow_id, Audience.MEMBER, by.audience_ref)
    with transaction.atomic():
        new = start_run(
            version=hold_version(target),
            query=run.query if query is None else query,
            inputs=run.inputs if inputs is None else check_inputs(fields, inputs, sender),
            conversation=None,
            audience=Audience.MEMBER,
            audience_ref=by.audience_ref,
            history=_began_with(run).get("history") or [],
            limits=run.limits,
            origin=origin_at(run, path, type),
            trial={name: value for name, value in trial.items() if value},
            priority=1,
        )
        kept = RunFile.objects.filter(run=run).values_list("file_id", flat=True)
        RunFile.objects.bulk_create([RunFile(run=new, file_id=file_id) for file_id in kept])
        if inputs is not None:
            hold_files(new, fields)
        told: dict[str, Any] = {"of": str(run.pk), "path": path, "drawing": version, "only": only}
        audit_run("run.forked", new, **told, changed=sorted(edits))
    return new


def _is_drawn(graph: Graph, path: str) -> bool:
    """Whether the workflow has the step, or the one that uses the app in which it is."""
    here: Graph | None = graph
    for piece in path.split("."):
        node = here.nodes.get(piece.partition("[")[0]) if here is not None else None
        if node is None:
            return False
        if node.body is None:
            return True
        here = node.body
    return True


def _began_with(run: Run) -> dict[str, Any]:
    started = Event.objects.filter(run=run, type="run_started").order_by("seq")
    return read_whole(run.pk, [started.values_list("data", flat=True).first() or {}])[0]


def _check_edits(run: Run, path: str, edits: Edits) -> str:
    """The type of the step at `path`.

    Raises ApiError 422 unless `path` and all edited paths ran, and could have gone so.
    """
    wanted = {path, *edits}
    rows = Event.objects.filter(run=run, type="node_started", path__in=wanted).order_by("seq")
    starts = dict(rows.values_list("path", "data"))
    starts = dict(zip(starts, read_whole(run.pk, list(starts.values())), strict=True))
    for at in [path, *edits]:
        if at not in starts:
            field = "from" if at == path else f"edits.{at[:200]}"
            raise _unknown(f"The run did no step at {at[:200]!r}.", field)
    catalogue = installed_catalogue()
    for at, edit in edits.items():
        where, given = f"edits.{at}", starts[at].get("input") or {}
        type = str(starts[at].get("type", ""))
        if ("output" in edit) == ("config" in edit):
            message = "An edit says either what the step gave or what came into it."
            raise ApiError(422, "bad_edit", message, hint="Give `output` or `config`.", field=where)
        if "config" not in edit:
            kind = catalogue.types.get(type)
            node = GraphNode(at.rpartition(".")[2], type, kind.version if kind else 1, config=given)
            check_output(kind, node, edit["output"], edit.get("port"), where)
        elif at == path:
            check_config(catalogue, type, given, edit["config"], f"{where}.config")
        else:
            message = "Only what came into the step that the run goes on from can be changed."
            raise ApiError(422, "bad_edit", message, hint="Change what this one gave.", field=where)
    return str(starts[path].get("type", ""))


def _unknown(message: str, field: str = "from") -> ApiError:
    return ApiError(422, "unknown_path", message, hint="Choose a step of the run that ran.", field=field)

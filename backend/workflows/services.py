"""Verbs of workflows: make, save, rename, delete, freeze, restore. Graphs come in read already."""

import re
import unicodedata
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import Language, User, Workspace
from backend.workflows.graphs import describe_stored, hash_of, plain, require_runnable
from backend.workflows.models import Version, Workflow
from nodes.sdk.answers import compile_answers
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import Graph, GraphError, graph_from_json

MOST_WORKFLOWS = 1_000


def create_workflow(
    *,
    workspace_id: uuid.UUID,
    name: str,
    graph: Graph,
    description: str = "",
    suggestions: list[str] | None = None,
    language: str = Language.EN,
    is_hidden: bool = False,
    slug: str | None = None,
    made_from: str = "",
) -> Workflow:
    """A new workflow with `graph` as its draft. Its slug follows from its name unless one is given.

    `made_from`: the slug of the template that it is made from, if it is.
    """
    # Those that the server makes for itself, such as to try a template, are few and no one's.
    if not is_hidden and Workflow.objects.for_people(workspace_id).count() >= MOST_WORKFLOWS:
        raise ApiError(409, "too_many_workflows", f"This workspace has {MOST_WORKFLOWS:,} apps already.")
    draft = plain(graph)
    with transaction.atomic():
        # Names are given one after the other; SQLite does that by itself.
        Workspace.objects.select_for_update().get(pk=workspace_id)
        return Workflow.objects.create(
            workspace_id=workspace_id,
            name=name,
            slug=slug or _free_slug(workspace_id, name),
            description=description,
            draft=draft,
            draft_hash=hash_of(draft),
            suggestions=suggestions or [],
            language=language,
            is_hidden=is_hidden,
            made_from=made_from,
        )


def save_draft(workflow: Workflow, *, revision: int, graph: Graph) -> Workflow:
    """Saves `graph` as the draft if `revision` is still the current one; gives the workflow as it is now.

    Raises ApiError 409 `stale_draft`, with the current draft, when someone else saved in between.
    """
    draft = plain(graph)
    saved = Workflow.objects.filter(pk=workflow.pk, revision=revision).update(
        draft=draft,
        draft_hash=hash_of(draft),
        revision=F("revision") + 1,
        updated_at=timezone.now(),
    )
    current = Workflow.objects.filter(pk=workflow.pk).first()
    if current is None:
        raise not_found("This app")
    if not saved:
        raise _stale(current)
    return current


def rename_workflow(workflow: Workflow, *, name: str) -> Workflow:
    """Gives the workflow another name; its slug, which links may hold, stays."""
    workflow.name = name
    workflow.updated_at = timezone.now()
    workflow.save(update_fields=["name", "updated_at"])
    return workflow


def delete_workflow(workflow: Workflow) -> None:
    """Deletes the workflow with its versions, runs, conversations and publication."""
    with transaction.atomic():
        audit("app.deleted", workflow, workflow.name)
        workflow.delete()


def draft_graph(workflow: Workflow) -> Graph:
    """The draft, read. Raises ApiError 422 when an upgrade made it unreadable."""
    return _read(workflow.draft)


def graph_of(version: Version) -> Graph:
    """What a version holds, read. Raises ApiError 422 when an upgrade made it unreadable."""
    return _read(version.graph)


def _read(stored: Any) -> Graph:
    try:
        return graph_from_json(stored)
    except GraphError as error:
        raise ApiError(422, error.code, error.message, hint=error.hint, field=error.field) from error


def pin_draft(workflow: Workflow) -> Version:
    """The unnumbered version that a trial run of the draft is pinned to. Raises 422 `graph_has_problems`."""
    found = Version.objects.filter(workflow=workflow, number=None, graph_hash=workflow.draft_hash).first()
    if found is not None:
        return found  # it was checked when it was pinned
    graph = draft_graph(workflow)
    require_runnable(graph, workflow.workspace_id, workflow.pk)
    return pin_graph(workflow, graph)


def pin_graph(workflow: Workflow, graph: Graph) -> Version:
    """The unnumbered version of `workflow` that holds `graph`, unchecked."""
    value = plain(graph)
    # Two tabs may ask at once: the constraint lets one through, and both get its row.
    version, _ = Version.objects.get_or_create(
        workflow=workflow,
        number=None,
        graph_hash=hash_of(value),
        defaults={
            "workspace_id": workflow.workspace_id,
            "graph": value,
            "answer_plan": _answer_plan(graph),
        },
    )
    return version


def hold_version(version: Version) -> Version:
    """The version, kept from being cleared away until this transaction ends; made anew if it just was.

    Versions of drafts go with the last run that needs them, so whoever begins a run of one takes hold of it.
    """
    if version.number is not None:
        return version
    held = Version.objects.select_for_update(no_key=True).filter(pk=version.pk).first()
    return held or pin_graph(version.workflow, graph_of(version))


def freeze(workflow: Workflow, *, note: str = "", by: User | None = None) -> Version:
    """The draft as a new numbered version that never changes. Raises ApiError 422 `graph_has_problems`."""
    graph = draft_graph(workflow)
    require_runnable(graph, workflow.workspace_id, workflow.pk)
    draft = plain(graph)
    plan = _answer_plan(graph)
    with transaction.atomic():
        Workflow.objects.select_for_update().get(pk=workflow.pk)  # numbers are given one after the other
        highest = Version.objects.filter(workflow=workflow).aggregate(highest=Max("number"))["highest"]
        return Version.objects.create(
            workspace_id=workflow.workspace_id,
            workflow=workflow,
            number=(highest or 0) + 1,
            is_published=True,
            graph=draft,
            graph_hash=hash_of(draft),
            answer_plan=plan,
            note=note,
            created_by=by,
        )


def restore_version(workflow: Workflow, *, number: int) -> Workflow:
    """Makes version `number` the draft again, as a save like any other."""
    version = Version.objects.filter(workflow=workflow, number=number).first()
    if version is None:
        raise not_found("This version")
    return save_draft(workflow, revision=workflow.revision, graph=graph_from_json(version.graph))


def _answer_plan(graph: Graph) -> dict:
    return compile_answers(graph, installed_catalogue()).to_json()


def _stale(current: Workflow) -> ApiError:
    described = describe_stored(current.draft, current.workspace_id, current.pk)
    return ApiError(
        409,
        "stale_draft",
        "This app was changed in another window or by someone else.",
        hint="Take over the newer state, or save yours over it.",
        extra={
            "current": {
                "revision": current.revision,
                "graph": current.draft,
                "shapes": described.shapes,
                "problems": described.problems,
                "updated_at": current.updated_at,
            }
        },
    )


def _free_slug(workspace_id: uuid.UUID, name: str) -> str:
    base = slug_of(name)
    taken = set(
        Workflow.objects.for_workspace(workspace_id)
        .filter(slug__startswith=base)
        .values_list("slug", flat=True)
    )
    number = 2
    slug = base
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug


def slug_of(name: str) -> str:
    """`name` for an address: small Latin letters, digits and hyphens; `app` when none of it is left."""
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain_name).strip("-")[:50].strip("-") or "app"

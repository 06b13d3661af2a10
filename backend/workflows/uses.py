"""Which apps use which: found by the id that stands in a stored graph, then made sure of by reading it.

An app's id is looked for in the text of the graphs first, in the database: apps that use none cost nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from backend.workflows.called import read_key
from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import GraphError, graph_from_json
from nodes.sdk.shapes import calls_of

VersionAt = tuple[uuid.UUID, int]
"""A published version: of which app, and its number."""


def users_of(workflow: Workflow) -> list[dict[str, Any]]:
    """The other apps that use `workflow`, in their draft or in what is published of them, by name."""
    workspace_id = workflow.workspace_id
    others = Workflow.objects.for_people(workspace_id).exclude(pk=workflow.pk)
    drafts = {pk for pk, draft in _naming(others, "draft", {workflow.pk}) if _uses(draft, workflow.pk)}
    versions = Version.objects.for_workspace(workspace_id).filter(is_published=True)
    found = [
        (app, number)
        for app, number, graph in _naming(versions, "graph", {workflow.pk}, "workflow_id", "number")
        if app != workflow.pk and _uses(graph, workflow.pk)
    ]
    offers = publications_of({app for app, _ in found}) if found else {}
    offered = {app for app, number in found if app in offers and offers[app].version_number == number}
    names = others.filter(pk__in=drafts | offered).order_by("name", "pk").values_list("pk", "name")
    return [
        {"id": pk, "name": name, "in_draft": pk in drafts, "is_published": pk in offered}
        for pk, name in names
    ]


def versions_that_reach(
    workspace_id: uuid.UUID, workflow_id: uuid.UUID, latest: dict[uuid.UUID, int]
) -> set[VersionAt]:
    """The published versions that come to use `workflow_id`, directly or by way of others.

    `latest` says which version of an app stands for its latest one. A query for each level; most often one.
    """
    reach: set[VersionAt] = set()
    versions = Version.objects.for_workspace(workspace_id).filter(is_published=True)
    todo = {workflow_id}
    while todo:
        new: set[uuid.UUID] = set()
        for app, number, graph in _naming(versions, "graph", todo, "workflow_id", "number"):
            if (app, number) not in reach and _reaches(graph, workflow_id, reach, latest):
                reach.add((app, number))
                new.add(app)
        todo = new
    return reach


def _reaches(graph: Any, workflow_id: uuid.UUID, reach: set[VersionAt], latest: dict[uuid.UUID, int]) -> bool:
    calls = [(app, latest.get(app) if number is None else number) for app, number in _calls(graph)]
    return any(app == workflow_id or (app, number) in reach for app, number in calls)


def _uses(graph: Any, workflow_id: uuid.UUID) -> bool:
    return any(app == workflow_id for app, _ in _calls(graph))


def _calls(graph: Any) -> list[tuple[uuid.UUID, int | None]]:
    """What a stored graph calls, None standing for the latest; nothing if nobody can read it any more."""
    try:
        keys = calls_of(graph_from_json(graph), installed_catalogue())
    except GraphError:
        return []
    return [parts for key in keys if (parts := read_key(key)) is not None]


def _naming(
    rows: QuerySet[Any, Any], field: str, ids: Collection[uuid.UUID], *keys: str
) -> Iterable[tuple[Any, ...]]:
    """Of those rows whose `field` holds one of `ids` somewhere in its text: the keys, and the field."""
    names = Q()
    for one in ids:
        names |= Q(as_text__contains=str(one))
    found = rows.annotate(as_text=Cast(field, TextField())).filter(names)
    return found.values_list(*(keys or ("pk",)), field)

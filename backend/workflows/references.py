"""The apps that a workflow's steps use, as a file names them: by slug, with name and id beside it.

An id means something in one workspace only. A file is read elsewhere too, and by people.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from backend.workflows.fields import fields_with
from backend.workflows.models import Workflow
from nodes.sdk.files import AppNamed
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.shapes import all_nodes


def with_names(workspace_id: uuid.UUID, graph: Graph) -> tuple[Graph, dict[str, AppNamed]]:
    """`graph` with slugs for the ids of the apps it uses, and what else is known of these, by slug.

    What is not in the workspace stays as it is.
    """
    ids = {one for name in _named(graph) if (one := _id(name)) is not None}
    if not ids:
        return graph, {}
    rows = Workflow.objects.for_people(workspace_id).filter(pk__in=ids).values_list("pk", "slug", "name")
    slugs = {str(pk): slug for pk, slug, _ in rows}
    apps = {slug: AppNamed(name=name, id=str(pk)) for pk, slug, name in rows}
    return _renamed(graph, lambda name: slugs.get(str(_id(name)), name)), apps


def with_ids(workspace_id: uuid.UUID, graph: Graph, apps: Mapping[str, AppNamed]) -> Graph:
    """`graph` with the ids of this workspace's apps for what a file calls them.

    An app is found by the id that the file knows it by, else by its slug, else by a name that only one has.
    One that is not here keeps what the file calls it: the step then has a problem that says so.
    """
    named = set(_named(graph))
    if not named:
        return graph
    rows = list(Workflow.objects.for_people(workspace_id).values_list("pk", "slug", "name"))
    by_id = {str(pk): str(pk) for pk, _, _ in rows}
    by_slug = {slug: str(pk) for pk, slug, _ in rows}
    by_name = {name: [str(pk) for pk, _, its in rows if its == name] for _, _, name in rows}

    def find(called: str) -> str:
        known = apps.get(called, AppNamed(name=called))
        same_name = by_name.get(known.name, [])
        return (
            by_id.get(known.id)
            or by_id.get(str(_id(called)))
            or by_slug.get(called)
            or (same_name[0] if len(same_name) == 1 else called)
        )

    return _renamed(graph, find)


def _named(graph: Graph) -> Iterator[str]:
    for node in all_nodes(graph):
        for field in fields_with(node.type, "workflow"):
            name = node.config.get(field)
            if isinstance(name, str) and name:
                yield name


def _renamed(graph: Graph, rename: Callable[[str], str]) -> Graph:
    def one(node: GraphNode) -> GraphNode:
        config = dict(node.config)
        for field in fields_with(node.type, "workflow"):
            name = config.get(field)
            if isinstance(name, str) and name:
                config[field] = rename(name)
        return replace(node, config=config, body=None if node.body is None else _renamed(node.body, rename))

    return replace(graph, nodes={node_id: one(node) for node_id, node in graph.nodes.items()})


def _id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None

"""Apps that use other apps: which version stands for each, and what is wrong with the choice.

Only apps of the same workspace count. Another's, a deleted one and one that never was are told alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from backend.workflows.asked import asked_fields
from backend.workflows.fields import fields_with
from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from nodes.sdk.catalogue import Catalogue, installed_catalogue
from nodes.sdk.graph import Graph, GraphError, GraphNode, graph_from_json
from nodes.sdk.inputs import is_empty
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes, calls_of, current_config, name_of

MOST_DEEP = 8
LATEST = "latest"


@dataclass
class Found:
    """The versions that stand for `<id>@<latest|number>`, by that; and their graphs, by the version's id.

    What is not there is left out.
    """

    versions: dict[str, str] = field(default_factory=dict)
    graphs: dict[str, Graph] = field(default_factory=dict)


def find_called(workspace_id: uuid.UUID, graph: Graph, catalogue: Catalogue | None = None) -> Found:
    """All that `graph` may come to run, level by level, in a query or two for each."""
    catalogue = catalogue or installed_catalogue()
    found = Found()
    asked: set[str] = set()
    todo = calls_of(graph, catalogue)
    for _ in range(MOST_DEEP):
        asked |= todo
        rows = _versions(workspace_id, todo)
        found.versions |= {key: str(row.pk) for key, row in rows.items()}
        graphs = read_graphs(rows.values())
        found.graphs |= graphs
        todo = {key for inner in graphs.values() for key in calls_of(inner, catalogue)} - asked
        if not todo:
            break
    return found


def load_called(workspace_id: uuid.UUID, version_ids: Iterable[str]) -> dict[str, Graph]:
    """The graphs of versions that a run found when it began; what was deleted since is left out."""
    return read_graphs(Version.objects.for_workspace(workspace_id).filter(pk__in=list(version_ids)))


def read_graphs(rows: Iterable[Version]) -> dict[str, Graph]:
    """The graphs of versions by id, without those that nobody can read any more."""
    graphs: dict[str, Graph] = {}
    for row in rows:
        try:
            graphs[str(row.pk)] = graph_from_json(row.graph)
        except GraphError:
            continue
    return graphs


def called_problems(workspace_id: uuid.UUID, graph: Graph, workflow_id: uuid.UUID | None) -> list[Problem]:
    """What is wrong with the apps that `graph`, a draft of `workflow_id`, uses."""
    catalogue = installed_catalogue()
    if not calls_of(graph, catalogue):
        return []
    found = find_called(workspace_id, graph, catalogue)
    inner = {
        key: calls_of(found.graphs[version], catalogue) if version in found.graphs else set()
        for key, version in found.versions.items()
    }
    problems: list[Problem] = []
    for node in all_nodes(graph):
        kind = catalogue.types.get(node.type)
        try:
            key = kind.calls(current_config(node, kind)) if kind is not None else None
        except Exception:  # a form that is only half filled; its own check says so
            key = None
        if key is None:
            continue
        code, message, hint = _fault(key, inner, str(workflow_id or ""))
        if code:
            name = name_of(node, catalogue)
            values = {"node": name, "app": _called(key)}
            problems.append(Problem(code, message, hint, node=node.id, field="workflow", values=values))
        elif key in found.versions and found.versions[key] in found.graphs:
            problems += _not_given(node, found.graphs[found.versions[key]], catalogue)
    return problems


def _fault(key: str, inner: dict[str, set[str]], workflow_id: str) -> tuple[str, str, str]:
    """What is wrong with what is called by `key`: code, message, hint. All three are empty if it is fine."""
    if not _is_id(_called(key)):
        return (
            "workflow_not_here",
            f"This step uses the app {_called(key)!r}, which is not here.",
            "Bring that app into this workspace and choose it in the step, or choose another one.",
        )
    if key not in inner and key.rpartition("@")[0] != workflow_id:
        if key.endswith(f"@{LATEST}"):
            return (
                "workflow_missing",
                "The app that this step uses is not there, or not published.",
                "Publish that app, or choose another one in the step.",
            )
        return (
            "workflow_version_missing",
            "The chosen version of the app is not there.",
            "Choose another version in the step.",
        )
    if _closes_a_circle(key, inner, workflow_id):
        return (
            "workflow_cycle",
            "This app uses itself, by way of the apps that it uses.",
            "Choose another app in this step.",
        )
    if _depth(key, inner) > MOST_DEEP:
        return (
            "too_deep",
            f"Apps use one another more than {MOST_DEEP} levels deep.",
            "Let an app further up do some of the work itself.",
        )
    return "", "", ""


def _not_given(node: GraphNode, called: Graph, catalogue: Catalogue) -> list[Problem]:
    """What the app that `node` calls must be given, and is not: that step could only fail."""
    problems: list[Problem] = []
    for at in fields_with(node.type, "workflow-inputs"):
        given = node.config.get(at)
        values = given if isinstance(given, dict) else {}
        for asked in asked_fields(called, catalogue):
            name = str(asked["name"])
            if asked.get("required") and is_empty(asked.get("default")) and is_empty(values.get(name)):
                label = str(asked.get("label") or name)
                problems.append(
                    Problem(
                        "called_input_missing",
                        f"The app needs {label!r}.",
                        "Fill it in, or choose information for it.",
                        node=node.id,
                        field=f"{at}.{name}",
                        values={"input": label},
                    )
                )
    return problems


def _called(key: str) -> str:
    return key.rpartition("@")[0][:60]


def _is_id(text: str) -> bool:
    """Files name apps by words; what is not found when one is brought in stays as it was."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _closes_a_circle(key: str, inner: dict[str, set[str]], workflow_id: str) -> bool:
    """Whether from `key` on an app is reached that stands further up, the one asked about included."""
    done: set[str] = set()
    todo: list[tuple[str, frozenset[str]]] = [(key, frozenset({workflow_id}))]
    while todo:
        here, around = todo.pop()
        app = here.rpartition("@")[0]
        if app in around:
            return True
        if here in done:
            continue
        done.add(here)
        todo += [(next_key, around | {app}) for next_key in inner.get(here, ())]
    return False


def _depth(key: str, inner: dict[str, set[str]]) -> int:
    """How many levels `key` and what it uses are, as far as it matters. There are no circles."""
    level, deep = {key}, 0
    while level and deep <= MOST_DEEP:
        deep += 1
        level = {next_key for here in level for next_key in inner.get(here, ())}
    return deep


def _versions(workspace_id: uuid.UUID, keys: Iterable[str]) -> dict[str, Version]:
    """The version that stands for each key, where there is one in the workspace."""
    wanted = {key: parts for key in keys if (parts := read_key(key)) is not None}
    apps = {app for app, _ in wanted.values()}
    if not apps:
        return {}
    own = set(Workflow.objects.for_people(workspace_id).filter(pk__in=apps).values_list("pk", flat=True))
    latest = [app for app, number in wanted.values() if number is None and app in own]
    offers = publications_of(latest) if latest else {}
    numbers: dict[str, tuple[uuid.UUID, int]] = {}
    for key, (app, number) in wanted.items():
        if number is None and app in offers and offers[app].is_enabled:
            numbers[key] = (app, offers[app].version_number)
        elif number is not None and app in own:
            numbers[key] = (app, number)
    rows = Version.objects.for_workspace(workspace_id).filter(
        workflow__in={app for app, _ in numbers.values()},
        number__in={number for _, number in numbers.values()},
        is_published=True,
    )
    known = {(row.workflow_id, row.number): row for row in rows}
    return {key: known[at] for key, at in numbers.items() if at in known}


def read_key(key: str) -> tuple[uuid.UUID, int | None] | None:
    """Which app `<id>@<latest|number>` calls, and by which number; None if it is no such key."""
    app, _, version = key.rpartition("@")
    try:
        return uuid.UUID(app), None if version == LATEST else _number(version)
    except ValueError:
        return None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)

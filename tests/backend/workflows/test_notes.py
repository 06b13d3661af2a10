"""Notes and groups of a draft: kept wherever it goes, and never seen by a run."""

import copy
from typing import Any

from backend.workflows.graphs import hash_of
from backend.workflows.models import Version, Workflow
from backend.workflows.services import freeze, graph_of, pin_draft, restore_version
from nodes.sdk.graph import graph_from_json
from nodes.sdk.redrawn import redrawn
from tests.conftest import Person

JSON, YAML = "application/json", "application/yaml"
NOTE = {
    "id": "note_1",
    "text": "**Ask Mei** before you change this. <img src=x onerror=alert(1)>",
    "colour": "pink",
    "position": {"x": -40, "y": 300.5},
    "size": {"width": 320, "height": 120},
}


def create(person: Person) -> dict[str, Any]:
    return person.client.post("/api/workflows", {"template": "chat"}, content_type=JSON).json()


def with_notes(graph: dict[str, Any]) -> dict[str, Any]:
    ids = [node["id"] for node in graph["nodes"]]
    group = {"id": "group_1", "title": "Talking", "colour": "green", "nodes": ids[:2]}
    return copy.deepcopy(graph) | {"notes": [NOTE], "groups": [group]}


def save(person: Person, workflow: dict[str, Any], graph: dict[str, Any]) -> dict[str, Any]:
    body = {"revision": workflow["revision"], "graph": graph}
    answer = person.client.put(f"/api/workflows/{workflow['id']}/draft", body, content_type=JSON)
    assert answer.status_code == 200, answer.content
    return person.client.get(f"/api/workflows/{workflow['id']}").json()


def test_what_was_saved_is_read_again(owner: Person) -> None:
    workflow = create(owner)
    drawn = with_notes(workflow["graph"])

    saved = save(owner, workflow, drawn)

    assert saved["graph"]["notes"] == [NOTE]
    assert saved["graph"]["groups"] == drawn["groups"]
    assert saved["problems"] == workflow["problems"]


def test_a_draft_without_them_says_that_there_are_none(owner: Person) -> None:
    graph = create(owner)["graph"]

    assert (graph["notes"], graph["groups"]) == ([], [])
    assert Workflow.objects.get().draft.keys() == {"nodes", "edges"}


def test_a_run_does_not_see_them(owner: Person) -> None:
    workflow = create(owner)
    before = pin_draft(Workflow.objects.get())

    saved = save(owner, workflow, with_notes(workflow["graph"]))
    now = Workflow.objects.get()
    bare, noted = graph_from_json(workflow["graph"]), graph_from_json(saved["graph"])

    assert hash_of(saved["graph"]) == hash_of(workflow["graph"])
    assert pin_draft(now).pk == before.pk
    assert redrawn(bare, noted) == []


def test_a_version_keeps_them_and_gives_them_back(owner: Person) -> None:
    workflow = create(owner)
    save(owner, workflow, with_notes(workflow["graph"]))
    freeze(Workflow.objects.get())
    now = owner.client.get(f"/api/workflows/{workflow['id']}").json()
    save(owner, now, workflow["graph"])

    shown = owner.client.get(f"/api/workflows/{workflow['id']}/versions/1").json()
    restored = restore_version(Workflow.objects.get(), number=1)

    assert shown["graph"]["notes"] == [NOTE]
    assert [note.text for note in graph_of(Version.objects.get()).notes] == [NOTE["text"]]
    assert restored.draft["notes"] == [NOTE]


def test_a_file_takes_them_along(owner: Person, stranger: Person) -> None:
    workflow = create(owner)
    drawn = save(owner, workflow, with_notes(workflow["graph"]))["graph"]
    text = owner.client.get(f"/api/workflows/{workflow['id']}/export").content

    imported = stranger.client.post("/api/workflows/import", text, content_type=YAML).json()

    assert imported["graph"]["notes"] == drawn["notes"]
    assert imported["graph"]["groups"] == drawn["groups"]

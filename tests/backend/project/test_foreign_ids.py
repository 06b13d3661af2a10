"""Ids of another workspace inside bodies, questions and graphs: as if they named nothing."""

import re
import uuid
from itertools import pairwise
from typing import Any

import pytest

from backend.accounts.workspace_secrets import open_secrets
from backend.knowledge.services import missing_knowledge
from backend.providers.services import lookup
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.errors import NodeError
from tests.backend.project.walk.routes import BODIES, ROUTES, Route, body_fields
from tests.backend.project.walk.world import CANARY, furnish, heard, mark, snapshot
from tests.conftest import Person

JSON = "application/json"
NAMES_SOMETHING = re.compile(r"(_|\A)(ids?|model|secret|knowledge|workflow|slug)\Z")
# Fields of bodies that name something of a workspace: what they are sent with is Anna's.
IN_BODIES = {
    ("post", "/api/workflows/{workflow_id}/runs", "conversation_id"),
    ("put", "/api/workflows/{workflow_id}/pins/{node_id}", "from_run"),
    ("put", "/api/session/workspace", "workspace_id"),
    ("put", "/api/models/default", "model"),
    ("put", "/api/models/rules", "model"),
    ("post", "/api/models/tools/check", "model"),
    ("post", "/api/models/tools/cancel", "model"),
    ("post", "/api/models/test", "model"),
    ("post", "/api/models/test", "connection"),
    ("post", "/api/tools", "secret"),
    ("put", "/api/tools/{source_id}", "secret"),
}
# Those that only look so.
MEANT_OTHERWISE = {
    ("put", "/api/workflows/{workflow_id}/draft", "graph"): "walked below, by the catalogue",
    ("post", "/api/knowledge/{knowledge_id}/search", "rank_model"): "a step's, which does without",
    ("post", "/api/tools/{source_id}/sign-in", "client_id"): "of the other server",
    ("post", "/api/tools/{source_id}/sign-in", "client_secret"): "of the other server",
    ("patch", "/api/workflows/{workflow_id}/publication", "slug"): "a new name for one's own app",
    ("put", "/api/tools/{source_id}", "second.secret"): "inside, which test_openapi_sources sends",
    ("put", "/api/tools/{source_id}/choice", "tools.id"): "in a list, which test_openapi_sources sends",
}
# Parameters behind a ? that name something.
IN_QUERIES = {
    ("get", "/api/workflows/{workflow_id}/memories", "ref"),
    ("delete", "/api/workflows/{workflow_id}/memories", "ref"),
    ("get", "/api/audit", "who_id"),
    ("get", "/api/audit", "thing_id"),
    ("get", "/api/workflows/usable", "within"),
    ("get", "/api/knowledge/{knowledge_id}/documents/{document_id}/chunks", "around"),
}
NO_NAMES = {
    "audience",
    "days",
    "runs_days",
    "runs_mb",
    "limit",
    "only",
    "offset",
    "start",
    "before",
    "group",
    "since",
    "until",
    "after",
    "name",
    "version",
    "download",
    "tries",
    "with_sample_data",
}
# Form fields by what their widget offers: things of the workspace, or nothing of anyone's.
NAMING_WIDGETS = {"model", "knowledge", "secret", "workflow", "source-tool"}
OTHER_WIDGETS = {
    "template", "text", "number", "toggle", "select", "conditions", "rule", "schema", "variable", "inputs",
    "rows", "json", "code", "list", "key-value", "workflow-version",
    "workflow-inputs", "document-filter", "tool-arguments", "none",
}  # fmt: skip


@pytest.fixture
def hers(owner: Person) -> dict[str, object]:
    """The ids of Anna's things; each text among them holds a canary."""
    ids = furnish(owner)
    mark(owner)
    connection = owner.client.get("/api/models").json()["connections"][0]
    secret = owner.client.get("/api/secrets").json()["secrets"][0]
    source = owner.client.get("/api/tools").json()["sources"][0]
    return {
        **ids,
        "within": ids["workflow_id"],
        "workspace_id": owner.workspace.pk,
        "model": f"{connection['name']}/{connection['models'][0]}",
        "connection": connection["id"],
        "secret": secret["name"],
        "knowledge": [str(ids["knowledge_id"])],
        "workflow": str(ids["workflow_id"]),
        "source-tool": {"source": source["id"], "name": source["tools"][0]["name"]},
        "who_id": owner.user.pk,
        "ref": owner.user.pk,
        "thing_id": ids["secret_id"],
        "around": ids["chunk_id"],
    }


def by_key(method: str, path: str) -> Route:
    return next(route for route in ROUTES if route.key == (method, path))


def test_the_walk_knows_every_field_that_names_something():
    in_bodies = {
        (*route.key, field)
        for route in ROUTES
        for field, schema in body_fields(route)
        if NAMES_SOMETHING.search(field.rpartition(".")[2])
        or "uuid" in str(schema.get("format", "")) + str(schema.get("anyOf", ""))
    }
    in_queries = {
        (*route.key, parameter["name"])
        for route in ROUTES
        for parameter in route.operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] not in NO_NAMES
    }

    assert in_bodies - MEANT_OTHERWISE.keys() == IN_BODIES, (
        "Say in IN_BODIES or MEANT_OTHERWISE what it names."
    )
    assert in_queries == IN_QUERIES, "Say in IN_QUERIES or NO_NAMES whether it names something."


@pytest.mark.parametrize(("method", "path", "field"), sorted(IN_BODIES))
def test_an_id_of_anothers_in_a_body_is_as_if_it_was_not(
    owner: Person, stranger: Person, hers: dict[str, object], method: str, path: str, field: str
):
    route, own = by_key(method, path), furnish(stranger)
    nothing = "nothing/at-all" if field == "model" else str(uuid.uuid4())
    before = snapshot(owner.workspace)

    foreign, none = (
        route.ask(stranger.client, own, {**BODIES.get(route.key, {}), field: value})
        for value in (str(hers[field]), nothing)
    )

    assert foreign.status_code in (404, 422)
    assert foreign.content.decode().replace(str(hers[field]), "?") == none.content.decode().replace(
        nothing, "?"
    )
    assert CANARY not in heard(foreign).replace(str(hers[field]), "")
    assert snapshot(owner.workspace) == before


@pytest.mark.parametrize(("method", "path", "name"), sorted(IN_QUERIES))
def test_an_id_of_anothers_behind_a_question_mark_finds_nothing(
    stranger: Person, hers: dict[str, object], method: str, path: str, name: str
):
    own = furnish(stranger)
    url = path.format(**own)

    answer = stranger.client.get(url, {name: str(hers[name])})

    assert CANARY not in heard(answer)
    if answer.status_code == 200:
        nothing = stranger.client.get(url, {name: str(uuid.uuid4())})
        assert answer.json().get("entries", []) == []
        assert (nothing.status_code, nothing.content) == (200, answer.content)
    else:
        assert answer.status_code == 404


def fields_that_name() -> list[tuple[str, str, str]]:
    """(node type, field, widget) of every field of every step that names something of the workspace."""
    found = []
    for node in load_catalogue().describe():
        for field, schema in node["config"].get("properties", {}).items():
            widget = schema.get("x-ui", {}).get("widget", "none")
            if widget in NAMING_WIDGETS:
                found.append((node["type"], field, widget))
            elif widget not in OTHER_WIDGETS:
                pytest.fail(f"Does the widget {widget!r} name something of a workspace? Say so in this file.")
    return found


def test_every_naming_widget_is_walked():
    assert {widget for _, _, widget in fields_that_name()} == NAMING_WIDGETS


def graph_naming(type_name: str, field: str, value: Any) -> dict[str, Any]:
    """A graph with one step whose field names `value`, on its own and inside a repeat."""
    step = {"id": f"{type_name}_1", "type": type_name, "config": {field: value}}
    inner = {"nodes": [{**step, "id": f"{type_name}_2"}], "edges": []}
    repeat = {"id": "each_1", "type": "each", "config": {"items": "{{ start_1.query }}"}, "body": inner}
    nodes = [{"id": "start_1", "type": "start"}, step, repeat, {"id": "answer_1", "type": "answer"}]
    ids = [node["id"] for node in nodes]
    return {
        "nodes": nodes,
        "edges": [{"source": a, "target": b} for a, b in pairwise(ids)],
    }


def nothing_like(widget: str) -> Any:
    """What is named in place of Anna's thing to compare with: the same form, and nobody's."""
    return {
        "model": "nothing/at-all",
        "knowledge": [str(uuid.uuid4())],
        "secret": "Nothing",
        "workflow": str(uuid.uuid4()),
        "source-tool": {"source": str(uuid.uuid4()), "name": "nothing"},
    }[widget]


def words_of(value: Any) -> list[str]:
    """The texts in what is named."""
    if isinstance(value, dict):
        return [str(one) for one in value.values()]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize(("type_name", "field", "widget"), fields_that_name())
def test_a_graph_that_names_what_is_anothers_learns_nothing_when_saved_or_published(
    owner: Person, stranger: Person, hers: dict[str, object], type_name: str, field: str, widget: str
):
    own = furnish(stranger)
    path = f"/api/workflows/{own['workflow_id']}"
    before = snapshot(owner.workspace)
    said = []

    for value in (hers[widget], nothing_like(widget)):
        revision = stranger.client.get(path).json()["revision"]
        body = {"revision": revision, "graph": graph_naming(type_name, field, value)}
        answers = [
            stranger.client.put(f"{path}/draft", body, JSON),
            stranger.client.post(f"{path}/publish", {}, JSON),
            stranger.client.get("/api/secrets"),
        ]
        assert answers[0].status_code == 200, answers[0].content
        text = "\n".join(heard(answer) for answer in answers)
        for named in words_of(value):
            text = text.replace(named, "")
        assert CANARY not in text
        codes = [problem["code"] for problem in answers[0].json()["problems"]]
        said.append((codes, [answer.status_code for answer in answers]))

    assert said[0] == said[1]
    assert snapshot(owner.workspace) == before


def test_what_a_worker_asks_for_is_asked_in_the_runs_own_workspace(stranger: Person, hers: dict[str, object]):
    ours = stranger.workspace.pk

    with pytest.raises(NodeError) as refused:
        lookup(ours, str(hers["model"]))

    assert refused.value.code == "model_missing"
    assert open_secrets(ours) == []
    assert missing_knowledge(ours, [str(hers["knowledge_id"])]) == {str(hers["knowledge_id"])}

"""Workflows over HTTP: made from templates, saved by compare-and-set, exported, imported, restored."""

import copy
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.workflows import services
from backend.workflows.graphs import hash_of
from backend.workflows.models import Version, Workflow
from backend.workflows.services import freeze, pin_draft
from tests.conftest import Person

JSON = "application/json"
YAML = "application/yaml"


def create(person: Person, template: str = "chat", **body: str) -> dict[str, Any]:
    answer = person.client.post("/api/workflows", {"template": template, **body}, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def save(person: Person, workflow: dict[str, Any], graph: Any, revision: int | None = None) -> Any:
    body = {"revision": revision or workflow["revision"], "graph": graph}
    return person.client.put(f"/api/workflows/{workflow['id']}/draft", body, content_type=JSON)


TEMPLATES = [
    "chat",
    "my-documents",
    "support-desk",
    "sort-messages",
    "quote",
    "staff-handbook",
    "approve-purchases",
    "weekly-report",
    "read-messages",
    "translate",
    "work-through-list",
    "web-service",
    "research",
    "specialists",
    "supervisor",
    "empty",
]
WITH_DOCUMENTS = {
    "my-documents",
    "support-desk",
    "staff-handbook",
    "translate",
    "research",
    "specialists",
    "supervisor",
}


def test_the_templates_are_listed_in_their_order(viewer: Person) -> None:
    found = viewer.client.get("/api/templates").json()["templates"]

    assert [template["slug"] for template in found] == TEMPLATES
    assert all(template["title"]["en"] and template["title"]["zh"] for template in found)
    assert all(template["nodes"] for template in found)
    assert {template["slug"]: template["needs_model"] for template in found if template["needs_model"]} == {
        "chat": ["zh"],
        "translate": ["en", "zh"],
        "work-through-list": ["zh"],
        "web-service": ["zh"],
    }
    assert [template["slug"] for template in found if template["questions"] == 0] == ["empty"]
    assert {template["group"] for template in found} == {"basics", "customers", "team", "texts", "agents"}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_template_opens_without_errors(owner: Person, template: str, language: str) -> None:
    workflow = create(owner, template, language=language)

    assert workflow["problems"] == []
    assert set(workflow["shapes"]) >= {node["id"] for node in workflow["graph"]["nodes"]}
    assert workflow["revision"] == 1
    assert workflow["publication"] is None


def test_an_app_is_told_what_a_run_may_take_here_and_keeps_its_own_limits(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLE_MAX_STEPS", "70")
    monkeypatch.setenv("TREADLE_MAX_RUN_COST", "2.5")
    workflow = create(owner, "empty")
    graph = {**workflow["graph"], "limits": {"steps": 71, "tokens": 5}}

    saved = owner.client.put(
        f"/api/workflows/{workflow['id']}/draft", {"revision": 1, "graph": graph}, content_type=JSON
    )

    assert workflow["maximum"] == {"steps": 70, "wall_s": 1200, "tokens": None, "cost": 2.5}
    assert [p["field"] for p in saved.json()["problems"]] == ["limits.steps"]
    opened = owner.client.get(f"/api/workflows/{workflow['id']}").json()
    assert opened["graph"]["limits"] == {"steps": 71, "wall_s": None, "tokens": 5, "cost": None}


def test_a_template_is_named_in_the_language_asked_for(owner: Person) -> None:
    assert create(owner, "chat", language="zh")["name"] == "与模型对话"
    assert create(owner, "chat", name="  Front desk ")["name"] == "Front desk"


def test_the_steps_of_a_template_are_named_in_that_language_too(owner: Person) -> None:
    nodes = create(owner, "sort-messages", language="zh")["graph"]["nodes"]

    assert "回复账单问题" in [node["title"] for node in nodes]


def test_an_app_is_asked_what_its_template_asks(owner: Person) -> None:
    made = create(owner, "quote", language="zh")

    opened = owner.client.get(f"/api/workflows/{made['id']}").json()

    assert opened["setup"] == made["setup"]
    assert [(one["step"], one["field"]) for one in made["setup"]] == [
        ("template_1", "text"),
        ("ask_human_1", "message"),
        ("prompt_1", "system"),
    ]
    assert made["setup"][0]["label"] == {"en": "What does one person cost a month?", "zh": "每人每月多少钱？"}
    assert create(owner, "empty")["setup"] == []


def test_an_app_from_a_file_or_from_a_template_that_is_gone_asks_nothing(owner: Person) -> None:
    made = create(owner, "quote")
    file = owner.client.get(f"/api/workflows/{made['id']}/export").content
    imported = owner.client.post("/api/workflows/import", file, content_type=YAML).json()
    Workflow.objects.filter(pk=made["id"]).update(made_from="gone")

    assert imported["setup"] == []
    assert owner.client.get(f"/api/workflows/{made['id']}").json()["setup"] == []


def test_an_app_says_whether_the_practice_model_is_enough_for_its_template(owner: Person) -> None:
    made = {language: create(owner, "chat", language=language)["needs_model"] for language in ("en", "zh")}

    assert made == {"en": False, "zh": True}


def attempt(person: Person, template: str, **body: str) -> Any:
    return person.client.post("/api/templates/try", {"template": template, **body}, content_type=JSON)


def test_a_template_is_tried_in_an_app_that_no_list_shows(owner: Person, editor: Person) -> None:
    tried = attempt(owner, "support-desk", language="zh").json()
    again = attempt(editor, "support-desk", language="zh").json()
    other = attempt(owner, "support-desk").json()

    assert tried["id"] == again["id"] != other["id"]
    assert "查询订单" in [node["title"] for node in tried["graph"]["nodes"]]
    assert set(tried["shapes"]) >= {node["id"] for node in tried["graph"]["nodes"]}
    assert owner.client.get("/api/workflows").json()["workflows"] == []
    assert owner.client.get(f"/api/workflows/{tried['id']}").status_code == 404
    assert Workflow.objects.for_people(owner.workspace).count() == 0


def test_what_is_tried_takes_no_place_among_the_apps(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_WORKFLOWS", 1)
    assert attempt(owner, "empty").status_code == 200

    create(owner)
    refused = owner.client.post("/api/workflows", {"template": "chat"}, content_type=JSON)

    assert refused.json()["error"]["code"] == "too_many_workflows"
    assert attempt(owner, "chat").status_code == 200


def test_what_is_tried_is_the_template_as_it_is_now(owner: Person) -> None:
    tried = attempt(owner, "empty").json()
    older = {"nodes": [{"id": "start_1", "type": "start"}], "edges": []}
    Workflow.objects.filter(pk=tried["id"]).update(draft=older, draft_hash=hash_of(older))

    now = attempt(owner, "empty").json()

    assert now == tried


def test_only_who_may_try_drafts_tries_templates_that_there_are(owner: Person, viewer: Person) -> None:
    assert attempt(viewer, "empty").status_code == 403
    assert attempt(owner, "nothing").status_code == 404
    assert Workflow.objects.count() == 0


def test_names_may_repeat_and_slugs_do_not(owner: Person) -> None:
    slugs = [create(owner, name="Müller & Söhne")["slug"] for _ in range(3)]

    assert slugs == ["muller-sohne", "muller-sohne-2", "muller-sohne-3"]
    assert create(owner, name="客服")["slug"] == "app"


def test_an_unknown_template_is_404(owner: Person) -> None:
    answer = owner.client.post("/api/workflows", {"template": "../settings"}, content_type=JSON)

    assert answer.status_code == 404


def test_a_draft_saves_and_comes_back_as_it_was(owner: Person) -> None:
    workflow = create(owner)
    graph = copy.deepcopy(workflow["graph"])
    graph["nodes"][0]["position"] = {"x": 12.5, "y": -3}

    saved = save(owner, workflow, graph)

    assert saved.status_code == 200
    assert saved.json()["revision"] == 2
    assert owner.client.get(f"/api/workflows/{workflow['id']}").json()["graph"] == graph


def test_a_stale_save_changes_nothing_and_shows_what_is_there(owner: Person, editor: Person) -> None:
    workflow = create(owner)
    theirs = {"nodes": [{"id": "start_1", "type": "start"}], "edges": []}
    save(editor, workflow, theirs)

    late = save(owner, workflow, workflow["graph"])

    assert late.status_code == 409
    assert late.json()["error"]["code"] == "stale_draft"
    assert late.json()["current"]["revision"] == 2
    assert [node["id"] for node in late.json()["current"]["graph"]["nodes"]] == ["start_1"]
    assert set(late.json()["current"]) == {"revision", "graph", "shapes", "problems", "updated_at"}
    assert Workflow.objects.get().revision == 2


def test_an_unfinished_draft_is_saved_with_its_problems(owner: Person) -> None:
    workflow = create(owner)
    graph = {
        "nodes": [
            {"id": "start_1", "type": "start"},
            {"id": "answer_1", "type": "answer", "config": {"text": "{{ nobody_1.text }}"}},
            {"id": "branch_1", "type": "branch", "config": {"cases": "not a list yet"}},
        ],
        "edges": [{"source": "start_1", "target": "answer_1"}],
    }

    saved = save(owner, workflow, graph)

    assert saved.status_code == 200
    codes = {problem["code"] for problem in saved.json()["problems"]}
    assert "unknown_ref" in codes
    assert "bad_config" in codes


def test_a_name_changes_and_the_slug_stays(owner: Person) -> None:
    workflow = create(owner, name="One")

    answer = owner.client.patch(f"/api/workflows/{workflow['id']}", {"name": "Two"}, content_type=JSON)

    assert (answer.json()["name"], answer.json()["slug"]) == ("Two", "one")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, 7, None])
def test_a_bad_name_is_refused(owner: Person, name: object) -> None:
    workflow = create(owner)

    answer = owner.client.patch(f"/api/workflows/{workflow['id']}", {"name": name}, content_type=JSON)

    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "name"


def test_deleting_takes_the_versions_along(owner: Person) -> None:
    workflow = create(owner)
    freeze(Workflow.objects.get())

    assert owner.client.delete(f"/api/workflows/{workflow['id']}").status_code == 204
    assert owner.client.get(f"/api/workflows/{workflow['id']}").status_code == 404
    assert Version.objects.count() == 0


@pytest.mark.parametrize("template", [one for one in TEMPLATES if one not in WITH_DOCUMENTS])
def test_what_is_exported_imports_as_the_same_graph(owner: Person, stranger: Person, template: str) -> None:
    workflow = create(owner, template, name="Ein Name: mit # Zeichen")
    text = owner.client.get(f"/api/workflows/{workflow['id']}/export")

    imported = stranger.client.post("/api/workflows/import", text.content, content_type=YAML)

    assert text.headers["Content-Type"].startswith(YAML)
    assert imported.status_code == 201
    assert imported.json()["name"] == "Ein Name: mit # Zeichen"
    assert hash_of(imported.json()["graph"]) == hash_of(workflow["graph"])
    again = stranger.client.get(f"/api/workflows/{imported.json()['id']}/export")
    assert again.content == text.content


BAD_FILES = {
    "no_yaml": "{{{{",
    "a_list": "- 1\n- 2\n",
    "empty": "\n",
    "other_document": "name: x\n",
    "newer": "treadle: 99\nname: x\nnodes: {}\n",
    "python_tag": "treadle: 1\nname: !!python/object/apply:os.system ['true']\nnodes: {}\n",
    "unknown_field": "treadle: 1\nname: x\nnodes: {}\nworkspace: 1\n",
    "unknown_type": "treadle: 1\nname: x\nnodes:\n  a_1: {type: teleport}\n",
    "dangling_edge": "treadle: 1\nname: x\nnodes:\n  start_1: {type: start}\nedges:\n  - start_1 -> b_1\n",
    "number_too_large": f"treadle: 1\nname: x\nnodes:\n  a_1: {{type: start, config: {{x: {10**400}}}}}\n",
    "nul": 'treadle: 1\nname: "a\\0b"\nnodes:\n  start_1: {type: start}\n',
    "deep": "treadle: 1\nname: x\nnodes: " + "[" * 5_000,
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_words_and_nothing_is_made(owner: Person, name: str) -> None:
    answer = owner.client.post("/api/workflows/import", BAD_FILES[name], content_type=YAML)

    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["error"]["code"]
    assert answer.json()["error"]["message"].endswith(".")
    assert not Workflow.objects.exists()


def test_a_file_must_say_that_it_is_yaml_and_be_utf8(owner: Person) -> None:
    as_text = owner.client.post("/api/workflows/import", "treadle: 1", content_type="text/plain")
    latin = owner.client.post("/api/workflows/import", "name: ä".encode("latin-1"), content_type=YAML)

    assert as_text.status_code == 415
    assert latin.status_code == 400


@pytest.mark.parametrize(
    ("written", "becomes"),
    [('""', "App"), ('"  "', "App"), ('"Front\\r\\ndesk "', "Front desk"), (f'"{"x" * 99} y"', "x" * 99)],
)
def test_an_imported_app_has_a_name_of_one_line(owner: Person, written: str, becomes: str) -> None:
    text = f"treadle: 1\nname: {written}\nnodes:\n  start_1: {{type: start}}\n"

    answer = owner.client.post("/api/workflows/import", text, content_type=YAML)

    assert answer.status_code == 201, answer.content
    assert answer.json()["name"] == becomes


@pytest.mark.parametrize("title", [{"en": "Yes"}, 5, ["Yes"], True])
def test_a_way_out_with_an_odd_title_leaves_the_app_readable(owner: Person, title: object) -> None:
    """It is saved as unfinished, like other slips in a form, and must not lock the app up."""
    workflow = create(owner, "sort-messages")
    graph = workflow["graph"]
    branch = next(node for node in graph["nodes"] if node["type"] == "classify")
    branch["config"]["groups"][0]["title"] = title

    saved = save(owner, workflow, graph)
    opened = owner.client.get(f"/api/workflows/{workflow['id']}")

    assert (saved.status_code, opened.status_code) == (200, 200)
    port = opened.json()["shapes"][branch["id"]]["ports"][0]
    assert port["title"] == port["name"]
    assert [p for p in saved.json()["problems"] if p["severity"] == "error"]


def test_trial_runs_of_one_draft_share_a_version_wherever_its_nodes_stand(owner: Person) -> None:
    workflow = create(owner)
    first = pin_draft(Workflow.objects.get())
    moved = copy.deepcopy(workflow["graph"])
    moved["nodes"][0]["position"] = {"x": 99, "y": 99}
    save(owner, workflow, moved)

    second = pin_draft(Workflow.objects.get())

    assert first == second
    assert first.number is None


def test_versions_count_up_and_an_old_one_can_be_restored(owner: Person) -> None:
    workflow = create(owner, "chat")
    freeze(Workflow.objects.get(), note="First")
    save(owner, workflow, {"nodes": [{"id": "start_1", "type": "start"}], "edges": []})
    freeze(Workflow.objects.get())

    listed = owner.client.get(f"/api/workflows/{workflow['id']}/versions").json()["versions"]
    restored = owner.client.post(f"/api/workflows/{workflow['id']}/versions/1/restore")

    assert [(version["number"], version["note"]) for version in listed] == [(2, ""), (1, "First")]
    assert restored.json()["graph"] == workflow["graph"]
    assert restored.json()["revision"] == 3


def test_a_version_is_shown_with_its_graph_to_members_alone(
    owner: Person, viewer: Person, stranger: Person
) -> None:
    workflow = create(owner, "chat")
    freeze(Workflow.objects.get(), note="First")
    save(owner, workflow, {"nodes": [{"id": "start_1", "type": "start"}], "edges": []})
    address = f"/api/workflows/{workflow['id']}/versions/1"

    shown = viewer.client.get(address).json()

    assert (shown["number"], shown["note"], shown["graph"]) == (1, "First", workflow["graph"])
    assert stranger.client.get(address).status_code == 404


@pytest.mark.parametrize("number", ["0", "7", "9999999999999999999999"])
def test_a_version_that_is_not_there_is_404(owner: Person, number: str) -> None:
    workflow = create(owner)
    address = f"/api/workflows/{workflow['id']}/versions/{number}"

    assert owner.client.post(f"{address}/restore").status_code == 404
    assert owner.client.get(address).status_code == 404


def test_a_draft_with_errors_is_not_frozen(owner: Person) -> None:
    workflow = create(owner)
    graph = {"nodes": [{"id": "answer_1", "type": "answer", "config": {"text": "hi"}}], "edges": []}
    save(owner, workflow, graph)

    answer = owner.client.post(f"/api/workflows/{workflow['id']}/publish", {}, content_type=JSON)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "graph_has_problems"
    assert {problem["code"] for problem in answer.json()["problems"]} >= {"no_start"}


def test_the_list_needs_as_many_queries_for_twenty_as_for_one(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    create(owner)
    with django_assert_num_queries(5):
        owner.client.get("/api/workflows")
    for _ in range(19):
        create(owner)

    with django_assert_num_queries(5):
        listed = owner.client.get("/api/workflows").json()["workflows"]

    assert len(listed) == 20


def test_the_catalogue_is_sent_once(owner: Person) -> None:
    first = owner.client.get("/api/nodes")

    again = owner.client.get("/api/nodes", headers={"If-None-Match": first.headers["ETag"]})

    assert {"start", "prompt", "branch", "template", "answer"} <= {n["type"] for n in first.json()["nodes"]}
    assert again.status_code == 304
    assert again.content == b""


def test_a_picture_cannot_run_anything(owner: Person) -> None:
    picture = owner.client.get("/api/nodes/prompt/icon.svg")

    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert owner.client.get("/api/nodes/nothing/icon.svg").status_code == 404


def test_the_catalogue_is_for_members(anonymous: Client) -> None:
    assert anonymous.get("/api/nodes").status_code == 401

"""Going on from a step of a run that has ended, over HTTP and with a real worker."""

from typing import Any
from uuid import uuid4

import pytest

from backend.accounts.models import AuditEntry, Role, Workspace
from backend.files.models import UploadedFile
from backend.publish.services import publish_workflow
from backend.runs.models import Event, Message, Run, RunBlob, RunFile
from backend.runs.origins import origin_at
from backend.workflows.models import Version
from backend.workflows.services import pin_graph, save_draft
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, ECHO, Stack, graph, node
from tests.runs.test_api import post

ROUNDS = graph(
    [
        node("start"),
        {
            **node("each", items="{{ start_1.query }}", collect="{{ prompt_2.text }}"),
            "body": graph(
                [
                    node("prompt", 1, user="{{ each_1.item }}"),
                    node("prompt", 2, user="{{ prompt_1.text }}"),
                ],
                "prompt_1 -> prompt_2",
            ),
        },
        node("answer", text="{{ each_1.items }}"),
    ],
    "start_1 -> each_1",
    "each_1 -> answer_1",
)


@pytest.fixture(scope="module")
def anna(running: Stack) -> Person:
    return make_person("anna@forks.example", Workspace.objects.create(name="Anna's bakery"), Role.EDITOR)


@pytest.fixture(scope="module")
def app(running: Stack, anna: Person) -> Version:
    return running.app(CHAT, anna.workspace)


@pytest.fixture(scope="module")
def done(running: Stack, app: Version) -> Run:
    """A run of the app from its beginning to its end, for tests that add nothing to it."""
    return ask(running, app)


def ask(running: Stack, app: Version, query: str = "Hello") -> Run:
    return running.ended(running.say(app, query))


def fork(person: Person, run: Run, path: str, **body: Any) -> Any:
    return post(person.client, f"/api/runs/{run.pk}/fork", {"from": path, **body})


def forked(running: Stack, person: Person, run: Run, path: str, **body: Any) -> Run:
    answer = fork(person, run, path, **body)
    assert answer.status_code == 201, answer.content
    return running.ended(answer.json()["id"])


def facts(run: Run, kind: str = "node_started") -> dict[str, Any]:
    return dict(Event.objects.filter(run=run, type=kind).order_by("seq").values_list("path", "data"))


def test_what_came_before_is_kept_and_costs_nothing_again(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    answer = fork(anna, run, "answer_1")
    again = running.ended(answer.json()["id"])

    assert answer.json()["origin"] == {"run": str(run.pk), "path": "answer_1"}
    assert (again.status, again.answer) == ("succeeded", run.answer)
    assert [path for path, data in facts(again).items() if data.get("reused")] == ["start_1", "prompt_1"]
    assert run.usage["total_tokens"] > 0
    assert (again.usage or {}).get("total_tokens", 0) == 0
    assert anna.client.get(f"/api/runs/{again.pk}").json()["origin"]["path"] == "answer_1"


def test_the_audit_log_says_who_ran_again_what_from_where_and_none_of_what_was_edited(
    running: Stack, anna: Person, app: Version
):
    run = ask(running, app)
    output = {**facts(run, "node_succeeded")["prompt_1"]["output"], "text": "Good day!"}
    again = forked(running, anna, run, "answer_1", edits={"prompt_1": {"output": output}})

    entry = AuditEntry.objects.get(thing_id=str(again.pk), action="run.forked")
    assert (entry.who, entry.thing) == (anna.user.email, app.workflow.name)
    assert entry.details == {
        "of": str(run.pk), "path": "answer_1", "drawing": "origin", "only": False, "changed": ["prompt_1"],
    }  # fmt: skip


def test_the_named_step_and_what_hangs_on_it_run_again(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    again = forked(running, anna, run, "prompt_1")

    assert [path for path, data in facts(again).items() if not data.get("reused")] == ["prompt_1", "answer_1"]
    assert again.usage["total_tokens"] == run.usage["total_tokens"]


def test_what_a_step_gave_may_be_another(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    output = {**facts(run, "node_succeeded")["prompt_1"]["output"], "text": "Good day!"}
    again = forked(running, anna, run, "answer_1", edits={"prompt_1": {"output": output}})

    assert again.answer == "Good day!"
    assert facts(again, "node_succeeded")["prompt_1"]["edited"] is True
    assert (again.usage or {}).get("total_tokens", 0) == 0


def test_what_came_into_the_step_may_be_another_and_is_no_template(
    running: Stack, anna: Person, app: Version
):
    run = ask(running, app)
    again = forked(running, anna, run, "prompt_1", edits={"prompt_1": {"config": {"user": "{{ Bye }}"}}})

    assert again.answer == "You said: {{ Bye }}"
    assert facts(again)["prompt_1"]["edited"] is True


def test_another_message_runs_all_of_it_again(running: Stack, anna: Person, app: Version):
    again = forked(running, anna, ask(running, app), "answer_1", query="Bye")

    assert again.answer == "You said: Bye"
    assert not any(data.get("reused") for data in facts(again).values())


def test_a_round_may_be_gone_on_from_and_the_rounds_before_it_are_kept(running: Stack, anna: Person):
    run = ask(running, running.app(ROUNDS, anna.workspace), "a\nb\nc")
    given = {**facts(run, "node_succeeded")["each_1[1].prompt_1"]["output"], "text": "edited"}
    again = forked(running, anna, run, "each_1[1].prompt_2", edits={"each_1[1].prompt_1": {"output": given}})

    kept = {path for path, data in facts(again).items() if data.get("reused")}
    assert kept == {"start_1", "each_1[0].prompt_1", "each_1[0].prompt_2"}  # each_1 itself goes on
    assert again.outputs["answer"].splitlines() != run.outputs["answer"].splitlines()
    assert "You said: edited" in again.answer
    assert again.answer.count("You said: You said: ") == 2


def test_a_run_that_failed_is_gone_on_from_where_it_failed(running: Stack, anna: Person):
    drawn = graph(
        [
            node("start"),
            node("template", text="{{ vars.missing | json }}"),
            node("each", items="{{ vars.items }}", collect="{{ each_1.item }}"),
        ],
        "start_1 -> template_1",
        "template_1 -> each_1",
    )
    drawn["nodes"][2]["body"] = graph([node("template", 2, text="{{ each_1.item }}")])
    drawn["nodes"].append(node("answer", text="{{ each_1.items }}"))
    drawn["edges"].append({"source": "each_1", "port": "out", "target": "answer_1"})
    workflow = running.app(ROUNDS, anna.workspace).workflow
    run = ask(running, pin_graph(workflow, graph_from_json(drawn)))
    again = forked(running, anna, run, "each_1", edits={"each_1": {"config": {"items": ["x", "y"]}}})

    assert run.status == "failed"
    assert (again.status, again.answer.split()) == ("succeeded", ["x,", "y"])


def test_one_step_alone_runs_with_what_came_in(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    again = forked(running, anna, run, "prompt_1", only=True)

    assert again.status == "succeeded"
    assert set(facts(again)) == {"start_1", "prompt_1"}
    assert facts(again, "node_succeeded")["prompt_1"]["output"]["text"] == "You said: Hello"


def test_on_the_draft_of_now_what_was_changed_runs_again(running: Stack, anna: Person):
    app = running.app(CHAT, anna.workspace)
    run = ask(running, app)
    changed = {
        **CHAT,
        "nodes": [*CHAT["nodes"][:1], node("prompt", user="Now: {{ start_1.query }}"), CHAT["nodes"][2]],
    }
    save_draft(app.workflow, revision=app.workflow.revision, graph=graph_from_json(changed))
    again = forked(running, anna, run, "answer_1", version="draft")

    assert again.answer == "You said: Now: Hello"
    assert [path for path, data in facts(again).items() if data.get("reused")] == ["start_1"]


def test_on_the_draft_of_now_a_step_changed_in_a_round_leaves_what_came_before_it(
    running: Stack, anna: Person
):
    app = running.app(ROUNDS, anna.workspace)
    run = ask(running, app, "a\nb")
    each = ROUNDS["nodes"][1]
    inside = [each["body"]["nodes"][0], node("prompt", 2, user="Now: {{ prompt_1.text }}")]
    changed = {**ROUNDS, "nodes": [*ROUNDS["nodes"]]}
    changed["nodes"][1] = {**each, "body": {**each["body"], "nodes": inside}}
    save_draft(app.workflow, revision=app.workflow.revision, graph=graph_from_json(changed))
    again = forked(running, anna, run, "answer_1", version="draft")

    assert again.answer.count("Now: ") == 2
    kept = {path for path, data in facts(again, "node_succeeded").items() if data.get("reused")}
    assert kept == {"start_1", "each_1[0].prompt_1"}


def test_a_step_in_a_round_that_the_draft_has_no_more_cannot_be_gone_on_from(running: Stack, anna: Person):
    app = running.app(ROUNDS, anna.workspace)
    run = ask(running, app, "a")
    each = ROUNDS["nodes"][1]
    changed = {**ROUNDS, "nodes": [*ROUNDS["nodes"]]}
    changed["nodes"][1] = {**each, "config": {**each["config"], "collect": "{{ prompt_1.text }}"},
                           "body": graph([each["body"]["nodes"][0]])}  # fmt: skip
    save_draft(app.workflow, revision=app.workflow.revision, graph=graph_from_json(changed))
    answer = fork(anna, run, "each_1[0].prompt_2", version="draft")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_path")
    assert fork(anna, run, "each_1[0].prompt_1", version="draft").status_code == 201


def test_a_fork_of_a_visitors_run_is_a_trial_and_says_nothing_to_the_visitor(running: Stack, anna: Person):
    app = running.app(CHAT, anna.workspace)
    published = publish_workflow(workflow=app.workflow, by=anna.user).version
    run = running.ended(running.say(published, "Hello", audience="visitor", audience_ref="visitor-1"))
    again = forked(running, anna, run, "prompt_1")

    assert (again.audience, again.conversation_id) == ("member", None)
    assert again.version_id == published.pk
    assert Message.objects.filter(conversation=run.conversation).count() == 2


def test_a_run_that_is_under_way_cannot_be_gone_on_from(running: Stack, anna: Person, app: Version):
    run = running.say(app, "for ever")
    answer = fork(anna, run, "prompt_1")
    post(anna.client, f"/api/runs/{run.pk}/cancel")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "run_not_ended")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"from": "prompt_9"}, "unknown_path", "from"),
        ({"from": "prompt_1", "edits": {"each_1[0].x": {"output": {}}}}, "unknown_path", "edits.each_1[0].x"),
        ({"from": "answer_1", "edits": {"prompt_1": {}}}, "bad_edit", "edits.prompt_1"),
        ({"from": "answer_1", "edits": {"prompt_1": {"output": 5}}}, "bad_output", "edits.prompt_1.output"),
        (
            {"from": "answer_1", "edits": {"prompt_1": {"config": {"user": "x"}}}},
            "bad_edit",
            "edits.prompt_1",
        ),
        (
            {"from": "prompt_1", "edits": {"prompt_1": {"config": {"nobody": 1}}}},
            "bad_edit",
            "edits.prompt_1.config.nobody",
        ),
        ({"from": "prompt_1", "only": True, "query": "x"}, "bad_edit", "edits"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    anna: Person, done: Run, body: dict[str, Any], code: str, field: str
):
    answer = post(anna.client, f"/api/runs/{done.pk}/fork", body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["field"] == field


def test_it_takes_an_editor_of_the_same_workspace(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    viewer = make_person("vera@forks.example", anna.workspace, Role.VIEWER)
    stranger = make_person("sam@forks.example", Workspace.objects.create(name="Sam's"), Role.OWNER)

    assert fork(viewer, run, "prompt_1").status_code == 403
    assert fork(stranger, run, "prompt_1").status_code == 404
    assert post(anna.client, f"/api/runs/{uuid4()}/fork", {"from": "prompt_1"}).status_code == 404


def test_the_apps_that_it_uses_are_those_of_the_first_run(running: Stack, anna: Person):
    inner = running.app(ECHO, anna.workspace)
    publish_workflow(workflow=inner.workflow, by=anna.user)
    calls = node("sub_workflow", workflow=str(inner.workflow_id), query="{{ start_1.query }}")
    said = node("answer", text="{{ sub_workflow_1.answer }}")
    drawn = graph([node("start"), calls, said], "start_1 -> sub_workflow_1", "sub_workflow_1 -> answer_1")
    run = ask(running, running.app(drawn, anna.workspace))
    save_draft(inner.workflow, revision=inner.workflow.revision, graph=graph_from_json(CHAT))
    publish_workflow(workflow=inner.workflow, by=anna.user)
    again = forked(running, anna, run, "sub_workflow_1[0].template_1")

    assert (run.answer, again.answer) == ("Hello!", "Hello!")
    assert {path for path, data in facts(again).items() if data.get("reused")} == {
        "start_1",
        "sub_workflow_1[0].start_1",
    }


def test_large_values_are_kept_whole_and_held_by_both_runs(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    run = ask(running, app, "long " * 20_000)
    again = forked(running, anna, run, "answer_1")

    assert again.answer == run.answer == "long " * 20_000 + "!"
    assert RunBlob.objects.filter(run=again).count() > 0
    assert set(RunBlob.objects.filter(run=again).values_list("blob", flat=True)) <= set(
        RunBlob.objects.filter(run=run).values_list("blob", flat=True)
    )


def test_the_files_of_the_first_run_may_be_read(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    file = UploadedFile.objects.create(
        workspace=anna.workspace, workflow=app.workflow, audience="member", name="cv.txt", mime="text/plain",
        size_bytes=1, sha256="", file=uuid4().hex,
    )  # fmt: skip
    RunFile.objects.create(run=run, file=file)
    again = forked(running, anna, run, "answer_1")

    assert list(RunFile.objects.filter(run=again).values_list("file", flat=True)) == [file.pk]


def test_a_run_whose_origin_was_deleted_before_it_began_says_so(running: Stack, app: Version):
    gone = {"run": str(uuid4()), "path": "prompt_1"}
    run = running.ended(running.say(app, "Hello", origin=gone))

    assert (run.status, run.error["code"]) == ("failed", "origin_gone")


def test_a_fork_stands_in_the_list_of_runs_with_its_origin(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    again = forked(running, anna, run, "answer_1")
    listed = anna.client.get(f"/api/workflows/{app.workflow_id}/runs").json()["runs"]

    assert {one["id"]: one["origin"] for one in listed}[str(again.pk)] == {
        "run": str(run.pk),
        "path": "answer_1",
        "title": "",
        "type": "answer",
        "is_kept": True,
    }


def test_a_fork_says_when_the_run_it_came_from_is_gone(running: Stack, anna: Person, app: Version):
    run = ask(running, app)
    again = forked(running, anna, run, "answer_1")
    shown = f"/api/runs/{again.pk}"
    assert anna.client.get(shown).json()["origin"]["is_kept"] is True

    run.delete()

    assert anna.client.get(shown).json()["origin"]["is_kept"] is False
    listed = anna.client.get(f"/api/workflows/{app.workflow_id}/runs").json()["runs"]
    assert {one["id"]: one["origin"] for one in listed}[str(again.pk)]["is_kept"] is False


def test_a_fork_keeps_the_name_of_its_step_inside_another():
    inner = {"nodes": [{"id": "prompt_1", "title": "Judge"}]}
    graph = {"nodes": [{"id": "loop_1", "title": "Each", "body": inner}, {"id": "sub_1", "title": "Other"}]}
    run = Run(version=Version(graph=graph))

    named = [
        origin_at(run, path, "")["title"] for path in ("loop_1", "loop_1[2].prompt_1", "sub_1[0].prompt_1")
    ]

    assert named == ["Each", "Judge", ""]

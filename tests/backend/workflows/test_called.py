"""An app may use another app of its own workspace: checked when it is saved, published and run."""

import itertools
from typing import Any

import pytest

from backend.accounts.errors import ApiError
from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.workflows.called import find_called
from backend.workflows.graphs import describe
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow, delete_workflow, save_draft
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person


def drawn(*calls: dict[str, Any]) -> Any:
    """A start, an answer, and between them a step for each of `calls`."""
    nodes: list[dict[str, Any]] = [{"id": "start_1", "type": "start"}]
    nodes += [
        {"id": f"sub_{i}", "type": "sub_workflow", "config": config} for i, config in enumerate(calls, 1)
    ]
    nodes += [{"id": "answer_1", "type": "answer", "config": {"text": "Hello"}}]
    edges = [{"source": a["id"], "target": b["id"]} for a, b in itertools.pairwise(nodes)]
    return graph_from_json({"nodes": nodes, "edges": edges})


def app(person: Person, name: str, *calls: dict[str, Any], publish: bool = True) -> Workflow:
    made = create_workflow(workspace_id=person.workspace.pk, name=name, graph=drawn(*calls))
    if publish:
        publish_workflow(workflow=made, by=person.user, with_key=False)
    return made


def use(used: Workflow, version: Any = "latest") -> dict[str, Any]:
    return {"workflow": str(used.pk), "version": version}


def codes(person: Person, user: Workflow | None, *calls: dict[str, Any]) -> list[str]:
    described = describe(drawn(*calls), person.workspace.pk, user.pk if user else None)
    return [problem["code"] for problem in described.problems if problem["severity"] == "error"]


def test_an_app_uses_the_latest_published_version_or_one_by_its_number(owner: Person) -> None:
    inner = app(owner, "Inner")
    publish_workflow(workflow=inner, by=owner.user)

    found = find_called(owner.workspace.pk, drawn(use(inner), use(inner, 1)))

    numbers = {key.rpartition("@")[2]: inner.versions.get(pk=pk).number for key, pk in found.versions.items()}
    assert numbers == {"latest": 2, "1": 1}
    assert codes(owner, None, use(inner), use(inner, 1)) == []
    assert codes(owner, None, use(inner, 9)) == ["workflow_version_missing"]


def test_an_app_of_another_workspace_is_as_one_that_is_not_there(owner: Person, stranger: Person) -> None:
    theirs = app(stranger, "Theirs")
    mine = app(owner, "Mine", publish=False)
    save_draft(mine, revision=1, graph=drawn(use(theirs), use(theirs, 1)))
    mine.refresh_from_db()

    assert codes(owner, mine, use(theirs), use(theirs, 1)) == ["workflow_missing", "workflow_version_missing"]
    assert find_called(owner.workspace.pk, drawn(use(theirs), use(theirs, 1))).versions == {}
    with pytest.raises(ApiError) as raised:
        publish_workflow(workflow=mine, by=owner.user)
    assert raised.value.code == "graph_has_problems"


def test_what_was_switched_off_or_deleted_is_a_problem_of_the_app_that_uses_it(owner: Person) -> None:
    inner = app(owner, "Inner")
    Publication.objects.filter(workflow=inner).update(is_enabled=False)

    assert codes(owner, None, use(inner)) == ["workflow_missing"]
    assert codes(owner, None, use(inner, 1)) == []

    config = use(inner)
    delete_workflow(inner)
    assert codes(owner, None, config) == ["workflow_missing"]


def test_an_app_cannot_use_itself(owner: Person) -> None:
    mine = app(owner, "Mine")

    assert codes(owner, mine, use(mine)) == ["workflow_cycle"]


def test_publishing_what_would_close_a_circle_is_refused_and_saving_it_is_not(owner: Person) -> None:
    first = app(owner, "First")
    second = app(owner, "Second", use(first))
    third = app(owner, "Third", use(second))

    saved = save_draft(first, revision=1, graph=drawn(use(third)))

    with pytest.raises(ApiError) as raised:
        publish_workflow(workflow=saved, by=owner.user)
    assert [problem["code"] for problem in raised.value.extra["problems"]] == ["workflow_cycle"]


def test_publishing_beyond_eight_levels_is_refused(owner: Person) -> None:
    last = app(owner, "Level 0")
    for i in range(1, 9):
        last = app(owner, f"Level {i}", use(last))

    assert codes(owner, None, use(last)) == ["too_deep"]


@pytest.mark.parametrize(
    "config", [{"workflow": "no id"}, {"workflow": "0" * 400}, {"workflow": "a@b@latest"}]
)
def test_an_id_that_is_none_is_a_problem_and_no_crash(owner: Person, config: dict[str, Any]) -> None:
    assert codes(owner, None, config) == ["workflow_not_here"]
    assert codes(owner, None, {**config, "version": {}}) != []

"""Testing connections when two people are at it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.providers import services
from backend.runs import trials
from backend.workflows.models import Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_two_tests_of_a_workspace_may_come_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.objects.create(name="Anna's bakery")
    together = threading.Barrier(2)
    make = trials.create_workflow

    def make_at_once(**fields: object) -> Workflow:
        together.wait(10)
        return make(**fields)  # type: ignore[arg-type]

    monkeypatch.setattr(trials, "create_workflow", make_at_once)

    def one(model: str) -> object:
        try:
            return trials._version(workspace.pk, "-model-test", "prompt", {"model": model}, []).workflow_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        homes = list(pool.map(one, ["a/m", "b/m"]))

    assert homes == [Workflow.objects.get().pk] * 2


def test_a_connection_removed_during_its_test_is_gone() -> None:
    workspace = Workspace.objects.create(name="Anna's bakery")
    made = services.add_connection(
        workspace_id=workspace.pk,
        name="ours",
        kind="openai_compatible",
        fields={"base_url": "https://models.example/v1"},
        models=["m"],
    )
    services.remove_connection(made)

    with pytest.raises(ApiError) as refused:
        services.mark_ready(made)

    assert refused.value.status == 404

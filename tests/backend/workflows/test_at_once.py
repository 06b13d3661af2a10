"""What happens when two do it at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from backend.accounts.errors import ApiError
from backend.accounts.links import first_owner, make_link, use_link
from backend.accounts.models import Workspace
from backend.workflows.models import Version, Workflow
from backend.workflows.services import freeze, pin_draft, save_draft
from backend.workflows.starters import create_from_starter
from nodes.sdk.graph import graph_from_json

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


def all_at_once(do: Callable[[int], Any]) -> list[Any]:
    """What `do` gave, or the code it was refused with, in MANY threads that begin together."""
    together = Barrier(MANY)

    def one(n: int) -> Any:
        try:
            together.wait()
            return do(n)
        except ApiError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


@pytest.fixture
def workflow() -> Workflow:
    workspace = Workspace.objects.create(name="Anna's bakery")
    return create_from_starter(workspace_id=workspace.pk, slug="chat")


def test_of_several_saves_of_one_revision_one_wins(workflow: Workflow) -> None:
    drawn = graph_from_json(workflow.draft)

    said = all_at_once(lambda n: save_draft(workflow, revision=1, graph=drawn).revision)

    assert sorted(said, key=str) == [2, *["stale_draft"] * (MANY - 1)]
    assert Workflow.objects.get().revision == 2


def test_a_sign_in_link_is_used_by_one(transactional_db: None) -> None:
    token = make_link(first_owner())

    said = all_at_once(lambda n: use_link(token).email)

    assert sorted(said) == sorted(["owner@localhost", *["link_used"] * (MANY - 1)])


def test_trial_runs_that_begin_together_share_one_version(workflow: Workflow) -> None:
    said = all_at_once(lambda n: pin_draft(workflow).pk)

    assert len(set(said)) == 1
    assert Version.objects.count() == 1


def test_versions_frozen_together_get_numbers_without_gap(workflow: Workflow) -> None:
    said = all_at_once(lambda n: freeze(workflow).number)

    assert sorted(said) == list(range(1, MANY + 1))


def test_workflows_of_one_name_made_together_get_slugs_of_their_own(workflow: Workflow) -> None:
    made = all_at_once(lambda n: create_from_starter(workspace_id=workflow.workspace_id, slug="chat").slug)

    assert len(set(made)) == MANY

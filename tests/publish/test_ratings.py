"""Whoever asked says what they think of the answer, and nobody else does."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from backend.publish.services import create_key
from backend.runs.models import Rating, Run
from tests.publish.test_doors import FROM_PAGE, JSON, ask_by_key, ask_by_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def answered(app) -> Run:
    Run.objects.filter(workflow=app.workflow).update(
        status="succeeded", finished_at=timezone.now(), answer="Hi"
    )
    return app.run


def rate(client, app, run, headers=FROM_PAGE, **body):
    path = f"/c/{app.publication.slug}/runs/{run.pk}/rating"
    return client.post(path, body, content_type=JSON, headers=headers)


@pytest.fixture
def visitor(shop) -> Client:
    """Somebody who was answered on the chat page."""
    client = Client()
    client.get(f"/c/{shop.publication.slug}")
    ask_by_page(client, shop)
    answered(shop)
    return client


def test_a_visitor_rates_their_answer_changes_their_mind_and_takes_it_back(shop, visitor):
    run = shop.run

    assert rate(visitor, shop, run, rating="bad", reason=" Wrong price. ").json() == {
        "rating": "bad",
        "reason": "Wrong price.",
    }
    row = Rating.objects.get()
    assert (row.run_id, row.workspace_id, row.is_good) == (run.pk, run.workspace_id, False)
    assert rate(visitor, shop, run, rating="good").json() == {"rating": "good", "reason": ""}
    assert Rating.objects.get().is_good
    assert rate(visitor, shop, run, rating=None).json() == {"rating": None, "reason": ""}
    assert not Rating.objects.exists()


def test_what_was_thought_is_there_after_a_reload(shop, visitor):
    rate(visitor, shop, shop.run, rating="good")
    run = shop.run
    run.conversation.messages.create(run=run, role="assistant", text="Hi", position=2 * run.turn + 1)

    said = visitor.get(f"/c/{shop.publication.slug}/conversations/{run.conversation_id}").json()["messages"]

    assert [one["rating"] for one in said] == [None, "good"]


def test_nobody_rates_for_somebody_else(shop, garage, visitor):
    run = shop.run
    other = Client()
    other.get(f"/c/{shop.publication.slug}")

    assert rate(other, shop, run, rating="bad").status_code == 404
    assert rate(visitor, garage, run, rating="bad").status_code == 404
    assert rate(visitor, shop, run, headers={"Sec-Fetch-Site": "cross-site"}, rating="bad").status_code == 403
    by_key = Client().post(f"/v1/runs/{run.pk}/rating", {"rating": "bad"}, JSON, headers=shop.bearer)
    assert by_key.status_code == 404
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rating": "fine"},
        {"rating": 1},
        {"rating": "bad", "reason": "x" * 501},
        {"rating": "bad", "reason": 3},
    ],
)
def test_what_is_no_rating_is_refused_with_its_field(shop, visitor, body):
    refused = rate(visitor, shop, shop.run, **body)

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "bad_field"


def test_an_answer_is_rated_when_it_is_there(shop):
    ask_by_key(shop)
    path = f"/v1/runs/{shop.run.pk}/rating"

    early = Client().post(path, {"rating": "good"}, JSON, headers=shop.bearer)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "run_not_ended")

    run = answered(shop)
    rated = Client().post(path, {"rating": "good", "reason": "Fast."}, JSON, headers=shop.bearer)
    assert rated.json() == {"rating": "good", "reason": "Fast."}
    _, text = create_key(workflow=shop.workflow, name="Second")
    again = Client().post(path, {"rating": "bad"}, JSON, headers={"Authorization": f"Bearer {text}"})
    assert again.status_code == 200  # all keys of an app are its program's
    assert not Rating.objects.get(run=run).is_good


def test_members_rate_what_they_asked_in_the_editor_and_see_what_others_thought(
    shop, owner, stranger, visitor
):
    theirs = shop.run
    rate(visitor, shop, theirs, rating="bad", reason="Wrong price.")

    def put(client, run_id):
        return client.put(f"/api/runs/{run_id}/rating", {"rating": "good"}, content_type=JSON)

    assert owner.client.get(f"/api/runs/{theirs.pk}").json()["rated"] == {
        "rating": "bad",
        "reason": "Wrong price.",
    }
    listed = owner.client.get(f"/api/workflows/{shop.workflow.pk}/runs?only=bad").json()["runs"]
    assert [one["id"] for one in listed] == [str(theirs.pk)]
    assert put(owner.client, theirs.pk).json()["error"]["code"] == "rated_by_another"
    assert put(stranger.client, theirs.pk).status_code == 404
    assert put(owner.client, uuid.uuid4()).status_code == 404

    mine = owner.client.post(
        f"/api/workflows/{shop.workflow.pk}/runs", {"query": "Hi"}, content_type=JSON
    ).json()
    Run.objects.filter(pk=mine["id"]).update(status="succeeded", finished_at=timezone.now())
    assert put(owner.client, mine["id"]).json()["rating"] == "good"
    assert put(stranger.client, mine["id"]).status_code == 404

"""Publishing from the console: versions, address, settings, keys, and who may."""

import pytest

from backend.accounts.auth import key_of
from backend.accounts.errors import ApiError
from backend.accounts.models import ApiKey
from backend.workflows.services import create_workflow, save_draft
from nodes.sdk.graph import graph_from_json
from tests.publish.conftest import echo_graph, offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(owner):
    return create_workflow(workspace_id=owner.workspace.pk, name="Shop help", graph=echo_graph())


def post(person, path, body=None):
    return person.client.post(path, body or {}, content_type="application/json")


def patch(person, path, body):
    return person.client.patch(path, body, content_type="application/json")


def test_publishing_gives_an_address_and_a_key_once(owner, draft):
    first = post(owner, f"/api/workflows/{draft.pk}/publish", {"note": "First"})
    second = post(owner, f"/api/workflows/{draft.pk}/publish")

    assert first.status_code == 200
    assert first.json()["version"]["number"] == 1
    assert first.json()["publication"]["chat_url"] == "/c/shop-help"
    assert key_of(f"Bearer {first.json()['api_key']}").workflow_id == draft.pk
    assert second.json()["version"]["number"] == 2
    assert second.json()["publication"]["slug"] == "shop-help"
    assert second.json()["api_key"] is None


def test_the_key_itself_is_kept_nowhere(owner, draft):
    text = post(owner, f"/api/workflows/{draft.pk}/publish").json()["api_key"]

    row = ApiKey.objects.get()
    assert text not in str(row.__dict__)
    assert text.startswith(row.prefix)
    assert len(text) > 40
    assert text not in owner.client.get(f"/api/workflows/{draft.pk}/keys").content.decode()


def test_a_draft_with_problems_is_not_published(owner):
    graph = graph_from_json(
        {
            "nodes": [
                {"id": "start_1", "type": "start", "config": {}},
                {"id": "answer_1", "type": "answer", "config": {"text": "{{ nobody.text }}"}},
            ],
            "edges": [{"source": "start_1", "target": "answer_1"}],
        }
    )
    workflow = create_workflow(workspace_id=owner.workspace.pk, name="Broken", graph=graph)

    refused = post(owner, f"/api/workflows/{workflow.pk}/publish")

    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "graph_has_problems"
    assert owner.client.get(f"/api/workflows/{workflow.pk}/publication").status_code == 404


def test_a_change_of_the_draft_shows_as_not_yet_published(owner, shop):
    path = f"/api/workflows/{shop.workflow.pk}/publication"
    before = owner.client.get(path).json()["has_changes"]

    graph = graph_from_json({"nodes": [{"id": "start_1", "type": "start", "config": {}}], "edges": []})
    save_draft(shop.workflow, revision=shop.workflow.revision, graph=graph)

    assert not before
    assert owner.client.get(path).json()["has_changes"]


def test_publishing_again_keeps_the_settings_and_switches_the_app_on(owner, shop):
    at = f"/api/workflows/{shop.workflow.pk}"
    change = {"is_enabled": False, "suggestions": ["Open?"], "slug": "bakery", "tokens_per_day_app": 5}
    before = patch(owner, f"{at}/publication", change).json()

    after = post(owner, f"{at}/publish").json()["publication"]

    assert after["is_enabled"]
    assert after["version_number"] == 2
    for name in ("suggestions", "slug", "limits"):
        assert after[name] == before[name]


def test_two_apps_of_one_name_get_two_addresses(owner, stranger):
    assert offer(owner.workspace, "Help").publication.slug == "help"
    assert offer(stranger.workspace, "Help").publication.slug == "help-2"


def test_settings_are_changed_field_by_field(owner, shop):
    path = f"/api/workflows/{shop.workflow.pk}/publication"
    change = {
        "slug": "bakery",
        "allow_system_text": True,
        "requests_per_minute_app": 7,
        "suggestions": ["When are you open?"],
    }

    changed = patch(owner, path, change)

    assert changed.status_code == 200
    assert changed.json()["slug"] == "bakery"
    assert changed.json()["allow_system_text"]
    assert changed.json()["suggestions"] == ["When are you open?"]
    assert changed.json()["limits"]["requests_per_minute_app"] == 7
    assert changed.json()["limits"]["tokens_per_day_app"] == 1_000_000
    assert owner.client.get(path).json() == changed.json()


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "../admin"},
        {"slug": "Shop"},
        {"slug": ""},
        {"slug": 5},
        {"workspace": "x"},
        {"workflow_id": "x"},
        {"version": 3},
        {"requests_per_minute_app": 0},
        {"requests_per_minute_app": -1},
        {"requests_per_minute_app": 2**40},
        {"requests_per_minute_app": True},
        {"tokens_per_day_key": "many"},
        {"is_enabled": "yes"},
        {"suggestions": "Hi"},
        {"suggestions": [""]},
        {"suggestions": ["x"] * 9},
    ],
)
def test_settings_that_do_not_fit_are_refused_and_nothing_changes(owner, shop, change):
    path = f"/api/workflows/{shop.workflow.pk}/publication"
    before = owner.client.get(path).json()

    refused = patch(owner, path, change)

    assert refused.status_code in (400, 422)
    assert refused.json()["error"]["message"]
    assert owner.client.get(path).json() == before


def test_a_taken_address_is_refused_in_words(owner, shop, garage):
    refused = patch(owner, f"/api/workflows/{shop.workflow.pk}/publication", {"slug": "garage-help"})

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "slug_taken"


def test_a_revoked_key_opens_nothing(owner, shop):
    keys = f"/api/workflows/{shop.workflow.pk}/keys"
    made = post(owner, keys, {"name": "Website"})
    key = made.json()["key"]

    assert made.status_code == 201
    assert key["name"] == "Website"
    assert owner.client.delete(f"{keys}/{key['id']}").status_code == 204
    assert owner.client.delete(f"{keys}/{key['id']}").status_code == 404
    assert [k["name"] for k in owner.client.get(keys).json()["keys"]] == ["First key"]
    with pytest.raises(ApiError) as caught:
        key_of(f"Bearer {made.json()['api_key']}")
    assert caught.value.status == 401


def test_a_stranger_meets_404_everywhere(stranger, shop, owner):
    at = f"/api/workflows/{shop.workflow.pk}"
    key = owner.client.get(f"{at}/keys").json()["keys"][0]["id"]

    answers = [
        post(stranger, f"{at}/publish"),
        stranger.client.get(f"{at}/publication"),
        patch(stranger, f"{at}/publication", {"is_enabled": False}),
        stranger.client.get(f"{at}/keys"),
        post(stranger, f"{at}/keys", {"name": "Mine"}),
        stranger.client.delete(f"{at}/keys/{key}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


def test_a_key_is_not_reached_through_another_app(owner, shop):
    other = offer(owner.workspace, "Other")
    key = owner.client.get(f"/api/workflows/{shop.workflow.pk}/keys").json()["keys"][0]["id"]

    assert owner.client.delete(f"/api/workflows/{other.workflow.pk}/keys/{key}").status_code == 404


def test_a_viewer_looks_and_an_editor_publishes_but_keys_and_money_are_the_owners(
    viewer, editor, shop, owner
):
    at = f"/api/workflows/{shop.workflow.pk}"

    assert viewer.client.get(f"{at}/publication").status_code == 200
    assert post(viewer, f"{at}/publish").status_code == 403
    assert viewer.client.get(f"{at}/keys").status_code == 403
    assert patch(viewer, f"{at}/publication", {"is_enabled": False}).status_code == 403
    assert post(editor, f"{at}/publish").status_code == 200
    assert patch(editor, f"{at}/publication", {"is_enabled": False}).status_code == 200
    assert patch(editor, f"{at}/publication", {"tokens_per_day_app": 10}).status_code == 403
    assert post(editor, f"{at}/keys", {"name": "Mine"}).status_code == 403


def test_an_editor_who_publishes_first_is_given_no_key(editor, draft):
    assert post(editor, f"/api/workflows/{draft.pk}/publish").json()["api_key"] is None


def test_the_list_of_apps_says_what_is_published(owner, shop):
    listed = owner.client.get("/api/workflows").json()["workflows"]

    assert [(app["is_published"], app["chat_url"]) for app in listed] == [(True, "/c/shop-help")]


def test_a_deleted_app_takes_its_publication_along(owner, shop):
    assert owner.client.delete(f"/api/workflows/{shop.workflow.pk}").status_code == 204
    assert owner.client.get(f"/api/workflows/{shop.workflow.pk}/publication").status_code == 404

"""Who gets through which public door, to what. No worker runs here: runs are accepted, seen, cancelled."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from backend.publish.services import change_publication, create_key
from backend.runs.models import Conversation, Run
from tests.publish.conftest import chat_graph, echo_graph, offer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
JSON = "application/json"
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}


def ask_by_key(app, client=None, **fields):
    headers = {**app.bearer, **fields.pop("headers", {})}
    body = {"query": "Hello", "mode": "async", **fields}
    return (client or Client()).post("/v1/runs", body, content_type=JSON, headers=headers)


def ask_by_page(client, app, **fields):
    path = f"/c/{app.publication.slug}/runs"
    return client.post(path, {"query": "Hello", **fields}, content_type=JSON, headers=FROM_PAGE)


def get(path, app):
    return Client().get(path, headers=app.bearer)


def limit(app, **limits):
    change_publication(app.publication, limits)


# --- keys --------------------------------------------------------------------------------------------------


def test_a_run_is_accepted_and_found_again(shop):
    accepted = ask_by_key(shop)

    assert accepted.status_code == 202
    run = accepted.json()
    assert run["status"] == "queued"
    assert run["conversation_id"]
    assert accepted.headers["Location"] == f"/v1/runs/{run['id']}"
    assert get(f"/v1/runs/{run['id']}", shop).json() == run
    assert set(run) == {
        "id", "status", "answer", "outputs", "error", "usage", "sources", "handled_errors",
        "conversation_id", "created_at", "files", "finished_at",
    }  # fmt: skip


def test_waiting_is_bounded_and_then_says_how_far_the_run_is(shop):
    answer = ask_by_key(shop, mode="wait", headers={"Prefer": "wait=0"})

    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"


def test_a_repeated_request_gets_the_run_it_got_before(shop):
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first, again = ask_by_key(shop, headers=key), ask_by_key(shop, headers=key)

    assert first.json()["id"] == again.json()["id"]
    assert Run.objects.count() == 1


def test_a_repeated_request_passes_also_when_the_limit_is_reached(shop):
    limit(shop, requests_per_minute_key=1)
    key = {"Idempotency-Key": "1"}
    first = ask_by_key(shop, headers=key)

    assert ask_by_key(shop).status_code == 429
    assert ask_by_key(shop, headers=key).json()["id"] == first.json()["id"]


def test_the_same_key_for_another_body_is_refused(shop):
    key = {"Idempotency-Key": "1"}
    ask_by_key(shop, headers=key)

    refused = ask_by_key(shop, query="Something else", headers=key)

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "idempotency_key_reused"


def test_two_keys_may_use_the_same_idempotency_key(shop):
    _, other = create_key(shop.workflow, name="Other")
    key = {"Idempotency-Key": "1"}
    first = ask_by_key(shop, headers=key)

    second = ask_by_key(shop, headers={**key, "Authorization": f"Bearer {other}"})

    assert second.status_code == 202
    assert second.json()["id"] != first.json()["id"]


def test_a_conversation_goes_on(shop):
    first = ask_by_key(shop).json()

    second = ask_by_key(shop, conversation_id=first["conversation_id"]).json()

    assert second["conversation_id"] == first["conversation_id"]
    assert second["id"] != first["id"]


def test_another_apps_key_sees_nothing(shop, garage, owner):
    run = ask_by_key(shop).json()
    other_of_anna = offer(owner.workspace, "Another")

    for stranger in (garage, other_of_anna):
        assert get(f"/v1/runs/{run['id']}", stranger).status_code == 404
        assert get(f"/v1/runs/{run['id']}/events", stranger).status_code == 404
        cancel = Client().post(f"/v1/runs/{run['id']}/cancel", headers=stranger.bearer)
        assert cancel.status_code == 404
        assert ask_by_key(stranger, conversation_id=run["conversation_id"]).status_code == 404
    assert get(f"/v1/runs/{run['id']}", shop).json()["status"] == "queued"


def test_a_key_does_not_read_what_visitors_say(shop):
    ask_by_page(Client(), shop)

    assert get(f"/v1/runs/{Run.objects.get().pk}", shop).status_code == 404


def test_a_key_opens_its_own_model_only(shop, garage):
    assert [m["id"] for m in get("/v1/models", shop).json()["data"]] == ["shop-help"]
    assert get("/v1/models/shop-help", shop).json()["object"] == "model"
    assert get("/v1/models/garage-help", shop).status_code == 404
    body = {"model": "garage-help", "messages": [{"role": "user", "content": "Hi"}]}
    refused = Client().post("/v1/chat/completions", body, content_type=JSON, headers=shop.bearer)
    assert refused.status_code == 404
    assert refused.json()["error"] == {
        "message": "This key opens no app named 'garage-help'. GET /v1/models says which it opens.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


def test_a_cancelled_run_has_ended_when_cancel_answers(shop):
    run = ask_by_key(shop).json()

    cancelled = Client().post(f"/v1/runs/{run['id']}/cancel", headers=shop.bearer)
    again = Client().post(f"/v1/runs/{run['id']}/cancel", headers=shop.bearer)

    assert cancelled.status_code == again.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["error"]["code"] == "cancelled"
    assert again.json() == cancelled.json()


def test_an_app_that_is_switched_off_answers_nobody(shop):
    change_publication(shop.publication, {"is_enabled": False})

    refused = ask_by_key(shop)

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "app_switched_off"
    assert Client().get("/c/shop-help/app").status_code == 404
    assert Client().get("/c/shop-help").status_code == 404
    assert ask_by_page(Client(), shop).status_code == 404
    assert Run.objects.count() == 0


def test_lists_and_objects_are_checked_where_a_run_is_accepted(owner):
    fields = [
        {"name": "topics", "label": "Topics", "type": "list", "max_items": "2"},  # as a hand may write it
        {"name": "order", "label": "Order", "type": "object"},
        {"name": "note", "label": "Note", "type": "text", "max_length": 5},
    ]
    app = offer(owner.workspace, "Orders", echo_graph(fields))
    good = {"topics": ["sun", "rain"], "order": {"number": [7, None]}, "note": "short"}
    wrong = [
        ("topics", "sun"),
        ("topics", ["sun", 1]),
        ("topics", ["a", "b", "c"]),
        ("topics", ["x" * 32_001]),
        ("order", ["number"]),
        ("order", "{}"),
        ("order", {"long": "x" * 32_001}),
        ("note", "longer"),
    ]

    assert ask_by_key(app, inputs=good).status_code == 202
    assert Run.objects.get().inputs == good
    for name, value in wrong:
        refused = ask_by_key(app, inputs={**good, name: value})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_field")
        assert refused.json()["error"]["field"] == f"inputs.{name}"


def test_an_app_that_asks_for_information_gets_it_or_says_so(owner):
    fields = [
        {"name": "city", "label": "Your city", "type": "text", "required": True},
        {"name": "size", "label": "Size", "type": "choice", "options": ["s", "l"]},
        {"name": "count", "label": "How many", "type": "number"},
        {"name": "gift", "label": "A gift?", "type": "boolean"},
    ]
    app = offer(owner.workspace, "Orders", echo_graph(fields))
    good = {"city": "Basel", "size": "l", "count": 2.5, "gift": False}
    wrong = {"city": 5, "size": "xl", "count": "2", "gift": 0}

    assert ask_by_key(app, inputs=good).status_code == 202
    assert Run.objects.get().inputs == good
    assert ask_by_key(app, inputs={}).json()["error"]["code"] == "info_missing"
    for name, value in wrong.items():
        refused = ask_by_key(app, inputs={**good, name: value})
        assert refused.status_code == 400
        assert refused.json()["error"]["field"] == f"inputs.{name}"
    assert [f["name"] for f in Client().get("/c/orders/app").json()["inputs"]] == [
        "city",
        "size",
        "count",
        "gift",
    ]


# --- limits ------------------------------------------------------------------------------------------------


def test_a_limit_is_told_with_a_time_and_a_sentence(shop):
    limit(shop, requests_per_minute_key=1)
    ask_by_key(shop)

    refused = ask_by_key(shop)

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["error"]["code"] == "too_many_requests"
    assert "1 are allowed" in refused.json()["error"]["message"]
    assert Run.objects.count() == 1


def test_a_refused_question_leaves_no_conversation_behind(shop):
    limit(shop, requests_per_minute_visitor=1)
    client = Client()
    ask_by_page(client, shop)

    assert ask_by_page(client, shop).status_code == 429
    assert Conversation.objects.count() == 1


def test_requests_at_the_same_moment_do_not_slip_past_the_limit(shop):
    limit(shop, requests_per_minute_app=5)

    def ask(_):
        try:
            return ask_by_key(shop).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(ask, range(24)))

    assert sorted(set(statuses)) == [202, 429]
    assert statuses.count(202) == 5
    assert Run.objects.count() == 5


def test_throwing_the_cookie_away_does_not_lift_the_apps_limit(shop):
    limit(shop, requests_per_minute_app=2)

    statuses = [ask_by_page(Client(), shop).status_code for _ in range(4)]

    assert statuses == [200, 200, 429, 429]


# --- the chat page -----------------------------------------------------------------------------------------


def test_the_page_knows_its_visitor_again_and_may_not_be_framed(shop):
    client = Client()
    page = client.get("/c/shop-help")
    cookie = page.cookies["treadle_visitor"]

    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert (cookie["path"], cookie["samesite"], bool(cookie["httponly"])) == ("/c/shop-help", "Lax", True)
    assert "treadle_visitor" not in client.get("/c/shop-help").cookies


def test_the_page_is_told_what_to_draw_and_nothing_inner(shop):
    about = Client().get("/c/shop-help/app").json()

    assert about == {"name": "Shop help", "suggestions": [], "is_practice": False, "inputs": []}


def test_the_page_says_when_the_practice_model_answers(owner):
    offer(owner.workspace, "Chat", chat_graph())

    assert Client().get("/c/chat/app").json()["is_practice"]


def test_a_message_that_is_sent_twice_is_one(shop):
    client, headers = Client(), {**FROM_PAGE, "Idempotency-Key": "click-1"}
    client.get("/c/shop-help")

    for _ in range(2):
        client.post("/c/shop-help/runs", {"query": "Hello"}, content_type=JSON, headers=headers)

    assert Run.objects.count() == 1


def test_a_visitor_finds_their_own_conversations(shop):
    client = Client()
    ask_by_page(client, shop, query="When are you open?")

    listed = client.get("/c/shop-help/conversations").json()["conversations"]
    said = client.get(f"/c/shop-help/conversations/{listed[0]['id']}").json()

    assert [row["title"] for row in listed] == ["When are you open?"]
    assert said["messages"][0]["role"] == "user"
    assert said["messages"][0]["text"] == "When are you open?"


def test_a_visitor_meets_404_at_everyone_elses(shop, garage):
    ann, ben = Client(), Client()
    ask_by_page(ann, shop)
    run = Run.objects.get()
    ask_by_key(shop)

    for slug in ("shop-help", "garage-help"):
        assert ben.get(f"/c/{slug}/conversations").json() == {"conversations": [], "remembers": False}
        assert ben.get(f"/c/{slug}/conversations/{run.conversation_id}").status_code == 404
        assert ben.get(f"/c/{slug}/runs/{run.pk}/events").status_code == 404
        cancel = ben.post(f"/c/{slug}/runs/{run.pk}/cancel", headers=FROM_PAGE)
        assert cancel.status_code == 404
    assert ask_by_page(ben, shop, conversation_id=str(run.conversation_id)).status_code == 404
    assert len(ann.get("/c/shop-help/conversations").json()["conversations"]) == 1


def test_a_visitor_stops_their_own_answer(shop):
    client = Client()
    ask_by_page(client, shop)

    stopped = client.post(f"/c/shop-help/runs/{Run.objects.get().pk}/cancel", headers=FROM_PAGE)

    assert stopped.status_code == 200
    assert stopped.json()["status"] == "cancelled"


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_ask_in_a_visitors_name(shop, headers):
    client = Client()
    ask_by_page(client, shop)
    run = Run.objects.get()

    asked = client.post("/c/shop-help/runs", {"query": "Hi"}, content_type=JSON, headers=headers)
    stopped = client.post(f"/c/shop-help/runs/{run.pk}/cancel", headers=headers)

    assert asked.status_code == stopped.status_code == 403
    assert asked.json()["error"]["code"] == "other_site"
    assert Run.objects.get().status == "queued"


def test_the_page_takes_no_key_and_no_mode(shop):
    refused = ask_by_page(Client(), shop, mode="async")

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "unknown_field"

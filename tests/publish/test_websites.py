"""An app on somebody's website: who may show it, and who its visitors are there."""

import pytest
from django.test import Client

from backend.accounts.errors import ApiError
from backend.publish.services import change_publication
from backend.publish.websites import websites_from
from backend.runs.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
JSON = "application/json"
FROM_PAGE = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/embed/shop-help"


def allow(app, *websites, on=True):
    change_publication(app.publication, {"is_on_websites": on, "websites": list(websites)})


def ancestors(path):
    policy = Client().get(path).headers["Content-Security-Policy"]
    return policy.rsplit("frame-ancestors ", 1)[1]


def arrive(client=None):
    """A browser that opens the page on a website; the headers it sends from then on."""
    token = (client or Client()).get(f"{PAGE}/app").headers["Treadle-Visitor"]
    return {**FROM_PAGE, "Authorization": f"Bearer {token}"}


def ask(headers, path=f"{PAGE}/runs", **fields):
    return Client().post(path, {"query": "Hello", **fields}, content_type=JSON, headers=headers)


# --- who may show it ---------------------------------------------------------------------------------------


def test_an_app_is_on_no_website_until_its_owner_says_so(shop):
    assert Client().get(PAGE).status_code == 404
    assert ancestors(PAGE) == "'none'"
    assert Client().get(f"{PAGE}/app").json()["error"]["code"] == "app_not_found"
    assert ask(FROM_PAGE).status_code == 404
    assert Run.objects.count() == 0


def test_only_the_websites_that_are_named_may_show_it(shop):
    allow(shop, "https://www.shop.example", "*.shop.example")

    page = Client().get(PAGE)

    assert page.status_code == 200
    assert ancestors(PAGE) == "'self' https://www.shop.example https://*.shop.example"
    assert "X-Frame-Options" not in page.headers
    assert not page.cookies


def test_with_no_website_named_it_is_shown_on_our_own_pages_only(shop):
    allow(shop)

    assert ancestors(PAGE) == "'self'"


def test_any_website_may_show_it_where_that_was_said(shop):
    allow(shop, "*")

    assert ancestors(PAGE) == "'self' *"


def test_nothing_else_may_be_framed_because_of_it(shop, garage):
    allow(shop, "*")

    for path in ("/c/shop-help", "/embed/garage-help", "/embed/nothing", "/", "/sign-in", "/a"):
        assert ancestors(path) == "'none'", path
    assert ancestors(f"{PAGE}/app").startswith("'none'")


def test_taken_from_the_websites_or_switched_off_it_answers_there_no_more(shop):
    allow(shop, "https://shop.example")
    visitor = arrive()

    allow(shop, "https://shop.example", on=False)
    assert ask(visitor).status_code == 404
    change_publication(shop.publication, {"is_on_websites": True, "is_enabled": False})
    assert ask(visitor).status_code == 404
    assert ancestors(PAGE) == "'none'"


@pytest.mark.parametrize(
    ("typed", "website"),
    [
        ("www.shop.example", "https://www.shop.example"),
        ("https://Shop.Example/contact?a=1#b", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("shop.example:8443/", "https://shop.example:8443"),
        ("localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("bücher.example", "https://xn--bcher-kva.example"),
        ("*.shop.example", "https://*.shop.example"),
        (" * ", "*"),
    ],
)
def test_a_website_is_named_as_people_write_it(typed, website):
    assert websites_from([typed, typed]) == [website]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://shop.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "shop.example; script-src *",
        "shop.example, evil.example",
        "shop .example",
        "https://a@evil.example",
        "shop.example:port",
        "*.*.example",
        "**",
        "https://'none'",
        "[::1]:80",
        "a" * 300,
    ],
)
def test_what_names_no_website_is_refused(typed):
    with pytest.raises(ApiError) as refused:
        websites_from([typed])

    assert (refused.value.status, refused.value.code) == (400, "bad_website")


def test_the_share_page_says_where_it_is_shown_and_changes_it(shop, owner):
    url = f"/api/workflows/{shop.workflow.pk}/publication"
    change = {"is_on_websites": True, "websites": ["shop.example/contact", "https://shop.example"]}

    changed = owner.client.patch(url, change, content_type=JSON)
    refused = owner.client.patch(url, {"websites": ["no website"]}, content_type=JSON)

    assert changed.json()["websites"] == ["https://shop.example"]
    assert changed.json()["is_on_websites"] is True
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "websites")
    assert owner.client.get(url).json()["websites"] == ["https://shop.example"]
    logged = owner.client.get("/api/audit").json()["entries"][0]
    assert logged["action"] == "app.settings_changed"
    assert logged["details"]["settings"] == {"is_on_websites": True, "websites": ["https://shop.example"]}


# --- who its visitors are ----------------------------------------------------------------------------------


def test_a_visitor_on_a_website_finds_their_own_conversations(shop):
    allow(shop, "https://shop.example")
    ann, ben = arrive(), arrive()
    accepted = ask(ann, query="When are you open?")
    run = Run.objects.get()

    listed = Client().get(f"{PAGE}/conversations", headers=ann)

    assert accepted.status_code == 200
    assert "Treadle-Visitor" not in listed.headers
    assert [row["title"] for row in listed.json()["conversations"]] == ["When are you open?"]
    assert Client().get(f"{PAGE}/conversations", headers=ben).json()["conversations"] == []
    for headers in (ben, FROM_PAGE, {"Authorization": "Bearer nonsense"}):
        assert Client().get(f"{PAGE}/conversations/{run.conversation_id}", headers=headers).status_code == 404
        assert Client().get(f"{PAGE}/runs/{run.pk}/events", headers=headers).status_code == 404
    assert ask(ben, conversation_id=str(run.conversation_id)).status_code == 404


def test_a_cookie_opens_nothing_there_and_a_token_nothing_on_the_chat_page(shop):
    allow(shop, "*")
    at_the_page = Client()
    cookie = at_the_page.get("/c/shop-help").cookies["treadle_visitor"].value
    ask_there = at_the_page.post("/c/shop-help/runs", {"query": "Here"}, content_type=JSON, headers=FROM_PAGE)
    visitor = arrive()
    ask(visitor, query="There")

    assert ask_there.status_code == 200
    stolen = {"Cookie": f"treadle_visitor={cookie}"}
    as_token = {"Authorization": f"Bearer {cookie}"}
    as_cookie = {"Cookie": f"treadle_visitor={visitor['Authorization'].removeprefix('Bearer ')}"}
    for path, headers in (
        (PAGE, stolen),
        (PAGE, as_token),
        ("/c/shop-help", as_cookie),
        ("/c/shop-help", visitor),
    ):
        assert Client().get(f"{path}/conversations", headers=headers).json()["conversations"] == [], headers
    assert Run.objects.count() == 2


def test_a_token_of_another_app_makes_a_new_visitor(shop, garage):
    allow(shop, "*")
    allow(garage, "*")
    visitor = arrive()

    elsewhere = Client().get("/embed/garage-help/app", headers=visitor)

    assert elsewhere.headers["Treadle-Visitor"]
    assert elsewhere.headers["Treadle-Visitor"] not in visitor["Authorization"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_changes_nothing_also_with_a_token(shop, site):
    allow(shop, "*")
    visitor = {**arrive(), "Sec-Fetch-Site": site}

    refused = ask(visitor)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "other_site")
    assert Run.objects.count() == 0


def test_no_answer_may_be_read_by_another_site(shop):
    allow(shop, "*")
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization"}

    for method in ("get", "options"):
        answer = getattr(Client(), method)(f"{PAGE}/app", headers=asked)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]

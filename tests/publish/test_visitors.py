import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from backend.accounts.errors import ApiError
from backend.publish.models import Publication
from backend.publish.visitors import COOKIE, refuse_other_sites, remember, visitor_of

SHOP = Publication(slug="shop")
OTHER = Publication(slug="other")


def cookie_of(publication):
    request = RequestFactory().get("/")
    response = HttpResponse()
    visitor = visitor_of(request, publication)
    remember(response, request, publication, visitor)
    return visitor, response.cookies[COOKIE]


def request_with(value):
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = value
    return request


def test_a_browser_is_known_again_by_its_cookie():
    visitor, cookie = cookie_of(SHOP)

    again = visitor_of(request_with(cookie.value), SHOP)

    assert again.id == visitor.id
    assert not again.is_new


def test_the_cookie_goes_to_its_app_only_and_scripts_cannot_read_it():
    _, cookie = cookie_of(SHOP)

    assert cookie["path"] == "/c/shop"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_cookie_of_another_app_makes_a_new_visitor():
    visitor, cookie = cookie_of(OTHER)

    here = visitor_of(request_with(cookie.value), SHOP)

    assert here.is_new
    assert here.id != visitor.id


@pytest.mark.parametrize("value", ["", "x", "a" * 22, "a" * 22 + ":b", "a" * 22 + ":", ":", "é:ü"])
def test_a_forged_cookie_makes_a_new_visitor(value):
    assert visitor_of(request_with(value), SHOP).is_new


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example"},
        {"Origin": "http://shop.example"},
        {"Origin": "https://shop.example"},
    ],
)
def test_our_own_page_may_ask(headers):
    refuse_other_sites(headers, "shop.example")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Origin": "https://shop.example.evil.org"},
        {"Origin": "https://shop.example:8443"},
        {"Origin": "https://user@shop.example"},
    ],
)
def test_other_sites_may_not_ask(headers):
    with pytest.raises(ApiError) as caught:
        refuse_other_sites(headers, "shop.example")

    assert (caught.value.status, caught.value.code) == (403, "other_site")

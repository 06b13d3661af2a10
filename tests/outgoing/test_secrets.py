"""Where a secret goes, where it does not, and that nothing that comes back holds it."""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from nodes.sdk.errors import NodeError
from nodes.sdk.http import SecretUse
from tests.outgoing.site import Site
from workers.outgoing import GuardedHttp, HttpWithSecrets, KnownSecret
from workers.outgoing.secrets import Mask
from workers.outgoing.spelled import Spelled

CANARY = 'c4n4ry/+"&=%?ünseen'.replace("ü", "u")


def door(http: GuardedHttp, site: Site, *more: KnownSecret, hosts: tuple[str, ...] = ()) -> HttpWithSecrets:
    """The door of a workspace that keeps the canary for `hosts`, else for shop.test and all below it."""
    hosts = hosts or (f"shop.test:{site.port}", f"*.shop.test:{site.port}")

    async def secrets() -> list[KnownSecret]:
        return [KnownSecret("Shop", hosts, CANARY), *more]

    return HttpWithSecrets(http, secrets)


@pytest.mark.parametrize(
    ("use", "header", "value"),
    [
        (SecretUse("Shop"), "authorization", f"Bearer {CANARY}"),
        (SecretUse("Shop", "header", "X-Key"), "x-key", CANARY),
        (
            SecretUse("Shop", "basic", "mei"),
            "authorization",
            f"Basic {base64.b64encode(f'mei:{CANARY}'.encode()).decode()}",
        ),
        (
            SecretUse("Shop", "basic"),
            "authorization",
            f"Basic {base64.b64encode(CANARY.encode()).decode()}",
        ),
    ],
)
async def test_a_secret_arrives_in_its_place_and_what_is_repeated_is_masked(
    http: GuardedHttp, site: Site, use: SecretUse, header: str, value: str
) -> None:
    given = {"Authorization": "mine", "X-Other": "kept"} if use.place != "header" else {"X-Other": "kept"}

    answer = await door(http, site).request(
        "GET", f"http://shop.test:{site.port}/echo", headers=given, secret=use
    )

    assert site.asked[0].headers[header] == value
    assert site.asked[0].headers["x-other"] == "kept"
    assert_unseen(answer)
    assert b"***" in answer.body
    assert "***" in answer.headers["x-echo"]
    assert json.loads(answer.body)["headers"]["x-other"] == "kept"


async def test_a_secret_in_the_address_arrives_there_and_is_in_no_answer(
    http: GuardedHttp, site: Site
) -> None:
    answer = await door(http, site).request(
        "GET", f"http://shop.test:{site.port}/echo?a=1&key=old", secret=SecretUse("Shop", "query", "key")
    )

    assert json.loads(answer.body)["query"] == {"a": "1", "key": "***"}
    assert URL(site.asked[0].url).query["key"] == CANARY
    assert answer.url == f"http://shop.test:{site.port}/echo?a=1&key=old"
    assert_unseen(answer)


async def test_another_encoding_does_not_show_it(http: GuardedHttp, site: Site) -> None:
    answer = await door(http, site).request(
        "GET", f"http://shop.test:{site.port}/utf16", secret=SecretUse("Shop", "header", "X-Key")
    )

    assert CANARY not in answer.body.decode("utf-16-le")
    assert "***" in answer.body.decode("utf-16-le")


async def test_an_answer_to_a_request_without_secret_is_masked_too(http: GuardedHttp, site: Site) -> None:
    answer = await door(http, site).request("POST", f"http://other.test:{site.port}/echo", data=CANARY)

    assert site.asked[0].body.decode() == CANARY
    assert_unseen(answer)


@pytest.mark.parametrize(
    "host", ["other.test", "xshop.test", "shop.test.other.test", "127.0.0.1", "api.shop.test.evil.test"]
)
async def test_another_host_gets_nothing_at_all(http: GuardedHttp, site: Site, host: str) -> None:
    error = await refusal(door(http, site), f"http://{host}:{site.port}/echo", SecretUse("Shop"))

    assert error.code == "secret_not_allowed"
    assert f"shop.test:{site.port}" in error.hint
    assert site.asked == []


async def test_a_secret_bound_to_https_does_not_go_by_http(http: GuardedHttp, site: Site) -> None:
    secure = door(http, site, hosts=("shop.test",))

    assert (await refusal(secure, "http://shop.test/echo", SecretUse("Shop"))).code == "secret_not_allowed"
    assert (await refusal(secure, f"https://shop.test:{site.port}/", SecretUse("Shop"))).code == (
        "secret_not_allowed"
    )


async def test_the_sample_service_is_nobodys_host(http: GuardedHttp, site: Site) -> None:
    error = await refusal(door(http, site), "/samples/orders/1", SecretUse("Shop"))

    assert error.code == "secret_not_allowed"
    assert site.asked == []


@pytest.mark.parametrize("place", ["bearer", "header", "basic", "query"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_goes_on_without_the_secret(
    http: GuardedHttp, site: Site, place: Any, status: int
) -> None:
    to = quote(f"http://other.test:{site.port}/echo", safe="")

    answer = await door(http, site).request(
        "GET",
        f"http://shop.test:{site.port}/to?status={status}&place={to}",
        secret=SecretUse("Shop", place, "X-Key" if place != "query" else "key"),
    )

    assert [one.url.partition("?")[0] for one in site.asked] == ["/to", "/echo"]
    assert not Spelled(CANARY).is_in(str(site.asked[1]))
    assert answer.status == 200


async def test_a_redirect_to_another_of_its_hosts_takes_the_secret_along(
    http: GuardedHttp, site: Site
) -> None:
    to = quote(f"http://api.shop.test:{site.port}/echo", safe="")

    await door(http, site).request(
        "GET", f"http://shop.test:{site.port}/to?place={to}", secret=SecretUse("Shop")
    )

    assert [one.headers.get("authorization") for one in site.asked] == [f"Bearer {CANARY}"] * 2


async def test_a_redirect_that_would_carry_the_secret_elsewhere_is_refused(
    http: GuardedHttp, site: Site
) -> None:
    to = quote(f"http://other.test:{site.port}/echo?stolen=QUERY", safe="")

    error = await refusal(
        door(http, site), f"http://shop.test:{site.port}/to?place={to}", SecretUse("Shop", "query", "key")
    )

    assert error.code == "secret_not_allowed"
    assert len(site.asked) == 1
    assert not is_seen(error.message, error.hint)


async def test_an_error_that_repeats_a_secret_is_masked(http: GuardedHttp, site: Site) -> None:
    to = quote("gopher://QUERY/", safe="")

    error = await refusal(
        door(http, site), f"http://shop.test:{site.port}/to?place={to}", SecretUse("Shop", "query", "key")
    )

    assert error.code == "address_refused"
    assert "***" in error.message
    assert not is_seen(error.message, error.hint, error.args)


async def test_a_fault_of_ours_does_not_tell_it_either(
    http: GuardedHttp, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"unexpected {quote(CANARY)}")

    monkeypatch.setattr(http, "request", broken)

    error = await refusal(door(http, site), f"http://shop.test:{site.port}/", SecretUse("Shop"))

    assert (error.code, error.message) == ("node_crashed", "RuntimeError: unexpected ***")
    assert error.__cause__ is None


async def test_a_secret_that_is_not_there_or_cannot_be_opened_is_told_apart(
    http: GuardedHttp, site: Site
) -> None:
    with_broken = door(http, site, KnownSecret("Old", (f"shop.test:{site.port}",), None))
    url = f"http://shop.test:{site.port}/"

    assert (await refusal(with_broken, url, SecretUse("Nobody"))).code == "secret_missing"
    assert (await refusal(with_broken, url, SecretUse("Old"))).code == "secret_unreadable"
    assert site.asked == []


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
async def test_no_header_may_lead_the_request_elsewhere(http: GuardedHttp, site: Site, name: str) -> None:
    url = f"http://shop.test:{site.port}/"
    with pytest.raises(NodeError) as caught:
        await door(http, site).request("GET", url, headers={name: "evil.test"}, secret=SecretUse("Shop"))
    by_secret = await refusal(door(http, site), url, SecretUse("Shop", "header", name))

    assert caught.value.code == by_secret.code == "bad_config"
    assert site.asked == []


@pytest.mark.parametrize("value", ["plainvalue", CANARY, "with space & <tags> 'quoted'", "a" * 4_000])
def test_the_mask_knows_the_usual_spellings(value: str) -> None:
    mask = Mask([value, None])
    encoded = [
        base64.b64encode(pre + value.encode() + post) for pre in (b"", b"x", b"xy") for post in (b"", b"z")
    ]
    spellings = [
        value,
        quote(value, safe=""),
        json.dumps({"a": value}),
        html.escape(value),
        value.encode().hex(),
    ]

    for spelled in [*spellings, *(one.decode() for one in encoded)]:
        assert value not in mask.text(f"before {spelled} after")
        assert "***" in mask.text(f"before {spelled} after")
        assert b"***" in mask.body(spelled.encode())
        assert mask.text(f"before {spelled} after").endswith(" after")
    mixed = "".join(quote(c, safe="") if i % 2 else c for i, c in enumerate(value))
    assert mask.text(mixed) == mask.text(mixed.lower() if value.islower() else mixed) == "***"
    assert mask.text("nothing of it") == "nothing of it"


async def refusal(http: HttpWithSecrets, url: str, secret: SecretUse) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await http.request("GET", url, secret=secret, timeout_s=10)
    assert caught.value.hint or caught.value.code == "node_crashed"
    return caught.value


def assert_unseen(answer: Any) -> None:
    assert not is_seen(answer.headers, answer.url, answer.body, answer.body.decode(errors="replace"))


def is_seen(*things: object) -> bool:
    """Whether the canary, or its readable beginning, which no spelling changes, is in one of `things`."""
    return any(part in str(thing) for thing in things for part in (CANARY, "c4n4ry"))

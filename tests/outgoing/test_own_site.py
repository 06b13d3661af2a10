"""The sample service of this installation is reached, and nothing else of it by any spelling."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from nodes.sdk.errors import NodeError
from tests.outgoing.site import Site
from workers.outgoing import AllowList, GuardedHttp, OwnSite
from workers.outgoing.own_site import PREFIX


@pytest.mark.parametrize(
    "address",
    ["/samples/opening-hours", "/samples/orders/10%2042", "/samples/orders?text=Where%20is%20%231042%3F%0A"],
)
async def test_a_sample_is_reached_at_its_short_address(http: GuardedHttp, site: Site, address: str) -> None:
    answer = await http.request("GET", address)

    assert answer.status == 200
    assert site.asked[0].url == address
    assert site.asked[0].headers["host"] == f"127.0.0.1:{site.port}"


@pytest.mark.parametrize(
    "address",
    [
        "/api/session", "/", "", "//", "/samples", "/samples/", "/Samples/orders", "/SAMPLES/orders",
        "samples/orders", "/samples//orders",
        "/samples/../api/session", "/samples/..", "/samples/./orders", "/samples/orders/../../api",
        "/samples/%2e%2e/api", "/samples/%2E%2E%2Fapi", "/samples/..%2fapi", "/samples/%252e%252e/api",
        "/samples/..%5capi", "/samples/..\\api", "/samples\\..\\api", "/samples/..;/api",
        "/samples/orders%00",
        "//samples/orders", "//127.0.0.1/samples/orders", "///samples/orders", "/\\evil.test/samples/x",
        "/samples/@evil.test/", "/samples@evil.test/", "/samples/x#/../api", "/samples/x\n",
        "/samples/x\r\nX: 1",
        "/samples/x y", " /samples/orders", "/samples/orders?a=\n", "/samples/orders?a=#b", "/samples/ö",
        "/samples/%", "/samples/%zz", "/samples/x?%", "/samples/…", "/samples/%E2%80%A5%2f",
    ],
)  # fmt: skip
async def test_nothing_else_is_reached(http: GuardedHttp, site: Site, address: str) -> None:
    assert await refusal(http, "GET", address) == "address_refused"
    assert site.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_sample_is_only_looked_at(http: GuardedHttp, site: Site, method: str) -> None:
    assert await refusal(http, method, "/samples/orders/1") == "address_refused"
    assert site.asked == []


@pytest.mark.parametrize("path", ["/samples/orders/1", "/api/session", "/healthz"])
async def test_a_whole_address_of_this_installation_is_private_like_any_other(
    http: GuardedHttp, site: Site, path: str
) -> None:
    for host in ("127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"):
        assert await refusal(http, "GET", f"http://{host}:{site.port}{path}") in (
            "address_refused",
            "address_unreachable",
        )
    assert site.asked == []


@pytest.mark.parametrize(
    "place", ["/api/session", "/samples/orders/1", "//127.0.0.1:{port}/api", "../../api"]
)
async def test_a_redirect_leads_to_no_part_of_this_installation(
    http: GuardedHttp, site: Site, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_place = place.replace("{port}", str(site.port))
    inside = quote(f"http://127.0.0.1:{site.port}{PREFIX}orders/1", safe="")

    # From elsewhere, and from the sample service itself, as if it were made to redirect.
    elsewhere = await refusal(http, "GET", f"http://other.test:{site.port}/to?place={inside}")
    monkeypatch.setattr(
        OwnSite, "place", lambda self, method, address: self.base / "to" % {"place": to_place}
    )
    own = await refusal(http, "GET", "/samples/orders")

    assert (elsewhere, own) == ("address_refused", "address_refused")


async def test_without_an_own_site_its_addresses_are_no_addresses(site: Site) -> None:
    http = GuardedHttp(AllowList())

    assert await refusal(http, "GET", "/samples/orders/1") == "address_refused"
    await http.close()


async def refusal(http: GuardedHttp, method: str, url: str) -> str:
    with pytest.raises(NodeError) as caught:
        await http.request(method, url, timeout_s=10)
    assert caught.value.hint
    return caught.value.code

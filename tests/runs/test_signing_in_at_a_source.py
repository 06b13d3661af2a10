"""Signing in at a server that lets nobody else in: the whole round, at a server of the official package."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.models import Member, Role, User, Workspace
from backend.tools.models import SourceSignIn, ToolSource
from backend.tools.tokens import current
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, graph, installed, node, until
from tests.tools.conftest import web
from tests.tools.guarded_shop import GuardedShop, guarded, signed_in_there
from workers.tools.renewing import Renewals

JSON = "application/json"


@pytest.fixture(scope="module")
def shop() -> Iterator[GuardedShop]:
    with guarded() as one:
        yield one


@pytest.fixture(scope="module")
def house(
    migrated_data: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any, shop: GuardedShop
) -> Iterator[Stack]:
    """An installation whose worker may reach the shop."""
    with installed(migrated_data, tmp_path_factory.mktemp("house") / "data", django_db_blocker) as built:
        built.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = shop.place
        built.start_worker()
        yield built


@pytest.fixture
def ella(house: Stack, shop: GuardedShop, settings: Any) -> Iterator[Person]:
    """Someone with a workspace of her own. The shop lets people in for an hour."""
    settings.TREADLE_KEYS = house.data / "keys"  # what is kept here, the worker can open
    shop.keeper.lasts_s = 3600
    person = make_person(
        f"ella{User.objects.count()}@example.com", Workspace.objects.create(name="Inn"), Role.EDITOR
    )
    yield person
    SourceSignIn.objects.all().delete()
    ToolSource.objects.all().delete()


def ask(client: Client, method: str, path: str, body: Any = None) -> Any:
    answer = getattr(client, method)(f"/api{path}", body or {}, JSON)
    assert answer.status_code < 300, answer.content
    return answer.json() if answer.content else None


def connected(ella: Person, shop: GuardedShop, house: Stack) -> ToolSource:
    """The shop as a source, at which somebody has to sign in."""
    made = ask(ella.client, "post", "/tools", {"name": "Shop", "address": shop.url})
    return settled(ToolSource.objects.get(pk=made["id"]), "sign_in", house)


def settled(row: ToolSource, state: str, house: Stack) -> ToolSource:
    def is_so() -> bool:
        row.refresh_from_db()
        return row.state == state

    until(is_so, f"the source is {state}", lambda: f"{row.state} {row.error} {house.log_tail()}")
    return row


def place_of(client: Client, row: ToolSource, house: Stack, **typed: str) -> str:
    """Where the person signs in who begins now; the error's code where that is nowhere."""
    ask(client, "post", f"/tools/{row.pk}/sign-in", typed)

    def is_found() -> dict[str, Any] | None:
        said = client.get(f"/api/tools/{row.pk}/sign-in").json()
        return said if said["phase"] != "preparing" else None

    said = until(is_found, "a worker knows where one signs in", house.log_tail)
    return said["address"] or said["error"]["code"]


def answered(client: Client, back: dict[str, str]) -> Any:
    return client.post("/api/tools/sign-in/answer", back, JSON)


def signed_in(ella: Person, shop: GuardedShop, house: Stack) -> ToolSource:
    row = connected(ella, shop, house)
    assert answered(ella.client, signed_in_there(place_of(ella.client, row, house))).status_code == 200
    return settled(row, "ready", house)


def an_app(row: ToolSource, house: Stack) -> Any:
    tool = row.tools.get(name="find_order")
    chosen = {
        "source": str(row.pk),
        "name": tool.name,
        "digest": tool.digest,
        "effect": tool.effect,
        "input_schema": tool.input_schema,
    }
    use = node("use_tool", tool=chosen, arguments={"number": "{{ start_1.query }}"})
    drawn = graph(
        [node("start"), use, node("answer", text="{{ use_tool_1.data.status }}")],
        "start_1 -> use_tool_1",
        "use_tool_1 -> answer_1",
    )
    return house.app(drawn, row.workspace)


def test_who_signs_in_lends_the_tools_and_nobody_reads_a_token(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = signed_in(ella, shop, house)
    run = house.ended(house.say(an_app(row, house), "A-17"))

    [shown] = ask(ella.client, "get", "/tools")["sources"]
    assert (shown["auth"], shown["sign_in"]["signed_in_by"]) == ("oauth", ella.user.name)
    assert run.answer == "on its way"
    assert shop.done[-1] == "A-17"
    said = repr(shown) + house.log_tail() + repr(list(run.events.values()))
    stored = b"".join(one.read_bytes() for one in house.data.glob("treadle.db*"))
    assert [one for one in shop.keeper.given if one in said or one.encode() in stored] == []
    [asked] = [one for one in shop.keeper.access.values() if one.token == shop.keeper.given[-2]]
    assert asked.resource == shop.url


def test_a_token_that_ends_is_renewed_once_for_all_who_want_it(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    shop.keeper.lasts_s = 30  # so little that it is renewed before each use
    row = signed_in(ella, shop, house)
    found = current(row.pk)
    assert found is not None
    before = shop.keeper.renewals

    async def all_at_once() -> set[str]:
        http = web(shop.port)
        got = await asyncio.gather(*(Renewals(http, row.pk, "Shop").after(found[1]) for _ in range(8)))
        await http._http.close()
        return {one.access for one in got}

    assert len(asyncio.run(all_at_once())) == 1
    assert shop.keeper.renewals == before + 1
    assert house.ended(house.say(an_app(row, house), "A-18")).answer == "on its way"
    assert shop.keeper.renewals > before + 1


def test_a_token_that_is_not_taken_any_more_is_renewed_and_the_call_sent_again(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = signed_in(ella, shop, house)
    version = an_app(row, house)
    shop.keeper.access.clear()

    assert house.ended(house.say(version, "A-19")).answer == "on its way"
    assert shop.done.count("A-19") == 1


def test_a_sign_in_that_is_over_fails_the_run_and_asks_for_another(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = signed_in(ella, shop, house)
    version = an_app(row, house)
    shop.keeper.access.clear()
    shop.keeper.renewal.clear()

    failed = house.ended(house.say(version, "A-20"))
    settled(row, "sign_in", house)
    assert answered(ella.client, signed_in_there(place_of(ella.client, row, house))).status_code == 200
    settled(row, "ready", house)
    again = house.ended(house.say(version, "A-21"))

    assert (failed.error["code"], failed.error["hint"]) == ("tool_sign_in", "Sign in again under Tools.")
    assert again.answer == "on its way"


def test_who_is_kept_out_there_is_told_so(house: Stack, shop: GuardedShop, ella: Person) -> None:
    row = connected(ella, shop, house)
    back = signed_in_there(place_of(ella.client, row, house), agrees=False)

    refused = answered(ella.client, back)

    assert refused.json()["error"]["code"] == "sign_in_refused"
    assert ask(ella.client, "get", f"/tools/{row.pk}/sign-in")["error"]["code"] == "sign_in_refused"


def test_an_answer_counts_once_and_for_the_session_that_began_it(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = connected(ella, shop, house)
    address = place_of(ella.client, row, house)
    back = signed_in_there(address)
    emil = make_person(f"emil{User.objects.count()}@example.com", ella.workspace, Role.EDITOR)
    bob = make_person(f"bob{User.objects.count()}@example.com", house.bakery, Role.OWNER)
    elsewhere = Client()
    elsewhere.force_login(ella.user, backend="backend.accounts.auth.ByEmail")

    assert emil.client.get(f"/api/tools/{row.pk}/sign-in").json()["address"] == ""
    assert elsewhere.get(f"/api/tools/{row.pk}/sign-in").json()["address"] == ""
    for foreign in (emil.client, bob.client, elsewhere):
        assert answered(foreign, back).json()["error"]["code"] == "sign_in_over"
    assert answered(ella.client, {**back, "state": "x" * 43}).json()["error"]["code"] == "sign_in_over"
    assert answered(ella.client, back).status_code == 200
    assert answered(ella.client, back).json()["error"]["code"] == "sign_in_over"
    settled(row, "ready", house)


def test_an_answer_in_the_name_of_another_server_is_not_taken(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = connected(ella, shop, house)
    back = signed_in_there(place_of(ella.client, row, house))

    assert (
        answered(ella.client, {**back, "iss": "https://evil.example"}).json()["error"]["code"]
        == "sign_in_mixed_up"
    )
    assert answered(ella.client, back).json()["error"]["code"] == "sign_in_over"
    assert not SourceSignIn.objects.get(source=row).tokens


def test_an_answer_that_comes_too_late_is_not_taken(house: Stack, shop: GuardedShop, ella: Person) -> None:
    row = connected(ella, shop, house)
    back = signed_in_there(place_of(ella.client, row, house))
    SourceSignIn.objects.update(begun_at=timezone.now() - timedelta(minutes=11))

    assert answered(ella.client, back).json()["error"]["code"] == "sign_in_over"


def test_a_sign_in_is_of_no_use_to_another_workspace(house: Stack, shop: GuardedShop, ella: Person) -> None:
    signed_in(ella, shop, house)
    other = Workspace.objects.create(name="Second inn")
    Member.objects.create(workspace=other, user=ella.user, role=Role.OWNER)
    bob = make_person(f"bob{User.objects.count()}@example.com", other, Role.EDITOR)

    theirs = connected(bob, shop, house)

    assert current(theirs.pk) is None
    moved = SourceSignIn.objects.get(source__workspace=ella.workspace)
    SourceSignIn.objects.filter(pk=moved.pk).update(source=theirs, workspace=other)
    ToolSource.objects.filter(pk=theirs.pk).update(auth="oauth")
    assert current(theirs.pk) is None  # what is sealed opens in its own place only


def test_who_signs_out_is_forgotten_on_both_sides(house: Stack, shop: GuardedShop, ella: Person) -> None:
    row = signed_in(ella, shop, house)
    version = an_app(row, house)
    access, renewal = shop.keeper.given[-2:]

    ask(ella.client, "delete", f"/tools/{row.pk}/sign-in")
    failed = house.ended(house.say(version, "A-22"))
    until(lambda: not SourceSignIn.objects.get(source=row).tokens, "the tokens are gone", house.log_tail)

    assert failed.error["code"] == "tool_sign_in"
    assert {access, renewal} <= set(shop.keeper.revoked)
    assert "A-22" not in shop.done


def test_a_source_that_is_taken_away_gives_its_tokens_back(
    house: Stack, shop: GuardedShop, ella: Person
) -> None:
    row = signed_in(ella, shop, house)
    renewal = shop.keeper.given[-1]

    ask(ella.client, "delete", f"/tools/{row.pk}")

    until(lambda: not SourceSignIn.objects.exists(), "nothing is left", house.log_tail)
    assert renewal in shop.keeper.revoked


@pytest.mark.parametrize("stops_after", ["found", "answered"])
def test_a_worker_that_stops_in_the_middle_is_followed_by_another(
    stack: Stack, settings: Any, stops_after: str
) -> None:
    settings.TREADLE_KEYS = stack.data / "keys"
    with guarded() as shop:
        stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = shop.place
        ella = make_person("ella@example.com", Workspace.objects.create(name="Inn"), Role.EDITOR)
        first = stack.start_worker()
        row = connected(ella, shop, stack)
        back = signed_in_there(place_of(ella.client, row, stack))
        first.kill()
        first.wait()
        if stops_after == "answered":
            assert answered(ella.client, back).status_code == 200
            stack.start_worker()
        else:
            stack.start_worker()
            assert answered(ella.client, back).status_code == 200

        settled(row, "ready", stack)

        assert [one.name for one in row.tools.all()] == ["find_order"]


def test_where_nobody_registers_us_a_person_types_the_client_in(stack: Stack, settings: Any) -> None:
    settings.TREADLE_KEYS = stack.data / "keys"
    with guarded(registers=False) as shop:
        stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = shop.place
        ella = make_person("ella@example.com", Workspace.objects.create(name="Inn"), Role.EDITOR)
        stack.start_worker()
        row = connected(ella, shop, stack)
        shop.knows("ours", "http://127.0.0.1:8000/tools/signed-in")

        unknown = place_of(ella.client, row, stack)
        typed = {"client_id": "ours", "client_secret": "secret-of-ours"}
        back = signed_in_there(place_of(ella.client, row, stack, **typed))
        assert answered(ella.client, back).status_code == 200
        settled(row, "ready", stack)

        assert unknown == "sign_in_needs_client"
        said = ella.client.get("/api/tools").content + stack.log_tail().encode()
        stored = b"".join(one.read_bytes() for one in stack.data.glob("treadle.db*"))
        assert b"secret-of-ours" not in said + stored

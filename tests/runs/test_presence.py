"""Who has an app open is seen by those who may see the app, over real web processes, and by nobody else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from backend.accounts.models import Member, Role, Workspace
from backend.workflows.models import Workflow
from tests.conftest import Person, make_person
from tests.runs.stack import ECHO, Stack, free_port

NOBODY: list[dict[str, Any]] = []


@pytest.fixture(scope="module")
def places(running: Stack) -> list[str]:
    """Two web processes of one installation."""
    running.start_web()
    first = running.url
    running.start_web_on(free_port())
    return [first, running.url]


@pytest.fixture(scope="module")
def anna(places: list[str]) -> Person:
    return make_person("anna-here@example.com", Workspace.objects.create(name="Anna's bakery"), Role.OWNER)


@pytest.fixture
def emil(anna: Person) -> Person:
    """Someone else of the same workspace."""
    person = make_person(f"emil-{uuid4().hex}@example.com", anna.workspace, Role.EDITOR)
    person.user.name = "Emil"
    person.user.save(update_fields=["name"])
    return person


@pytest.fixture
def app(running: Stack, anna: Person) -> str:
    return str(running.app(ECHO, anna.workspace).workflow_id)


@contextmanager
def window(place: str, person: Person, app: str) -> Iterator[ClientConnection]:
    """A window in which `person` has the app open."""
    cookie = person.client.cookies["treadle_session"].value
    url = place.replace("http", "ws") + "/ws/console"
    headers = {"Cookie": f"treadle_session={cookie}"}
    with connect(url, additional_headers=headers, origin=place) as socket:  # type: ignore[arg-type]
        socket.send(json.dumps({"type": "enter", "app": app}))
        yield socket


def others(socket: ClientConnection, *, within_s: float = 30) -> list[tuple[str, bool, int]]:
    """The next that a window hears of others: name, whether it is the same person, in how many windows."""
    message = json.loads(socket.recv(timeout=within_s))
    assert message["type"] == "present", message
    return [(one["name"], one["is_you"], one["windows"]) for one in message["people"]]


def test_two_people_see_each_other_through_different_web_processes(
    places: list[str], anna: Person, emil: Person, app: str
) -> None:
    with window(places[0], anna, app) as hers:
        with window(places[1], emil, app) as his:
            assert others(hers) == [("Emil", False, 1)]
            assert others(his) == [("Anna-Here", False, 1)]
        assert others(hers) == NOBODY


def test_who_has_no_name_goes_by_the_beginning_of_the_address(
    places: list[str], anna: Person, emil: Person, app: str
) -> None:
    emil.user.name = ""
    emil.user.save(update_fields=["name"])

    with window(places[0], anna, app) as hers, window(places[1], emil, app):
        assert others(hers) == [(emil.user.email.partition("@")[0], False, 1)]


def test_a_second_window_of_ones_own_is_told_from_someone_else(
    places: list[str], anna: Person, emil: Person, app: str
) -> None:
    with window(places[0], anna, app) as one, window(places[0], emil, app) as his:
        others(one)
        others(his)
        with window(places[0], anna, app):
            assert others(one) == [("Anna-Here", True, 1), ("Emil", False, 1)]
            assert others(his) == [("Anna-Here", False, 2)]


def test_who_goes_to_another_app_is_seen_there_and_no_longer_here(
    running: Stack, places: list[str], anna: Person, emil: Person, app: str
) -> None:
    other = str(running.app(ECHO, anna.workspace).workflow_id)

    with window(places[0], anna, app) as here, window(places[1], emil, app) as his:
        others(here)
        others(his)
        his.send(json.dumps({"type": "enter", "app": other}))
        assert others(here) == NOBODY
        with window(places[0], anna, other) as there:
            assert others(there) == [("Emil", False, 1)]
            his.send(json.dumps({"type": "leave"}))
            assert others(there) == NOBODY


def test_a_stranger_is_neither_shown_nor_told_anything(places: list[str], anna: Person, app: str) -> None:
    bob = make_person("bob-here@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)

    answers = []
    with window(places[0], anna, app) as hers:
        for wanted in (app, "3f3a7a1e-1111-4222-8333-444455556666"):
            with window(places[0], bob, wanted) as his:
                answers.append(json.loads(his.recv(timeout=30)))
                with pytest.raises(TimeoutError):
                    his.recv(timeout=2)
        with pytest.raises(TimeoutError):
            others(hers, within_s=1)

    assert answers[0] == answers[1]
    assert answers[0]["code"] == "not_found"


def test_an_app_that_steps_of_others_were_tried_in_is_nobodys_place(
    running: Stack, places: list[str], anna: Person
) -> None:
    hidden = running.app(ECHO, anna.workspace).workflow
    Workflow.objects.filter(pk=hidden.pk).update(is_hidden=True)

    with window(places[0], anna, str(hidden.pk)) as socket:
        assert json.loads(socket.recv(timeout=30))["code"] == "not_found"


def test_who_is_no_longer_a_member_is_gone_and_hears_nothing_more(
    places: list[str], anna: Person, emil: Person, app: str
) -> None:
    with window(places[0], anna, app) as hers, window(places[1], emil, app) as his:
        others(hers)
        others(his)
        Member.objects.filter(user=emil.user).delete()

        assert others(hers) == NOBODY
        assert json.loads(his.recv(timeout=30))["code"] == "signed_out"
        with pytest.raises(ConnectionClosed):
            his.recv(timeout=30)


def test_a_window_whose_web_process_was_killed_is_gone_after_a_while(
    running: Stack, places: list[str], anna: Person, emil: Person, app: str
) -> None:
    web = running.start_web_on(free_port())

    with window(places[0], anna, app) as hers, window(running.url, emil, app):
        assert others(hers) == [("Emil", False, 1)]
        web.kill()
        assert others(hers) == NOBODY


def test_presence_comes_back_with_redis(
    running: Stack, places: list[str], anna: Person, emil: Person, app: str
) -> None:
    with window(places[0], anna, app) as hers, window(places[1], emil, app):
        assert others(hers) == [("Emil", False, 1)]
        running.kill_redis()
        try:
            assert others(hers) == NOBODY
        finally:
            running.start_redis()
        assert others(hers) == [("Emil", False, 1)]

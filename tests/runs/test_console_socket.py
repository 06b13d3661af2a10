"""The console's socket, over a real web process: members watch, come back, and others see nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from backend.accounts.models import Member, Role, Workspace
from backend.runs.entries import Entry, place_of
from backend.runs.models import Run
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, Stack
from tests.runs.watching import facts, folded, journal_of

LONG = "Please count to fifty"


@pytest.fixture(scope="module")
def web(running: Stack) -> Stack:
    """The shared installation, with a web process."""
    running.start_web()
    return running


@pytest.fixture(scope="module")
def anna(web: Stack) -> Person:
    return make_person("anna@example.com", Workspace.objects.create(name="Anna's bakery"), Role.OWNER)


@contextmanager
def console(web: Stack, person: Person | None, origin: str | None = None) -> Iterator[ClientConnection]:
    """A socket with the session of `person`."""
    cookie = person.client.cookies["treadle_session"].value if person else ""
    url = web.url.replace("http", "ws") + "/ws/console"
    headers = {"Cookie": f"treadle_session={cookie}"}
    with connect(url, additional_headers=headers, origin=origin or web.url) as socket:
        yield socket


def watch(socket: ClientConnection, run: Run, after: str | None = None) -> None:
    socket.send(json.dumps({"type": "watch", "run": str(run.pk), "after": after}))


def entries_until_end(socket: ClientConnection, run: Run) -> list[Entry]:
    """The entries of one run that come over the socket, to its end."""
    entries: list[Entry] = []
    while not (entries and entries[-1].is_end):
        message = json.loads(socket.recv(timeout=30))
        assert message["type"] == "entries", message
        if message["run"] == str(run.pk):
            entries += [_entry(value) for value in message["entries"]]
    return entries


def messages_until_closed(socket: ClientConnection) -> list[dict[str, Any]]:
    """What still comes before the server closes the socket."""
    messages = []
    with suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(socket.recv(timeout=30)))
    return messages


def _entry(value: dict[str, Any]) -> Entry:
    place = place_of(value["id"])
    assert place is not None
    return Entry(place, value["kind"], value[value["kind"]])


def test_a_member_watches_a_run_step_by_step(web: Stack, anna: Person):
    run = web.say(web.app(CHAT, anna.workspace), LONG)

    with console(web, anna) as socket:
        watch(socket, run)
        entries = entries_until_end(socket, run)

    run = web.ended(run)
    assert facts(entries) == journal_of(run)
    assert folded(run, entries).text == run.answer
    assert sum(entry.kind == "delta" for entry in entries) > 3


def test_a_window_that_comes_back_goes_on_where_it_was(web: Stack, anna: Person):
    run = web.say(web.app(CHAT, anna.workspace), LONG)

    with console(web, anna) as socket:
        watch(socket, run)
        first: list[Entry] = []
        while not any(entry.kind == "delta" for entry in first):
            first += [_entry(value) for value in json.loads(socket.recv(timeout=30))["entries"]]
    with console(web, anna) as socket:
        watch(socket, run, after=first[-1].id)
        rest = entries_until_end(socket, run)

    run = web.ended(run)
    assert facts([*first, *rest]) == journal_of(run)
    assert folded(run, rest, folded(run, first)).text == run.answer


def test_one_socket_watches_several_runs(web: Stack, anna: Person):
    version = web.app(CHAT, anna.workspace)
    runs = [web.say(version, f"message {n}") for n in range(3)]

    with console(web, anna) as socket:
        for run in runs:
            watch(socket, run)
        ended = set()
        while len(ended) < 3:
            message = json.loads(socket.recv(timeout=30))
            ended |= {message["run"] for value in message["entries"] if _entry(value).is_end}

    assert ended == {str(run.pk) for run in runs}


def test_an_ended_run_is_shown_at_once(web: Stack, anna: Person):
    run = web.ended(web.say(web.app(CHAT, anna.workspace), "Hello"))

    with console(web, anna) as socket:
        watch(socket, run)
        entries = entries_until_end(socket, run)

    assert facts(entries) == journal_of(run)


def test_a_stranger_learns_nothing_not_even_that_the_run_exists(web: Stack, anna: Person):
    bob = make_person("bob@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)
    run = web.say(web.app(CHAT, anna.workspace), "Hello")

    answers = []
    with console(web, bob) as socket:
        for wanted in (str(run.pk), "3f3a7a1e-1111-4222-8333-444455556666"):
            socket.send(json.dumps({"type": "watch", "run": wanted, "after": None}))
            answers.append(json.loads(socket.recv(timeout=30)))

    assert answers[0] == answers[1]
    assert answers[0]["code"] == "not_found"


def test_without_a_session_the_door_is_closed(web: Stack):
    with console(web, None) as socket:
        assert json.loads(socket.recv(timeout=30))["code"] == "signed_out"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=30)


def test_other_sites_cannot_open_the_socket(web: Stack, anna: Person):
    with pytest.raises(InvalidStatus), console(web, anna, origin="https://evil.example"):
        pass


def test_who_is_no_longer_a_member_stops_hearing(web: Stack, anna: Person):
    emil = make_person("emil@example.com", anna.workspace, Role.EDITOR)
    run = web.say(web.app(CHAT, anna.workspace), "on for ever")

    with console(web, emil) as socket:
        watch(socket, run)
        socket.recv(timeout=30)
        Member.objects.filter(user=emil.user).delete()
        messages = messages_until_closed(socket)

    assert messages[-1]["code"] == "signed_out"


def ask(web: Stack, person: Person, method: str, path: str, body: object = None) -> int:
    """A change asked for over the wire as `person`; gives the status."""
    cookies = {"treadle_session": person.client.cookies["treadle_session"].value, "csrftoken": "a" * 32}
    headers = {"X-CSRFToken": "a" * 32, "Origin": web.url}
    answer = httpx.request(method, web.url + path, json=body, cookies=cookies, headers=headers)
    return answer.status_code


def test_a_removed_members_silent_socket_is_closed_at_once(web: Stack, anna: Person):
    emil = make_person("emil-removed@example.com", anna.workspace, Role.EDITOR)
    member = Member.objects.get(user=emil.user)

    with console(web, emil) as socket:
        socket.send("{")
        assert json.loads(socket.recv(timeout=30))["code"] == "bad_json"  # it is in its group by now
        assert ask(web, anna, "DELETE", f"/api/members/{member.pk}") == 204
        messages = messages_until_closed(socket)

    assert [message["code"] for message in messages] == ["signed_out"]


def test_a_socket_with_lost_rights_hears_nothing_even_when_nobody_told_it(web: Stack, anna: Person):
    run = web.ended(web.say(web.app(CHAT, anna.workspace), "Hello"))
    emil = make_person("emil-untold@example.com", anna.workspace, Role.EDITOR)

    with console(web, emil) as socket:
        watch(socket, run)
        entries_until_end(socket, run)
        Member.objects.filter(user=emil.user).delete()
        watch(socket, run)
        messages = messages_until_closed(socket)

    assert [message["code"] for message in messages] == ["signed_out"]


def test_ending_other_sessions_closes_their_sockets(web: Stack, anna: Person):
    there = make_person("nina@example.com", anna.workspace, Role.VIEWER)
    here = Client()
    here.force_login(there.user, backend="backend.accounts.auth.ByEmail")

    with console(web, there) as socket:
        socket.send("{")
        socket.recv(timeout=30)
        assert ask(web, replace(there, client=here), "DELETE", "/api/session/others") == 200
        messages = messages_until_closed(socket)

    assert [message["code"] for message in messages] == ["signed_out"]


@pytest.mark.parametrize(
    "nonsense",
    [
        "{",
        "[]",
        '{"type": "shout"}',
        '{"type": "watch"}',
        '{"type": "watch", "run": 7}',
        '{"type": "watch", "run": "3f3a7a1e-1111-4222-8333-444455556666", "after": "yesterday"}',
        '{"type": "watch", "run": "3f3a7a1e-1111-4222-8333-444455556666", "as": "owner"}',
        '{"type": "enter"}',
        '{"type": "enter", "app": "everything"}',
        '{"type": "enter", "app": "3f3a7a1e-1111-4222-8333-444455556666", "run": null}',
        '{"type": ["watch"]}',
        "[" * 3000,
        "x" * 10_000,
    ],
)
def test_nonsense_is_answered_in_words_and_the_socket_stays_open(web: Stack, anna: Person, nonsense: str):
    with console(web, anna) as socket:
        socket.send(nonsense)
        answer = json.loads(socket.recv(timeout=30))
        socket.send('{"type": "unwatch", "run": "3f3a7a1e-1111-4222-8333-444455556666"}')
        socket.send(nonsense)

        assert answer["type"] == "error"
        assert answer["message"].endswith(".")
        assert json.loads(socket.recv(timeout=30)) == answer

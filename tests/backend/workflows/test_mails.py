"""A step that sends e-mail is told before it runs that its workspace has no mail server."""

from typing import Any

import pytest

from backend.mail.services import has_server, set_server
from backend.workflows.graphs import describe
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person

LETTER = {"to": "anna@example.com", "subject": "Hi", "text": "Hi"}


def problems(person: Person, node_type: str, config: dict[str, Any]) -> list[tuple[str, str | None]]:
    inner = {"id": "one_1", "type": node_type, "config": config}
    drawn = graph_from_json(
        {
            "nodes": [
                {"id": "start_1", "type": "start"},
                {"id": "each_1", "type": "each", "body": {"nodes": [inner]}},
            ],
            "edges": [{"source": "start_1", "target": "each_1"}],
        }
    )
    found = describe(drawn, person.workspace.pk).problems
    return [(one["code"], one["node"]) for one in found if one["code"].startswith("mail")]


def with_server(person: Person) -> None:
    set_server(
        workspace_id=person.workspace.pk,
        host="smtp.example.com",
        port=465,
        security="tls",
        username="",
        password=None,
        sender="shop@example.com",
        sender_name="",
    )


@pytest.mark.parametrize(
    ("node_type", "config"),
    [("mail", LETTER), ("ask_human", {"message": "Well?", "send_to": "{{ start_1.query }}"})],
)
def test_a_step_that_sends_needs_the_mail_server_of_its_own_workspace(
    owner: Person, stranger: Person, node_type: str, config: dict[str, Any]
):
    with_server(stranger)
    before = problems(owner, node_type, config)
    with_server(owner)

    assert before == [("mail_not_set_up", "one_1")]
    assert has_server(owner.workspace.pk)
    assert problems(owner, node_type, config) == []


def test_a_question_that_sends_no_link_needs_none(owner: Person):
    assert problems(owner, "ask_human", {"message": "Well?"}) == []

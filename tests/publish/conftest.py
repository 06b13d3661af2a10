"""A published app of Anna's, and one of Bob's that must stay his."""

from dataclasses import dataclass

import pytest

from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json
from tests.publish.stack import Stack


def echo_graph(inputs=()):
    """A graph without a model: it says the message back."""
    return graph_from_json(
        {
            "nodes": [
                {"id": "start_1", "type": "start", "config": {"inputs": list(inputs)}},
                {"id": "answer_1", "type": "answer", "config": {"text": "You said: {{ start_1.query }}"}},
            ],
            "edges": [{"source": "start_1", "target": "answer_1"}],
        }
    )


def chat_graph():
    """A graph that asks a model and says what it says."""
    prompt = {"system": "Secret plan: be kind.", "user": "{{ start_1.query }}", "history_turns": 6}
    return graph_from_json(
        {
            "nodes": [
                {"id": "start_1", "type": "start", "config": {}},
                {"id": "prompt_1", "type": "prompt", "config": prompt, "policy": {"max_attempts": 3}},
                {"id": "answer_1", "type": "answer", "config": {"text": "{{ prompt_1.text }}"}},
            ],
            "edges": [
                {"source": "start_1", "target": "prompt_1"},
                {"source": "prompt_1", "target": "answer_1"},
            ],
        }
    )


@dataclass(frozen=True)
class Offered:
    """A published app and its first key."""

    workflow: Workflow
    publication: Publication
    key: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that opens the app, for Django's test client."""
        return {"Authorization": f"Bearer {self.key}"}


def offer(person, name, graph=None, **echo):
    """Publishes an app of `person`: one that says the message back, or that of `graph`."""
    graph = graph or echo_graph(**echo)
    workflow = create_workflow(workspace_id=person.workspace.pk, name=name, graph=graph)
    published = publish_workflow(workflow=workflow, by=person.user)
    assert published.api_key is not None
    return Offered(workflow, published.publication, published.api_key)


@pytest.fixture
def shop(owner):
    """Anna's app."""
    return offer(owner, "Shop help")


@pytest.fixture
def garage(stranger):
    """Bob's app, in another workspace."""
    return offer(stranger, "Garage help")


SCRIPT = """
rules:
  - when: history
    reply: "{count} messages; system: {system}"
  - when: slow
    reply: one two three four five six seven eight nine ten
    delay_s: 0.15
  - when: broken
    reply: I begin and then
    after_words: 2
    error: {code: model_auth, message: The key sk-secret was refused.}
reply: "You said: {message}"
"""


@pytest.fixture(scope="session")
def stack(django_db_setup, redis_server, tmp_path_factory):
    """A web process and a worker, for the whole session."""
    running = Stack(tmp_path_factory.mktemp("stack"), SCRIPT)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def chat(transactional_db, owner):
    """Anna's app that asks a model."""
    return offer(owner, "Chat", graph=chat_graph())

"""A published app of Anna's, and one of Bob's that must stay his."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import pytest

from backend.accounts.models import Workspace
from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.runs.models import Run
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import CHAT, Stack, installed, migrated_data, postgresql_url, stack

__all__ = ["migrated_data", "postgresql_url", "stack"]


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
    """A graph that asks a model and says what it says; its instructions are nobody else's business."""
    drawn = deepcopy(CHAT)
    drawn["nodes"][1]["config"] |= {"system": "Secret plan: be kind.", "history_turns": 6}
    return graph_from_json(drawn)


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

    @property
    def run(self) -> Run:
        """The app's only run, as it is now."""
        return Run.objects.get(workflow=self.workflow)


def offer(workspace, name, graph=None, by=None):
    """Publishes an app: one that says the message back, or that of `graph`."""
    workflow = create_workflow(workspace_id=workspace.pk, name=name, graph=graph or echo_graph())
    published = publish_workflow(workflow=workflow, by=by)
    assert published.api_key is not None
    return Offered(workflow, published.publication, published.api_key)


@pytest.fixture
def shop(owner):
    """Anna's app."""
    return offer(owner.workspace, "Shop help", by=owner.user)


@pytest.fixture
def garage(stranger):
    """Bob's app, in another workspace."""
    return offer(stranger.workspace, "Garage help", by=stranger.user)


SLOW = "one two three four five six seven eight nine ten"
SCRIPT = f"""
rules:
  - when: history
    reply: "{{count}} messages; system: {{system}}"
  - when: slow
    reply: {SLOW}
    delay_s: 0.15
  - when: broken
    reply: I begin and then
    after_words: 2
    error: {{code: model_auth, message: The key sk-secret was refused.}}
reply: "You said: {{message}}"
"""


@pytest.fixture(scope="module")
def served(migrated_data, tmp_path_factory, django_db_blocker) -> Iterator[Stack]:
    """An installation with a worker and a web process, for the tests of a file that kill nothing."""
    with installed(migrated_data, tmp_path_factory.mktemp("served") / "data", django_db_blocker) as running:
        yield serve(running)


def serve(stack: Stack) -> Stack:
    """Starts a worker, whose model follows SCRIPT, and a web process."""
    stack.script(SCRIPT)
    stack.start_worker()
    stack.start_web()
    return stack


@pytest.fixture
def chat(served) -> Offered:
    """An app that asks a model, in a workspace of its own, served for real."""
    return offer_chat()


def offer_chat() -> Offered:
    """Publishes an app that asks a model."""
    return offer(Workspace.objects.create(name="Anna's bakery"), "Chat", chat_graph())

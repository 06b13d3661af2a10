"""A published app of Anna's, and one of Bob's that must stay his."""

from dataclasses import dataclass

import pytest

from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow
from nodes.sdk.graph import graph_from_json


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


def offer(person, name, **graph):
    """Publishes an echo app of `person`."""
    workflow = create_workflow(workspace_id=person.workspace.pk, name=name, graph=echo_graph(**graph))
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

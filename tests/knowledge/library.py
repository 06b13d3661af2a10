"""Collections made and searched on a stack, as the console does it but without HTTP."""

from __future__ import annotations

from typing import Any

from backend.accounts.models import Workspace
from backend.knowledge import services
from backend.knowledge.models import Document, KnowledgeBase
from backend.runs.models import Event, Run
from backend.workflows.models import Version
from backend.workflows.services import create_workflow, pin_graph
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import Stack, graph, node, until

POLICY = """# Return policy

You can return any item within 30 days of delivery. Bring the receipt.

## Refunds

We pay the money back within five working days, by the way you paid.

## 退货政策

商品签收后三十天内可以退货，请保留收据。退款会在五个工作日内原路退回。
"""
HOURS = "# Opening hours\n\nThe shop is open from nine to six, and closed on Sundays.\n"


def make(name: str = "Returns", workspace: str = "Anna's bakery") -> KnowledgeBase:
    """A new collection."""
    home, _ = Workspace.objects.get_or_create(name=workspace)
    return services.create_knowledge(workspace_id=home.pk, name=name)


def add(knowledge: KnowledgeBase, *files: tuple[str, str | bytes]) -> list[Document]:
    """Uploads files."""
    uploads = []
    for name, content in files:
        data = content.encode() if isinstance(content, str) else content
        uploads.append(services.Upload(name, len(data), [data]))
    return services.add_documents(knowledge, uploads)


def settled(stack: Stack, document: Document) -> Document:
    """The document, once it is ready or has failed."""
    until(
        lambda: Document.objects.get(pk=document.pk).status in ("ready", "failed"),
        f"{document.title} is read",
        stack.log_tail,
    )
    return Document.objects.get(pk=document.pk)


def finder(*knowledge: KnowledgeBase, **config: Any) -> dict[str, Any]:
    """An app that finds passages and says them."""
    return graph(
        [
            node("start"),
            node(
                "retrieval",
                knowledge=[str(one.pk) for one in knowledge],
                query="{{ start_1.query }}",
                **config,
            ),
            node("answer", text="{{ retrieval_1.text }}"),
        ],
        "start_1 -> retrieval_1",
        "retrieval_1 -> answer_1",
    )


def pinned(drawn: dict[str, Any], workspace: Workspace) -> Version:
    """The app as a version that nobody checked: what a person could not save, a run refuses all the same."""
    read = graph_from_json(drawn)
    workflow = create_workflow(workspace_id=workspace.pk, name="App", graph=read)
    return pin_graph(workflow, read)


def found(stack: Stack, query: str, *knowledge: KnowledgeBase, **config: Any) -> list[dict[str, Any]]:
    """The passages that a run of such an app finds."""
    workspace = Workspace.objects.get(pk=knowledge[0].workspace_id)
    run = stack.ended(stack.say(stack.app(finder(*knowledge, **config), workspace), query))
    assert run.status == "succeeded", run.error
    return passages_of(run)


def passages_of(run: Run) -> list[dict[str, Any]]:
    """What the step of a run found."""
    data = Event.objects.get(run=run, type="node_succeeded", path="retrieval_1").data
    return data["output"]["passages"]

"""The tester of a knowledge base: a question, and the passages an app would find for it."""

import uuid
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints

from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.knowledge.models import KnowledgeBase
from backend.runs.trials import try_node
from nodes.sdk.document_filter import DocumentFilter

router = Router(tags=["knowledge"])

PATIENCE_S = 60.0


class SearchQuestion(Body):
    """What to look for, and how. The defaults are those of the step."""

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    top_k: int = Field(5, ge=1, le=20)
    mode: Literal["hybrid", "keyword", "vector"] = "hybrid"
    minimum: float = Field(0.0, ge=0, le=1)
    only: DocumentFilter = DocumentFilter()
    order: Literal["search", "model"] = "search"
    rank_model: str = Field("", max_length=300, pattern=r"^([a-z0-9-]{1,40}/[^{}\x00-\x1f]+)?$")
    relevance: float = Field(0.0, ge=0, le=1)


class PassageAnswer(Answer):
    """A passage that was found.

    `score` from 0 to 1 is how sure the search is of it, or how relevant the model finds it that ordered them.
    """

    text: str
    score: float
    document: str
    heading: str
    page: int | None
    knowledge_id: uuid.UUID
    document_id: uuid.UUID
    chunk_id: int
    start: int
    end: int


class RemarkAnswer(Answer):
    """Why no model put the passages in order, though one was to: a stable code, and words."""

    code: str
    message: str
    hint: str


class SearchAnswer(Answer):
    """Passages, the best first. With a `remark` they are in the order of the search."""

    passages: list[PassageAnswer]
    remark: RemarkAnswer | None


@router.post(
    "/knowledge/{uuid:knowledge_id}/search", response={200: SearchAnswer, 404: ErrorAnswer, 422: ErrorAnswer}
)
def search_knowledge(request: HttpRequest, knowledge_id: uuid.UUID, body: SearchQuestion) -> dict:
    """Searches it exactly as the step "Find in documents" does: by a run of that step."""
    bases = KnowledgeBase.objects.for_workspace(request.auth.workspace_id)
    if not bases.filter(pk=knowledge_id).exists():
        raise not_found("This collection")
    output = try_node(
        "retrieval",
        {
            "knowledge": [str(knowledge_id)],
            "query": "{{ start_1.query }}",
            "top_k": body.top_k,
            "mode": body.mode,
            "minimum": body.minimum,
            "only": "{{ start_1.only }}",
            "order": body.order,
            "rank_model": body.rank_model,
            "relevance": body.relevance,
        },
        query=body.query,
        inputs={"only": body.only.model_dump(mode="json")},
        by=request.auth,
        slug="-knowledge-test",
        patience_s=PATIENCE_S,
    )
    assert isinstance(output, dict)
    return {"passages": output["passages"], "remark": output["remark"]}

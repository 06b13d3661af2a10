"""/api/knowledge: collections, their documents, and the pieces those were cut into."""

import uuid
from collections.abc import Iterable

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from backend.accounts.bodies import ErrorAnswer
from backend.accounts.errors import not_found
from backend.knowledge import fields, services
from backend.knowledge.limits import FILE_MB, MB, MOST_FILES_AT_ONCE, UPLOAD_BYTES
from backend.knowledge.models import UNFINISHED, Chunk, Document, DocumentStatus, KnowledgeBase
from backend.knowledge.schemas import (
    ChunksAnswer,
    DocumentAnswer,
    DocumentList,
    KnowledgeAnswer,
    KnowledgeChange,
    KnowledgeList,
    NewField,
    NewKnowledge,
    ValuesChange,
)

router = Router(tags=["knowledge"])

MOST_LISTED = 500
MOST_CHUNKS_SHOWN = 100


@router.get("/knowledge", response=KnowledgeList)
def list_knowledge(request: HttpRequest) -> dict:
    """The workspace's knowledge bases, the one changed last first, and how much may be uploaded."""
    rows = KnowledgeBase.objects.for_workspace(request.auth.workspace_id).order_by("-updated_at", "id")
    limits = {
        "file_bytes": FILE_MB * MB,
        "files_at_once": MOST_FILES_AT_ONCE,
        "upload_bytes": UPLOAD_BYTES,
    }
    return {"knowledge": _answers(rows), "limits": limits}


@router.post("/knowledge", response={201: KnowledgeAnswer, 409: ErrorAnswer, 422: ErrorAnswer})
def create_knowledge(request: HttpRequest, body: NewKnowledge) -> Status:
    """A new, empty knowledge base."""
    made = services.create_knowledge(
        workspace_id=request.auth.workspace_id, name=body.name, description=body.description
    )
    return Status(201, _answers([made])[0])


@router.get("/knowledge/{uuid:knowledge_id}", response={200: KnowledgeAnswer, 404: ErrorAnswer})
def get_knowledge(request: HttpRequest, knowledge_id: uuid.UUID) -> dict:
    """A knowledge base with its figures."""
    return _answers([_knowledge(request, knowledge_id)])[0]


@router.patch("/knowledge/{uuid:knowledge_id}", response={200: KnowledgeAnswer, 404: ErrorAnswer})
def change_knowledge(request: HttpRequest, knowledge_id: uuid.UUID, body: KnowledgeChange) -> dict:
    """Gives it another name or description."""
    knowledge = _knowledge(request, knowledge_id)
    services.change_knowledge(knowledge, name=body.name, description=body.description)
    return _answers([knowledge])[0]


@router.delete("/knowledge/{uuid:knowledge_id}", response={204: None, 404: ErrorAnswer})
def delete_knowledge(request: HttpRequest, knowledge_id: uuid.UUID) -> Status:
    """Deletes it with all its documents."""
    services.delete_knowledge(_knowledge(request, knowledge_id))
    return Status(204, None)


@router.post(
    "/knowledge/{uuid:knowledge_id}/fields",
    response={201: KnowledgeAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def add_field(request: HttpRequest, knowledge_id: uuid.UUID, body: NewField) -> Status:
    """Gives all its documents a field: text, number, date, or yes and no."""
    changed = fields.add_field(_knowledge(request, knowledge_id), name=body.name, kind=body.kind)
    return Status(201, _answers([changed])[0])


@router.delete(
    "/knowledge/{uuid:knowledge_id}/fields/{field}", response={200: KnowledgeAnswer, 404: ErrorAnswer}
)
def remove_field(request: HttpRequest, knowledge_id: uuid.UUID, field: str) -> dict:
    """Removes a field, and what the documents have in it."""
    return _answers([fields.remove_field(_knowledge(request, knowledge_id), field)])[0]


@router.get("/knowledge/{uuid:knowledge_id}/documents", response={200: DocumentList, 404: ErrorAnswer})
def list_documents(
    request: HttpRequest,
    knowledge_id: uuid.UUID,
    limit: int = Query(MOST_LISTED, ge=1, le=MOST_LISTED),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> dict:
    """Its documents, the newest first, with how far each is."""
    rows = _knowledge(request, knowledge_id).documents.select_related("uploaded_by")
    rows = rows.order_by("-created_at", "id")
    return {"documents": rows[offset : offset + limit]}


@router.post(
    "/knowledge/{uuid:knowledge_id}/documents",
    response={201: DocumentList, 404: ErrorAnswer, 409: ErrorAnswer, 413: ErrorAnswer, 422: ErrorAnswer},
)
def add_documents(
    request: HttpRequest,
    knowledge_id: uuid.UUID,
    files: File[list[UploadedFile]],
) -> Status:
    """Adds files, all of them or none. They are read in the background; ask for the list to see how far."""
    knowledge = _knowledge(request, knowledge_id)
    uploads = [services.Upload(file.name or "", file.size or 0, file.chunks()) for file in files]
    return Status(201, {"documents": services.add_documents(knowledge, uploads, by=request.auth.user)})


@router.patch(
    "/knowledge/{uuid:knowledge_id}/documents",
    response={200: DocumentList, 404: ErrorAnswer, 422: ErrorAnswer},
)
def set_values(request: HttpRequest, knowledge_id: uuid.UUID, body: ValuesChange) -> dict:
    """Fills or empties fields of one or several documents: all of them or none."""
    knowledge = _knowledge(request, knowledge_id)
    return {"documents": fields.set_values(knowledge, body.documents, body.values)}


@router.get(
    "/knowledge/{uuid:knowledge_id}/documents/{uuid:document_id}",
    response={200: DocumentAnswer, 404: ErrorAnswer},
)
def get_document(request: HttpRequest, knowledge_id: uuid.UUID, document_id: uuid.UUID) -> Document:
    """A document, and how far it is."""
    return _document(request, knowledge_id, document_id)


@router.delete(
    "/knowledge/{uuid:knowledge_id}/documents/{uuid:document_id}", response={204: None, 404: ErrorAnswer}
)
def delete_document(request: HttpRequest, knowledge_id: uuid.UUID, document_id: uuid.UUID) -> Status:
    """Deletes a document, also one that is being read just now."""
    services.delete_document(_document(request, knowledge_id, document_id))
    return Status(204, None)


@router.post(
    "/knowledge/{uuid:knowledge_id}/documents/{uuid:document_id}/retry",
    response={200: DocumentAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def retry_document(request: HttpRequest, knowledge_id: uuid.UUID, document_id: uuid.UUID) -> Document:
    """Reads a document again that could not be read."""
    return services.retry_document(_document(request, knowledge_id, document_id))


@router.get(
    "/knowledge/{uuid:knowledge_id}/documents/{uuid:document_id}/chunks",
    response={200: ChunksAnswer, 404: ErrorAnswer},
)
def list_chunks(
    request: HttpRequest,
    knowledge_id: uuid.UUID,
    document_id: uuid.UUID,
    around: int | None = Query(None, ge=1, le=2**62),
    start: int = Query(0, ge=0, le=10_000_000),
    limit: int = Query(20, ge=1, le=MOST_CHUNKS_SHOWN),
) -> dict:
    """Pieces of a document in order: from the `start`-th on, or with the piece `around` in their middle."""
    document = _document(request, knowledge_id, document_id)
    chunks = Chunk.objects.filter(document=document)
    if around is not None:
        middle = chunks.filter(pk=around).values_list("index", flat=True).first()
        if middle is None:
            raise not_found("This passage")
        start = max(0, middle - limit // 2)
    shown = chunks.filter(index__gte=start).order_by("index").defer("words")[:limit]
    return {"document": document, "total": chunks.count(), "around": around, "chunks": shown}


def _knowledge(request: HttpRequest, knowledge_id: uuid.UUID) -> KnowledgeBase:
    bases = KnowledgeBase.objects.for_workspace(request.auth.workspace_id)
    found = bases.filter(pk=knowledge_id).first()
    if found is None:
        raise not_found("This collection")
    return found


def _document(request: HttpRequest, knowledge_id: uuid.UUID, document_id: uuid.UUID) -> Document:
    documents = Document.objects.for_workspace(request.auth.workspace_id).select_related("uploaded_by")
    found = documents.filter(pk=document_id, knowledge_id=knowledge_id).first()
    if found is None:
        raise not_found("This document")
    return found


def _answers(rows: Iterable[KnowledgeBase]) -> list[dict]:
    """The rows with the figures of their documents, in one more query for all of them."""
    rows = list(rows)
    figures = (
        Document.objects.filter(knowledge__in=rows)
        .values("knowledge")
        .annotate(
            documents=Count("id"),
            working=Count("id", filter=Q(status__in=UNFINISHED)),
            failed=Count("id", filter=Q(status=DocumentStatus.FAILED)),
            pieces=Sum("pieces", filter=Q(status=DocumentStatus.READY), default=0),
            size_bytes=Sum("size_bytes", default=0),
        )
    )
    by_id = {row.pop("knowledge"): row for row in figures}
    nothing = {"documents": 0, "working": 0, "failed": 0, "pieces": 0, "size_bytes": 0}
    return [
        {
            "id": row.pk,
            "name": row.name,
            "description": row.description,
            "fields": row.fields,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            **by_id.get(row.pk, nothing),
        }
        for row in rows
    ]

"""What the knowledge routes take and give."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.accounts.bodies import Answer, Body
from backend.knowledge.limits import MOST_FIELDS, MOST_VALUES_AT_ONCE
from nodes.sdk.document_fields import LONGEST_NAME, FieldKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class NewKnowledge(Body):
    """What a new knowledge base is called."""

    name: Name
    description: str = Field("", max_length=1000)


class KnowledgeChange(Body):
    """What is to be different; what is not sent stays."""

    name: Name | None = None
    description: str | None = Field(None, max_length=1000)


class NewField(Body):
    """A field that all documents of a collection are to have."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
    kind: FieldKind


Value = Annotated[str, StringConstraints(max_length=2_000)] | bool | int | float | None


class ValuesChange(Body):
    """What documents are to have in fields of their collection; null empties a field."""

    documents: list[Annotated[uuid.UUID, Field(strict=False)]] = Field(
        min_length=1, max_length=MOST_VALUES_AT_ONCE
    )
    values: dict[str, Value] = Field(min_length=1, max_length=MOST_FIELDS)


class DocumentFieldAnswer(Answer):
    """A field of a collection's documents. A date is YYYY-MM-DD, a boolean is yes or no."""

    name: str
    kind: FieldKind


class KnowledgeAnswer(Answer):
    """A knowledge base. `working` counts documents still being read, `pieces` what a search looks through."""

    id: uuid.UUID
    name: str
    description: str
    fields: list[DocumentFieldAnswer]
    documents: int
    working: int
    failed: int
    pieces: int
    size_bytes: int
    created_at: datetime
    updated_at: datetime


class LimitsOfUploads(Answer):
    """How much may be sent: each file, and how many at once."""

    file_bytes: int
    files_at_once: int
    upload_bytes: int


class KnowledgeList(Answer):
    """All knowledge bases of the workspace."""

    knowledge: list[KnowledgeAnswer]
    limits: LimitsOfUploads


class DocumentRemark(Answer):
    """Why a document could not be read, or what of it was left out: a stable code, and words."""

    code: str
    message: str
    hint: str = ""


class DocumentAnswer(Answer):
    """A document. `kind` is what its content is; `progress` runs from 0 to 1.

    `uploaded_by` is an e-mail address and `language` a code such as "en", both empty where unknown;
    `values` is what it has in the fields of its collection.
    """

    id: uuid.UUID
    knowledge_id: uuid.UUID
    title: str
    kind: Literal["", "txt", "md", "html", "pdf", "docx"]
    size_bytes: int
    status: Literal["waiting", "reading", "indexing", "ready", "failed"]
    progress: float
    error: DocumentRemark | None
    notices: list[DocumentRemark]
    pages: int | None
    pieces: int
    characters: int
    language: str
    uploaded_by: str = Field(validation_alias="uploader")
    values: dict[str, Value] = Field(validation_alias="field_values")
    created_at: datetime
    updated_at: datetime


class DocumentList(Answer):
    """Documents, the newest first."""

    documents: list[DocumentAnswer]


class ChunkAnswer(Answer):
    """A piece of a document: where it stands, under which headings, and its text."""

    id: int
    index: int
    text: str
    heading: str
    page: int | None
    start: int
    end: int


class ChunksAnswer(Answer):
    """Pieces of a document in order, out of `total`; `around` is the one that was asked for."""

    document: DocumentAnswer
    total: int
    around: int | None
    chunks: list[ChunkAnswer]

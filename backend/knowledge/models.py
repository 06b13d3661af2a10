"""Documents that apps answer from: knowledge bases, their documents, the pieces those are cut into.

A Document row is the truth about its reading: status, attempts and lease. A message that is lost loses
nothing; any worker's sweep finds what is due. What a search may find are the chunks of ready documents.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import User, Workspace, WorkspaceRows


class DocumentStatus(models.TextChoices):
    """How far a document is. While "reading" it is taken apart, while "indexing" its meaning is computed."""

    WAITING = "waiting"
    READING = "reading"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"


UNFINISHED = (DocumentStatus.WAITING, DocumentStatus.READING, DocumentStatus.INDEXING)


class KnowledgeBase(models.Model):
    """A collection of documents. `revision` grows whenever what a search may find has changed, and
    `values_revision` when its documents got other values in their fields.

    `embedding_model` names the model whose vectors its chunks have: vectors of two models cannot be
    compared. It is empty until the first document is indexed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=1000, blank=True, default="")
    embedding_model = models.CharField(max_length=300, blank=True, default="")
    fields = models.JSONField(default=list)  # [{name, kind}]: what its documents have beside the usual
    revision = models.PositiveIntegerField(default=1)
    values_revision = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-updated_at"], name="knowledge_of_workspace")]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """One uploaded file. `file` is the name that our storage gave it; the user's own name is only a title."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    knowledge = models.ForeignKey(KnowledgeBase, models.CASCADE, related_name="documents")
    title = models.CharField(max_length=200)
    file = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, blank=True, default="")  # what its content turned out to be
    status = models.CharField(max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.WAITING)
    progress = models.FloatField(default=0)  # 0 to 1
    error = models.JSONField(null=True, blank=True)  # {code, message, hint} when it failed
    notices = models.JSONField(default=list)  # the same form: read, but not all of it, or not as it was
    pages = models.PositiveIntegerField(null=True)
    pieces = models.PositiveIntegerField(default=0)
    characters = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=8, blank=True, default="")  # as its text tells; empty: unknown
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    field_values = models.JSONField(default=dict)  # of its collection's fields, those that are filled

    attempts = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001  NULL means: nobody
    lease_until = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DocumentStatus.values), name="document_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(lease_owner__isnull=True, lease_until__isnull=True)
                | Q(lease_owner__isnull=False, lease_until__isnull=False, status__in=UNFINISHED),
                name="document_is_held_only_while_unfinished",
            ),
            models.CheckConstraint(
                condition=Q(status=DocumentStatus.FAILED, error__isnull=False)
                | (~Q(status=DocumentStatus.FAILED) & Q(error__isnull=True)),
                name="document_says_why_it_failed",
            ),
        ]
        indexes = [
            models.Index(fields=["knowledge", "-created_at"], name="document_of_knowledge"),
            models.Index(fields=["wake_at"], condition=Q(status__in=UNFINISHED), name="document_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def uploader(self) -> str:
        """The e-mail address of the person who added it; empty where nobody is known."""
        return self.uploaded_by.email if self.uploaded_by else ""


class Chunk(models.Model):
    """A piece of a document, in one language's reading order. Ids grow, and are never reused.

    `start` and `end` are code points in the document's text as it was read; `heading` is the path of the
    headings above the piece; `words` is the piece cut into words for the keyword search, and `hash` names
    the text whose meaning is looked up (the heading included).
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    knowledge = models.ForeignKey(KnowledgeBase, models.CASCADE, related_name="+", db_index=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks", db_index=False)
    index = models.PositiveIntegerField()
    text = models.TextField()
    heading = models.CharField(max_length=500, blank=True, default="")
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    words = models.TextField(blank=True, default="")
    length = models.PositiveIntegerField(default=0)  # how many words
    hash = models.CharField(max_length=64)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "index"], name="chunk_one_per_place"),
            models.CheckConstraint(condition=Q(end__gte=models.F("start")), name="chunk_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["knowledge", "document"], name="chunk_of_knowledge"),
            models.Index(fields=["workspace", "hash"], name="chunk_of_meaning"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.index}"


class Embedding(models.Model):
    """The meaning of a text as a vector of unit length: float16, little-endian. Shared by equal pieces."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=300)
    hash = models.CharField(max_length=64)
    vector = models.BinaryField()

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "hash", "model"], name="embedding_one_per_text")
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.hash[:8]}"

"""Rows of runs: the run, its journal, its inbox, and the conversation it belongs to.

What must never be false is a constraint here, not a habit elsewhere.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import Workspace, WorkspaceRows
from backend.files.models import UploadedFile
from backend.runs.columns import JsonText
from backend.workflows.models import Version, Workflow


class Audience(models.TextChoices):
    """Who a conversation is with: a member of the workspace, a visitor of the chat page, or an app key."""

    MEMBER = "member"
    VISITOR = "visitor"
    KEY = "key"


class RunStatus(models.TextChoices):
    """What a run has come to. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


FINAL = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT})


class Conversation(models.Model):
    """Chat memory: the messages of one person with one app. `turns` counts accepted messages."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="conversations")
    is_draft = models.BooleanField(default=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    audience_ref = models.CharField(max_length=200, blank=True, default="")
    title = models.CharField(max_length=100, blank=True, default="")
    turns = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="conversation_audience_is_known"
            )
        ]
        indexes = [
            models.Index(
                fields=["workflow", "audience", "audience_ref", "-updated_at"], name="conversation_of_person"
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)


class Run(models.Model):
    """One execution of one version.

    `status`, `answer`, `outputs`, `error`, `usage`, `sources` and `handled_errors` are projections of the
    journal. The lease says which worker may write the journal; `last_seq` is the fence: whoever does not
    know it has lost.
    `waiting` is what the journal's last run_waiting gave as reasons: it counts while the status is waiting.
    `wake_at` is the outbox: a row that is due is picked up by any worker's sweep, bell or no bell.
    `recoveries` counts how often a worker took the run over from one that was not heard of any more.
    `origin` says which run's step this one goes on from, as `{"run", "path", "title", "type"}`. `trial`
    is what a run from the editor is given besides: `pins`, `edits`, whether `only` that step runs, which
    steps `changed` meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="runs")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="runs", null=True, blank=True
    )
    turn = models.PositiveIntegerField(null=True, blank=True)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    audience_ref = models.CharField(max_length=200, blank=True, default="")
    priority = models.SmallIntegerField(default=0)

    query = models.TextField(blank=True, default="")
    inputs = JsonText(default=dict)
    history = JsonText(null=True, blank=True)
    limits = JsonText(default=dict)
    origin = JsonText(null=True, blank=True)
    trial = JsonText(null=True, blank=True)

    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    answer = models.TextField(blank=True, default="")
    outputs = JsonText(default=dict)
    error = JsonText(null=True, blank=True)
    usage = JsonText(null=True, blank=True)
    sources = JsonText(null=True, blank=True)
    total_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.FloatField(null=True, blank=True)  # in US dollars; NULL: nobody knows it
    handled_errors = models.PositiveIntegerField(default=0)

    last_seq = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001  NULL means: nobody
    lease_until = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    pause_requested_at = models.DateTimeField(null=True, blank=True)
    waiting = JsonText(null=True, blank=True)
    recoveries = models.PositiveIntegerField(default=0)
    recovered_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="run_status_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, finished_at__isnull=False)
                | (~Q(status__in=FINAL) & Q(finished_at__isnull=True)),
                name="run_is_finished_when_final",
            ),
            models.CheckConstraint(
                condition=Q(lease_owner__isnull=True, lease_until__isnull=True)
                | Q(lease_owner__isnull=False, lease_until__isnull=False, status="running"),
                name="run_is_held_only_while_running",
            ),
            models.CheckConstraint(
                condition=Q(conversation__isnull=True, turn__isnull=True)
                | Q(conversation__isnull=False, turn__isnull=False),
                name="run_turn_counts_in_its_conversation",
            ),
            models.UniqueConstraint(fields=["conversation", "turn"], name="run_one_per_turn"),
        ]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="run_due"),
            models.Index(fields=["lease_until"], condition=Q(status="running"), name="run_lease"),
            models.Index(
                fields=["workspace", "finished_at"], condition=Q(finished_at__isnull=False), name="run_ended"
            ),
            # Wide enough to count an app's last minute without looking at the rows.
            models.Index(
                fields=["workflow", "-created_at", "audience", "audience_ref"], name="run_of_workflow"
            ),
            models.Index(fields=["workflow", "audience", "audience_ref", "created_at"], name="run_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to this run."""
        return self.status in FINAL


class Event(models.Model):
    """One immutable fact of a run. `seq` is dense from 1; the key refuses a repeat."""

    pk = models.CompositePrimaryKey("run_id", "seq")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    path = models.CharField(max_length=1000, blank=True, default="")
    at = models.DateTimeField()
    data = JsonText()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(seq__gte=1), name="event_seq_counts_from_one")]

    def __str__(self) -> str:
        return f"{self.seq} {self.type} {self.path}"


class Signal(models.Model):
    """A note from outside for a run: an answer to a form, a call back. The first write of a name wins."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="signals", db_index=False)
    path = models.CharField(max_length=1000)
    name = models.CharField(max_length=200)
    payload = JsonText(null=True)
    is_taken = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "path", "name"], name="signal_first_wins")]

    def __str__(self) -> str:
        return f"{self.path} {self.name}"


class Wait(models.Model):
    """What a step of a run waits for from outside: a projection of the journal, for lists and for answers.

    It is written with the step's node_waiting and goes when a note of its name has come or its time is over.
    Of a run that has ended, nothing waits, whatever rows are left. `about` is what may be told to those who
    can end it: the message and the form of a question.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, models.CASCADE, related_name="waits", db_index=False)
    path = models.CharField(max_length=1000)
    name = models.CharField(max_length=200)
    attempt = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    about = JsonText(default=dict)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "path", "name"], name="wait_once")]
        indexes = [models.Index(fields=["workspace", "reason", "since"], name="wait_of_workspace")]

    def __str__(self) -> str:
        return f"{self.path} {self.name}"


class Message(models.Model):
    """What was said. Turn t has its question at position 2t and its answer at 2t + 1, whoever ends first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=10, choices=[("user", "user"), ("assistant", "assistant")])
    text = models.TextField(blank=True, default="")
    position = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position"], name="message_one_per_position"),
            models.CheckConstraint(condition=Q(role__in=["user", "assistant"]), name="message_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:40]}"


class Rating(models.Model):
    """What whoever asked thought of the answer, in their own words if they gave any. It goes with the run."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="rating")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    is_good = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return f"{self.run_id} {'good' if self.is_good else 'bad'}"


class ConversationVariable(models.Model):
    """What a conversation remembers beside its messages. No row means: what the app says it begins with."""

    pk = models.CompositePrimaryKey("conversation_id", "name")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="variables", db_index=False
    )
    name = models.CharField(max_length=50)
    value = JsonText(null=True)

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """Which run a caller's key stands for, and what was asked with it. Kept 24 hours."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "scope", "key"], name="idempotency_key_is_single")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class RunFile(models.Model):
    """A file that a run was given, or has made. While there is one, the file is kept."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="files")
    file = models.ForeignKey(UploadedFile, models.CASCADE, related_name="run_uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "file"], name="run_file_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.file_id}"


class Blob(models.Model):
    """A value that is too large to stand in a journal: written once, however many facts tell of it.

    `body` is its JSON text; `sha256` and `bytes` are that text's. While a run has a row for it, it is kept.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sha256"], name="blob_once")]

    def __str__(self) -> str:
        return f"{self.sha256} ({self.bytes})"


class RunBlob(models.Model):
    """A value that facts of a run name. The last of its rows takes the value along: see `blobs.release`."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="blobs", db_index=False)
    blob = models.ForeignKey(Blob, models.RESTRICT, related_name="uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "blob"], name="run_blob_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.blob_id}"


class KeptAnswer(models.Model):
    """What a model answered to a step that takes answers again. It goes with the run that got it.

    `key` is a hash of all that was asked, and of the model that was. No app sees the answers of another.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    text = models.TextField()
    reasoning = models.TextField(blank=True, default="")
    model = models.CharField(max_length=300, blank=True, default="")
    size = models.PositiveIntegerField()  # characters of both texts
    answered_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "key"], name="kept_answer_once_an_app")]

    def __str__(self) -> str:
        return self.key

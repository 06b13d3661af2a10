"""What an app remembers about the people it talks to, from one conversation to the next.

A memory hangs on the app, on the run that said it last, and on the membership of a member who tried the app
out: with any of them it goes.
"""

import uuid

from django.db import models
from django.db.models.functions import Now

from backend.accounts.models import Member, Workspace, WorkspaceRows
from backend.memory.limits import LONGEST_PERSON
from backend.runs.models import Audience, Run
from backend.workflows.models import Workflow
from nodes.sdk.memory import LONGEST_NAME


class Memory(models.Model):
    """One thing that is remembered about one person by one app.

    `audience` and `audience_ref` say whose it is, as runs say it; but of an app that is used over the API
    the ref is the name that the program gave its person, for a key stands for all of them. `identity` is a
    hash of the name, or of the text where it has none: what is said again replaces what was said before.
    `words` is the text cut for the search by words, `vector` its meaning as the model `model` sees it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    audience_ref = models.CharField(max_length=LONGEST_PERSON, blank=True, default="")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", null=True, blank=True)
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    name = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    text = models.TextField()
    identity = models.CharField(max_length=64)
    words = models.TextField(blank=True, default="")
    length = models.PositiveIntegerField(default=0)  # how many words
    model = models.CharField(max_length=300, blank=True, default="")
    vector = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField()

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience__in=Audience.values), name="memory_audience_is_known"
            ),
            models.UniqueConstraint(
                fields=["workflow", "audience", "audience_ref", "identity"], name="memory_once_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.text[:40]


class MemoryWrite(models.Model):
    """A step of a run that has remembered something: it never does again, whatever became of the memory.

    `step` is a hash of the step's key, which is the same on every attempt.
    """

    pk = models.CompositePrimaryKey("run_id", "step")
    run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.step

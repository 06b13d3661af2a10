"""What runs that are gone had used: the bill does not shrink when they are cleared away."""

from django.db import models
from django.db.models import Q

from backend.accounts.models import Workspace, WorkspaceRows
from backend.runs.models import Audience


class PastUse(models.Model):
    """What the deleted runs of one app for one person or key had used on one day (UTC, the day they were
    asked for).

    `workflow_id` is no foreign key: the app may be gone as well, `app` is what it was called ("": runs of no
    app, such as tests of a model). Visitors of chat pages are one person here, with `audience_ref` "": of
    somebody whose messages are deleted nothing stays that tells them from others. `cost` is in US dollars;
    `unpriced` counts the runs that had used a model whose price nobody knew.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    day = models.DateField()
    workflow_id = models.UUIDField()
    app = models.CharField(max_length=100, blank=True, default="")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    audience_ref = models.CharField(max_length=200, blank=True, default="")
    runs = models.PositiveBigIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    cost = models.FloatField(default=0.0)
    unpriced = models.PositiveBigIntegerField(default=0)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "workflow_id", "audience", "audience_ref"],
                name="past_use_once_a_day",
            ),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="past_use_audience_known"),
        ]

    def __str__(self) -> str:
        return f"{self.app} {self.day}"

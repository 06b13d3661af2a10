"""The Django app of usage."""

from django.apps import AppConfig
from django.db.models.signals import pre_delete


class UsageConfig(AppConfig):
    """What runs have used of AI models."""

    name = "backend.usage"
    label = "usage"

    def ready(self) -> None:
        # Apps are a layer below: who deletes one there cannot know that its runs are counted here.
        from backend.usage.past import keep_use_of_app
        from backend.workflows.models import Workflow

        pre_delete.connect(keep_use_of_app, sender=Workflow, dispatch_uid="usage")

"""The Django app of runs."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Rows and verbs of runs and conversations."""

    name = "backend.runs"
    label = "runs"

    def ready(self) -> None:
        """Lends the doorbell to documents: the layer below does not know this one."""
        from backend.knowledge import bell
        from backend.runs.doorbell import doorbell

        bell.register(lambda document_id: doorbell().ring_for_documents())

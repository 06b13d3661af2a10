"""The Django app of workflows."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Workflows and their versions."""

    name = "backend.workflows"
    label = "workflows"

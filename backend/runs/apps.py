"""The Django app of runs."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Rows and verbs of runs and conversations."""

    name = "backend.runs"
    label = "runs"
